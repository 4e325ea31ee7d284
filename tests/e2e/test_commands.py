# SPDX-License-Identifier: Apache-2.0
"""Sections, filters and conditions of the report; lint, query, diff, export, show."""
import collections
import csv
import io
import json
import shutil
import sqlite3

import pytest
from conftest import HANDSHAKES
from tool import SOURCE, query, scalar

SECTIONS = "findings phases tally handshakes notify engine loop depth threads poll timehist conn top".split()


@pytest.fixture
def lost_wake(folder):
    """A trace with a fault, as text."""
    path = folder / "lost-wake.txt"
    shutil.copy(SOURCE / "tests" / "lint" / "traces" / "lost-wake.not-asked.txt", path)
    return path


# --- report -------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_has_rows_that_agree_as_text_csv_and_json(tool, recording, section):
    args = ["report", "-i", recording.data, f"--{section}", "--limit=1000"]
    rows = json.loads(tool.must(*args, "--json"))[section]
    table = list(csv.DictReader(io.StringIO(tool.must(*args, "--csv"))))
    assert len(rows) == len(table)
    assert len(tool.must(*args).splitlines()) == max(len(rows), 1) + 2
    if section != "findings":
        assert rows
    for row, line in zip(rows, table, strict=True):
        for name, value in row.items():
            if isinstance(value, (int, float)):
                assert float(line[name]) == pytest.approx(value)
            else:
                assert line[name] == (value or "")


def test_phases_sum_to_the_wall(tool, recording):
    rows = json.loads(tool.must("report", "-i", recording.data, "--phases", "--json"))["phases"]
    total = {row["phase"]: row["total_ns"] for row in rows}
    wall = total.pop("wall")
    assert sum(total.values()) == wall
    assert all(
        r["p50_ns"] <= r["p90_ns"] <= r["p99_ns"] <= r["p99.9_ns"] <= r["max_ns"] for r in rows
    )


def test_filters_leave_what_they_name(tool, recording):
    slowest, median = scalar(recording.data, "SELECT max(dur_ns) FROM v_job"), scalar(
        recording.data, f"SELECT dur_ns FROM v_job ORDER BY dur_ns LIMIT 1 OFFSET {HANDSHAKES // 2}"
    )
    args = ["report", "-i", recording.data, "--top", "--json", "--limit=100000"]

    def top(*options):
        return json.loads(tool.must(*args, *options))["top"]

    assert top()[0]["wall_ns"] == slowest
    assert all(row["wall_ns"] >= median for row in top(f"--min={median}ns"))
    assert len(top(f"--min={median}ns")) + len(top(f"--max={median - 1}ns")) == len(top())
    assert len(top("--time=,50%")) + len(top("--time=50%,")) == pytest.approx(len(top()), abs=1)
    assert top("--op=shutdown") == [] and top("--pid=1") == []
    assert {row["conn_id"] for row in top("--conn=5")} == {5}
    walls = [row["wall_ns"] for row in top("--sort=+wall")]
    assert len(walls) == len(top()) and walls == sorted(walls)


def test_conditions_decide_the_exit_status(tool, recording):
    def status(*options):
        return tool.run("report", "-i", recording.data, *options).returncode

    assert status("--slo=p99.9<1000s", "--slo=max < 1e18") == 0
    assert status("--slo=p50<1ns") == 1
    assert status("--fail-if=handshakes = 0 or notify.p99 > 100s") == 0
    assert status(f"--fail-if=handshakes >= {HANDSHAKES}") == 1
    assert status("--fail-if=nonsense > 1") == 2
    assert status("--fail-if=p99 > 5sec") == 2
    assert status("--sort=nonsense", "--top") == 2
    assert status("--time=nonsense") == 2
    assert status("--time=1,2") == 2


# --- lint ---------------------------------------------------------------------------------------


def test_a_healthy_server_has_no_findings(tool, recording):
    done = tool.run("lint", "-i", recording.data, "--json")
    assert [f for f in json.loads(done.stdout)["findings"] if f["severity"] != "note"] == []
    assert done.returncode == 0


