# SPDX-License-Identifier: Apache-2.0
"""Servers that fork, daemonise, drop their rights, change their root and reload are recorded."""
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import require
from load import handshakes
from processes import children, descendants
from servers import Haproxy, Nginx, find
from tool import query, scalar
from waiting import PATIENCE, Gate, read_line, read_until, until

require("lttng-sessiond", "openssl", "nginx", "haproxy", "h2load")

COUNT = 40
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


class NginxDaemon(Nginx):
    def configure(self):
        super().configure()
        conf = self.folder / "nginx.conf"
        conf.write_text(conf.read_text().replace("daemon off;", "daemon on;"))

    def wait_ready(self):
        """The socket is there before the process has gone into the background."""
        super().wait_ready()
        path = self.folder / "nginx.pid"
        until(lambda: path.exists() and path.read_text().strip())
        self.pid = int(path.read_text())
        until(lambda: children(self.pid))


class HaproxyMaster(Haproxy):
    """A master, its worker in a chroot and without root's rights; daemon: in the background."""

    daemon = False

    def configure(self):
        super().configure()
        root = self.folder / "root"
        root.mkdir(exist_ok=True)
        config = self.folder / "haproxy.cfg"
        rights = f"    chroot {root}\n    user www-data\n    group www-data\n"
        config.write_text(config.read_text().replace("global\n", "global\n" + rights, 1))

    def command(self):
        mode = ["-D"] if self.daemon else []
        config = ["-f", self.folder / "haproxy.cfg", "-p", self.folder / "haproxy.pid"]
        return [find("haproxy"), "-W", *mode, *config]

    def wait_ready(self):
        super().wait_ready()
        path = self.folder / "haproxy.pid"
        until(lambda: path.exists() and path.read_text().strip())
        self.pid = int(path.read_text())
        until(lambda: children(self.pid))
        (self.worker,) = children(self.pid)


class HaproxyDaemon(HaproxyMaster):
    daemon = True


def connections(data):
    return scalar(data, "SELECT count(*) FROM v_conn")


def test_nginx_in_the_background(tool, folder):
    """The recorder's command ends at once; the recording goes on until the daemon does."""
    data = folder / "data"
    with NginxDaemon(folder / "nginx", workers=2, before=tool.record(data)) as server:
        handshakes(server.port, COUNT)
    assert server.status == 0
    tool.must("analyze", "-i", data)
    assert connections(data) == COUNT


def test_a_signal_ends_what_is_left_in_the_background(tool, folder):
    data = folder / "data"
    with NginxDaemon(folder / "nginx", before=tool.record(data)) as server:
        handshakes(server.port, COUNT)
        (runner,) = descendants(server.process.pid, "asynctls-run")
        until(lambda: server.pid in children(runner))
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
        assert not Path(f"/proc/{server.pid}").exists()
    assert "still runs" not in server.said()


def test_nginx_reload(tool, folder):
    data = folder / "data"
    with Nginx(folder / "nginx", before=tool.record(data)) as server:
        handshakes(server.port, COUNT)
        (old,) = server.workers()
        os.kill(server.pid, signal.SIGHUP)
        until(lambda: server.workers() and old not in server.workers())
        (new,) = server.workers()
        handshakes(server.port, COUNT)
    tool.must("analyze", "-i", data)
    assert connections(data) == 2 * COUNT
    pids = "SELECT DISTINCT p.pid FROM conn c JOIN process p USING (upid)"
    assert {row[0] for row in query(data, pids)} == {old, new}


@as_root
@pytest.mark.parametrize("kind", [HaproxyMaster, HaproxyDaemon])
def test_haproxy_in_a_chroot_reloads(tool, folder, kind):
    data = folder / "data"
    with kind(folder / "haproxy", before=tool.record(data)) as server:
        handshakes(server.port, COUNT)
        until(lambda: os.stat(f"/proc/{server.worker}").st_uid != 0)
        assert os.readlink(f"/proc/{server.worker}/root") == str(folder / "haproxy/root")
        os.kill(server.pid, signal.SIGUSR2)
        until(lambda: children(server.pid) and server.worker not in children(server.pid))
        handshakes(server.port, COUNT)
    tool.must("analyze", "-i", data)
    assert connections(data) == 2 * COUNT
    pids = "SELECT DISTINCT p.pid FROM conn c JOIN process p USING (upid)"
    assert len(query(data, pids)) == 2


TELLS_SIGNALS = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: print("terminate", flush=True))
print("ready", flush=True)
open(sys.argv[1]).read()
"""


def test_a_signal_to_the_whole_group_comes_once(tool, folder):
    """As 'kill -TERM -PGID' sends it: the command must not get it again from the recorder."""
    gate = Gate(folder / "gate")
    process = subprocess.Popen(
        [*tool.record(folder / "data"), "/usr/bin/python3", "-c", TELLS_SIGNALS, gate.path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert read_line(process.stdout) == "ready\n"
    os.killpg(process.pid, signal.SIGTERM)
    assert read_line(process.stdout) == "terminate\n"
    # The recorder is done with one signal when it answers the next.
    until(lambda: not pending(process.pid, signal.SIGTERM))
    process.send_signal(signal.SIGUSR1)
    read_until(process.stderr, "a snapshot can only")
    gate.open()
    assert process.communicate(timeout=PATIENCE)[0] == ""
    assert json.loads((folder / "data/meta.json").read_text())["signals"] == ["TERM"]


def pending(pid, number):
    """Whether a signal to the process has yet to be taken."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^ShdPnd:\s*(\w+)", status, re.M)[1], 16) >> (number - 1) & 1


@as_root
def test_a_program_that_gains_rights(tool, folder):
    program = folder / "setuid"
    program.write_bytes(Path("/usr/bin/openssl").read_bytes())
    program.chmod(0o4755)
    os.chown(folder, 65534, 65534)
    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", tool.command]
    done = subprocess.run(
        [*words, "record", "-o", "data", "--", program, "version"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "gains rights when run" in done.stderr


def test_a_program_for_another_machine(tool, folder):
    program = folder / "foreign"
    code = bytearray(Path(tool.command).read_bytes()[:4096])
    code[18:20] = b"\x15\x00"  # e_machine: PowerPC
    program.write_bytes(code)
    program.chmod(0o755)
    done = tool.run("record", "-o", folder / "data", "--", program)
    assert done.returncode != 0 and "is built for another machine" in done.stderr
