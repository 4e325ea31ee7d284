# SPDX-License-Identifier: Apache-2.0
"""The page's words: what was recorded, how much was lost, threads, kinds of connection, findings."""

from __future__ import annotations

from typing import Optional

import numpy as np

from asynctls_dashboards import dense, occupancy, stats, units
from asynctls_dashboards.conns import NAME, columns
from asynctls_dashboards.db import PHASE_COLUMNS, PHASES, Database, Filters, NoData

MOST_LOST = 2000
MOST_FINDINGS = 500
QUANTILES = (0.5, 0.9, 0.99, 0.999)


def threads(db: Database) -> tuple[list[dict], dict[int, int]]:
    """Threads, and the place of each utid among them; the first stands for those not known."""
    names, roles = db.threads(), dict(db.rows("SELECT utid, COALESCE(role, '') FROM v_thread"))
    found = [{"name": "unknown thread", "role": ""}]
    places = {}
    for utid in sorted(names):
        places[utid] = len(found)
        found.append({"name": units.plain(names[utid], NAME), "role": roles.get(utid, "")})
    return found, places


TEXTS = ("rule", "severity", "certainty", "title", "detail", "note", "fix")


def findings(db: Database) -> list[dict]:
    """Rows of v_finding, the worst first; none if this database has no such view."""
    named = columns(db, "v_finding")
    if not named:
        return []
    wanted = (*TEXTS, "count", "cost_ns", "ts_ns", "end_ns", "jobs", "conns")
    picked = (name if name in named else "NULL" for name in wanted)
    rows = db.rows(f"SELECT {', '.join(picked)} FROM v_finding LIMIT {MOST_FINDINGS}")
    found = []
    for row in (dict(zip(wanted, row)) for row in rows):
        for name in TEXTS:
            row[name] = units.plain(str(row[name] or ""), 600)
        for name in ("ts_ns", "end_ns"):
            row[name] = None if row[name] is None else row[name] - db.meta.t0_ns
        for name in ("jobs", "conns"):  # examples, as "1,2,3"
            row[name] = [int(part) for part in str(row[name] or "").split(",") if part.isdigit()]
        found.append(row)
    return found


def header(db: Database, filters: Filters, jobs, redact: bool) -> dict:
    """Everything but the columns."""
    meta, frame = db.meta, jobs.frame
    lost = db.lost()
    start, end = db.span(frame, filters)
    if filters.time is None:
        start, end = min(start, 0), max(end, meta.duration_ns)
    short = units.command(meta.command, 160)
    command = short.split(" ")[0] if redact else meta.command
    return {
        "phases": list(PHASES),
        "command": units.plain(command, 400),
        "program": command if redact else short,
        "mode": units.plain(meta.mode, 40),
        "engine": units.plain(meta.engine, 200),
        "host": "" if redact else units.plain(meta.host, 80),
        "utc": (meta.t0_ns + meta.utc_offset_ns) // 1_000_000 if meta.utc_offset_ns else None,
        "span": [start, end],
        "recorded": meta.duration_ns,
        "lost": {"events": meta.lost, "packets": meta.lost_packets},
        "lostAt": [list(map(int, row)) for row in zip(lost.ts, lost.dur, lost.count)][:MOST_LOST],
        "incomplete": units.plain(
            meta.incomplete and redact and "not all of it could be read" or meta.incomplete, 300
        ),
        "filters": filters.words(),
        "events": dict(db.rows("SELECT name, count FROM v_event_count WHERE count > 0")),
        "findings": [row | {"note": ""} if redact else row for row in findings(db)],
        "summary": dense_summary(db) if dense.wanted(db, filters) else summary(frame),
        "loops": loops(db, filters),
    }


def loops(db: Database, filters: Filters) -> Optional[dict]:
    """What the event loops spend their time on, shares in thousandths; None if none was seen."""
    try:
        data = occupancy.load(db, filters)
    except NoData:
        return None
    rows = [
        {
            "name": loop.name,
            "parts": list(map(int, loop.parts)),
            "turns": int(loop.turns),
            "longest": int(loop.longest),
            "shares": np.rint(1000 * loop.shares).astype(int).tolist(),
        }
        for loop in data.loops
    ]
    start, width = float(data.bounds[0]), float(data.bounds[1] - data.bounds[0])
    return {"rows": rows, "start": start, "width": width}


def summary(frame) -> dict:
    """Exact figures over all jobs, whatever of them goes into the page."""
    done = frame["dur_ns"] >= 0
    dur = frame["dur_ns"][done]
    phases = [int(frame[name][done].sum()) for name in PHASE_COLUMNS]
    quantiles = [stats.quantile(dur, q) for q in QUANTILES] if len(dur) else []
    return {
        "jobs": len(done),
        "finished": int(done.sum()),
        "paused": int((frame["pauses"] > 0).sum()),
        "phases": phases,
        "quantiles": quantiles,
        "max": int(dur.max()) if len(dur) else 0,
    }


def dense_summary(db: Database) -> dict:
    """The same from sums."""
    jobs, paused = db.rows("SELECT SUM(jobs), SUM(jobs) FILTER (WHERE paused) FROM v_job_group")[0]
    found = dense.sums(db)
    return {
        "jobs": jobs,
        "finished": found.jobs,
        "paused": paused or 0,
        "phases": list(map(int, found.total)),
        "quantiles": dense.quantiles(db, "wall", QUANTILES),
        "max": dense.largest(db, "wall"),
    }


def other(db: Database, label: Optional[str] = None) -> dict:
    """Another database in short, for comparison: figures, and a histogram per operation."""
    frame = db.jobs("ts_ns", "dur_ns", *PHASE_COLUMNS, "op", "pauses")
    done = frame["dur_ns"] >= 0
    hist = {"": histogram(frame["dur_ns"][done])}
    for i, name in enumerate(db.names("op")):
        hist[name] = histogram(frame["dur_ns"][done & (frame["op"] == i)])
    return {
        "label": units.plain(label or str(db.path), 200),
        "recorded": db.meta.duration_ns,
        "lost": db.meta.lost,
        "summary": summary(frame),
        "hist": hist,
    }


def histogram(dur: np.ndarray) -> list[list[int]]:
    """Buckets in use, 32 to the octave, and how many jobs are in each."""
    index, count = np.unique(stats.bucket(dur), return_counts=True)
    return [index.tolist(), count.tolist()]
