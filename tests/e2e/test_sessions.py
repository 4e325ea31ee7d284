# SPDX-License-Identifier: Apache-2.0
"""Servers that are started once, with what env prints, and recorded whenever wanted."""
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import require
from load import handshakes
from servers import Haproxy, Nginx, free_port
from tool import scalar
from waiting import PATIENCE, read_line, until

require("lttng-sessiond", "openssl", "nginx", "h2load")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


class Session:
    """A named session of this test's own, whose servers and recordings others do not see."""

    count = 0

    def __init__(self, tool, folder):
        Session.count += 1
        self.tool, self.folder = tool, folder
        self.name = f"test-{os.getpid()}-{Session.count}"
        self.option = f"--session={self.name}"

    def environment(self, *options):
        """The environment of a shell after eval "$(asynctls env)"."""
        text = self.tool.must("env", self.option, *options)
        words = (line.removeprefix("export ").split("=", 1) for line in text.splitlines())
        variables = {name: shlex.split(value)[0] for name, value in words}
        variables["LD_PRELOAD"] = variables["LD_PRELOAD"].split("${")[0]
        self.home = Path(variables["LTTNG_HOME"])
        return variables

    def run(self, command, *options, **others):
        return self.tool.run(command, self.option, *options, cwd=self.folder, **others)

    def status(self):
        return json.loads(self.run("status", "--json").stdout)

    def record(self, server, count):
        """Record so many handshakes into data; returns meta.json."""
        begun = self.run("start", "-o", "data")
        assert begun.returncode == 0, begun.stderr
        handshakes(server.port, count)
        ended = self.run("stop")
        assert ended.returncode == 0, ended.stderr
        assert re.search(r"recorded [1-9]\d* events \(0 lost\)", ended.stderr)
        return self.meta()

    def meta(self):
        return json.loads((self.folder / "data/meta.json").read_text())

    def clean(self):
        self.run("stop")
        shutil.rmtree(self.home, ignore_errors=True)
        Path(f"{self.home}.epoch").unlink(missing_ok=True)


@pytest.fixture
def session(tool, folder):
    session = Session(tool, folder)
    session.environment()
    yield session
    session.clean()


def test_a_server_is_recorded_again_and_again(session, folder):
    """The server was there before the session daemon, whose end it survives."""
    with Nginx(folder / "nginx", environment=session.environment("--mode=bridge")) as server:
        handshakes(server.port, 5)
        workers = server.workers()
        for count in (20, 30):
            meta = session.record(server, count)
            session.tool.must("analyze", "-i", folder / "data")
            assert scalar(folder / "data", "SELECT count(*) FROM v_conn") == count
            assert meta["lost"] == 0 and meta["ended_by"] == "stop" and meta["exit_status"] is None
            assert {p["pid"] for p in meta["processes"]} == set(workers)
            assert {p["name"] for p in meta["processes"]} == {"nginx"}
        assert server.workers() == workers
        assert [p.name for p in session.home.iterdir()] == []
    assert server.status == 0


def test_status(session, folder):
    assert session.status()["recording"] is False
    with Nginx(folder / "nginx", environment=session.environment()) as server:
        handshakes(server.port, 1)
        mine = {server.pid, *server.workers()}
        ready = {p["pid"]: p for p in session.status()["processes"]}
        assert mine <= set(ready) and not any(ready[pid]["recorded"] for pid in mine)
        session.run("start", "-o", "data")
        status = session.status()
        assert status["recording"] and status["directory"] == str(folder / "data")
        assert mine <= {p["pid"] for p in status["processes"] if p["recorded"]}
        assert "recorded into" in session.run("status").stdout
        session.run("stop")


def test_record_a_pid(session, tool, folder):
    """The session is found from the process, which has overwritten its environment."""
    with Nginx(folder / "nginx", environment=session.environment()) as server:
        done = tool.run(
            "record", "--duration=200ms", f"--pid={server.pid}", "-o", "data", cwd=folder
        )
    assert done.returncode == 0, done.stderr
    meta = session.meta()
    assert meta["ended_by"] == "duration" and meta["options"]["pid"] == server.pid
    assert "registered, but made no TLS call" in done.stderr


