# SPDX-License-Identifier: Apache-2.0
"""HAProxy under the bridge: one thread and two, TLS to its backend, reload. Its BIO is its own."""
import os
import signal

import pytest
from bridged import events, preload
from conftest import require
from load import get, handshakes
from processes import children, family
from servers import Haproxy, find, free_port
from waiting import until

require("haproxy", "h2load", "curl", "openssl")

PROXY = """
frontend outer
    bind 127.0.0.1:{second} ssl crt {pem} no-tls-tickets
    option httpclose
    default_backend inner
backend inner
    server one 127.0.0.1:{port} ssl verify none no-ssl-reuse
"""


class ProxyingHaproxy(Haproxy):
    """HAProxy whose second port leads to its first, by TLS."""

    def __init__(self, folder, threads=1, master=False, **options):
        super().__init__(folder, **options)
        self.threads, self.master = threads, master

    def configure(self):
        super().configure()
        self.second = free_port()
        conf = self.folder / "haproxy.cfg"
        proxy = PROXY.format(second=self.second, pem=self.folder / "haproxy.pem", port=self.port)
        text = conf.read_text().replace("nbthread 1", f"nbthread {self.threads}")
        conf.write_text(text + proxy)

    def command(self):
        way = ["-W"] if self.master else ["-db"]
        return [find("haproxy"), *way, "-f", self.folder / "haproxy.cfg"]


@pytest.mark.parametrize("threads", [1, 2])
def test_threads(tool, folder, threads):
    environment = preload(tool, folder)
    with ProxyingHaproxy(folder / "haproxy", threads=threads, environment=environment) as server:
        get(server.port, server.certificate)  # the bridge learns how its BIO behaves
        load = handshakes(server.port, 200)
    assert (load.succeeded, load.failed) == (200, 0)
    seen = events(folder)
    assert seen["fd_ready"] > 0  # its own loop was told
    assert seen["bridge_waited"] <= 2 * threads
    assert seen["bridge_suppressed"] < 200  # and does not spin meanwhile
    assert seen["ssl_new"] == seen["ssl_free"]


def test_backend_tls(tool, folder):
    environment = preload(tool, folder, ASYNCTLS_BRIDGE="both")
    with ProxyingHaproxy(folder / "haproxy", environment=environment) as server:
        assert get(server.second, server.certificate) == "asynctls"
        load = handshakes(server.second, 50)
    assert (load.succeeded, load.failed) == (50, 0)
    assert events(folder)["engine_submit"] + events(folder)["engine_inplace"] >= 100


def test_reload(tool, folder):
    environment = preload(tool, folder)
    with ProxyingHaproxy(folder / "haproxy", master=True, environment=environment) as server:
        master = server.process.pid
        old = set(children(master))
        assert handshakes(server.port, 50).failed == 0
        os.kill(master, signal.SIGUSR2)
        until(lambda: not old & set(family(master)))
        assert handshakes(server.port, 50).failed == 0
        server.pid = master
    assert events(folder)["job_pause"] >= 50


def test_an_async_program_is_left_alone(tool, folder):
    """With ssl-mode-async it sets the mode itself: one line says so, and nothing is bridged."""
    environment = preload(tool, folder)
    with Haproxy(folder / "haproxy", asynchronous=True, environment=environment) as server:
        load = handshakes(server.port, 50)
    assert (load.succeeded, load.failed) == (50, 0)
    assert server.said().count("sets SSL_MODE_ASYNC itself") == 1
    seen = events(folder)
    assert seen["engine_submit"] == 50
    assert not any(seen[name] for name in seen if name.startswith("bridge_"))
