# SPDX-License-Identifier: Apache-2.0
"""What a plot can ask of a recording's jobs, be they read one by one or added up already.

Times are ns since the start of the recording, durations ns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Optional

import numpy as np

from asynctls_dashboards import stats
from asynctls_dashboards.db import PHASES, Database, Frame, NoData
from asynctls_dashboards.distribution import Distribution
from asynctls_dashboards.evidence import Evidence
from asynctls_dashboards.filters import Filters

WALL = "wall"  # the metric of a whole job; the others are named as the phases


@dataclass
class Heat:
    """How many finished jobs there are by time and duration."""

    cells: np.ndarray  # [bucket of duration, column of time]
    bounds: np.ndarray  # of columns, ns since the start
    levels: np.ndarray  # of buckets, ns
    ends: tuple[int, int]  # the smallest and the largest duration, ns, as far as that is known


@dataclass
class Lines:
    """Quantiles of the durations by time."""

    bounds: np.ndarray  # of columns, ns since the start
    value: np.ndarray  # [quantile, column], ns; NaN where there are too few jobs


@dataclass
class Flow:
    """How many jobs started and ended by time."""

    bounds: np.ndarray  # of columns, ns since the start
    started: np.ndarray
    ended: dict[str, np.ndarray]  # by outcome
    totals: dict[str, int]  # of ended


@dataclass
class Thread:
    """One thread's part of the timeline."""

    name: str
    jobs: int
    lanes: int = 0  # of bars
    # [phase, column] of its jobs' time; NaN where there was nothing
    shares: np.ndarray = field(default_factory=lambda: np.empty((len(PHASES), 0)))


@dataclass
class EngineTime:
    """What the engine did of one kind, ns."""

    what: str
    in_place: bool
    queue: int
    service: int


@dataclass
class Part:
    """Finished jobs of one operation, and of one kind of connection if those are told apart."""

    op: str
    jobs: int
    phases: list[int]  # ns in each
    engine: list[EngineTime]
    conn: str = ""  # if told apart


class Source(ABC):
    """Jobs, as plots ask for them."""

    span: tuple[int, int]  # what the time axis shows, ns since the start
    count: int  # jobs
    finished: int
    unfinished: int
    paused: int  # jobs that did, at least once
    pauses: int  # of the finished jobs
    threads: int  # that jobs began on
    conns_differ: bool  # in version or cipher

    def __init__(self, db: Database, filters: Filters):
        self.db, self.filters = db, filters

    def check_finished(self, how: str = "is finished") -> None:
        """Raises NoData if no job did."""
        if not self.finished:
            raise NoData(f"{self.db.path}: no job {how}")

    def begun(self) -> Source:
        """Those that began in the window shown, not before it."""
        return self

    @abstractmethod
    def each(self) -> Optional[Frame]:
        """The columns that recording.jobs() was asked to read; None if jobs are not read at all."""

    @abstractmethod
    def evidence(self) -> Evidence:
        """What the phases rest on."""

    @abstractmethod
    def phase_time(self, unfinished: bool = False) -> np.ndarray:
        """ns that the finished jobs, or all, spent in each phase."""

    @abstractmethod
    def distribution(self, metric: str) -> Distribution:
        """Durations of the finished jobs: WALL, or a phase."""

    @abstractmethod
    def by_op(self) -> dict[str, Distribution]:
        """Durations of the finished jobs by operation; the commonest first."""

    @abstractmethod
    def by_pauses(self, most: int) -> dict[int, Distribution]:
        """Durations of the finished jobs by how often they paused; most: so often, or more."""

    @abstractmethod
    def by_conn(self, most: int) -> list[tuple[str, Distribution, float]]:
        """Version and cipher, durations of the finished jobs, and their mean number of pauses; at
        most so many, the commonest first. Empty if connections do not differ, or are not told
        apart."""

    @abstractmethod
    def bands(self) -> stats.Bands:
        """Mean ns per phase of the finished jobs by percentile of their duration."""

    @abstractmethod
    def heat(self, columns: int, per_octave: int, span: Optional[tuple[int, int]] = None) -> Heat:
        """Jobs by when they began (by the sums: ended) and how long they took, in so many columns
        and buckets (by the sums: at most so many columns); over span, if that is not the axis's."""

    @abstractmethod
    def lines(self, quantiles: tuple[float, ...], most: int) -> Lines:
        """Quantiles over time, in at most so many columns."""

    @abstractmethod
    def in_flight(self, columns: int) -> tuple[np.ndarray, stats.Band]:
        """Bounds of (at most) so many columns, and how many jobs are open in each."""

    @abstractmethod
    def mean_open(self, bounds: np.ndarray) -> np.ndarray:
        """How many jobs are open in each column on average."""

    @abstractmethod
    def mean_ns(self) -> float:
        """Mean duration of the finished jobs."""

    @abstractmethod
    def work(self, columns: int) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of (at most) so many columns, and the durations, added up in ns, of the jobs that
        began (by the sums: ended) in each."""

    @abstractmethod
    def flow(self, most: int) -> Flow:
        """Jobs started and ended, in at most so many columns."""

    @abstractmethod
    def events(self, bounds: np.ndarray) -> np.ndarray:
        """Starts, pauses, resumes and finishes of the jobs that began in each column."""

    @abstractmethod
    def open_starts(self) -> np.ndarray:
        """When the unfinished jobs began, ns since the start."""

    def refused(self) -> np.ndarray:
        """When a thread's pool of jobs was exhausted (ASYNC_NO_JOBS), ns since the start."""
        where, values = replace(self.filters, outcome="no_jobs").where(self.db.meta.t0_ns)
        tail = f"v_job WHERE pauses = 0 AND {where}"
        return self.db.table([f"ts_ns - {self.db.meta.t0_ns}"], tail, values)[0]

    @abstractmethod
    def thread_shares(self, bounds: np.ndarray, most: int) -> list[Thread]:
        """The phases' shares of the jobs' time in each column, of at most so many threads."""

    @abstractmethod
    def slowest(self, most: int) -> Frame:
        """ts_ns, dur_ns and the phases of the slowest jobs, at most so many and a tenth of all."""

    @abstractmethod
    def parts(self, most_conns: int) -> list[Part]:
        """The finished jobs divided; by at most so many kinds of connection, and the others."""


def shares(time: np.ndarray) -> np.ndarray:
    """Columns that add up to 1, of ns [phase, column]; NaN where there was less than 1 ns."""
    total = time.sum(axis=0)
    return np.where(total >= 1, time / np.maximum(total, 1), np.nan)
