# SPDX-License-Identifier: Apache-2.0
"""The page's words: what was recorded, what was lost, threads, kinds of connection, findings."""

from __future__ import annotations

from typing import Optional

import numpy as np

from asynctls_dashboards import occupancy, recording, source, stats, units
from asynctls_dashboards.connections import NAME
from asynctls_dashboards.db import PHASE_COLUMNS, PHASES, Database, NoData
from asynctls_dashboards.distribution import Distribution
from asynctls_dashboards.filters import NO_FILTERS, Filters
from asynctls_dashboards.jobs import Jobs
from asynctls_dashboards.source import Source
from asynctls_dashboards.sums import Sums

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
    """Rows of v_finding, the worst first."""
    columns = (*TEXTS, "count", "cost_ns", "ts_ns", "end_ns", "jobs", "conns")
    rows = db.rows(f"SELECT {', '.join(columns)} FROM v_finding LIMIT {MOST_FINDINGS}")
    found = []
    for row in (dict(zip(columns, row)) for row in rows):
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
    meta, lost = db.meta, db.lost()
    read = Jobs(db, filters, frame=jobs.frame)
    start, end = read.span
    if filters.time is None:
        start, end = min(start, 0), max(end, meta.duration_ns)
    short = units.command(meta.command, 160)
    command = short.split(" ")[0] if redact else meta.command
    return {
        "phases": list(PHASES),
        "evidence": {name: db.code("evidence", name) for name in ("untold", "merged")},
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
        "summary": summary(Sums(db) if recording.summed(db, filters) else read),
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


def summary(jobs: Source) -> dict:
    """Figures over all jobs, whatever of them goes into the page."""
    took = jobs.distribution(source.WALL)
    return {
        "jobs": jobs.count,
        "finished": jobs.finished,
        "paused": jobs.paused,
        "phases": list(map(int, jobs.phase_time())),
        "quantiles": {name: took.quantile(q) for name, q in QUANTILES.items() if jobs.finished},
        "max": took.quantile(1.0),
    }


def other(db: Database, label: Optional[str] = None) -> dict:
    """A database in short, for comparison: figures, a histogram per operation, a heat map."""
    jobs = recording.jobs(db, NO_FILTERS, "ts_ns", "dur_ns", *PHASE_COLUMNS, "op", "pauses")
    whole = (0, max(db.meta.duration_ns, 1))
    took = {"": jobs.distribution(source.WALL)} | jobs.by_op()
    return {
        "summary": summary(jobs),
        "hist": {name: histogram(distribution) for name, distribution in took.items()},
        "heat": heat_map(jobs.heat(HEAT_COLUMNS, HEAT_FINE, whole)),
        "label": units.plain(label or str(db.path), 200),
        "recorded": db.meta.duration_ns,
        "lost": db.meta.lost,
    }


def heat_map(heat: source.Heat) -> dict:
    """Columns of equal width, and of their cells: column, bucket of the duration, jobs."""
    row, column = np.nonzero(heat.cells)
    jobs = heat.cells[row, column]
    cells = np.stack((column, stats.bucket(heat.levels, HEAT_FINE)[row], jobs), axis=1)
    return {
        "start": float(heat.bounds[0]),
        "width": float(heat.bounds[1] - heat.bounds[0]),
        "columns": len(heat.bounds) - 1,
        "jobs": int(jobs.sum()),
        "cells": cells.tolist(),
    }


def histogram(took: Distribution) -> list[list[int]]:
    """Buckets in use, 32 to the octave, and how many jobs are in each."""
    values, counts = took.counted()
    index, place = np.unique(stats.bucket(values), return_inverse=True)
    count = np.bincount(place, weights=counts).astype(np.int64)
    return [index.tolist(), count.tolist()]
