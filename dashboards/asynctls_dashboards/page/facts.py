# SPDX-License-Identifier: Apache-2.0
"""The page's words: what was recorded, how much was lost, threads, kinds of connection, findings."""

from __future__ import annotations

from typing import Optional

import numpy as np

from asynctls_dashboards import dense, occupancy, stats, units
from asynctls_dashboards.conns import NAME, columns
from asynctls_dashboards.db import (
    MERGED,
    NO_FILTERS,
    PHASE_COLUMNS,
    PHASES,
    UNTOLD,
    Database,
    Filters,
    NoData,
)

MOST_LOST = 2000
MOST_FINDINGS = 500
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
HEAT_COLUMNS, HEAT_FINE = 120, 4  # of the heat maps of two recordings; buckets to the octave


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
        "evidence": {"untold": UNTOLD, "merged": MERGED},
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
    return {"parts": list(occupancy.PARTS), "rows": rows, "start": start, "width": width}


def summary(frame) -> dict:
    """Exact figures over all jobs, whatever of them goes into the page."""
    done = frame["dur_ns"] >= 0
    dur = frame["dur_ns"][done]
    phases = [int(frame[name][done].sum()) for name in PHASE_COLUMNS]
    quantiles = {name: stats.quantile(dur, q) for name, q in QUANTILES.items() if len(dur)}
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
        "quantiles": dict(zip(QUANTILES, dense.quantiles(db, "wall", tuple(QUANTILES.values())))),
        "max": dense.largest(db, "wall"),
    }


def other(db: Database, label: Optional[str] = None) -> dict:
    """A database in short, for comparison: figures, a histogram per operation, a heat map."""
    short = dense_short(db) if dense.wanted(db, NO_FILTERS) else exact_short(db)
    return short | {
        "label": units.plain(label or str(db.path), 200),
        "recorded": db.meta.duration_ns,
        "lost": db.meta.lost,
    }


def exact_short(db: Database) -> dict:
    """Figures, histograms and heat map from single jobs."""
    frame = db.jobs("ts_ns", "dur_ns", *PHASE_COLUMNS, "op", "pauses")
    done = frame["dur_ns"] >= 0
    hist = {"": histogram(frame["dur_ns"][done])}
    for i, name in enumerate(db.names("op")):
        hist[name] = histogram(frame["dur_ns"][done & (frame["op"] == i)])
    bounds = stats.edges(0, max(db.meta.duration_ns, 1), HEAT_COLUMNS)
    column = stats.column_of(frame["ts_ns"][done], bounds)
    row = stats.bucket(frame["dur_ns"][done], HEAT_FINE)
    cells, count = np.unique(np.stack((column, row), 1), axis=0, return_counts=True)
    heat = heat_map(bounds, np.column_stack((cells, count)))
    return {"summary": summary(frame), "hist": hist, "heat": heat}


def dense_short(db: Database) -> dict:
    """The same from sums; jobs are in the heat map where they ended."""
    tail = "v_hist WHERE metric = 'wall' GROUP BY 1, 2 ORDER BY 1, 2"
    middle = "(low_ns + high_ns) / 2"
    rows = db.rows(f"SELECT COALESCE(op, 'unknown'), {middle}, SUM(count) FROM {tail}")
    hist = {"": histogram(*dense.buckets(db, "wall"))}
    for op in sorted({row[0] for row in rows}):
        hist[op] = histogram(*(np.array([r[i] for r in rows if r[0] == op]) for i in (1, 2)))
    counts, bounds, levels = dense.heat(db, HEAT_COLUMNS)
    row, column = np.nonzero(counts)
    cells = np.stack((column, stats.bucket(levels, HEAT_FINE)[row], counts[row, column]), 1)
    return {"summary": dense_summary(db), "hist": hist, "heat": heat_map(bounds, cells)}


def heat_map(bounds: np.ndarray, cells: np.ndarray) -> dict:
    """Columns of equal width, and of their cells: column, bucket of the duration, jobs."""
    return {
        "start": float(bounds[0]),
        "width": float(bounds[1] - bounds[0]),
        "columns": len(bounds) - 1,
        "jobs": int(cells[:, 2].sum()),
        "cells": cells.tolist(),
    }


def histogram(dur: np.ndarray, weight: Optional[np.ndarray] = None) -> list[list[int]]:
    """Buckets in use, 32 to the octave, and how many jobs are in each; weight: each counts so often."""
    index, place = np.unique(stats.bucket(dur), return_inverse=True)
    count = np.bincount(place, weights=weight).astype(np.int64)
    return [index.tolist(), count.tolist()]
