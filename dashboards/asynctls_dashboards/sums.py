# SPDX-License-Identifier: Apache-2.0
"""All jobs of a recording at once, from what the analysis added up: nothing is read job by job.

Durations are to within 1.6 %, the largest exactly; over time, to within a quarter of an octave.
"""

from __future__ import annotations

from functools import cached_property
from typing import Optional

import numpy as np

from asynctls_dashboards import engine, source, stats, summed
from asynctls_dashboards.db import PHASE_COLUMNS, PHASES, Database, Frame
from asynctls_dashboards.distribution import Buckets, Distribution, together
from asynctls_dashboards.evidence import Evidence
from asynctls_dashboards.filters import NO_FILTERS
from asynctls_dashboards.source import Flow, Heat, Lines, Part, Source, Thread
from asynctls_dashboards.summed import Columns, buckets

JOBS = "(paused OR COALESCE(outcome, '') <> 'no_jobs')"  # a start that the pool refused is none
ENDED = f"outcome <> 'unfinished' AND {JOBS}"


class Sums(Source):
    """Without filters."""

    def __init__(self, db: Database):
        super().__init__(db, NO_FILTERS)
        self.span = (0, db.meta.duration_ns)
        self.count = db.meta.jobs

    def _scalar(self, sql: str) -> int:
        return self.db.rows(sql)[0][0] or 0

    # ---- how many

    @property
    def finished(self) -> int:
        return int(self._breakdown[-1, 0])

    @property
    def unfinished(self) -> int:
        return self._scalar("SELECT SUM(jobs) FROM v_job_group WHERE open_phase IS NOT NULL")

    @property
    def paused(self) -> int:
        return self._scalar("SELECT SUM(jobs) FROM v_job_group WHERE paused")

    @property
    def pauses(self) -> int:
        sql = f"SELECT SUM(pauses) FROM v_job_group WHERE {JOBS} AND open_phase IS NULL"
        return self._scalar(sql)

    @property
    def threads(self) -> int:
        return self._scalar("SELECT COUNT(*) FROM v_thread WHERE jobs > 0")

    @property
    def conns_differ(self) -> bool:
        return len(self.db.rows("SELECT DISTINCT version, cipher FROM v_conn_hist LIMIT 2")) > 1

    # ---- which

    def each(self) -> Optional[Frame]:
        return None

    def open_starts(self) -> np.ndarray:
        where, values = self.filters.where(self.db.meta.t0_ns)
        tail = f"v_job WHERE dur_ns < 0 AND {where}"
        return self.db.table([f"ts_ns - {self.db.meta.t0_ns}"], tail, values)[0]

    def refused(self) -> np.ndarray:
        if not self.db.rows("SELECT 1 FROM v_job_group WHERE outcome = 'no_jobs' LIMIT 1"):
            return np.empty(0, np.int64)
        return super().refused()

    def slowest(self, most: int) -> Frame:
        """Found by an index."""
        names = ("ts_ns", "dur_ns", *PHASE_COLUMNS)
        rows = self.db.table(names, f"v_job ORDER BY dur_ns DESC LIMIT {most}")
        frame = dict(zip(names, rows))
        frame["ts_ns"] -= self.db.meta.t0_ns
        return frame

    # ---- how long

    def evidence(self) -> Evidence:
        names = ("jobs", "untold", "merged")
        total = ", ".join(f"COALESCE(SUM({name}), 0)" for name in names)
        paused, untold, merged = self.db.rows(f"SELECT {total} FROM v_job_group WHERE paused")[0]
        return Evidence(paused=paused, untold=untold, merged=merged)

    @cached_property
    def _breakdown(self) -> np.ndarray:
        """Finished jobs, and their ns in each phase, up to each bucket of duration; a row of 0
        first."""
        columns = ("SUM(jobs)", *(f"SUM({name})" for name in PHASE_COLUMNS))
        tail = f"v_breakdown WHERE {JOBS} GROUP BY low_ns ORDER BY low_ns"
        upto = np.stack(self.db.table(columns, tail), 1).cumsum(axis=0)
        return np.vstack((np.zeros((1, upto.shape[1]), np.int64), upto))

    def phase_time(self, unfinished: bool = False) -> np.ndarray:
        return self._columns.phases.sum(axis=1) if unfinished else self._breakdown[-1, 1:]

    def mean_ns(self) -> float:
        sql = f"SELECT SUM(sum_ns), SUM(n) FROM v_job_measure WHERE metric = 'wall' AND {ENDED}"
        total, count = self.db.rows(sql)[0]
        return total / count

    def _largest(self, metric: str) -> int:
        # of an unfinished job it is a phase's part that was seen
        sql = f"SELECT COALESCE(MAX(max_ns), 0) FROM v_job_measure WHERE metric = ? AND {ENDED}"
        return self.db.rows(sql, (metric,))[0][0]

    def distribution(self, metric: str) -> Distribution:
        return buckets(self.db, "v_hist", metric, largest=self._largest(metric))

    def by_op(self) -> dict[str, Distribution]:
        sql = f"SELECT op FROM v_job_measure WHERE metric = 'wall' AND {ENDED} GROUP BY 1 ORDER BY"
        sql += " SUM(n) DESC"
        ops = [row[0] for row in self.db.rows(sql)]
        return {op: buckets(self.db, "v_hist", source.WALL, "op = ?", op) for op in ops}

    def by_pauses(self, most: int) -> dict[int, Distribution]:
        sql = f"SELECT DISTINCT times FROM v_job_group WHERE {JOBS} AND open_phase IS NULL"
        found: dict[int, list[Buckets]] = {}
        for (times,) in self.db.rows(sql):
            part = buckets(self.db, "v_hist", source.WALL, "times = ?", times)
            found.setdefault(min(times, most), []).append(part)
        return {n: together(found[n]) for n in sorted(found)}

    def by_conn(self, most: int) -> list[tuple[str, Distribution, float]]:
        return []

    def bands(self) -> stats.Bands:
        """Cut at the very ranks; a bucket on both sides of a cut is shared out evenly."""
        upto = self._breakdown
        cuts = stats.band_cuts(self.finished)
        ranks = [at for _, at, _ in cuts] + [self.finished]
        below = [np.interp(ranks, upto[:, 0], upto[:, 1 + p]) for p in range(len(PHASES))]
        count = np.diff(ranks)
        mean = np.diff(np.stack(below, 1), axis=0) / np.maximum(count, 1)[:, None]
        return stats.Bands([label for label, _, _ in cuts], count, mean)

    # ---- over time

    @cached_property
    def _columns(self) -> Columns:
        return Columns.read(self.db)

    def heat(self, columns: int, per_octave: int, span: Optional[tuple[int, int]] = None) -> Heat:
        return summed.heat(self.db, columns, source.WALL)

    def lines(self, quantiles: tuple[float, ...], most: int) -> Lines:
        return summed.heat_lines(summed.heat(self.db, most, source.WALL), quantiles)

    def in_flight(self, columns: int) -> tuple[np.ndarray, stats.Band]:
        merged = self._columns.merged(columns)
        return merged.bounds, merged.inflight

    def mean_open(self, bounds: np.ndarray) -> np.ndarray:
        fine = self._columns
        start, end = fine.bounds[:-1], fine.bounds[1:]
        area = fine.inflight.mean * (end - start)
        return stats.spread(start, end, [area], bounds)[0] / (bounds[1] - bounds[0])

    def work(self, columns: int) -> tuple[np.ndarray, np.ndarray]:
        found = summed.heat(self.db, columns, source.WALL)
        return found.bounds, (found.levels[:-1] + found.levels[1:]) / 2 @ found.cells

    def flow(self, most: int) -> Flow:
        """Sums do not tell how the jobs of a column ended: those that did not finish are few."""
        merged = self._columns.merged(most)
        totals, ended = {"finished": int(merged.ended.sum())}, {"finished": merged.ended}
        if self.unfinished:
            totals["unfinished"] = self.unfinished
            ended["unfinished"] = np.zeros(len(merged.ended))
        return Flow(bounds=merged.bounds, started=merged.started, ended=ended, totals=totals)

    def events(self, bounds: np.ndarray) -> np.ndarray:
        """With the average number of pauses."""
        fine = self._columns
        total, pauses = self.db.rows("SELECT SUM(jobs), SUM(pauses) FROM v_job_group")[0]
        events = fine.started * (1 + 2 * pauses / total) + fine.ended
        inside = np.clip(fine.bounds, bounds[0], bounds[-1])  # the outer columns reach beyond
        return stats.spread(inside[:-1], inside[1:], [events], bounds)[0]

    # ---- divided

    def thread_shares(self, bounds: np.ndarray, most: int) -> list[Thread]:
        names = self.db.threads()
        sql = "SELECT utid, jobs FROM v_thread WHERE jobs > 0 ORDER BY jobs DESC, utid LIMIT ?"
        threads = []
        for utid, count in sorted(self.db.rows(sql, (most,))):
            tail = "v_lane WHERE utid = ? ORDER BY ts_ns"
            ts, dur, *phases = self.db.table(("ts_ns", "dur_ns", *PHASE_COLUMNS), tail, (utid,))
            ts -= self.db.meta.t0_ns
            part = source.shares(stats.spread(ts, ts + dur, phases, bounds))
            threads.append(Thread(names.get(utid, f"thread {utid}"), count, shares=part))
        return threads

    def parts(self, most_conns: int) -> list[Part]:
        sql = (
            f"SELECT op, metric, SUM(n), SUM(sum_ns) FROM v_job_measure WHERE {ENDED} GROUP BY 1, 2"
        )
        took = {(op, metric): (count, ns) for op, metric, count, ns in self.db.rows(sql)}
        did = engine.by_op_summed(self.db)
        return [
            Part(
                op=op,
                jobs=took[op, source.WALL][0],
                phases=[took[op, phase][1] for phase in PHASES],
                engine=did.get(op, []),
            )
            for op in sorted({op for op, _ in took})
        ]
