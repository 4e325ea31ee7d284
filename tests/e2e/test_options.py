# SPDX-License-Identifier: Apache-2.0
"""asynctls record's options: what is recorded, for how long, how much, and where to."""
import json
import os
import pty
import re
import signal
import socket
import subprocess

import pytest
from conftest import require
from load import handshakes
from processes import descendants
from servers import Nginx, free_port, listening_socket
from tool import query
from waiting import PATIENCE, Gate, read_some, read_until, until

require("lttng-sessiond", "babeltrace2", "openssl", "nginx", "h2load")


@pytest.fixture
def emit(tool):
    """Words of a command that emits events as its arguments say."""
    return [str(tool.build / "tests/tools/emit"), str(tool.build / "shim/libasynctls-lttng.so")]


@pytest.fixture
def record(tool, folder):
    """Record a command into folder/data; returns what became of it, with meta and the event names."""

    def run(*options, command):
        done = tool.run("record", "-o", folder / "data", *options, "--", *command, cwd=folder)
        path = folder / "data/meta.json"
        done.meta = json.loads(path.read_text()) if path.exists() else None
        return done

    return run


def names(data):
    """How often each event is in a trace, by name."""
    done = subprocess.run(["babeltrace2", data / "ctf"], capture_output=True, text=True, check=True)
    found = {}
    for line in done.stdout.splitlines():
        name = line.split("asynctls:", 1)[1].split(":", 1)[0]
        found[name] = found.get(name, 0) + 1
    return found


# --- what ---------------------------------------------------------------------


def test_groups_of_events(tool, folder):
    words = tool.record(folder / "data", "bridge")
    words.insert(-1, "--events=job,engine")
    with Nginx(folder / "nginx", before=words) as server:
        handshakes(server.port, 10)
    found = names(folder / "data")
    assert {"thread", "job_start", "engine_submit", "wake"} <= set(found)
    assert not [name for name in found if name.startswith(("ssl_", "loop_", "job_time", "peer"))]
    meta = json.loads((folder / "data/meta.json").read_text())
    assert meta["options"]["groups"] == "job,engine"


def test_addresses_only_when_asked_for(tool, folder):
    for options, expected in (([], 0), (["--addresses"], 10)):
        words = tool.record(folder / "data")
        words[-1:-1] = options
        with Nginx(folder / "nginx", before=words) as server:
            handshakes(server.port, 10)
        found = names(folder / "data")
        assert found.get("peer", 0) == expected and found["ssl_new"] == 10
    text = subprocess.run(["babeltrace2", folder / "data/ctf"], capture_output=True, text=True)
    assert text.stdout.count('address = "127.0.0.1"') == 10


def test_the_bridge_can_be_kept_to_some_programs(tool, folder):
    for only, jobs in (("nginx", True), ("haproxy", False)):
        words = tool.record(folder / "data", "bridge")
        words[-1:-1] = ["--bridge=server", f"--bridge-only={only}"]
        with Nginx(folder / "nginx", before=words) as server:
            handshakes(server.port, 5)
        found = names(folder / "data")
        assert found["ssl_new"] == 5 and ("job_start" in found) == jobs


# --- when, and how much -----------------------------------------------------------


def test_duration(record, emit):
    """The recording ends; the command does not."""
    done = record("--duration=1s", command=[*emit, "open", "events=10", "unrecorded", "exit=3"])
    assert done.returncode == 3
    assert "goes on" in done.stderr and "recorded 10 events" in done.stderr
    assert (done.meta["ended_by"], done.meta["exit_status"]) == ("duration", 3)
    assert done.meta["stop"]["monotonic_ns"] - done.meta["start"]["monotonic_ns"] >= 1e9


def test_delay(record, emit):
    """Recording begins, and ends, by itself while the command runs."""
    command = [*emit, "open", "recorded", "flow", "exit=3"]
    done = record("--delay=300ms", "--duration=1s", command=command)
    assert (done.returncode, done.meta["ended_by"]) == (3, "duration")
    assert done.meta["events"] > 0


def test_nothing_before_the_delay_has_passed(record, emit):
    done = record("--delay=1h", command=[*emit, "open", "events=10"])
    assert done.meta["events"] == 0 and "before --delay had passed" in done.stderr


def test_max_size(record, folder, emit):
    done = record("--max-size=1M", command=[*emit, "open", "events=200000", "unrecorded", "exit=4"])
    assert (done.returncode, done.meta["ended_by"]) == (4, "max-size")
    # What the command emits after that end is in no count: it may be in the middle of its events by
    # then.
    size = sum(file.stat().st_size for file in (folder / "data/ctf").rglob("*") if file.is_file())
    assert size >= 1 << 20
    assert sum(names(folder / "data").values()) == done.meta["events"] <= 200000


