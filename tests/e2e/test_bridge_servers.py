# SPDX-License-Identifier: Apache-2.0
"""Servers with other loops and BIOs under the bridge: each is concurrent, or waits; none fails."""
import http.server
import socket
import ssl
import subprocess
import threading

import pytest
from bridged import (
    Apache,
    Libevent,
    PlainSServer,
    PythonServer,
    Stunnel,
    balanced,
    concurrent,
    events,
    preload,
    verdicts,
    waited,
)
from conftest import require
from load import get, handshakes

require("h2load", "curl", "openssl")

COUNT = 60


def exercise(server, body):
    with server:
        load = handshakes(server.port, COUNT, clients=20)
        assert get(server.port, server.certificate).strip() == body
    assert (load.succeeded, load.failed) == (COUNT, 0)


def waits(folder):
    """The server's handshakes were jobs; the wrapper waited for them, without the loop."""
    seen = events(folder)
    assert seen["engine_submit"] > COUNT
    assert seen["bridge_waited"] > 0
    assert seen["fd_ready"] == 0
    balanced(seen)


def test_apache(tool, folder):
    require("apache2")
    exercise(Apache(folder / "apache", environment=preload(tool, folder)), "asynctls")
    waits(folder)
    assert verdicts(tool, folder) == {"waits inside"}


@pytest.mark.parametrize("kind", ["blocking", "asyncio"])
def test_python_waits(tool, folder, kind):
    exercise(PythonServer(folder / "python", kind, environment=preload(tool, folder)), "asynctls")
    waits(folder)


@pytest.mark.parametrize("kind", ["selectors", "poll"])
def test_python_is_concurrent(tool, folder, kind):
    exercise(PythonServer(folder / "python", kind, environment=preload(tool, folder)), "asynctls")
    concurrent(folder, COUNT + 1)
    assert verdicts(tool, folder) == {"concurrent"}


def test_python_timeout(tool, folder):
    environment = preload(tool, folder)
    exercise(PythonServer(folder / "python", "timeout", environment=environment), "asynctls")
    waited(folder, 1)
    assert events(folder)["engine_submit"] == COUNT + 1


class Plain(http.server.BaseHTTPRequestHandler):
    """The server behind stunnel."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "9")
        self.end_headers()
        self.wfile.write(b"asynctls\n")

    def log_message(self, *_):
        pass


def test_stunnel(tool, folder):
    require("stunnel4")
    behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Plain)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    environment = preload(tool, folder)
    exercise(Stunnel(folder / "stunnel", behind.server_port, environment=environment), "asynctls")
    behind.shutdown()
    behind.server_close()
    seen = events(folder)
    assert seen["engine_submit"] > COUNT / 2
    balanced(seen)


@pytest.mark.parametrize("method", ["EPOLL", "POLL", "SELECT"])
def test_libevent(tool, folder, method):
    if not Libevent.build(folder):
        pytest.skip("libevent's headers are not installed")
    exercise(Libevent(folder / "event", method, preload(tool, folder)), "asynctls")
    concurrent(folder, COUNT + 1)


@pytest.mark.parametrize("nbio", [False, True])
def test_s_server(tool, folder, nbio):
    environment = preload(tool, folder)
    with PlainSServer(folder / "s_server", nbio, environment=environment) as server:
        context = ssl.create_default_context(cafile=str(server.certificate))
        for number in range(5):
            with socket.create_connection(("127.0.0.1", server.port), 20) as plain:
                with context.wrap_socket(plain, server_hostname="localhost") as tls:
                    tls.sendall(b"line %d\n" % number)
    seen = events(folder)
    # What its loop does with a new socket is learnt from the first.
    assert seen["engine_submit"] + seen["engine_inplace"] == 5
    assert seen["engine_submit"] >= (3 if nbio else 5)


@pytest.mark.parametrize("version, signatures", [("-tls1_2", 1), ("-tls1_3", 6)])
def test_resumption(tool, folder, version, signatures):
    """A client that reconnects five times with its session needs one signature; in TLS 1.3, where this
    server gives no tickets, it has no session."""
    environment = preload(tool, folder)
    with PythonServer(folder / "python", "selectors", environment=environment) as server:
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", version]
        done = subprocess.run(
            [*command, "-reconnect"], input="", capture_output=True, text=True, timeout=60
        )
    assert done.stdout.count("New, TLS") == signatures
    assert done.stdout.count("Reused, TLS") == 6 - signatures
    seen = events(folder)
    assert seen["engine_submit"] + seen["engine_inplace"] == signatures
    balanced(events(folder))
