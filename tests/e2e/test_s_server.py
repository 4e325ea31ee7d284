# SPDX-License-Identifier: Apache-2.0
"""openssl s_server -async, which is async-aware but has no device: the engine mode gives it one."""
import pytest
from conftest import require
from load import connect, get
from servers import SServer
from tool import query, scalar

require("curl", "openssl", "lttng-sessiond")

CONNECTIONS = 5
VERSIONS = {"TLSv1.2": ("-tls1_2", 0x0303), "TLSv1.3": ("-tls1_3", 0x0304)}
KEYS = {"rsa:2048": ("rsa", 2048), "ec:P-256": ("ec", 256)}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("key", KEYS)
def test_engine_mode(tool, folder, key, version):
    option, number = VERSIONS[version]
    data = folder / "data"
    with SServer(folder / "server", key=key, before=tool.record(data, "engine")) as server:
        for _ in range(CONNECTIONS):
            assert version in connect(server.port, server.certificate, option)
    tool.must("analyze", "-i", data)

    rows = query(data, "SELECT version FROM v_conn WHERE handshake_dur_ns >= 0")
    assert [row["version"] for row in rows] == [number] * CONNECTIONS
    paused = "SELECT count(DISTINCT conn_id) FROM v_job WHERE op = 'handshake' AND pauses > 0"
    assert scalar(data, paused) == CONNECTIONS
    operations = query(
        data,
        """SELECT alg, bits, count(*) AS n FROM v_engine_op
           WHERE crypto = 'sign' AND ok = 1 AND reason IS NULL GROUP BY alg, bits""",
    )
    assert [tuple(row) for row in operations] == [(*KEYS[key], CONNECTIONS)]
    unequal = """SELECT count(*) FROM v_job
                 WHERE dur_ns >= 0 AND busy_ns + offload_ns + notify_ns + requeue_ns <> dur_ns"""
    assert scalar(data, unequal) == 0


def test_observe_mode_offloads_nothing(tool, folder):
    data = folder / "data"
    with SServer(folder / "server", before=tool.record(data)) as server:
        assert "TLSv1.3" in connect(server.port, server.certificate)
    tool.must("analyze", "-i", data)
    assert scalar(data, "SELECT count(*) FROM v_job WHERE pauses > 0") == 0
    assert scalar(data, "SELECT count(*) FROM v_engine_op WHERE reason IS NULL") == 0
    assert scalar(data, "SELECT count(*) FROM v_conn WHERE handshake_dur_ns >= 0") == 1


@pytest.mark.parametrize("mode", ["observe", "engine"])
def test_works_without_a_recorder(tool, folder, mode):
    with SServer(folder / "server", www=True, environment=tool.preload(mode)) as server:
        assert "TLSv1.2" in get(server.port, server.certificate, "--tls-max", "1.2")
