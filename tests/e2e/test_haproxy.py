# SPDX-License-Identifier: Apache-2.0
"""HAProxy, which loads its keys before anything else: async-aware with the engine, and bridged."""
import pytest
from conftest import require
from load import get, handshakes
from servers import Haproxy
from tool import scalar

require("haproxy", "h2load", "curl", "openssl", "lttng-sessiond")

COUNT = 100


@pytest.mark.parametrize("mode, asynchronous", [("engine", True), ("bridge", False)])
def test_each_handshake_is_a_job(tool, folder, mode, asynchronous):
    data = folder / "data"
    before = tool.record(data, mode)
    with Haproxy(folder / "haproxy", asynchronous=asynchronous, before=before) as server:
        load = handshakes(server.port, COUNT)
    assert (load.succeeded, load.failed) == (COUNT, 0)
    tool.must("analyze", "-i", data)
    paused = "SELECT count(DISTINCT conn_id) FROM v_job WHERE op = 'handshake' AND pauses > 0"
    assert scalar(data, paused) == COUNT
    unequal = """SELECT count(*) FROM v_job
                 WHERE busy_ns + offload_ns + notify_ns + requeue_ns <> dur_ns"""
    assert scalar(data, unequal) == 0


@pytest.mark.parametrize(
    "mode, asynchronous", [("observe", False), ("engine", True), ("bridge", False)]
)
def test_works_without_a_recorder(tool, folder, mode, asynchronous):
    preload = tool.preload(mode)
    with Haproxy(folder / "haproxy", asynchronous=asynchronous, environment=preload) as server:
        load = handshakes(server.port, COUNT)
        assert get(server.port, server.certificate) == "asynctls"
    assert (load.succeeded, load.failed) == (COUNT, 0)
