# SPDX-License-Identifier: Apache-2.0
"""Jobs read one by one: the exact answers to what a plot asks."""

from __future__ import annotations

from functools import cached_property
from typing import Iterable, Optional

import numpy as np

from asynctls_dashboards import connections, engine, evidence, source, stats
from asynctls_dashboards.db import PHASE_COLUMNS, PHASES, Database, Frame
from asynctls_dashboards.distribution import Distribution, Values
from asynctls_dashboards.filters import Filters
from asynctls_dashboards.source import Flow, Heat, Lines, Part, Source, Thread

EXACT_JOBS = (
    60_000  # up to here a thread's shares add up slices, above each job's phases are spread
)


class Jobs(Source):
    """Those that the filters let through. Raises NoJobs if there are none."""

    def __init__(
        self,
        db: Database,
        filters: Filters,
        columns: Iterable[str] = (),
        if_conns_differ: Iterable[str] = (),
        frame: Optional[Frame] = None,
    ):
        """frame holds the jobs' columns, if they were read already."""
        super().__init__(db, filters)
        self._columns, self._if_conns_differ = tuple(columns), tuple(if_conns_differ)
        if frame is not None:
            self._frame = frame

    @cached_property
    def _frame(self) -> Frame:
        more = self._if_conns_differ if self._if_conns_differ and self.conns_differ else ()
        return self.db.jobs(*self._columns, *more, filters=self.filters)

    @cached_property
    def _done(self) -> np.ndarray:
        return self._frame["dur_ns"] >= 0

    def _finished(self, column: str) -> np.ndarray:
        """A column of the finished jobs."""
        values = self._frame[column]
        return values if self._done.all() else values[self._done]

    # ---- how many

    @cached_property
    def count(self) -> int:
        if "_frame" in self.__dict__ or self._columns:
            return len(next(iter(self._frame.values())))
        found = self.db.count(self.filters)
        if not found:
            raise self.db.no_jobs(self.filters)
        return found

    @cached_property
    def finished(self) -> int:
        return int(self._done.sum())

    @property
    def unfinished(self) -> int:
        return self.count - self.finished

    @property
    def paused(self) -> int:
        return int((self._frame["pauses"] > 0).sum())

    @property
    def pauses(self) -> int:
        return int(self._finished("pauses").sum())

    @property
    def threads(self) -> int:
        return int(np.count_nonzero(np.bincount(self._frame["utid"])))

    @cached_property
    def conns_differ(self) -> bool:
        return connections.several(self.db)

    @cached_property
    def span(self) -> tuple[int, int]:
        """The window asked for, else first start to last end."""
        if self.filters.time:
            return self.filters.time
        start = int(self._frame["ts_ns"].min())
        if "end_ns" in self._frame:
            end = int(self._frame["end_ns"].max())
        else:
            end = int((self._frame["ts_ns"] + self._frame["dur_ns"]).max())
            if not self._done.all():
                end = max(end, self.db.meta.duration_ns)
        return start, max(end, start + 1)

    # ---- which

    def begun(self) -> Source:
        inside = self._frame["ts_ns"] >= self.span[0]
        if inside.all():
            return self
        frame = {name: column[inside] for name, column in self._frame.items()}
        made = Jobs(self.db, self.filters, frame=frame)
        made.span = self.span
        return made

    def each(self) -> Optional[Frame]:
        return self._frame

    def open_starts(self) -> np.ndarray:
        return self._frame["ts_ns"][~self._done]

    def slowest(self, most: int) -> Frame:
        dur = self._ends - self._frame["ts_ns"]
        few = min(most, max(10, len(dur) // 10), len(dur))
        slow = np.argsort(-dur, kind="stable")[:few]
        names = ("ts_ns", *PHASE_COLUMNS)
        return {name: self._frame[name][slow] for name in names} | {"dur_ns": dur[slow]}

    # ---- how long

    def evidence(self) -> evidence.Evidence:
        return evidence.count(self._frame["doubt"])

    def phase_time(self, unfinished: bool = False) -> np.ndarray:
        take = self._frame.__getitem__ if unfinished else self._finished
        return np.array([int(take(name).sum()) for name in PHASE_COLUMNS])

    def mean_ns(self) -> float:
        return float(self._finished("dur_ns").mean())

    def distribution(self, metric: str) -> Distribution:
        return Values(self._finished("dur_ns" if metric == source.WALL else f"{metric}_ns"))

    def by_op(self) -> dict[str, Distribution]:
        names, op, dur = self.db.names("op"), self._finished("op"), self._finished("dur_ns")
        found, jobs = np.unique(op, return_counts=True)
        return {names[found[i]]: Values(dur[op == found[i]]) for i in np.argsort(-jobs)}

    def by_pauses(self, most: int) -> dict[int, Distribution]:
        pauses, dur = np.minimum(self._finished("pauses"), most), self._finished("dur_ns")
        return {int(n): Values(dur[pauses == n]) for n in np.unique(pauses)}

    def by_conn(self, most: int) -> list[tuple[str, Distribution, float]]:
        if not self.conns_differ:
            return []
        pauses, dur = self._finished("pauses"), self._finished("dur_ns")
        kind, names = connections.by_name(self.db, self._finished("conn_id"))
        groups = ((name, kind == k) for k, name in enumerate(names[:most]))
        return [(name, Values(dur[mine]), float(pauses[mine].mean())) for name, mine in groups]

    def bands(self) -> stats.Bands:
        phases = np.stack([self._finished(name) for name in PHASE_COLUMNS], axis=1)
        return stats.percentile_bands(self._finished("dur_ns"), phases)

    # ---- over time

    @cached_property
    def _ends(self) -> np.ndarray:
        """A job lasts 1 ns at least."""
        return np.maximum(self._frame["end_ns"], self._frame["ts_ns"] + 1)

    def heat(self, columns: int, per_octave: int, span: Optional[tuple[int, int]] = None) -> Heat:
        dur = self._finished("dur_ns")
        bounds = stats.edges(*(span or self.span), columns)
        column = stats.column_of(self._finished("ts_ns"), bounds)
        cells, levels = stats.cells(column, columns, dur, per_octave)
        ends = (int(dur.min()), int(dur.max())) if len(dur) else (1, 1)
        return Heat(cells, bounds, levels, ends=ends)

    def lines(self, quantiles: tuple[float, ...], most: int) -> Lines:
        dur, columns = self._finished("dur_ns"), min(stats.line_columns(self.finished), most)
        bounds = stats.edges(*self.span, columns)
        column = stats.column_of(self._finished("ts_ns"), bounds)
        return Lines(bounds, stats.quantiles_by_column(column, dur, columns, quantiles))

    def in_flight(self, columns: int) -> tuple[np.ndarray, stats.Band]:
        bounds = stats.edges(*self.span, columns)
        return bounds, stats.open_intervals(self._frame["ts_ns"], self._ends, bounds)

    def mean_open(self, bounds: np.ndarray) -> np.ndarray:
        start, end = self._frame["ts_ns"], self._frame["end_ns"]
        return stats.spread(start, end, [end - start], bounds)[0] / (bounds[1] - bounds[0])

    def work(self, columns: int) -> tuple[np.ndarray, np.ndarray]:
        bounds = stats.edges(*self.span, columns)
        column = stats.column_of(self._finished("ts_ns"), bounds)
        return bounds, np.bincount(column, weights=self._finished("dur_ns"), minlength=columns)

    def flow(self, most: int) -> Flow:
        start, end, outcome = (self._frame[name] for name in ("ts_ns", "end_ns", "outcome"))
        bounds = stats.round_edges(self.span, np.clip(self.count / 20, 8, most))
        ended, totals = {}, {}
        for code in np.unique(outcome):
            name, mine = self.db.names("outcome")[code], end[outcome == code]
            totals[name] = len(mine)
            ended[name] = _counted(mine, bounds, self.span[1])
        return Flow(bounds, _counted(start, bounds, self.span[1]), ended, totals)

    def events(self, bounds: np.ndarray) -> np.ndarray:
        where, values = self.filters.where(self.db.meta.t0_ns)
        since = f"ts_ns - {self.db.meta.t0_ns} - {bounds[0]!r}"
        column = f"CAST(({since}) / {bounds[1] - bounds[0]!r} AS INTEGER)"
        tail = f"v_job WHERE {where} GROUP BY 1"
        at, events = self.db.table((column, "SUM(1 + (dur_ns >= 0) + 2 * pauses)"), tail, values)
        columns = len(bounds) - 1
        inside = (at >= 0) & (at <= columns)
        found = np.zeros(columns)
        np.add.at(found, np.minimum(at[inside], columns - 1), events[inside])
        return found

    # ---- divided

    def thread_shares(self, bounds: np.ndarray, most: int) -> list[Thread]:
        utid, names = self._frame["utid"], self.db.threads()
        jobs = np.bincount(utid)
        found = np.flatnonzero(jobs)
        if len(found) > most:
            found = np.sort(found[np.argsort(-jobs[found], kind="stable")[:most]])
        time_of = self._time_by_slice if self.count <= EXACT_JOBS else self._time_by_job
        times = time_of(found, bounds)
        return [
            Thread(names.get(int(u), f"thread {u}"), int(jobs[u]), shares=source.shares(time))
            for u, time in zip(found, times)
        ]

    def _time_by_slice(self, utids: np.ndarray, bounds: np.ndarray) -> Iterable[np.ndarray]:
        """ns [phase, column] of each thread's jobs."""
        slices, ids = self.db.slices(self.filters), self._frame["job_id"]
        order = np.argsort(ids)
        job = order[np.searchsorted(ids, slices["job_id"], sorter=order)]
        start, phase, owner = slices["ts_ns"], slices["phase"], self._frame["utid"][job]
        end = np.where(slices["dur_ns"] < 0, self._ends[job], start + slices["dur_ns"])
        for utid in utids:
            each = [(owner == utid) & (phase == p) for p in range(len(PHASES))]
            covered = [
                stats.spread(start[mine], end[mine], [(end - start)[mine]], bounds)[0]
                for mine in each
            ]
            yield np.array(covered)

    def _time_by_job(self, utids: np.ndarray, bounds: np.ndarray) -> Iterable[np.ndarray]:
        """The same, each job's phases spread evenly over it: right to within a job's length."""
        for utid in utids:
            mine = self._frame["utid"] == utid
            weights = [self._frame[name][mine] for name in PHASE_COLUMNS]
            yield stats.spread(self._frame["ts_ns"][mine], self._ends[mine], weights, bounds)

    def parts(self, most_conns: int) -> list[Part]:
        frame = {name: self._finished(name) for name in self._frame}
        op, names = frame["op"], self.db.names("op")
        codes = np.flatnonzero(np.bincount(op))
        if self.conns_differ:
            return self._parts_by_conn(frame, codes, most_conns)
        did = engine.by_op(self.db, self.filters, [names[code] for code in codes])
        return [
            _part(frame, op == code, op=names[code], engine=did.get(names[code], []))
            for code in codes
        ]

    def _parts_by_conn(self, frame: Frame, codes: np.ndarray, most: int) -> list[Part]:
        op, names = frame["op"], self.db.names("op")
        conn, kinds = connections.by_name(self.db, frame["conn_id"])
        kinds, conn = [*kinds[:most], "others"], np.minimum(conn, most)
        group = op * len(kinds) + conn
        did = engine.by_group(self.db, frame["job_id"], group)
        return [
            _part(frame, mine, op=names[code], conn=kind, engine=did.get(number, []))
            for code in codes
            for number, kind in enumerate(kinds, code * len(kinds))
            if (mine := group == number).any()
        ]


def _part(frame: Frame, mine: np.ndarray, **named) -> Part:
    phases = [int(frame[name][mine].sum()) for name in PHASE_COLUMNS]
    return Part(jobs=int(mine.sum()), phases=phases, **named)


def _counted(times: np.ndarray, bounds: np.ndarray, last: int) -> np.ndarray:
    """How many times lie in each column; those after the last one that is shown count there."""
    inside = times[(times >= bounds[0]) & (times <= bounds[-1])]
    column = stats.column_of(np.minimum(inside, last), bounds)
    return np.bincount(column, minlength=len(bounds) - 1)
