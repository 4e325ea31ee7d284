# SPDX-License-Identifier: Apache-2.0
"""Web servers."""
import os
import signal

import bridged
import servers
from kind import Web
from servers import find


class Nginx(Web):
    program = "nginx"
    package = "nginx"
    stop_signal = signal.SIGQUIT

    def configure(self):
        super().configure()
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        text = servers.NGINX_CONF.substitute(
            user="user www-data;" if os.geteuid() == 0 else "",
            workers=2,
            folder=self.folder,
            temporary=" ".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds),
            port=self.port,
            cert=self.certificate,
            key=self.key,
            body="asynctls",
        )
        self.write("nginx.conf", text.replace('return 200 "asynctls"', f"root {self.root}"))

    def command(self):
        return [find("nginx"), "-e", "stderr", "-c", self.folder / "nginx.conf"]


class Apache(Web):
    """With the event MPM."""

    program = "apache2"
    package = "apache2"
    reload_sign = "resuming normal operations"
    more = ""
    modules = "mpm_event authz_core dir socache_shmcb ssl"

    def configure(self):
        super().configure()
        bridged.Apache.configure(self)
        path = self.folder / "apache.conf"
        text = path.read_text().replace(f"DocumentRoot {self.folder}", f"DocumentRoot {self.root}")
        path.write_text(text + self.more.replace("$cert", str(self.certificate)))

    def command(self):
        return [find("apache2"), "-DFOREGROUND", "-f", self.folder / "apache.conf"]

    def reload(self):
        os.kill(self.pid, signal.SIGUSR1)


class ApacheClients(Apache):
    """It asks clients for a certificate, which it knows of half of them."""

    title = "apache2, client certificates"
    more = "SSLVerifyClient require\nSSLCACertificateFile $cert\nSSLVerifyDepth 2\nLogLevel info\n"

    def configure(self):
        super().configure()
        self.identity = (self.certificate, self.key)


class Lighttpd(Web):
    program = "lighttpd"
    package = "lighttpd"
    stop_signal = signal.SIGINT

    def configure(self):
        super().configure()
        self.write(
            "lighttpd.conf",
            f"""server.modules = ("mod_openssl")
server.document-root = "{self.root}"
server.bind = "127.0.0.1"
server.port = {self.port}
ssl.engine = "enable"
ssl.pemfile = "{self.both()}"
index-file.names = ("index.html")
mimetype.assign = ("" => "text/plain")
server.feature-flags = ("server.graceful-restart-bg" => "disable")
""",
        )

    def command(self):
        return [find("lighttpd"), "-D", "-f", self.folder / "lighttpd.conf"]

    def reload(self):
        os.kill(self.pid, signal.SIGUSR1)


class PythonThreads(Web):
    """pyserver.py has no documents; its answer is small, whatever is asked."""

    program = "python3"
    package = "python3"
    title = "python3, threads"
    script = "threads"

    def command(self):
        script = os.path.join(os.path.dirname(__file__), "httpserver.py")
        return [
            "/usr/bin/python3",
            script,
            self.script,
            self.port,
            self.certificate,
            self.key,
            self.root,
        ]

    def reload(self):
        return None


class PythonAsyncio(PythonThreads):
    title = "python3, asyncio"
    script = "asyncio"


class Ruby(PythonThreads):
    """WEBrick would want a package; the sockets of its openssl are what matters."""

    program = "ruby"
    package = "ruby"
    title = ""

    def command(self):
        script = os.path.join(os.path.dirname(__file__), "httpserver.rb")
        return [find("ruby"), script, self.port, self.certificate, self.key, self.root]


class Node(PythonThreads):
    """Debian's is linked to the shared OpenSSL."""

    program = "node"
    package = "nodejs"
    title = ""

    @classmethod
    def lacks(cls):
        return super().lacks() or (
            "" if linked(find("node")) else "has an OpenSSL of its own in it"
        )

    def command(self):
        script = os.path.join(os.path.dirname(__file__), "httpserver.cjs")
        return [find("node"), script, self.port, self.certificate, self.key, self.root]


class Go(Web):
    """It has TLS of its own; recording and preloading must leave it alone."""

    program = "go"
    package = "golang-go"


def linked(program):
    """Whether a program loads the system's libssl at its start."""
    with open(program, "rb") as file:
        return b"libssl.so.3" in file.read(1 << 20)


KINDS = [Nginx, Apache, ApacheClients, Lighttpd, PythonThreads, PythonAsyncio, Ruby, Node, Go]
