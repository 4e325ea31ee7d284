# SPDX-License-Identifier: Apache-2.0
"""Recordings of so many jobs that reading each would take too long: what the analysis added up already.

The views v_hist, v_breakdown, v_heat, v_lod and v_lane hold all jobs, so they serve where no filter is set.
Databases without such sums are read job by job, whatever it takes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import evidence, stats
from asynctls_dashboards.db import NO_FILTERS, PHASE_COLUMNS, PHASES, Database, Filters

LIMIT = 2_000_000  # jobs; above this the sums are used
JOBS = "(paused OR COALESCE(outcome, '') <> 'no_jobs')"  # a start that the pool refused is none


def wanted(db: Database, filters: Filters) -> bool:
    """True if the sums should be read instead of the jobs."""
    if filters != NO_FILTERS or db.meta.jobs <= LIMIT:
        return False
    return bool(db.rows("SELECT 1 FROM v_lod LIMIT 1"))


def buckets(db: Database, metric: str, times: int = -1) -> tuple[np.ndarray, np.ndarray]:
    """Middles of a metric's buckets, ascending, and how many jobs are in each; times: only those with
    so many pauses (16: or more)."""
    tail = "v_hist WHERE metric = ? AND ? IN (-1, times) GROUP BY low_ns, high_ns ORDER BY low_ns"
    middle, count = db.table(("(low_ns + high_ns) / 2", "SUM(count)"), tail, (metric, times))
    return np.maximum(middle, 0), count


def durations(db: Database, metric: str) -> np.ndarray:
    """Sorted values of a metric (wall, or a phase), each to within 1.6 %; the largest exactly."""
    values = np.repeat(*buckets(db, metric))
    if len(values):
        values[-1] = largest(db, metric)
    return values


def at_ranks(middle: np.ndarray, count: np.ndarray, wanted: tuple) -> list[int]:
    """Nearest-rank quantiles of what is in buckets, each to within 1.6 %; 0 if there is nothing."""
    if not len(middle):
        return [0] * len(wanted)
    upto = np.cumsum(count)
    ranks = [max(int(np.ceil(q * upto[-1] - 1e-9)), 1) for q in wanted]
    return [int(middle[np.searchsorted(upto, rank)]) for rank in ranks]


def quantiles(db: Database, metric: str, wanted: tuple) -> list[int]:
    """Nearest-rank quantiles of a metric, each to within 1.6 %; 0 if there are no values."""
    return at_ranks(*buckets(db, metric), wanted)


@dataclass
class Sums:
    """Finished jobs by percentile band, and all of them together."""

    bands: stats.Bands
    total: np.ndarray  # ns per phase
    most: np.ndarray  # the largest of each phase
    jobs: int
    unfinished: int
    evidence: evidence.Evidence


def sums(db: Database) -> Sums:
    """Bands are cut at the very ranks; a bucket of wall time on both sides of a cut is shared out evenly."""
    columns = ("SUM(jobs)", *(f"SUM({name})" for name in PHASE_COLUMNS))
    tail = f"v_breakdown WHERE {JOBS} GROUP BY low_ns ORDER BY low_ns"
    upto = np.stack(db.table(columns, tail), 1).cumsum(axis=0)
    upto = np.vstack((np.zeros((1, 5), np.int64), upto))
    jobs = int(upto[-1, 0])
    cuts = stats.band_cuts(jobs)
    ranks = [at for _, at, _ in cuts] + [jobs]
    below = np.stack([np.interp(ranks, upto[:, 0], upto[:, p]) for p in range(1, 5)], 1)
    count = np.diff(ranks)
    mean = np.diff(below, axis=0) / np.maximum(count, 1)[:, None]
    bands = stats.Bands([label for label, _, _ in cuts], count, mean)
    most = np.array([largest(db, phase) for phase in PHASES])
    return Sums(bands, upto[-1, 1:], most, jobs, unfinished(db), seen(db))


def seen(db: Database) -> evidence.Evidence:
    """What the phases of all jobs rest on."""
    names = ("jobs", "untold", "merged")
    total = ", ".join(f"COALESCE(SUM({name}), 0)" for name in names)
    return evidence.Evidence(*db.rows(f"SELECT {total} FROM v_job_group WHERE paused")[0])


def largest(db: Database, metric: str) -> int:
    """The largest value of a metric (wall, or a phase) of jobs that ended."""
    # of an unfinished job it is a phase's part that was seen
    tail = f"v_job_measure WHERE metric = ? AND outcome <> 'unfinished' AND {JOBS}"
    return db.rows(f"SELECT COALESCE(MAX(max_ns), 0) FROM {tail}", (metric,))[0][0]


def several(db: Database) -> bool:
    """True if not all connections that were established have the same version and cipher."""
    return len(db.rows("SELECT DISTINCT version, cipher FROM v_conn_hist LIMIT 2")) > 1


def unfinished(db: Database) -> int:
    """How many jobs have no end."""
    sql = "SELECT COALESCE(SUM(jobs), 0) FROM v_job_group WHERE open_phase IS NOT NULL"
    return db.rows(sql)[0][0]


LEVELS = ("inflight", "queued", "served")


class Columns:
    """v_lod as arrays: a column of equal width each, gaps filled. Times are ns since the start."""

    def __init__(self, db: Database):
        plain = ("ts_ns", "dur_ns", *PHASE_COLUMNS, "started", "ended")
        levels = []
        for name in LEVELS:
            levels += [f"COALESCE({name}_min, -1)", f"COALESCE({name}_max, -1)"]
            levels += [f"CAST({name}_mean * 1000 AS INTEGER)"]
        ts, dur, *values = db.table((*plain, *levels), "v_lod ORDER BY ts_ns")
        width = int(dur[0])
        at = (ts - ts[0]) // width
        columns = int(at[-1]) + 1
        self.bounds = int(ts[0]) - db.meta.t0_ns + width * np.arange(columns + 1, dtype=np.float64)
        spaced = np.zeros((len(values), columns))
        spaced[:, at] = values
        self.phases, self.started, self.ended = spaced[:4], spaced[4], spaced[5]
        self.inflight, self.queued, self.served = (_band(*spaced[i : i + 3]) for i in (6, 9, 12))

    def merged(self, most: int) -> "Columns":
        """The same in at most so many columns."""
        by = -(-len(self.started) // most)
        if by == 1:
            return self
        n = -(-len(self.started) // by)
        pad = n * by - len(self.started)

        def together(values: np.ndarray, how, fill: str = "constant") -> np.ndarray:
            wide = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, pad)], fill)
            return how(wide.reshape(*values.shape[:-1], n, by), axis=-1)

        made = object.__new__(Columns)
        width = self.bounds[1] - self.bounds[0]
        made.bounds = self.bounds[0] + width * by * np.arange(n + 1)
        made.phases = together(self.phases, np.sum)
        made.started, made.ended = together(self.started, np.sum), together(self.ended, np.sum)
        for name in LEVELS:
            b = getattr(self, name)
            low = together(b.low, np.min, "edge")
            band = stats.Band(low, together(b.high, np.max), together(b.mean, np.mean))
            setattr(made, name, band)
        return made


def _band(low: np.ndarray, high: np.ndarray, milli: np.ndarray) -> stats.Band:
    """Where no change was seen, the mean says it all."""
    mean = milli / 1000
    return stats.Band(
        np.where(high > 0, np.maximum(low, 0), np.floor(mean)),
        np.maximum(high, np.ceil(mean)),
        mean,
    )


def heat(
    db: Database, most: int, metric: str = "wall"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What ended (jobs; v_heat has other metrics) by time and duration: cells[bucket, column], bounds, levels."""
    exprs = ("ts_ns", "dur_ns", "low_ns", "high_ns", "count")
    ts, dur, low, high, count = db.table(exprs, "v_heat WHERE metric = ?", (metric,))
    width = int(dur[0])
    column = (ts - ts.min()) // width
    by = -(-(int(column.max()) + 1) // most)
    column //= by
    columns = int(column.max()) + 1
    levels = np.unique(np.concatenate((low, high)))
    row = np.searchsorted(levels, low)
    cells = np.zeros((len(levels) - 1, columns), np.int64)
    np.add.at(cells, (row, column), count)
    bounds = float(ts.min() - db.meta.t0_ns) + width * by * np.arange(columns + 1)
    return cells, bounds, np.maximum(levels, 1)


def cell_quantiles(cells: np.ndarray, levels: np.ndarray, quantiles: tuple) -> stats.Quantiles:
    """Quantiles per column of cells, to within half a bucket; NaN where there are too few jobs."""
    count = cells.sum(axis=0)
    below = cells.cumsum(axis=0)
    middle = np.sqrt(levels[:-1] * levels[1:].astype(np.float64))
    value = np.full((len(quantiles), cells.shape[1]), np.nan)
    for k, q in enumerate(quantiles):
        needed = 1 if q >= 1 else max(1, int(np.ceil(1 / (1 - q) - 1e-9)))
        some = count >= needed
        rank = np.maximum(np.ceil(q * count - 1e-9), 1)
        value[k, some] = middle[(below < rank).sum(axis=0)[some]]
    return stats.Quantiles(count, value)
