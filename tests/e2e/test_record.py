# SPDX-License-Identifier: Apache-2.0
"""asynctls record with real session daemons: recordings, messages, leftovers."""

import grp
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest
from processes import concerned_with, descendants, lives
from waiting import Gate, read_line, read_until, until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("ASYNCTLS_BUILD", ROOT / "build")).resolve()
ASYNCTLS = BUILD / "asynctls"
EMIT = BUILD / "tests/tools/emit"
PROVIDER = BUILD / "shim/libasynctls-lttng.so"
# A uid that no user has, and no other run of these tests.
NOBODY_UID = 40000 + os.getpid() % 20000
WAIT_FILE = pathlib.Path(f"/dev/shm/lttng-ust-wait-8-{NOBODY_UID}")
TIMEOUT = 60

pytestmark = pytest.mark.skipif(
    not shutil.which("lttng-sessiond") or not PROVIDER.exists(), reason="needs LTTng"
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def user_prefix(user):
    if user == "self":
        return []
    ids = [f"--reuid={NOBODY_UID}", f"--regid={NOBODY_UID}", "--clear-groups"]
    return ["setpriv", *ids, "env", "HOME=/nonexistent"]


@pytest.fixture(params=["self", pytest.param("other", marks=as_root)])
def user(request):
    """The user of the tests and, if that is root, one without any rights."""
    return request.param


@pytest.fixture(scope="module", autouse=True)
def wait_file():
    """Programs of ours that outlived their recorder waited for its daemon."""
    yield
    WAIT_FILE.unlink(missing_ok=True)


@pytest.fixture
def place(user):
    """A directory of that user's, reachable whatever the umask of the tests' own is."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="record-test-"))
    path.chmod(0o755)
    if user == "other":
        os.chown(path, NOBODY_UID, NOBODY_UID)
    yield path
    shutil.rmtree(path)


def command(*actions):
    return [str(EMIT), str(PROVIDER), *actions]


class Recorder:
    """asynctls record under way, with its command's output to wait for."""

    def __init__(self, place, user, *args, options=(), env=None):
        self.place = place
        self.data = place / "data"
        self.process = subprocess.Popen(
            [*user_prefix(user), str(ASYNCTLS), "record", "-o", "data", *options, "--", *args],
            cwd=place,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def await_line(self, text):
        read_until(self.process.stdout, text + "\n")

    def read_line(self):
        return read_line(self.process.stdout).rstrip("\n")

    def end(self):
        self.out, self.err = self.process.communicate(timeout=TIMEOUT)
        self.status = self.process.returncode
        return self

    def meta(self):
        return json.loads((self.data / "meta.json").read_text())


def record(place, user, *args, **kwargs):
    return Recorder(place, user, *args, **kwargs).end()


def events_in(data):
    text = subprocess.run(
        ["babeltrace2", str(data / "ctf")], capture_output=True, text=True, timeout=TIMEOUT
    )
    assert text.returncode == 0, text.stderr
    return len(text.stdout.splitlines())


# --- what is recorded ---------------------------------------------------------


def test_records_all_events_and_returns_the_status(place, user):
    r = record(place, user, *command("open", "events=1000", "exit=3"))
    assert r.status == 3
    assert "recorded 1000 events (0 lost) of 1 process into data" in r.err
    assert events_in(r.data) == 1000
    meta = r.meta()
    assert meta["schema_version"] == 1 and meta["complete"] and not meta["damaged"]
    assert (meta["events"], meta["lost"], meta["exit_status"]) == (1000, 0, 3)
    assert [p["events"] for p in meta["processes"]] == [1000]
    assert meta["command"][0] == str(EMIT) and meta["mode"] == "observe"
    assert meta["start"]["monotonic_ns"] < meta["stop"]["monotonic_ns"]


def test_the_recording_is_the_callers_own(place, user):
    r = record(place, user, *command("open", "events=1"))
    uid = place.stat().st_uid
    for path in [r.data, *r.data.rglob("*")]:
        assert path.stat().st_uid == uid, path
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_environment_of_the_command(place, user):
    shown = [f"env={name}" for name in ("LD_PRELOAD", "ASYNCTLS_MODE", "ASYNCTLS_ENGINE")]
    shim = str(BUILD / "shim/libasynctls-shim.so")
    r = record(place, user, *command(*shown), env={"ASYNCTLS_ENGINE": "old"})
    assert r.out.split() == [shim, "observe", "(unset)"]
    r = record(place, user, *command(*shown), options=["--mode=bridge"])
    assert r.out.split() == [shim, "bridge", "workers=2"]
    r = record(
        place, user, *command(*shown), options=["--mode=engine", "--engine=workers=1,queue=4"]
    )
    assert r.out.split() == [shim, "engine", "workers=1,queue=4"]


def test_what_was_preloaded_stays_preloaded(place, user):
    r = record(place, user, "env", f"LD_PRELOAD={PROVIDER}", str(ASYNCTLS), "--version")
    assert r.status == 0
    r = record(place, user, *command("env=LD_PRELOAD"), env={"LD_PRELOAD": "libc.so.6"})
    assert r.out.strip() == f"{BUILD / 'shim/libasynctls-shim.so'}:libc.so.6"


def test_nothing_is_left_behind(place, user):
    WAIT_FILE.unlink(missing_ok=True)
    r = record(place, user, *command("open", "events=1", "env=LTTNG_HOME"))
    home = pathlib.Path(r.out.strip())
    assert home.name.startswith("asynctls-") and not home.exists()
    if user == "other":
        assert not WAIT_FILE.exists()
    assert not concerned_with(home)
    assert sorted(p.name for p in r.data.iterdir()) == ["ctf", "meta.json"]


def test_descendants_in_the_background_are_waited_for(place, user):
    gate = Gate(place / "gate")
    r = Recorder(
        place, user, *command("background", "say=there", f"await={gate}", "open", "events=50")
    )
    r.await_line("there")
    gate.open()
    r.end()
    assert r.status == 0
    assert "recorded 50 events" in r.err


def test_an_earlier_recording_is_kept(place, user):
    for count in (1, 2, 3):
        record(place, user, *command("open", f"events={count}"))
    assert json.loads((place / "data/meta.json").read_text())["events"] == 3
    assert json.loads((place / "data.old/meta.json").read_text())["events"] == 2
    assert sorted(p.name for p in place.iterdir()) == ["data", "data.old"]


# --- daemons of others ----------------------------------------------------------


def listed():
    """'lttng list', which asks the system's daemon for its sessions."""
    return subprocess.run(["lttng", "list"], capture_output=True, text=True, timeout=TIMEOUT)


@pytest.fixture
def system_daemon():
    """The one that runs already, or else our own."""
    started = None
    if not os.path.exists("/run/lttng/client-lttng-sessiond"):
        started = subprocess.Popen(["lttng-sessiond", "--no-kernel"], stderr=subprocess.DEVNULL)
        until(lambda: started.poll() is not None or listed().returncode == 0)
        assert started.poll() is None
    yield
    if started:
        started.terminate()
        started.wait(TIMEOUT)


@as_root
def test_beside_a_system_daemon(place, user, system_daemon):
    """The system's own daemon neither disturbs us nor sees anything of ours."""
    r = record(place, user, *command("open", "events=300"))
    assert r.status == 0 and "recorded 300 events (0 lost)" in r.err
    others = listed()
    assert others.returncode == 0 and "asynctls" not in others.stdout


@as_root
@pytest.mark.parametrize("user", ["other"], indirect=True)
def test_a_member_of_group_tracing(place, system_daemon):
    """A user whose programs LTTng connects to the system's daemon, if there is one."""
    try:
        group = grp.getgrnam("tracing").gr_gid
    except KeyError:
        pytest.skip("there is no group tracing")
    member = ["setpriv", f"--reuid={NOBODY_UID}", f"--regid={NOBODY_UID}", f"--groups={group}"]
    r = subprocess.run(
        [*member, ASYNCTLS, "record", "-o", "data", "--", *command("open", "events=5")],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert r.returncode == 0 and events_in(place / "data") == 5


@as_root
@pytest.mark.parametrize("user", ["self"], indirect=True)
def test_below_a_directory_that_only_root_may_enter(place):
    """The daemon runs as another user and still writes there."""
    place.chmod(0o700)
    r = record(place, "self", *command("open", "events=20"))
    assert r.status == 0 and events_in(r.data) == 20


@as_root
@pytest.mark.parametrize("user", ["self"], indirect=True)
def test_as_root_without_the_right_to_write_everywhere(place):
    """As in some containers: the daemon is let into the output directory, and out at the end."""
    place.chmod(0o711)
    lesser = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    r = subprocess.run(
        [*lesser, ASYNCTLS, "record", "-o", "data", "--", *command("open", "events=5")],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert r.returncode == 0 and events_in(place / "data") == 5
    assert (place / "data").stat().st_mode & 0o777 == 0o700


# --- signals --------------------------------------------------------------------


def test_the_commands_death_by_a_signal(place, user):
    r = record(place, user, *command("open", "events=7", "kill=9"))
    assert r.status == 128 + signal.SIGKILL
    assert "recorded 7 events" in r.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_command_and_recording(place, user, number):
    r = Recorder(place, user, *command("open", "events=9", "say=ready", "pause"))
    r.await_line("ready")
    r.process.send_signal(number)
    r.end()
    assert r.status == 128 + number
    assert "recorded 9 events" in r.err
    assert r.meta()["signals"] == [number.name.removeprefix("SIG")]


def test_a_second_signal_does_not_wait_for_the_command(place, user):
    ignore = [f"ignore={int(number)}" for number in (signal.SIGTERM, signal.SIGINT)]
    r = Recorder(place, user, *command("open", "events=9", *ignore, "say=ready", "pause"))
    r.await_line("ready")
    (emit,) = descendants(r.process.pid, "emit")
    try:
        r.process.send_signal(signal.SIGTERM)
        # The other kind, so that the two cannot merge into one.
        r.process.send_signal(signal.SIGINT)
        r.process.wait(TIMEOUT)
        assert lives(emit)
    finally:
        # Still running, and still holding our pipes.
        os.kill(emit, signal.SIGKILL)
    r.end()
    assert r.status in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    assert "recorded 9 events" in r.err


# --- faults ---------------------------------------------------------------------


VICTIMS = {
    "lttng-sessiond": "the session daemon has died",
    "lttng-consumerd": "lttng: ",
    "asynctls-ctl": "the process that controls the session daemon has died",
}


@pytest.mark.parametrize("victim", VICTIMS)
def test_the_daemons_death_leaves_the_command_alone(place, user, victim):
    gate = Gate(place / "gate")
    r = Recorder(
        place,
        user,
        *command("open", "events=10", "env=LTTNG_HOME", "say=ready", f"await={gate}", "exit=5"),
    )
    home = pathlib.Path(r.read_line())
    r.await_line("ready")
    (pid,) = descendants(r.process.pid, victim)
    os.kill(pid, signal.SIGKILL)
    # The recorder notices the first death at once, others when it needs the process.
    said = read_until(r.process.stderr, VICTIMS[victim]) if victim == "lttng-sessiond" else ""
    gate.open()
    r.end()
    assert r.status == 5
    assert f"asynctls: error: {VICTIMS[victim]}" in said + r.err
    assert r.meta()["damaged"]
    assert not home.exists()


def test_the_recorders_death_leaves_a_trace_and_nothing_else(place, user):
    r = Recorder(
        place, user, *command("open", "events=2000", "env=LTTNG_HOME", "say=ready", "pause")
    )
    home = pathlib.Path(r.read_line())
    r.await_line("ready")
    (emit,) = descendants(r.process.pid, "emit")
    (daemon,) = descendants(r.process.pid, "lttng-sessiond")
    (control,) = descendants(r.process.pid, "asynctls-ctl")
    r.process.kill()
    r.process.wait(TIMEOUT)
    until(lambda: not lives(daemon) and not lives(control))
    assert lives(emit)
    os.kill(emit, signal.SIGKILL)
    r.end()
    assert not home.exists()
    assert events_in(r.data) == 2000
    assert not r.meta()["complete"]


@as_root
@pytest.mark.parametrize("user", ["self"], indirect=True)
def test_a_full_disk_is_said_and_what_is_there_is_readable(place):
    small = place / "small"
    small.mkdir()
    gate = Gate(place / "gate")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(small)], check=True)
    try:
        flood = command("open", "events=10", f"await={gate}", "events=1000000", "exit=6")
        r = Recorder(place, "self", *flood, options=["-o", str(small / "data")])
        r.data = small / "data"
        until(lambda: any(p.stat().st_size for p in r.data.rglob("metadata")))
        gate.open()
        r.end()
        assert r.status == 6
        # The recorder may see that it is nearly full first, and it may be full at the end even so.
        assert "no space left" in r.err or "nearly full" in r.err, r.err
        assert ("disk was full" in r.err) == r.meta()["disk_full"], r.err
        assert r.meta()["disk_full"] or r.meta()["disk_low"]
        assert 10 <= events_in(r.data) < 1000000
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_lost_events_are_counted_exactly(place, user):
    first, last = Gate(place / "first"), Gate(place / "last")
    flood = ["events=1000000", "say=done", f"await={last}"]
    r = Recorder(place, user, *command("open", "say=ready", f"await={first}", *flood))
    r.await_line("ready")
    (consumer,) = descendants(r.process.pid, "lttng-consumerd")
    os.kill(consumer, signal.SIGSTOP)
    first.open()
    r.await_line("done")
    os.kill(consumer, signal.SIGCONT)
    last.open()
    r.end()
    meta = r.meta()
    assert r.status == 0 and meta["lost"] > 0
    assert meta["events"] + meta["lost"] == 1000000
    assert f"({meta['lost']} lost)" in r.err


# --- bad input ------------------------------------------------------------------


def refused(place, user, *args, **kwargs):
    """The recording was refused: one line, and nothing made."""
    before = sorted(place.iterdir())
    r = record(place, user, *args, **kwargs)
    assert len(r.err.splitlines()) == 1, r.err
    assert r.err.startswith("asynctls: error: ")
    assert sorted(place.iterdir()) == before
    return r


def test_no_such_program(place, user):
    assert refused(place, user, "no-such-program").status == 127
    assert refused(place, user, "/no/such/program").status == 127


def test_not_executable(place, user):
    assert refused(place, user, "/etc/passwd").status == 126


def test_no_command(place, user):
    assert refused(place, user).status == 2


@pytest.mark.parametrize("option", ["--mode=magic", "--engine=workers=2", "--no-such-option"])
def test_wrong_options(place, user, option):
    assert refused(place, user, "true", options=[option]).status == 2


def test_no_session_daemon(place, user):
    (place / "bin").mkdir()
    for program in ("setpriv", "env"):
        (place / "bin" / program).symlink_to(shutil.which(program))
    r = refused(place, user, *command("say=started"), env={"PATH": str(place / "bin")})
    assert r.status == 4 and r.out == "" and "lttng-sessiond" in r.err


@pytest.mark.parametrize("output", ["/nonexistent/data", "/proc/data"])
def test_output_that_cannot_be_made(place, user, output):
    r = refused(place, user, *command("say=started"), options=["-o", output])
    assert r.status == 4 and r.out == ""


def test_output_that_is_something_else(place, user):
    (place / "data").mkdir()
    (place / "data/precious").write_text("mine")
    assert refused(place, user, *command("say=started")).status == 4
    assert (place / "data/precious").read_text() == "mine"


@as_root
@pytest.mark.parametrize("name", ["data", "data.old"])
@pytest.mark.parametrize("user", ["self"], indirect=True)
def test_what_a_stranger_put_into_a_shared_directory_is_left_alone(place, user, name):
    shared = place / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    for recording in ("data", "data.old"):
        (shared / recording).mkdir()
        (shared / recording / "meta.json").write_text("{}")
    os.chown(shared / name, 65534, 65534)
    r = Recorder(place, user, *command("say=started"), options=["-o", str(shared / "data")])
    r.end()
    assert r.status == 4 and "not a recording of yours" in r.err and "started" not in r.out
    assert all((shared / recording / "meta.json").exists() for recording in ("data", "data.old"))


def test_a_failed_start_gives_the_earlier_recording_back(place, user):
    record(place, user, *command("open", "events=5"))
    script = place / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    r = record(place, user, str(script))
    assert r.status == 127
    assert json.loads((place / "data/meta.json").read_text())["events"] == 5
    assert not (place / "data.old").exists()


def test_help_goes_to_stdout():
    r = subprocess.run([ASYNCTLS, "record", "--help"], capture_output=True, text=True)
    assert r.returncode == 0 and "usage: asynctls record" in r.stdout and not r.stderr


# --- a recording without events says why ------------------------------------------


def test_a_program_without_libssl(place, user):
    r = record(place, user, "/bin/true")
    assert r.status == 0
    assert "recorded 0 events" in r.err
    assert "nothing was recorded: /bin/true is not linked to libssl" in r.err


def test_a_static_program(place, user):
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("needs a compiler")
    source = place / "static.c"
    source.write_text("int main(void) { return 7; }\n")
    built = subprocess.run([compiler, "-static", "-o", place / "static", source])
    if built.returncode:
        pytest.skip("needs a static libc")
    r = record(place, user, str(place / "static"))
    assert r.status == 7
    assert "is statically linked" in r.err


def test_a_traced_program_without_events(place, user):
    """A program that prepares for TLS, and makes no call."""
    make = "import ssl; ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)"
    r = record(place, user, "/usr/bin/python3", "-c", make)
    assert "made no TLS call" in r.err
    (process,) = r.meta()["processes"]
    assert process["registered"] is True and process["events"] == 0


def test_a_program_that_loads_the_shim_and_uses_no_openssl(place, user):
    r = record(place, user, "openssl", "version")
    assert "is linked to libssl, but no process used it" in r.err
    assert [p["registered"] for p in r.meta()["processes"]] == [None]


def test_a_program_that_drops_the_shim(place, user):
    r = record(place, user, "env", "-i", "/usr/bin/openssl", "ciphers", options=["--strict"])
    assert r.status == 5
    assert "nothing was recorded" in r.err