def test_lint_names_culprit_and_remedy(tool, lost_wake):
    done = tool.run("lint", "-i", lost_wake)
    assert done.returncode == 1
    for word in ["lost-wake", "B1", "never asked", "process 10", "job 1", "->"]:
        assert word in done.stdout
    assert not list(lost_wake.parent.glob("*.db*")), "lint needs no database"


def test_lint_can_be_told_what_is_known(tool, lost_wake):
    known = lost_wake.parent / "known"
    known.write_text("# ours\nlost-wake pid=10 detail=never asked\n")
    assert tool.run("lint", "-i", lost_wake, "--suppress", known).returncode == 0
    known.write_text("B1 pid=11\n")
    assert tool.run("lint", "-i", lost_wake, "--suppress", known).returncode == 1
    known.write_text("no-such-rule\n")
    done = tool.run("lint", "-i", lost_wake, "--suppress", known)
    assert done.returncode == 2 and f"{known}:1:" in done.stderr


def test_thresholds_change_what_is_found(tool, lost_wake):
    assert tool.run("lint", "-i", lost_wake, "--threshold=wake=3s").returncode == 0
    assert tool.run("lint", "-i", lost_wake, "--threshold=wake=3%").returncode == 2
    assert tool.run("lint", "-i", lost_wake, "--threshold=wake=3").returncode == 2
    assert tool.run("lint", "-i", lost_wake, "--threshold=nonsense=3").returncode == 2


def test_every_rule_is_explained(tool):
    rules = [line.split() for line in tool.must("lint", "--list").split("\n\n")[0].splitlines()]
    assert len(rules) >= 30
    for code, name, *_ in rules:
        assert tool.must("lint", "--explain", code) == tool.must("lint", "--explain", name)
        assert "What to do:" in tool.must("lint", "--explain", name)


