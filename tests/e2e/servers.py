# SPDX-License-Identifier: Apache-2.0
"""TLS servers on 127.0.0.1 with a certificate of their own: started, waited for, stopped by pid.

    with Nginx(folder, before=tool.record(out, "bridge")) as server:
        handshakes(server.port, 2000)
    server.status                       # how the program, or its recorder, ended
"""
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from string import Template

from processes import children, family, name
from waiting import until

PATIENCE = 20  # seconds that a server may take to start or to stop
KEYS = {
    "rsa:2048": ["-newkey", "rsa:2048"],
    "rsa:4096": ["-newkey", "rsa:4096"],
    "rsa-pss": ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ec:P-384": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "ec:P-256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "ed25519": ["-newkey", "ed25519"],
}

# One full handshake for each connection, one request on it.
NGINX_CONF = Template(
    """$user
worker_processes $workers;
daemon off;
pid $folder/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
    $temporary
    access_log off;
    keepalive_timeout 0;
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $cert;
        ssl_certificate_key $key;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache off;
        ssl_session_tickets off;
        location / { return 200 "$body"; }
    }
}
"""
)
# Run by an ordinary user, HAProxy forbids itself new threads, the engine's too, unless told not to.
HAPROXY_CFG = Template(
    """global
    insecure-fork-wanted
    nbthread 1
    maxconn 1024
    tune.ssl.cachesize 0
    $mode
defaults
    mode http
    timeout client 20s
    timeout connect 20s
    timeout server 20s
frontend tls
    bind 127.0.0.1:$port ssl crt $pem no-tls-tickets
    option httpclose
    http-request return status 200 content-type text/plain string asynctls
"""
)


class ServerFailed(Exception):
    """A server did not start or stop as it should; the text ends with what it said."""


class PortTaken(Exception):
    pass