def rotated(tool, folder, emit, *options, rounds, events):
    """Record so many events in each round, which ends when a chunk has; returns meta."""
    gates = [Gate(folder / f"gate-{n}") for n in range(rounds)]
    actions = [word for gate in gates for word in (f"events={events}", f"await={gate}")]
    command = [tool.command, "record", "-o", folder / "data", "--rotate=200ms", *options, "--"]
    archives, seen = folder / "data/ctf/archives", set()

    def new_chunk():
        return archives.exists() and set(os.listdir(archives)) - seen

    with subprocess.Popen([*command, *emit, "open", *actions]) as process:
        for gate in gates:
            seen |= until(new_chunk)
            gate.open()
        assert process.wait(PATIENCE) == 0
    return json.loads((folder / "data/meta.json").read_text())


def test_rotation_keeps_everything(tool, folder, emit):
    meta = rotated(tool, folder, emit, rounds=4, events=20000)
    assert (meta["events"], meta["lost"]) == (80000, 0)
    assert len(list((folder / "data/ctf/archives").iterdir())) >= 4


def test_chunks_are_one_recording(tool, folder):
    """A handshake may begin in one chunk and end in another."""
    words = tool.record(folder / "data", "bridge")
    words[-1:-1] = ["--rotate=150ms"]
    with Nginx(folder / "nginx", before=words) as server:
        count = 0
        archives = folder / "data/ctf/archives"
        while not archives.exists() or len(list(archives.iterdir())) < 2:
            handshakes(server.port, 50, clients=10)
            count += 50
            assert count < 20000
    tool.must("analyze", "-i", folder / "data")
    (row,) = query(folder / "data", "SELECT count(*), sum(outcome = 'finished') FROM v_job")
    assert tuple(row) == (count, count)


def test_rotation_with_a_limit_drops_the_oldest(tool, folder, emit):
    meta = rotated(tool, folder, emit, "--max-size=2500k", rounds=6, events=40000)
    assert meta["dropped_chunks"] > 0 and 0 < meta["events"] < 240000


# --- rings ------------------------------------------------------------------------


def test_ring_keeps_the_last_events(record, emit):
    done = record("--ring=512k", command=[*emit, "open", "events=500000"])
    assert (done.meta["snapshots"], done.meta["lost"]) == (1, 0)
    assert 0 < done.meta["events"] < 100000


def test_snapshot_by_signal(tool, folder, emit):
    command = [tool.command, "record", "-o", str(folder / "data"), "--ring", "--"]
    process = subprocess.Popen(
        [*command, *emit, "open", "events=5", "say=ready", "pause"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    read_until(process.stdout, "ready\n")
    process.send_signal(signal.SIGUSR1)
    until(lambda: list((folder / "data/ctf").glob("asked-*")))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    meta = json.loads((folder / "data/meta.json").read_text())
    assert (meta["snapshots"], meta["events"]) == (2, 5)


@pytest.mark.parametrize("latency, snapshots", [("30ms", True), ("0us", False)])
def test_trigger(tool, folder, latency, snapshots):
    """Slow jobs cause snapshots with these jobs in them; fast ones cause none."""
    words = tool.record(folder / "data", "bridge", f"workers=2,latency=rsa:{latency}")
    # Nobody waits for a job for seconds because the machine is busy.
    words[-1:-1] = ["--ring", "--trigger=job>20ms" if snapshots else "--trigger=job>20s"]
    with Nginx(folder / "nginx", before=words) as server:
        handshakes(server.port, 3, clients=1)
        if snapshots:
            until(lambda: list((folder / "data/ctf").glob("slow-job-*")))
    meta = json.loads((folder / "data/meta.json").read_text())
    if not snapshots:
        assert meta["events"] == 0 and "no job was slow enough" in server.said()
        return
    assert meta["triggered"] >= 1 and meta["snapshots"] >= 1
    tool.must("analyze", "-i", folder / "data")
    assert query(folder / "data", "SELECT 1 FROM v_job WHERE dur_ns > 20000000")


# --- where to ---------------------------------------------------------------------


def neighbours():
    """Two free ports, one after the other: a relay takes data on the port behind its first."""
    for port in iter(free_port, None):
        try:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port + 1))
                return port, port + 1
        except (OSError, OverflowError):
            continue