def test_sarif_holds_rule_level_and_text(tool, lost_wake):
    run = json.loads(tool.run("lint", "-i", lost_wake, "--sarif").stdout)["runs"][0]
    (result,) = run["results"]
    assert result["ruleId"] == "B1" and result["level"] == "error"
    assert result["ruleId"] in [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert "never asked" in result["message"]["text"]


def test_the_report_names_findings_too(tool, lost_wake):
    assert "lost-wake" in tool.must("report", "-i", lost_wake)
    assert tool.report(lost_wake)["findings"][0]["code"] == "B1"


# --- query --------------------------------------------------------------------------------------


def test_query_lists_views_and_runs_sql(tool, recording):
    assert "v_job" in tool.must("query", "-i", recording.data)
    sql = "SELECT count(*) AS n, 'a,\"b' AS t FROM v_job"
    assert json.loads(tool.must("query", "-i", recording.data, "--json", sql)) == [
        {"n": scalar(recording.data, "SELECT count(*) FROM v_job"), "t": 'a,"b'}
    ]
    assert tool.must("query", "-i", recording.data, "--csv", sql).endswith(',"a,""b"\n')


def test_query_only_reads(tool, recording, folder):
    before = scalar(recording.data, "SELECT count(*) FROM v_job")
    for sql in [
        "DELETE FROM job",
        f"ATTACH '{folder}/new.db' AS n; CREATE TABLE n.a(b)",
        "PRAGMA user_version = 7",
        "nonsense",
    ]:
        assert tool.run("query", "-i", recording.data, sql).returncode == 2
    assert scalar(recording.data, "SELECT count(*) FROM v_job") == before
    assert not list(folder.glob("new.db*"))


# --- diff ---------------------------------------------------------------------------------------


def slowed(recording, folder):
    """The same recording with every job four times as long."""
    path = folder / "slow.db"
    shutil.copy(recording.data / "trace.db", path)
    with sqlite3.connect(path) as db:
        db.execute(
            "UPDATE job SET dur = dur * 4, busy_ns = busy_ns * 4, offload_ns = offload_ns * 4,"
            " notify_ns = notify_ns * 4, requeue_ns = requeue_ns * 4 WHERE dur > 0"
        )
    db.close()
    return path


def test_diff_finds_a_regression_and_nothing_where_there_is_none(tool, recording, folder):
    same = tool.run("diff", recording.data, recording.data, "--json")
    assert same.returncode == 0
    changes = json.loads(same.stdout)["changes"]
    assert changes and all(c["a"] == c["b"] for c in changes)
    slow = slowed(recording, folder)
    worse = tool.run("diff", recording.data, slow, "--json")
    changes = {c["name"]: c for c in json.loads(worse.stdout)["changes"]}
    assert worse.returncode == 1 and changes["wall p50"]["regression"]
    assert changes["wall p50"]["low"] <= changes["wall p50"]["ratio"] <= changes["wall p50"]["high"]
    assert tool.run("diff", slow, recording.data).returncode == 0
    assert tool.run("diff", recording.data, slow, "--threshold=100000%").returncode == 0
    assert tool.run("diff", recording.data, slow, "--json").stdout == worse.stdout


# --- export -------------------------------------------------------------------------------------


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def decode(data):
    """Fields of a protocol buffer: number -> list of int or bytes."""
    fields, at = collections.defaultdict(list), 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 1:
            value, at = int.from_bytes(data[at : at + 8], "little"), at + 8
        else:
            assert tag & 7 == 2
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
            assert len(value) == size
        fields[tag >> 3].append(value)
    return fields


def test_perfetto_slices_nest_and_flows_have_two_ends(tool, recording, folder):
    tool.must("export", "-f", "perfetto", "-i", recording.data, "-o", folder / "trace")
    packets = [decode(packet) for packet in decode((folder / "trace").read_bytes())[1]]
    tracks = {decode(p[60][0])[1][0]: decode(p[60][0]) for p in packets if 60 in p}
    stacks, flows, jobs, last = collections.defaultdict(list), collections.Counter(), 0, {}
    for packet in (p for p in packets if 11 in p):
        event = decode(packet[11][0])
        kind, track, ts = event[9][0], event[11][0], packet[8][0]
        assert track in tracks and ts >= last.get(track, 0)
        last[track] = ts
        if kind == 1:
            stacks[track].append(event[23][0])
            jobs += event[22][0] == b"job"
        elif kind == 2:
            stacks[track].pop()
        flows.update(event[47])
    assert not any(stacks.values()), "every slice that begins ends"
    assert jobs == scalar(recording.data, "SELECT count(*) FROM v_job WHERE dur_ns > 0")
    assert flows and set(flows.values()) == {2}
    threads = {decode(t[4][0])[2][0] for t in tracks.values() if 4 in t}
    assert threads == {row["tid"] for row in query(recording.data, "SELECT tid FROM v_thread")}


def test_chrome_and_otlp_name_every_job(tool, recording):
    jobs = scalar(recording.data, "SELECT count(*) FROM v_job WHERE dur_ns >= 0")
    events = json.loads(tool.must("export", "-f", "chrome", "-i", recording.data))["traceEvents"]
    kinds = collections.Counter(e["ph"] for e in events)
    assert kinds["b"] == kinds["e"] and kinds["s"] == kinds["f"] > 0
    begun = [e["id"] for e in events if e["ph"] == "b" and " job " in e["name"]]
    assert len(begun) == len(set(begun)) == jobs
    text = tool.must("export", "-f", "otlp", "--slowest", "7", "-i", recording.data)
    spans = json.loads(text)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    ids = {span["spanId"] for span in spans}
    assert len(ids) == len(spans)
    assert len([s for s in spans if "parentSpanId" not in s]) == min(7, jobs)
    assert all(s.get("parentSpanId", s["spanId"]) in ids for s in spans)
    rows = list(csv.DictReader(io.StringIO(tool.must("export", "-f", "csv", "-i", recording.data))))
    assert len(rows) == scalar(recording.data, "SELECT count(*) FROM v_job")


# --- show ---------------------------------------------------------------------------------------


def test_show_job_says_what_it_waited_for(tool, recording):
    job = scalar(recording.data, "SELECT job_id FROM v_job ORDER BY dur_ns DESC LIMIT 1")
    text = tool.must("show", "-i", recording.data, "job", job)
    assert "Critical path" in text and "because" in text and "Meanwhile its thread ran" in text


def test_show_conn_tells_its_life(tool, recording):
    text = tool.must("show", "-i", recording.data, "conn", 1)
    assert "handshake" in text and "job: handshake" in text and "Connection 1: server" in text
    assert tool.run("show", "-i", recording.data, "conn", 10**9).returncode == 2
