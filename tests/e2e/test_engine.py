# SPDX-License-Identifier: Apache-2.0
"""Both fronts of the engine under openssl s_server -async, for each key type and version.

ASYNCTLS_HANDSHAKES=N makes that many handshakes in each case.
"""
import os
import socket
import ssl

import pytest
from conftest import require
from servers import SServer

require("openssl")

HANDSHAKES = int(os.environ.get("ASYNCTLS_HANDSHAKES", 10))
# Latency, so that each job really waits, and faults that a correct program survives.
SPEC = "workers=2,latency=any:200us,fault=eagain:5%,fault=spurious:5%,fault=early-wake:5%"
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
KEYS = ("rsa:2048", "rsa-pss", "ec:P-256", "ec:P-384", "ed25519")


def environment(tool, front, text):
    traced = {
        "ASYNCTLS_PROVIDER": str(tool.build / "tests/tools/libtext-provider.so"),
        "ASYNCTLS_TEXT": str(text),
    }
    if front == "hooks":
        return {**traced, **tool.preload("engine", SPEC)}
    return {**traced, "ASYNCTLS_ENGINE": SPEC, "OPENSSL_ENGINES": str(tool.build / "shim")}


def shake_hands(server, version):
    """One handshake, on a connection of its own. Raises if it fails."""
    context = ssl.create_default_context(cafile=server.certificate)
    context.minimum_version = context.maximum_version = VERSIONS[version]
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as tls:
            assert tls.version() == version


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("front", ["hooks", "engine"])
def test_handshakes(tool, folder, front, key, version):
    if front == "engine" and not (tool.build / "shim/asynctls.so").exists():
        pytest.skip("this OpenSSL has no ENGINE")
    text = folder / "events"
    words = ["-engine", "asynctls"] if front == "engine" else []
    options = {"key": key, "environment": environment(tool, front, text), "words": words}
    with SServer(folder / "server", **options) as server:
        for _ in range(HANDSHAKES):
            shake_hands(server, version)
    assert server.status in (0, -15), server.said()
    done = text.read_text().count(" engine_done ")
    # An ENGINE has no Ed25519 signatures, and the key exchange only if it is asked for.
    assert done == (0 if (front, key) == ("engine", "ed25519") else HANDSHAKES)
