# SPDX-License-Identifier: Apache-2.0
"""The engine operations that went through its queue: one by one, or added up already.

Times are ns since the start of the recording, durations ns. The metrics are queue and service.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np

from asynctls_dashboards import stats
from asynctls_dashboards.db import Database, NoData
from asynctls_dashboards.distribution import Distribution, Values
from asynctls_dashboards.filters import NO_FILTERS, Filters
from asynctls_dashboards.source import Lines
from asynctls_dashboards.summed import Columns, buckets, heat, heat_lines
from asynctls_dashboards.units import count as counted


class Operations(ABC):
    """Operations, as plots ask for them."""

    count: int  # that were queued and served
    in_place: int  # that were done without the queue
    threads: int  # that worked on them
    span: tuple[int, int]  # what the time axis shows

    def __init__(self, db: Database):
        self.db = db

    def check_queued(self) -> None:
        """Raises NoData if none went through the queue."""
        if not self.count:
            told = f"; {counted(self.in_place, 'operation')} done in place" if self.in_place else ""
            raise NoData(f"{self.db.path}: no operation went through the engine's queue{told}")

    @abstractmethod
    def distribution(self, metric: str) -> Distribution:
        """How long they took."""

    @abstractmethod
    def lines(self, metric: str, quantiles: tuple[float, ...]) -> Lines:
        """Quantiles over time."""

    @abstractmethod
    def levels(self, columns: int) -> tuple[np.ndarray, stats.Band, stats.Band]:
        """Bounds of (at most) so many columns; how many operations wait, and how many are worked
        on."""


class EachOperation(Operations):
    """Those of the jobs that the filters let through."""

    def __init__(self, db: Database, filters: Filters):
        super().__init__(db)
        self._chosen, self._values = "1", []
        if filters != NO_FILTERS:
            where, self._values = filters.where(db.meta.t0_ns)
            self._chosen = f"job_id IN (SELECT job_id FROM v_job WHERE {where})"
        tail = f"v_engine_op WHERE {self._chosen} AND queue_ns >= 0 AND service_ns >= 0"
        # tid is 0 where the worker is not known
        columns = (f"ts_ns - {db.meta.t0_ns}", "queue_ns", "service_ns", "COALESCE(tid, 0)")
        self._ts, queue, service, self._tid = db.table(columns, tail, self._values)
        self._took = {"queue": queue, "service": service}
        self.count = len(self._ts)
        if self.count:
            self.span = filters.time or (int(self._ts.min()), int(self._end.max()))

    @property
    def _begin(self) -> np.ndarray:
        return self._ts + self._took["queue"]

    @property
    def _end(self) -> np.ndarray:
        return self._begin + self._took["service"]

    @cached_property
    def in_place(self) -> int:
        sql = f"SELECT COUNT(*) FROM v_engine_op WHERE {self._chosen} AND reason IS NOT NULL"
        return self.db.rows(sql, self._values)[0][0]

    @property
    def threads(self) -> int:
        return len(np.unique(self._tid[self._tid > 0]))

    def distribution(self, metric: str) -> Distribution:
        return Values(self._took[metric])

    def lines(self, metric: str, quantiles: tuple[float, ...]) -> Lines:
        columns = stats.line_columns(self.count)
        bounds = stats.edges(*self.span, columns)
        column, took = stats.column_of(self._ts, bounds), self._took[metric]
        return Lines(bounds, stats.quantiles_by_column(column, took, columns, quantiles))

    def levels(self, columns: int) -> tuple[np.ndarray, stats.Band, stats.Band]:
        bounds, begin = stats.edges(*self.span, columns), self._begin
        waiting = stats.open_intervals(self._ts, begin, bounds)
        return (
            bounds,
            waiting,
            stats.open_intervals(begin, np.maximum(self._end, begin + 1), bounds),
        )


class SummedOperations(Operations):
    """All of the recording."""

    def __init__(self, db: Database):
        super().__init__(db)
        sql = "SELECT COALESCE(SUM(n), 0) FROM v_op_measure WHERE metric = 'service' AND reason IS "
        self.count, self.in_place = (db.rows(sql + w)[0][0] for w in ("NULL", "NOT NULL"))
        self.span = (0, db.meta.duration_ns)

    @property
    def threads(self) -> int:
        return self.db.rows("SELECT COUNT(*) FROM v_thread WHERE role = 'engine'")[0][0]

    def distribution(self, metric: str) -> Distribution:
        return buckets(self.db, "v_op_hist", metric, "reason IS NULL")

    def lines(self, metric: str, quantiles: tuple[float, ...]) -> Lines:
        return heat_lines(heat(self.db, stats.line_columns(self.count), metric), quantiles)

    def levels(self, columns: int) -> tuple[np.ndarray, stats.Band, stats.Band]:
        found = Columns.read(self.db).merged(columns)
        return found.bounds, found.queued, found.served