def test_the_end_of_the_pid_ends_the_recording(session, tool, folder):
    with Nginx(folder / "nginx", environment=session.environment()) as server:
        handshakes(server.port, 1)
        recorder = subprocess.Popen(
            [tool.command, "record", session.option, f"--pid={server.pid}", "-o", "data"],
            cwd=folder,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert "Ctrl-C ends it" in read_line(recorder.stderr)
        handshakes(server.port, 7)
    said = recorder.communicate(timeout=PATIENCE)[1]
    assert recorder.returncode == 0
    assert re.search(r"recorded [1-9]\d* events \(0 lost\)", said)
    assert session.meta()["ended_by"] == "pid"


def test_processes_that_cannot_be_recorded(session, tool, folder):
    def refused(pid, *options):
        done = tool.run("record", f"--pid={pid}", "-o", "data", *options, cwd=folder)
        assert done.returncode == 4 and len(done.stderr.splitlines()) == 1
        assert not (folder / "data").exists()
        return done.stderr

    assert "does not have the shim" in refused(os.getpid())
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert "there is no such process" in refused(gone.pid)
    sleeper = subprocess.Popen(["sleep", "60"], env={**os.environ, **session.environment()})
    try:
        until(lambda: "libasynctls-shim" in Path(f"/proc/{sleeper.pid}/maps").read_text())
        assert "for another session" in refused(sleeper.pid, f"--session=other-{os.getpid()}")
    finally:
        sleeper.kill()
        sleeper.wait()


def test_ring_and_snapshot(session, folder):
    with Nginx(folder / "nginx", environment=session.environment()) as server:
        session.run("start", "-o", "data", "--ring")
        handshakes(server.port, 10)
        done = session.run("snapshot", "--name=first")
        assert done.returncode == 0 and "snapshot 1" in done.stderr
        assert len(list((folder / "data/ctf").glob("first-*"))) == 1
        handshakes(server.port, 5)
        session.run("stop")
    assert session.meta()["snapshots"] == 2
    session.tool.must("analyze", "-i", folder / "data")
    count = "SELECT count FROM v_event_count WHERE name = 'ssl_new'"
    assert scalar(folder / "data", count) == 15


def test_snapshot_without_a_ring(session, folder):
    session.run("start", "-o", "data")
    done = session.run("snapshot")
    assert done.returncode == 4 and "without --ring" in done.stderr


def test_one_recording_at_a_time(session, folder):
    assert session.run("start", "-o", "data").returncode == 0
    second = session.run("start", "-o", "other")
    assert second.returncode == 4 and "being recorded already" in second.stderr
    assert not (folder / "other").exists()


def test_nothing_to_stop(session):
    for command in ("stop", "snapshot"):
        done = session.run(command)
        assert done.returncode == 4 and "not being recorded" in done.stderr


def test_a_killed_recorder_can_be_followed_by_another(session, folder):
    with Nginx(folder / "nginx", environment=session.environment()) as server:
        session.run("start", "-o", "data")
        handshakes(server.port, 5)
        os.kill(session.status()["recorder"], signal.SIGKILL)
        # The control process stops in good order, and closes the session.
        until(lambda: not list(session.home.iterdir()))
        assert 'complete": false' in (folder / "data/meta.json").read_text()
        meta = session.record(server, 4)
    assert {p["name"] for p in meta["processes"]} == {"nginx"} and server.status == 0


def test_what_went_wrong_in_the_background_is_told(session, folder):
    session.run("start", "-o", "data")
    shutil.rmtree(folder / "data")
    until(lambda: not session.status()["recording"])
    # The recorder has gone, as there is nothing left to record into.
    done = session.run("stop")
    assert done.returncode == 0 and "has vanished" in done.stderr
    assert session.run("stop").returncode == 4


def test_a_recording_that_ends_by_itself(session, folder):
    session.run("start", "-o", "data", "--duration=100ms", "--strict")
    until(lambda: not session.status()["recording"])
    done = session.run("stop")
    assert done.returncode == 5 and "recorded 0 events" in done.stderr
    assert session.meta()["ended_by"] == "duration"


@pytest.mark.parametrize("asynchronous", [True, False])
def test_haproxy(session, folder, asynchronous):
    require("haproxy")
    mode = "engine" if asynchronous else "bridge"
    environment = session.environment(f"--mode={mode}")
    with Haproxy(folder / "haproxy", asynchronous=asynchronous, environment=environment) as server:
        handshakes(server.port, 5)
        meta = session.record(server, 20)
    session.tool.must("analyze", "-i", folder / "data")
    assert scalar(folder / "data", "SELECT count(*) FROM v_conn") == 20 and meta["lost"] == 0


@as_root
def test_as_an_ordinary_user(tool, folder):
    """Without XDG_RUNTIME_DIR, below /tmp; and another user's folder there is refused."""
    uid = 40000 + os.getpid() % 20000
    base = Path(f"/tmp/asynctls-{uid}")
    user = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "env", "-u"]
    user += ["XDG_RUNTIME_DIR", "HOME=/nonexistent", tool.command]
    os.chown(folder, uid, uid)

    def run(*words):
        return subprocess.run(
            [*user, *words], cwd=folder, capture_output=True, text=True, timeout=PATIENCE
        )

    def must(*words):
        done = run(*words)
        assert done.returncode == 0, done.stderr
        return done

    try:
        assert f"LTTNG_HOME={base}/default" in must("env").stdout
        must("start", "-o", "data")
        server = subprocess.run(
            ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "sh", "-c"]
            + [
                'eval "$(%s env)"; exec openssl s_client -connect 127.0.0.1:%d'
                % (tool.command, free_port())
            ],
            env={k: v for k, v in os.environ.items() if k != "XDG_RUNTIME_DIR"},
            capture_output=True,
            timeout=PATIENCE,
        )
        assert server.returncode == 1
        assert re.search(r"recorded [1-9]\d* events \(0 lost\)", must("stop").stderr)
        shutil.rmtree(base)
        base.mkdir()  # root's
        done = run("start")
        assert done.returncode == 4 and "belongs to another user" in done.stderr
    finally:
        shutil.rmtree(base, ignore_errors=True)
        Path(f"/dev/shm/lttng-ust-wait-8-{uid}").unlink(missing_ok=True)


