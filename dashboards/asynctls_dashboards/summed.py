# SPDX-License-Identifier: Apache-2.0
"""The views that hold sums, as arrays: histograms, durations by time, the timeline in columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Optional

import numpy as np

from asynctls_dashboards import stats
from asynctls_dashboards.db import PHASE_COLUMNS, Database
from asynctls_dashboards.distribution import Buckets
from asynctls_dashboards.source import Heat, Lines


def buckets(
    db: Database, view: str, metric: str, also: str = "1", *values, largest: Optional[int] = None
) -> Buckets:
    """A metric's distribution from a view of histograms, such as v_hist; also is a condition on its
    rows."""
    tail = f"{view} WHERE metric = ? AND {also} GROUP BY low_ns, high_ns ORDER BY low_ns"
    middle, counts = db.table(("(low_ns + high_ns) / 2", "SUM(count)"), tail, (metric, *values))
    return Buckets(np.maximum(middle, 0), counts, largest)


def heat(db: Database, most: int, metric: str) -> Heat:
    """What ended, by time and duration, in at most so many columns; of any metric of v_heat."""
    exprs = ("ts_ns", "dur_ns", "low_ns", "high_ns", "count")
    ts, dur, low, high, count = db.table(exprs, "v_heat WHERE metric = ?", (metric,))
    width = int(dur[0])
    column = (ts - ts.min()) // width
    by = -(-(int(column.max()) + 1) // most)
    column //= by
    columns = int(column.max()) + 1
    levels = np.unique(np.concatenate((low, high)))
    cells = np.zeros((len(levels) - 1, columns), np.int64)
    np.add.at(cells, (np.searchsorted(levels, low), column), count)
    bounds = float(ts.min() - db.meta.t0_ns) + width * by * np.arange(columns + 1)
    levels = np.maximum(levels, 1)
    return Heat(cells, bounds, levels, ends=(int(levels[0]), int(levels[-1])))


def heat_lines(found: Heat, quantiles: tuple[float, ...]) -> Lines:
    """Quantiles per column, to within half a bucket; NaN where there are too few jobs."""
    count = found.cells.sum(axis=0)
    below = found.cells.cumsum(axis=0)
    middle = np.sqrt(found.levels[:-1] * found.levels[1:].astype(np.float64))
    value = np.full((len(quantiles), found.cells.shape[1]), np.nan)
    for k, q in enumerate(quantiles):
        enough = count >= stats.needed(q)
        rank = np.maximum(np.ceil(q * count - 1e-9), 1)
        value[k, enough] = middle[(below < rank).sum(axis=0)[enough]]
    return Lines(found.bounds, value)


@dataclass
class Columns:
    """v_lod as arrays: columns of equal width, gaps filled."""

    bounds: np.ndarray  # ns since the start
    phases: np.ndarray  # [phase, column], ns
    started: np.ndarray
    ended: np.ndarray
    inflight: stats.Band
    queued: stats.Band
    served: stats.Band

    LEVELS = ("inflight", "queued", "served")

    @classmethod
    def read(cls, db: Database) -> Columns:
        """All columns that there are."""
        plain = ("ts_ns", "dur_ns", *PHASE_COLUMNS, "started", "ended")
        levels = [sql for name in cls.LEVELS for sql in _level_columns(name)]
        ts, dur, *values = db.table((*plain, *levels), "v_lod ORDER BY ts_ns")
        width = int(dur[0])
        at = (ts - ts[0]) // width
        columns = int(at[-1]) + 1
        spaced = np.zeros((len(values), columns))
        spaced[:, at] = values
        bands = (_band(*spaced[i : i + 3]) for i in (6, 9, 12))
        return cls(
            bounds=int(ts[0]) - db.meta.t0_ns + width * np.arange(columns + 1, dtype=np.float64),
            phases=spaced[:4],
            started=spaced[4],
            ended=spaced[5],
            **dict(zip(cls.LEVELS, bands)),
        )

    def merged(self, most: int) -> Columns:
        """The same in at most so many columns."""
        columns = len(self.started)
        by = -(-columns // most)
        if by == 1:
            return self
        n = -(-columns // by)

        def add(values: np.ndarray, how: Callable = np.sum, fill: str = "constant") -> np.ndarray:
            wide = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, n * by - columns)], fill)
            return how(wide.reshape(*values.shape[:-1], n, by), axis=-1)

        def band(b: stats.Band) -> stats.Band:
            return stats.Band(
                low=add(b.low, np.min, "edge"), high=add(b.high, np.max), mean=add(b.mean, np.mean)
            )

        width = self.bounds[1] - self.bounds[0]
        return replace(
            self,
            bounds=self.bounds[0] + width * by * np.arange(n + 1),
            phases=add(self.phases),
            started=add(self.started),
            ended=add(self.ended),
            **{name: band(getattr(self, name)) for name in self.LEVELS},
        )


def _level_columns(name: str) -> tuple[str, str, str]:
    """SQL for a level's fewest, most, and thousandths of its mean."""
    mean = f"CAST({name}_mean * 1000 AS INTEGER)"
    return f"COALESCE({name}_min, -1)", f"COALESCE({name}_max, -1)", mean


def _band(low: np.ndarray, high: np.ndarray, milli: np.ndarray) -> stats.Band:
    """Where no change was seen, the mean says it all."""
    mean = milli / 1000
    return stats.Band(
        low=np.where(high > 0, np.maximum(low, 0), np.floor(mean)),
        high=np.maximum(high, np.ceil(mean)),
        mean=mean,
    )
