# SPDX-License-Identifier: Apache-2.0
"""The report and the job's timeline say what the database holds."""
from conftest import HANDSHAKES
from tool import query, scalar

PHASES = ["busy", "offload", "notify", "requeue"]


def test_text_names_what_matters(tool, recording):
    text = tool.must("report", "-i", recording.data)
    for word in [*PHASES, "handshakes", "jobs", "lost"]:
        assert word in text.lower()


def test_json_has_a_schema_version(tool, recording):
    assert tool.report(recording.data)["schema_version"] >= 1


def test_json_agrees_with_the_database(tool, recording):
    report = tool.report(recording.data)
    paused = scalar(recording.data, "SELECT count(*) FROM v_job WHERE pauses > 0")
    assert report["jobs"]["jobs"] == scalar(recording.data, "SELECT count(*) FROM v_job")
    assert report["jobs"]["paused"] == paused == HANDSHAKES
    phases = {row["phase"]: row for row in report["phases"]}
    for phase in PHASES:
        longest = scalar(recording.data, f"SELECT max({phase}_ns) FROM v_job WHERE dur_ns >= 0")
        assert phases[phase]["max_ns"] == longest


def test_phase_table_agrees_with_the_jobs(recording):
    rows = {row["phase"]: row for row in query(recording.data, "SELECT * FROM v_phase_stats")}
    assert set(PHASES) <= set(rows)
    for phase in PHASES:
        total = scalar(recording.data, f"SELECT sum({phase}_ns) FROM v_job WHERE dur_ns >= 0")
        longest = scalar(recording.data, f"SELECT max({phase}_ns) FROM v_job WHERE dur_ns >= 0")
        assert rows[phase]["total_ns"] == total
        assert rows[phase]["max_ns"] == longest
        assert rows[phase]["p50_ns"] <= rows[phase]["p99_ns"] <= longest


def test_report_is_the_same_twice(tool, recording):
    first = tool.must("report", "-i", recording.data, "--json")
    tool.must("analyze", "-i", recording.data)
    assert tool.must("report", "-i", recording.data, "--json") == first


def test_show_draws_each_kind_of_job(tool, recording):
    job = scalar(recording.data, "SELECT job_id FROM v_job ORDER BY dur_ns DESC LIMIT 1")
    text = tool.must("show", "-i", recording.data, "job", job)
    assert text.startswith(f"Job {job}: ")
    for phase in PHASES:
        assert phase in text


def test_current_folder_is_the_default(tool, recording, folder):
    (folder / "asynctls.data").symlink_to(recording.data)
    assert tool.must("report", cwd=folder) == tool.must("report", "-i", recording.data)