def test_formats(session):
    unit = session.tool.must("env", session.option, "--format=systemd", "--mode=bridge")
    assert "[Service]" in unit and 'Environment="ASYNCTLS_MODE=bridge"' in unit
    assert f"BindReadOnlyPaths=-{session.home} -" in unit  # it starts without them, too
    docker = session.tool.must("env", session.option, "--format=docker")
    assert "--env ASYNCTLS_MODE=observe" in docker and f"--volume {session.home}:" in docker


@pytest.mark.parametrize(
    "command, options",
    [
        ("env", ["--format=xml"]),
        ("env", ["--mode=magic"]),
        ("env", ["--engine=workers=2"]),
        ("env", ["--mode=engine", "--engine=workers=x"]),
        ("env", ["--session=a/b"]),
        ("start", ["--session=.."]),
        ("start", ["--pid=1"]),
        ("start", ["true"]),
        ("stop", ["now"]),
        ("snapshot", ["--name=a/b"]),
        ("status", ["--session="]),
    ],
)
def test_wrong_words(tool, command, options):
    done = tool.run(command, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


@as_root
def test_a_server_that_is_in_a_chroot_is_refused_with_the_reason(session, folder):
    """In a chroot, only a server that was started by record finds the session daemon."""
    require("haproxy")
    (folder / "root").mkdir()

    class Rooted(Haproxy):
        def configure(self):
            super().configure()
            path = self.folder / "haproxy.cfg"
            path.write_text(
                path.read_text().replace("global\n", f"global\n chroot {folder}/root\n", 1)
            )

    with Rooted(folder / "haproxy", environment=session.environment()) as server:
        handshakes(server.port, 1)
        done = session.run("record", f"--pid={server.pid}", "-o", "data")
    assert done.returncode == 4 and "is it in a chroot?" in done.stderr
    assert not (folder / "data").exists()
