# SPDX-License-Identifier: Apache-2.0
"""Proxies that end TLS in front of a plain web server, which is ours."""
import os
import signal

import bridged
from backend import Backend
from kind import Web, give, user
from servers import find, listening_socket
from waiting import until


class Proxy(Web):
    def __enter__(self):
        self.backend = Backend()
        self.behind = self.backend.__enter__()
        return super().__enter__()

    def __exit__(self, *error):
        super().__exit__(*error)
        self.backend.__exit__()

    def configure(self):
        pass


class Haproxy(Proxy):
    """A master, and workers that a reload replaces."""

    program = "haproxy"
    package = "haproxy"
    reload_sign = "Loading success."

    def configure(self):
        self.write(
            "haproxy.cfg",
            f"""global
    insecure-fork-wanted
    nbthread 2
    tune.ssl.cachesize 0
defaults
    mode http
    timeout client 20s
    timeout connect 20s
    timeout server 20s
frontend tls
    bind 127.0.0.1:{self.port} ssl crt {self.both()}
    default_backend plain
backend plain
    server plain 127.0.0.1:{self.behind}
""",
        )

    def command(self):
        return [find("haproxy"), "-W", "-db", "-f", self.folder / "haproxy.cfg"]

    def reload(self):
        os.kill(self.pid, signal.SIGUSR2)


class Stunnel(Proxy):
    program = "stunnel4"
    package = "stunnel4"
    reload_sign = "Configuration successful"

    def configure(self):
        bridged.Stunnel.configure(self)

    def command(self):
        return [find("stunnel4"), self.folder / "stunnel.conf"]


class Hitch(Proxy):
    program = "hitch"
    package = "hitch"
    reload_sign = "Worker 1 (gen: 0) in state EXITING is now exiting"

    def configure(self):
        self.write(
            "hitch.conf",
            f"""frontend = "[127.0.0.1]:{self.port}"
backend = "[127.0.0.1]:{self.behind}"
pem-file = "{self.both()}"
workers = 2
daemon = off
user = "_hitch"
group = "_hitch"
""",
        )

    def command(self):
        return [find("hitch"), f"--config={self.folder / 'hitch.conf'}"]


class Nghttpx(Proxy):
    program = "nghttpx"
    package = "nghttp2-proxy"
    reload_sign = "exited normally"
    stop_signal = signal.SIGQUIT

    def command(self):
        words = ["--workers=2", f"--frontend=127.0.0.1,{self.port}", "--conf=/dev/null"]
        words += [f"--backend=127.0.0.1,{self.behind}", "--no-ocsp", "--accesslog-file=/dev/null"]
        return [find("nghttpx"), *words, self.key, self.certificate]


class Squid(Proxy):
    """As a web accelerator; its worker is exec'd after it has given up root's rights."""

    program = "squid"
    package = "squid-openssl"

    def configure(self):
        (self.folder / "run").mkdir(exist_ok=True)
        self.write(
            "squid.conf",
            f"""https_port 127.0.0.1:{self.port} accel defaultsite=localhost tls-cert={self.certificate} tls-key={self.key}
cache_peer 127.0.0.1 parent {self.behind} 0 no-query originserver
http_access allow all
cache deny all
pid_filename {self.folder}/run/squid.pid
cache_log stdio:/dev/stderr
access_log none
coredump_dir {self.folder}/run
shutdown_lifetime 1 second
pinger_enable off
cache_effective_user proxy
""",
        )
        give(self.folder / "run", "proxy")

    def command(self):
        return [find("squid"), "--foreground", "-f", self.folder / "squid.conf"]

    def reload(self):
        """It closes the port meanwhile."""
        before = listening_socket(self.port)
        super().reload()
        until(lambda: listening_socket(self.port) not in (None, before))


class TrafficServer(Proxy):
    program = "traffic_server"
    package = "trafficserver"

    def configure(self):
        for name in ("etc", "run", "log", "cache"):
            (self.folder / name).mkdir(exist_ok=True)
        self.write(
            "etc/records.config",
            f"""CONFIG proxy.config.http.server_ports STRING {self.port}:ssl:ip-in=127.0.0.1
CONFIG proxy.config.ssl.server.cert.path STRING {self.folder}
CONFIG proxy.config.ssl.server.private_key.path STRING {self.folder}
CONFIG proxy.config.url_remap.remap_required INT 1
CONFIG proxy.config.http.cache.http INT 0
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 2
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.diags.output.diag STRING E
CONFIG proxy.config.diags.output.note STRING E
""",
        )
        self.write(
            "etc/ssl_multicert.config", "dest_ip=* ssl_cert_name=cert.pem ssl_key_name=key.pem\n"
        )
        self.write(
            "etc/remap.config",
            f"map https://localhost:{self.port}/ http://127.0.0.1:{self.behind}/\n",
        )
        self.write("etc/storage.config", f"{self.folder}/cache 16M\n")
        self.write(
            "etc/ip_allow.yaml",
            "ip_allow:\n  - apply: in\n    ip_addrs: 0/0\n    action: allow\n    methods: ALL\n",
        )
        self.write(
            "runroot.yaml",
            "\n".join(
                f"{key}: {value}"
                for key, value in {
                    "prefix": self.folder,
                    "exec_prefix": "/usr",
                    "bindir": "/usr/bin",
                    "sbindir": "/usr/sbin",
                    "sysconfdir": self.folder / "etc",
                    "datadir": self.folder / "run",
                    "libdir": "/usr/lib/trafficserver",
                    "libexecdir": "/usr/lib/trafficserver/modules",
                    "localstatedir": self.folder / "run",
                    "runtimedir": self.folder / "run",
                    "logdir": self.folder / "log",
                    "cachedir": self.folder / "cache",
                }.items()
            )
            + "\n",
        )
        give(self.folder, "trafficserver")

    def command(self):
        return [
            *user("trafficserver"),
            find("traffic_server"),
            f"--run-root={self.folder}/runroot.yaml",
        ]

    def reload(self):
        return None


KINDS = [Haproxy, Stunnel, Hitch, Nghttpx, Squid, TrafficServer]
