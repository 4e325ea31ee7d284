# SPDX-License-Identifier: Apache-2.0
"""nginx under the bridge in its other roles: HTTP/2, stream, TLS upstream, reload under load."""
import os
import signal
import subprocess

import pytest
from bridged import STREAM_MODULE, TextNginx, balanced, concurrent, events, preload
from conftest import require
from load import get, handshakes
from processes import children
from waiting import until

require("nginx", "h2load", "curl", "openssl")

HTTP2 = """
    server {
        listen 127.0.0.1:$second ssl http2;
        ssl_certificate $cert;
        ssl_certificate_key $key;
        keepalive_timeout 60s;
        location / { return 200 "two\\n"; }
    }
"""
UPSTREAM = """
    server {
        listen 127.0.0.1:$second ssl;
        ssl_certificate $cert;
        ssl_certificate_key $key;
        location / {
            proxy_pass https://127.0.0.1:$port;
            proxy_ssl_certificate $cert;
            proxy_ssl_certificate_key $key;
            proxy_ssl_session_reuse off;
        }
    }
"""
STREAM = """
stream {
    server {
        listen 127.0.0.1:$second ssl;
        ssl_certificate $cert;
        ssl_certificate_key $key;
        ssl_session_cache off;
        proxy_pass 127.0.0.1:$port;
        proxy_ssl on;
    }
}
"""


def serve(tool, folder, **options):
    return TextNginx(folder / "nginx", environment=preload(tool, folder), **options)


def test_http2(tool, folder):
    with serve(tool, folder, http=HTTP2) as server:
        command = ["h2load", "-n", "200", "-c", "50", f"https://127.0.0.1:{server.second}/"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
        assert "200 succeeded, 0 failed" in said
        assert get(server.second, server.certificate, "--http2") == "two\n"
    concurrent(folder, 51)


def test_upstream_tls(tool, folder):
    with serve(tool, folder, http=UPSTREAM) as server:
        assert get(server.second, server.certificate) == server.body
        load = handshakes(server.second, 50)
    assert (load.succeeded, load.failed) == (50, 0)
    concurrent(folder, 100)


@pytest.mark.parametrize("sides", ["client", "both"])
def test_client_side(tool, folder, sides):
    """The upstream connections are those of a client; with a certificate, it signs as well."""
    environment = preload(tool, folder, ASYNCTLS_BRIDGE=sides)
    asks = UPSTREAM + "ssl_verify_client optional_no_ca;"
    with TextNginx(folder / "nginx", http=asks, environment=environment) as server:
        load = handshakes(server.second, 50)
    assert (load.succeeded, load.failed) == (50, 0)
    concurrent(folder, 50 if sides == "client" else 150)


@pytest.mark.skipif(not STREAM_MODULE.exists(), reason="nginx has no stream module")
def test_stream(tool, folder):
    with serve(tool, folder, stream=STREAM) as server:
        assert get(server.second, server.certificate) == server.body
        load = handshakes(server.second, 50)
    assert (load.succeeded, load.failed) == (50, 0)
    concurrent(folder, 100)


def test_another_program_is_left_alone(tool, folder):
    environment = preload(tool, folder, ASYNCTLS_BRIDGE_ONLY="haproxy,apache2")
    with TextNginx(folder / "nginx", environment=environment) as server:
        assert get(server.port, server.certificate) == server.body
    assert events(folder)["job_start"] == 0


def test_reload_under_load(tool, folder):
    with serve(tool, folder) as server:
        for _ in range(3):
            old = children(server.pid)
            command = ["h2load", "--h1", "-n", "200", "-c", "20"]
            url = f"https://127.0.0.1:{server.port}/"
            with subprocess.Popen([*command, url], stdout=subprocess.PIPE, text=True) as client:
                os.kill(server.pid, signal.SIGHUP)
                said = client.communicate(timeout=60)[0]
            assert "200 succeeded, 0 failed" in said
            until(lambda old=old: children(server.pid) and not set(old) & set(children(server.pid)))
    seen = events(folder)
    assert seen["job_pause"] + seen["engine_inplace"] >= 600
    balanced(seen)
    assert server.status == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGQUIT])
def test_stop_under_load(tool, folder, how):
    """Jobs are paused when the workers end, at once or gracefully."""
    with serve(tool, folder, key="rsa:4096") as server:
        server.stop_signal = how
        command = [
            "h2load",
            "--h1",
            "-n",
            "100000",
            "-c",
            "50",
            f"https://127.0.0.1:{server.port}/",
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as client:
            until(lambda: events(folder)["job_pause"] > 20)
            server.stop()
            client.kill()
    assert server.status == 0
    assert "signal" not in server.said()