def find(program):
    """Path of a program; servers lie in sbin, which is not on every user's PATH."""
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    return shutil.which(program, path=path)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(folder, key="rsa:2048"):
    """Make a self-signed certificate for localhost; returns the paths of certificate and key."""
    cert, private = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", *KEYS[key], "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(
        [*command, "-keyout", private, "-out", cert],
        check=True,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    return cert, private


def listening_socket(port):
    """Inode of the socket that listens on 127.0.0.1, or None. Unlike connecting, looking there
    leaves the server undisturbed, so that a recording holds nothing but the load."""
    local = f"0100007F:{port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        field = line.split()
        if field[1] == local and field[3] == "0A":
            return field[9]
    return None


def holds(pid, inode):
    try:
        return any(
            os.readlink(fd.path) == f"socket:[{inode}]" for fd in os.scandir(f"/proc/{pid}/fd")
        )
    except OSError:
        return False  # gone meanwhile, or another user's


class Server:
    """A server in a folder of its own. before: words in front of its command (a recorder);
    environment: what is added to ours. Subclasses say how it is configured and started."""

    program = ""
    stop_signal = signal.SIGTERM

    def __init__(self, folder, key="rsa:2048", before=(), environment=None):
        self.folder = Path(folder)
        self.key_type = key
        self.before = list(before)
        self.environment = {**os.environ, **(environment or {})}
        self.log = self.folder / "server.log"  # what it and its recorder write to stderr
        self.port = None
        self.pid = None  # of the server itself, which is not the recorder's
        self.status = None  # after the end
        self.process = None

    def configure(self):
        """Write what the server reads at start; the port is known by then."""

    def command(self):
        raise NotImplementedError

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711)  # workers without root's rights pass through
        self.certificate, self.key = certificate(self.folder, self.key_type)
        for attempt in range(3):
            try:
                self.start()
                return self
            except PortTaken:
                continue
        raise ServerFailed(f"{self.program}: found no free port")

    def start(self):
        self.port = free_port()
        self.configure()
        self.log.write_bytes(b"")
        with open(self.log, "ab") as log:  # it may open its stderr anew, and write there, too
            self.process = subprocess.Popen(
                self.before + [str(word) for word in self.command()],
                env=self.environment,
                stdin=subprocess.PIPE,  # kept open: s_server ends with its input
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.wait_ready()
        except BaseException:
            self.kill()
            raise

    def wait_ready(self):
        try:
            self.pid = until(self.listener, PATIENCE)
        except TimeoutError:
            raise self.failure(f"does not listen after {PATIENCE} s") from None

    def listener(self):
        """Pid of the process of ours that listens, or None if none does yet."""
        if self.process.poll() is not None:
            if "ddress already in use" in self.said():
                raise PortTaken
            raise self.failure(f"ended at once, status {self.process.returncode}")
        inode = listening_socket(self.port)
        for pid in family(self.process.pid) if inode else ():
            if holds(pid, inode):
                return pid
        return None

    def workers(self):
        """Pids of the processes that serve: the server's children if it has some."""
        return children(self.pid) or [self.pid]

    def said(self):
        return self.log.read_text(errors="replace")

    def failure(self, text):
        return ServerFailed(f"{self.program}: {text}\n{self.said()}")

    def __exit__(self, kind, error, trace):
        self.stop()

    def stop(self):
        """Ask the server to stop, and wait until it and its recorder have ended."""
        if self.process.poll() is None:
            try:
                os.kill(self.pid, self.stop_signal)
            except ProcessLookupError:
                pass  # it ended by itself
        try:
            self.status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise self.failure(f"does not stop after {PATIENCE} s") from None
        finally:
            self.process.stdin.close()

    def kill(self):
        """End it by force; the recorder's helpers clean up by themselves when the recorder is gone."""
        for pid in reversed(family(self.process.pid)):
            if pid != self.process.pid and name(pid).startswith(("asynctls", "lttng")):
                continue
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.status = self.process.wait()


class Nginx(Server):
    """nginx as packaged: one worker, a full handshake for each connection, which serves one request."""

    program = "nginx"
    stop_signal = signal.SIGQUIT
    body = "asynctls\n"

    def __init__(self, folder, workers=1, **options):
        super().__init__(folder, **options)
        self.worker_processes = workers

    def configure(self):
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        text = NGINX_CONF.substitute(
            user="user www-data;" if os.geteuid() == 0 else "",
            workers=self.worker_processes,
            folder=self.folder,
            temporary=" ".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds),
            port=self.port,
            cert=self.certificate,
            key=self.key,
            body=self.body,
        )
        (self.folder / "nginx.conf").write_text(text)

    def command(self):
        return [find("nginx"), "-e", "stderr", "-c", self.folder / "nginx.conf"]


class SServer(Server):
    """openssl s_server with -async. www: it answers requests with a status page; it then sleeps
    for a second whenever a handshake is not complete at once. Without, it prints what it gets."""

    program = "openssl"

    def __init__(self, folder, www=False, words=(), **options):
        super().__init__(folder, **options)
        self.www = www
        self.words = list(words)  # more options

    def command(self):
        command = [find("openssl"), "s_server", "-async", "-no_ticket"]
        command += ["-accept", f"127.0.0.1:{self.port}"]
        command += ["-cert", self.certificate, "-key", self.key]
        return command + (["-www"] if self.www else ["-quiet"]) + self.words


class Haproxy(Server):
    """HAProxy with one thread, which answers by itself. asynchronous: with ssl-mode-async."""

    program = "haproxy"

    def __init__(self, folder, asynchronous=False, **options):
        super().__init__(folder, **options)
        self.asynchronous = asynchronous

    def configure(self):
        pem = self.folder / "haproxy.pem"
        pem.write_text(self.certificate.read_text() + self.key.read_text())
        pem.chmod(0o600)
        mode = "ssl-mode-async" if self.asynchronous else ""
        text = HAPROXY_CFG.substitute(mode=mode, port=self.port, pem=pem)
        (self.folder / "haproxy.cfg").write_text(text)

    def command(self):
        return [find("haproxy"), "-db", "-f", self.folder / "haproxy.cfg"]
