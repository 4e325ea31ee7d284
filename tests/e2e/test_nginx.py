# SPDX-License-Identifier: Apache-2.0
"""Stock nginx, bridged and recorded: unharmed, and every handshake of it is a job in the trace."""
import os
import pwd

import pytest
from conftest import HANDSHAKES, require
from load import get, handshakes
from servers import Nginx
from tool import query, scalar

require("nginx", "h2load", "curl", "openssl", "lttng-sessiond")


def test_load_succeeds(recording):
    assert (recording.load.succeeded, recording.load.failed) == (HANDSHAKES, 0)


def test_status_is_the_programs(recording):
    assert recording.server.status == 0


def test_each_handshake_is_a_job(recording):
    jobs = "SELECT count(*) FROM v_job WHERE op = 'handshake' AND pauses > 0"
    assert scalar(recording.data, jobs) == HANDSHAKES
    assert scalar(recording.data, "SELECT count(DISTINCT conn_id) FROM v_job") == HANDSHAKES


def test_each_handshake_completes(recording):
    completed = "SELECT count(*) FROM v_conn WHERE side = 'server' AND handshake_dur_ns >= 0"
    assert scalar(recording.data, completed) == HANDSHAKES
    assert scalar(recording.data, "SELECT count(*) FROM v_job WHERE dur_ns < 0") == 0


def test_each_job_is_signed_for_by_the_engine(recording):
    signed = """SELECT count(DISTINCT job_id) FROM v_engine_op
                WHERE crypto = 'sign' AND bits = 2048 AND ok = 1 AND reason IS NULL"""
    assert scalar(recording.data, signed) == HANDSHAKES


def test_phases_sum_to_the_jobs_time(recording):
    wrong = """SELECT job_id FROM v_job
               WHERE busy_ns + offload_ns + notify_ns + requeue_ns <> dur_ns
                  OR min(busy_ns, offload_ns, notify_ns, requeue_ns) < 0"""
    assert [row["job_id"] for row in query(recording.data, wrong)] == []


def test_slices_tile_their_job(recording):
    wrong = """WITH slice AS (
                   SELECT job_id, ts_ns, dur_ns,
                          lead(ts_ns) OVER (PARTITION BY job_id ORDER BY seq) AS next,
                          row_number() OVER (PARTITION BY job_id ORDER BY seq) AS place
                   FROM v_slice)
               SELECT j.job_id FROM v_job j JOIN slice s USING (job_id)
               WHERE s.ts_ns + s.dur_ns <> coalesce(s.next, j.ts_ns + j.dur_ns)
                  OR (s.place = 1 AND s.ts_ns <> j.ts_ns)"""
    assert [row["job_id"] for row in query(recording.data, wrong)] == []
    sliced = "SELECT count(DISTINCT job_id) FROM v_slice"
    assert scalar(recording.data, sliced) == scalar(recording.data, "SELECT count(*) FROM v_job")


@pytest.mark.parametrize("phase", ["busy", "offload", "notify", "requeue"])
def test_slices_sum_to_the_phase(recording, phase):
    wrong = f"""SELECT j.job_id FROM v_job j LEFT JOIN v_slice s USING (job_id)
                GROUP BY j.job_id
                HAVING total(s.dur_ns) FILTER (WHERE s.phase = '{phase}') <> j.{phase}_ns"""
    assert [row["job_id"] for row in query(recording.data, wrong)] == []


def test_worker_is_in_the_trace(recording):
    rows = query(recording.data, "SELECT DISTINCT pid FROM v_job")
    assert [row["pid"] for row in rows] == recording.workers
    modes = query(recording.data, "SELECT DISTINCT mode FROM v_thread WHERE role = 'program'")
    assert [row["mode"] for row in modes] == ["bridge"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up its rights")
def test_worker_gave_up_roots_rights(recording):
    assert recording.users == [pwd.getpwnam("www-data").pw_uid]


def test_nothing_is_lost(recording):
    assert query(recording.data, "SELECT * FROM v_lost") == []


@pytest.mark.parametrize("version", [["--tls-max", "1.2"], ["--tlsv1.3"]], ids=["1.2", "1.3"])
def test_content_is_right(tool, folder, version):
    with Nginx(folder / "nginx", before=tool.record(folder / "data", "bridge")) as server:
        assert get(server.port, server.certificate, *version) == Nginx.body


def test_two_workers(tool, folder):
    data = folder / "data"
    before = tool.record(data, "bridge")
    with Nginx(folder / "nginx", workers=2, before=before) as server:
        load = handshakes(server.port, 100)
    tool.must("analyze", "-i", data)
    assert (load.succeeded, load.failed) == (100, 0)
    assert scalar(data, "SELECT count(*) FROM v_job WHERE pauses > 0") == 100


@pytest.mark.parametrize("mode", ["observe", "bridge"])
def test_works_without_a_recorder(tool, folder, mode):
    with Nginx(folder / "nginx", environment=tool.preload(mode)) as server:
        load = handshakes(server.port, 100)
        assert get(server.port, server.certificate) == Nginx.body
    assert (load.succeeded, load.failed, server.status) == (100, 0, 0)