def test_relay(tool, folder, record, emit):
    require("lttng-relayd")
    control, data = neighbours()
    live = free_port()
    relay = subprocess.Popen(
        [
            "lttng-relayd",
            f"--control-port=tcp://127.0.0.1:{control}",
            f"--data-port=tcp://127.0.0.1:{data}",
            f"--live-port=tcp://127.0.0.1:{live}",
            f"--output={folder / 'relayed'}",
        ],
        env={**os.environ, "LTTNG_HOME": str(folder), "HOME": str(folder)},
        stderr=subprocess.PIPE,
    )
    try:
        until(lambda: listening_socket(control) and listening_socket(data))
        done = record(
            f"--relay=127.0.0.1:{control}", command=[*emit, "open", "events=1000", "exit=2"]
        )
        assert done.returncode == 2 and "127.0.0.1" in done.stderr
        assert done.meta["options"]["relay"] == "127.0.0.1"
    finally:
        relay.terminate()
        relay.wait(PATIENCE)
    traces = list((folder / "relayed").rglob("metadata"))
    assert len(traces) == 1
    text = subprocess.run(["babeltrace2", traces[0].parent], capture_output=True, text=True)
    assert text.stdout.count("job_start") == 1000


def test_no_relay_is_said_before_the_command_starts(record, emit):
    done = record(f"--relay=127.0.0.1:{free_port()}", command=[*emit, "say=started"])
    assert (done.returncode, done.stdout) == (4, "")


# --- how it ends, and what is said ---------------------------------------------------


def test_strict_is_content_with_a_whole_recording(record, emit):
    assert record("--strict", command=[*emit, "open", "events=10", "exit=3"]).returncode == 3


def test_lost_events_are_an_error_with_strict(tool, folder, emit):
    first, last = Gate(folder / "first"), Gate(folder / "last")
    flood = ["open", "say=ready", f"await={first}", "events=1000000", f"await={last}"]
    command = [tool.command, "record", "-o", folder / "data", "--strict", "--", *emit, *flood]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        (consumer,) = descendants(process.pid, "lttng-consumerd")
        os.kill(consumer, signal.SIGSTOP)
        first.open()
        last.open()  # once all is emitted, and nobody has taken it
        os.kill(consumer, signal.SIGCONT)
        assert process.wait(PATIENCE) == 5
    meta = json.loads((folder / "data/meta.json").read_text())
    assert meta["lost"] > 0 and not meta["intact"]
    assert meta["events"] + meta["lost"] == 1000000


def test_dry_run_does_nothing(record, folder, emit):
    done = record("--dry-run", "--mode=bridge", command=[*emit, "say=started"])
    assert done.returncode == 0 and "started" not in done.stdout.splitlines()
    assert "ASYNCTLS_MODE=bridge" in done.stdout and "libasynctls-shim.so" in done.stdout
    assert not (folder / "data").exists()


def test_progress_on_a_terminal(tool, folder, emit):
    ours, theirs = pty.openpty()
    command = [tool.command, "record", "-o", str(folder / "data"), "--"]
    process = subprocess.Popen(
        [*command, *emit, "open", "events=1000", "pause"], stderr=theirs, stdout=subprocess.DEVNULL
    )
    os.close(theirs)
    said = b""

    def says(words):
        nonlocal said
        said += read_some(ours)
        return words in said

    until(lambda: says(b" lost\r"))
    assert re.search(rb"\d s, about [\d,]+ events, [\d.]+ MB, 0 lost\r", said)
    process.terminate()
    until(lambda: says(b"recorded 1000 events"))
    assert process.wait(PATIENCE) == 128 + signal.SIGTERM
    os.close(ours)


WRONG = [
    ["--events=jobs"],
    ["--duration=soon"],
    ["--delay=-1s"],
    ["--max-size=large"],
    ["--rotate=x"],
    ["--rotate=5"],
    ["--ring", "--trigger=job>5"],
    ["--trigger=job>5ms"],
    ["--ring", "--trigger=job"],
    ["--ring", "--rotate=1s"],
    ["--ring", "--max-size=1M"],
    ["--ring=few"],
    ["--relay=host:port"],
    ["--relay=:1"],
    ["--mode=bridge", "--bridge=left"],
    ["--bridge=both"],
    ["--mode=engine", "--engine=workers=many"],
    ["--pid=1"],
    ["--session=x"],
]


@pytest.mark.parametrize("options", WRONG)
def test_wrong_options(record, folder, options):
    done = record(*options, command=["true"])
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("asynctls: error: ") and not (folder / "data").exists()
