# SPDX-License-Identifier: Apache-2.0
"""What a kind of server says about itself: how it is configured, started, asked, reloaded."""
import hashlib
import os
import pwd
import re
import signal
import subprocess

from client import read_all
from processes import family, name
from servers import Server, find

BIG = 8 << 20  # bytes of the large transfer
RECORDER = ("asynctls", "lttng")  # what its processes' names begin with


class NotTried(Exception):
    """The server cannot be run here; the text says why."""


def payload(size=BIG):
    """Text that no compression shortens much, the same in each run."""
    block = hashlib.shake_256(b"asynctls").hexdigest(size // 2)
    return block.encode()


def user(login):
    """Words that run a command as a user, where we are root."""
    if os.geteuid():
        return []
    return ["setpriv", f"--reuid={login}", f"--regid={login}", "--clear-groups", "--"]


def give(folder, login):
    """Let a user own a folder and what is in it, where we are root."""
    if os.geteuid() == 0:
        entry = pwd.getpwnam(login)
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, entry.pw_uid, entry.pw_gid)


class Kind(Server):
    """A server of the matrix. Subclasses name program and package; what a protocol or a server does not
    have, they leave out."""

    package = ""
    title = ""
    reload_sign = ""  # what it says when it has reloaded
    identity = None  # certificate and key that clients show

    @classmethod
    def lacks(cls):
        """Why it cannot be tried here, or ""."""
        return "" if find(cls.program) else "not installed"

    @classmethod
    def version(cls):
        command = ["dpkg-query", "-W", "-f", "${Version}", cls.package]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return re.sub(r"^\d+:|[-+~].*", "", said)

    def prologue(self, sock):
        """What the protocol says ahead of TLS."""

    def ask(self, tls):
        """A short dialogue; true if the answer is right."""
        raise NotImplementedError

    def transfer(self, client):
        """Move something large; true if it arrives as it was sent."""
        raise NotImplementedError

    def reload(self):
        os.kill(self.pid, signal.SIGHUP)

    def listener(self):
        """The main process, though another one may listen."""
        return super().listener() and self.members()[0]

    def members(self):
        """Pids of the server's processes, the main one first: without the recorder's own."""
        pids = family(self.process.pid)
        return [pid for pid in pids if name(pid) and not name(pid).startswith(RECORDER)]

    def write(self, file, text, mode=0o644):
        path = self.folder / file
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    def both(self, file="both.pem"):
        """Certificate and key in one file."""
        return self.write(file, self.certificate.read_bytes() + self.key.read_bytes(), 0o600)


class Web(Kind):
    """HTTP: /index.html is "asynctls", /big is large."""

    path = "/index.html"

    def configure(self):
        self.root = self.folder / "root"
        self.root.mkdir(exist_ok=True)
        self.root.chmod(0o755)
        self.write("root/index.html", "asynctls\n")
        self.write("root/big", payload())

    def get(self, tls, path):
        request = f"GET {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\nConnection: close\r\n\r\n"
        tls.sendall(request.encode())
        return read_all(tls).partition(b"\r\n\r\n")[2]

    def ask(self, tls):
        return self.get(tls, self.path) == b"asynctls\n"

    def transfer(self, client):
        with client.open() as tls:
            body = self.get(tls, "/big")
        return hashlib.sha256(body).digest() == hashlib.sha256(payload()).digest()
