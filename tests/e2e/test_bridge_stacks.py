# SPDX-License-Identifier: Apache-2.0
"""What servers do in a handshake may use more stack than OpenSSL's jobs have, bridged as bare."""
import signal
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest
from bridged import Apache, PythonServer, Stunnel, events, preload, stack_used
from conftest import require
from load import get, handshakes
from servers import Haproxy, Nginx, certificate, free_port

require("curl", "h2load", "openssl")

CLIENTS = 40
SMALLEST_KIB = 256  # of a job's stack


class StrictApache(Apache):
    """Wants a certificate of each client, and logs all that it does to verify it."""

    def configure(self):
        super().configure()
        conf = self.folder / "apache.conf"
        text = conf.read_text().replace("LogLevel warn", "LogLevel debug")
        conf.write_text(
            text + f"SSLVerifyClient require\nSSLCACertificateFile {self.certificate}\n"
        )


def is_refused(port, context):
    """Whether the server ends the connection of such a client, once it knows its certificate."""
    with socket.create_connection(("127.0.0.1", port), 30) as plain:
        try:
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
                return not tls.recv(4096)
        except OSError:
            return True


def unknown_client(folder):
    folder.mkdir()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(*certificate(folder))
    return context


@pytest.mark.parametrize("mode", ["bare", "bridged"])
def test_apache_verifies_clients(tool, folder, mode):
    require("apache2")
    environment = preload(tool, folder) if mode == "bridged" else {}
    unknown = unknown_client(folder / "client")
    with StrictApache(folder / "apache", environment=environment) as server:
        known = ["--cert", str(server.certificate), "--key", str(server.key)]
        assert get(server.port, server.certificate, *known) == "asynctls\n"
        workers = server.workers()
        with ThreadPoolExecutor(8) as pool:
            refused = list(pool.map(lambda _: is_refused(server.port, unknown), range(CLIENTS)))
        assert get(server.port, server.certificate, *known) == "asynctls\n"
        assert server.workers() == workers
    assert all(refused)
    assert "exit signal" not in server.said()
    if mode == "bridged":
        assert events(folder)["engine_submit"] > CLIENTS


@pytest.mark.parametrize("mode", ["bare", "bridged"])
def test_python_nests_calls(tool, folder, mode):
    """A callback that runs into the interpreter's limit of nested calls sees an exception."""
    environment = preload(tool, folder) if mode == "bridged" else {}
    with PythonServer(folder / "python", "nested", environment=environment) as server:
        load = handshakes(server.port, 20, clients=4)
    assert (load.succeeded, load.failed) == (20, 0)
    assert server.status == -signal.SIGTERM
    assert server.said().count("RecursionError") == 20
    # The first are done in place: from them the bridge learns whose loop this program's sockets get.
    if mode == "bridged":
        assert 16 <= events(folder)["engine_submit"] <= 20


SERVERS = {
    "nginx": Nginx,
    "haproxy": Haproxy,
    "apache2": StrictApache,
    "stunnel4": lambda folder, **options: Stunnel(folder, free_port(), **options),
    "python3": lambda folder, **options: PythonServer(folder, "selectors", **options),
}


@pytest.mark.parametrize("program", SERVERS)
def test_smallest_stack_would_do(tool, folder, program):
    """Where a job's stack is as small as it may be, these servers use at most a third of it."""
    require(program)
    unknown = unknown_client(folder / "client")
    with SERVERS[program](folder / "server", environment=preload(tool, folder)) as server:
        for _ in range(5):
            is_refused(server.port, unknown)
        used = max(stack_used(tool, pid) for pid in server.workers())
    print(f"# {program}: {used} KiB")
    assert 0 < used <= SMALLEST_KIB / 3
