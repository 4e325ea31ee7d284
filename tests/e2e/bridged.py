# SPDX-License-Identifier: Apache-2.0
"""Servers of every kind under the bridge, with what it did to them as text instead of a recording."""
import collections
import json
import re
import subprocess
from pathlib import Path

from servers import Nginx, Server, find, free_port

STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")


def preload(tool, folder, engine="workers=2", **more):
    """Environment that bridges a program and writes the shim's events to folder/events."""
    text = {
        "ASYNCTLS_PROVIDER": str(tool.build / "tests" / "tools" / "libtext-provider.so"),
        "ASYNCTLS_TEXT": str(folder / "events"),
    }
    return {**tool.preload("bridge", engine), "ASYNCTLS_BRIDGE": "force", **text, **more}


def events(folder):
    """How many of each event there were."""
    lines = (folder / "events").read_text().splitlines()
    return collections.Counter(line.split()[3] for line in lines)


def pauses(folder):
    """Of how many jobs each process's connections paused."""
    lines = (folder / "events").read_text().splitlines()
    return collections.Counter(line.split()[1] for line in lines if " job_pause " in line)


def verdicts(tool, folder):
    """The report's entries about the bridge, of the processes that had jobs."""
    text = folder / "events.txt"
    text.symlink_to(folder / "events")
    return {p["bridge"] for p in tool.report(text)["processes"] if p["jobs"]}


def concurrent(folder, count):
    """Assert that count handshakes were jobs, and that the program's own loop waited for them."""
    seen = events(folder)
    assert seen["job_pause"] + seen["engine_inplace"] >= count
    assert seen["job_pause"] > 0
    assert seen["bridge_waited"] == 0
    balanced(seen)


def waited(folder, count):
    """Assert that count handshakes were jobs, for which the wrapper waited."""
    seen = events(folder)
    assert seen["bridge_waited"] >= count
    assert seen["engine_submit"] >= count
    balanced(seen)


def balanced(seen):
    """Assert that there were jobs and connections, and that none is left over."""
    assert seen["ssl_new"] > 0 and seen["job_start"] > 0
    assert seen["job_start"] == seen["job_finish"]
    assert seen["ssl_new"] == seen["ssl_free"]
    assert seen["wait_fd_set"] == seen["wait_fd_clear"]


def stack_used(tool, pid):
    """KiB of its stack that the deepest job of a bridged process has used so far."""
    checks = json.loads(tool.run("doctor", "--json", pid).stdout)["checks"]
    text = next(check["text"] for check in checks if check["name"] == "stacks")
    return int(re.search(r"(\d+) KiB", text)[1])


class TextNginx(Nginx):
    """nginx with the given configuration; $port, $second, $cert, $key and $folder are filled in."""

    def __init__(self, folder, http="", stream="", **options):
        super().__init__(folder, **options)
        self.http, self.stream = http, stream

    def configure(self):
        super().configure()
        self.second = free_port()
        conf = self.folder / "nginx.conf"
        values = {
            "$port": self.port,
            "$second": self.second,
            "$cert": self.certificate,
            "$key": self.key,
            "$folder": self.folder,
        }
        text = conf.read_text().rstrip().removesuffix("}") + self.http + "}\n" + self.stream
        for name, value in values.items():
            text = text.replace(name, str(value))
        if self.stream:
            text = f"load_module {STREAM_MODULE};\n" + text
        conf.write_text(text)


class Apache(Server):
    """Apache httpd with one process of the event MPM, which waits inside its own BIOs."""

    program = "apache2"

    def configure(self):
        modules = "/usr/lib/apache2/modules"
        names = "mpm_event authz_core dir socache_shmcb ssl"
        load = "\n".join(
            f"LoadModule {name}_module {modules}/mod_{name}.so" for name in names.split()
        )
        (self.folder / "index.html").write_text("asynctls\n")
        (self.folder / "index.html").chmod(0o644)
        (self.folder / "apache.conf").write_text(
            f"""ServerName localhost
ServerRoot {self.folder}
PidFile {self.folder}/apache.pid
DefaultRuntimeDir {self.folder}
Mutex file:{self.folder}
ErrorLog /dev/stderr
LogLevel warn
{load}
User www-data
Group www-data
StartServers 1
ServerLimit 1
ThreadsPerChild 25
MaxRequestWorkers 25
Listen 127.0.0.1:{self.port}
KeepAlive Off
DocumentRoot {self.folder}
<Directory />
    Require all granted
</Directory>
SSLSessionCache none
SSLSessionTickets off
SSLEngine on
SSLCertificateFile {self.certificate}
SSLCertificateKeyFile {self.key}
"""
        )

    def command(self):
        return [find("apache2"), "-DFOREGROUND", "-f", self.folder / "apache.conf"]


class Stunnel(Server):
    """stunnel in front of a plain server on another port: poll, a thread for each client."""

    program = "stunnel4"

    def __init__(self, folder, behind=None, **options):
        super().__init__(folder, **options)
        self.behind = behind

    def configure(self):
        (self.folder / "stunnel.conf").write_text(
            f"""foreground = yes
pid =
syslog = no
socket = l:TCP_NODELAY=1
[tls]
accept = 127.0.0.1:{self.port}
connect = 127.0.0.1:{self.behind}
cert = {self.certificate}
key = {self.key}
sessionCacheSize = 1
options = NO_TICKET
"""
        )

    def command(self):
        return [find("stunnel4"), self.folder / "stunnel.conf"]


class PlainSServer(Server):
    """openssl s_server without -async: select, and a blocking or (nbio) a non-blocking socket."""

    program = "openssl"

    def __init__(self, folder, nbio=False, **options):
        super().__init__(folder, **options)
        self.nbio = nbio

    def command(self):
        command = [find("openssl"), "s_server", "-quiet", "-no_ticket"]
        command += ["-accept", f"127.0.0.1:{self.port}"] + ["-nbio"] * self.nbio
        return command + ["-cert", self.certificate, "-key", self.key]


class PythonServer(Server):
    """Python's ssl module; the kinds are in pyserver.py."""

    program = "python3"

    def __init__(self, folder, kind, **options):
        super().__init__(folder, **options)
        self.kind = kind

    def command(self):
        script = Path(__file__).with_name("pyserver.py")
        return ["/usr/bin/python3", script, self.kind, self.port, self.certificate, self.key]


class Libevent(Server):
    """evserver.c: libevent's buffered events over TLS, by the loop of the given method."""

    program = "evserver"

    def __init__(self, folder, method, environment, **options):
        others = {"EVENT_NO" + name: "1" for name in ("EPOLL", "POLL", "SELECT") if name != method}
        super().__init__(folder, environment={**environment, **others}, **options)

    @staticmethod
    def build(folder):
        """Compile it. Returns the program, or None where libevent's headers are lacking."""
        program = folder / "evserver"
        source = Path(__file__).with_name("evserver.c")
        libraries = ["-levent_openssl", "-levent", "-lssl", "-lcrypto"]
        command = ["gcc", "-O1", "-o", program, source, *libraries]
        return (
            program if subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0 else None
        )

    def command(self):
        return [self.folder.parent / "evserver", self.port, self.certificate, self.key]
