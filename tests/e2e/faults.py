# SPDX-License-Identifier: Apache-2.0
"""Faults of a recording, made for real while nginx is recorded under load."""
import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from load import handshakes
from processes import descendants, lives, name
from servers import Nginx
from waiting import PATIENCE, until


class Outcome(NamedTuple):
    fault: str
    made: int  # handshakes, before and after the fault
    failed: int
    server_ok: bool  # it ended as it should, when asked to
    rate: float  # handshakes/s after the fault, of those before it
    readable: int  # handshakes in the trace
    events: int  # in the trace
    lost: int  # events that the recorder counted as lost; -1: it was killed
    incomplete: bool  # the recorder says so
    reported: bool  # and so does the head of a report
    leftovers: list  # processes and files of ours that are still there
    said: str


def helper(recorder, title):
    """The process of the recorder's whose name begins so; the daemon runs several."""
    return descendants(recorder, title)[0]


def send(title, number):
    def strike(place):
        pid = place.recorder if title == "recorder" else helper(place.recorder, title)
        place.struck = pid
        os.kill(pid, number)

    return strike


def fill_disk(place):
    """All that is left of the small file system, for as long as the load goes on."""
    ballast = os.open(place.data.parent / "ballast", os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(ballast, b"x" * 4096)
    except OSError:
        os.close(ballast)


def remove_output(place):
    shutil.rmtree(place.data)


FAULTS = {
    "none": ([], lambda place: None),
    "daemon killed": ([], send("lttng-sessiond", signal.SIGKILL)),
    "daemon stopped": ([], send("lttng-sessiond", signal.SIGSTOP)),
    "consumer killed": ([], send("lttng-consumerd", signal.SIGKILL)),
    "consumer stopped": ([], send("lttng-consumerd", signal.SIGSTOP)),
    "control process killed": ([], send("asynctls-ctl", signal.SIGKILL)),
    "recorder killed": ([], send("recorder", signal.SIGKILL)),
    "disk full": ([], fill_disk),
    "disk nearly full from the start": ([], lambda place: None),
    "output removed": ([], remove_output),
    "buffers overrun": (["--buffer=32k"], send("lttng-consumerd", signal.SIGSTOP)),
}


class Place:
    """One recording that a fault strikes."""

    def __init__(self, fault):
        self.fault = fault
        self.folder = Path(tempfile.mkdtemp(prefix="asynctls-fault-"))
        self.folder.chmod(0o711)
        self.small = None
        self.data = self.folder / "data"
        self.struck = None

    def __enter__(self):
        if self.fault.startswith("disk"):
            self.small = self.folder / "small"
            self.small.mkdir()
            mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", self.small]
            subprocess.run(mount, check=True)
            self.data = self.small / "data"
        if self.fault == "disk nearly full from the start":
            free = os.statvfs(self.small).f_bavail * os.statvfs(self.small).f_frsize
            ballast = os.open(self.small / "ballast", os.O_WRONLY | os.O_CREAT)
            os.posix_fallocate(ballast, 0, free - 1400000)
            os.close(ballast)
        return self

    def __exit__(self, *_):
        if self.small:
            subprocess.run(["umount", self.small], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def end(server, place):
    """Stop the server and wait for all that the recorder started. True if the server ended well."""
    ours = {pid: os.pidfd_open(pid) for pid in place.family if os.path.exists(f"/proc/{pid}")}
    if place.fault == "recorder killed":
        os.kill(server.pid, signal.SIGQUIT)
        server.process.wait(PATIENCE)
        server.process.stdin.close()
    else:
        server.stop()
    for fd in ours.values():
        select.select([fd], [], [], PATIENCE)
        os.close(fd)
    return place.fault == "recorder killed" or server.status == 0


def home_of(recorder):
    """The recorder's private directory, as the server's environment names it."""
    for pid in descendants(recorder):
        try:
            environ = Path(f"/proc/{pid}/environ").read_text(errors="replace")
        except OSError:
            continue
        match = re.search(r"LTTNG_HOME=([^\0]+)", environ)
        if match:
            return Path(match.group(1))
    return None


def any_data(place):
    """Something of the load is on disk, so that there is something to be saved."""
    return any(p.stat().st_size for p in place.data.rglob("asynctls_?") if p.is_file())


def leftovers(place):
    files = [str(place.home)] if place.home and place.home.exists() else []
    alive = [f"{name(pid)} {pid}" for pid in place.family if lives(pid)]
    return files + alive


def count(data):
    """Handshakes and events that can be read back."""
    if not (data / "ctf").exists():
        return 0, 0
    command = ["babeltrace2", data / "ctf"]
    text = subprocess.run(command, capture_output=True, text=True, errors="replace").stdout
    lines = text.splitlines()
    return sum("asynctls:handshake:" in line for line in lines), len(lines)


def said_by_report(tool, data):
    if not (data / "ctf").exists():
        return True  # there is nothing to report on
    # A full disk has no room for the database.
    done = tool.run("report", "-i", data)
    head = "\n".join(done.stdout.splitlines()[:12])
    return "INCOMPLETE" in head or "LOST" in head.upper()


def strike(tool, fault, load=150):
    """Record nginx, load it, let the fault strike, load it again, stop it, and look what is there."""
    options, act = FAULTS[fault]
    with Place(fault) as place:
        words = tool.record(place.data, "bridge")
        words[-1:-1] = options
        with Nginx(place.folder / "nginx", before=words) as server:
            place.recorder = server.process.pid
            place.home = home_of(place.recorder)
            place.family = [place.recorder, *descendants(place.recorder)]
            before = handshakes(server.port, load, clients=20)
            if "from the start" not in fault:
                until(lambda: any_data(place))
            act(place)
            after = handshakes(server.port, load, clients=20)
            ended = end(server, place)
        path = place.data / "meta.json"
        meta = json.loads(path.read_text()) if path.exists() and path.stat().st_size else {}
        readable, events = count(place.data)
        return Outcome(
            fault,
            before.wanted + after.wanted,
            before.failed + after.failed,
            ended,
            after.rate / before.rate,
            readable,
            events,
            meta.get("lost", -1),
            not meta.get("intact", False),
            said_by_report(tool, place.data),
            leftovers(place),
            server.said(),
        )
