# SPDX-License-Identifier: Apache-2.0
"""Jobs in flight: how many are open at once, and does the number grow without bound?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from asynctls_dashboards import axes, recording, stats, style, units
from asynctls_dashboards.db import Database, Frame, Lost
from asynctls_dashboards.filters import NO_FILTERS, Filters

TITLE = "Jobs in flight"
COLUMNS = 600
EXACT = 400  # up to so many jobs the very steps are drawn


@dataclass(frozen=True)
class Pools:
    """The pools of jobs (ASYNC_init_thread) of the threads that jobs began on."""

    threads: int  # that jobs began on
    limited: int  # of them have a pool with a limit
    jobs: int  # the limits' sum

    @property
    def limit(self) -> int:
        """How many jobs there can be at a time; 0 if nothing limits them on some thread."""
        return self.jobs if self.limited and self.limited == self.threads else 0


@dataclass
class Data:
    """Counts of open jobs, per column and exactly."""

    bounds: np.ndarray  # ns
    band: stats.Band
    # if jobs are few: time in ns, jobs open from then on
    steps: Optional[tuple[np.ndarray, np.ndarray]]
    jobs: int
    unfinished: int
    peak_at: float  # ns
    refused: np.ndarray  # when a thread's pool of jobs was exhausted (ASYNC_NO_JOBS), ns
    pools: Pools
    span: tuple[int, int]
    lost: Lost


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read starts and ends, and count."""
    jobs = recording.jobs(db, filters, "ts_ns", "dur_ns", "end_ns")
    bounds, band = jobs.in_flight(COLUMNS)
    top = int(np.argmax(band.high))
    return Data(
        bounds=bounds,
        band=band,
        steps=_steps(jobs.each()) if jobs.count <= EXACT else None,
        jobs=jobs.count,
        unfinished=jobs.unfinished,
        peak_at=float(bounds[top] + bounds[top + 1]) / 2,
        refused=jobs.refused(),
        pools=_pools(db, filters),
        span=jobs.span,
        lost=db.lost(),
    )


def _pools(db: Database, filters: Filters) -> Pools:
    """The largest limit of each thread counts, should it have had several pools."""
    sql = (
        "SELECT pid, tid, (SELECT MAX(max_jobs) FROM v_pool p WHERE p.utid = t.utid"
        " AND NOT EXISTS (SELECT 1 FROM v_pool q WHERE q.utid = t.utid AND q.max_jobs = 0))"
        " FROM v_thread t WHERE jobs > 0"
    )
    most = [
        jobs or 0
        for pid, tid, jobs in db.rows(sql)
        if filters.pid in (None, pid) and filters.tid in (None, tid)
    ]
    return Pools(threads=len(most), limited=sum(jobs > 0 for jobs in most), jobs=sum(most))


def _steps(each: Optional[Frame]) -> Optional[tuple[np.ndarray, np.ndarray]]:
    if each is None:
        return None
    start, end = each["ts_ns"], np.maximum(each["end_ns"], each["ts_ns"] + 1)
    times, where = np.unique(np.concatenate((start, end)), return_inverse=True)
    change = np.concatenate((np.ones(len(start)), -np.ones(len(end))))
    return times, np.cumsum(np.bincount(where, weights=change)).astype(np.int64)


def caption(data: Data) -> str:
    """The answer in words."""
    peak = int(data.band.high.max())
    mean = float(np.average(data.band.mean, weights=np.diff(data.bounds)))
    words = f"At most {units.count(peak, 'job')} open at once, {units.number(round(mean, 1))} on"
    words += " average"
    topped = float((data.band.high == peak).mean())
    if data.jobs >= 100 and topped > 0.5:
        words += f"; {units.percent(topped)} of the columns reach that maximum: a limit."
    else:
        words += f"; the peak comes at {units.duration(data.peak_at)}."
    words += _of_pools(data.pools, peak)
    third = max(1, len(data.band.mean) // 3)
    first, last = data.band.mean[:third].mean(), data.band.mean[-third:].mean()
    between = data.band.mean[third:-third].mean() if len(data.band.mean) > 2 * third else first
    if data.jobs >= 100 and last > 1.5 * first and first < between < last:
        words += f" The number grows: {first:.3g} in the first third, {last:.3g} in the last."
    if len(data.refused):
        words += f" {units.count(len(data.refused), 'start')} refused, as the thread's pool of"
        words += " jobs was exhausted."
    if data.unfinished:
        words += f" {units.count(data.unfinished, 'job')} never finished."
    return words


def _of_pools(pools: Pools, peak: int) -> str:
    if pools.limit:
        whose = "The thread's pool holds" if pools.threads == 1 else "The threads' pools hold"
        words = f" {whose} {units.count(pools.limit, 'job')}"
        return words + (": all of them were in use." if peak >= pools.limit else ".")
    if pools.limited:
        threads = units.count(pools.threads, "thread")
        return f" Only {pools.limited:,} of {threads} have a pool with a limit."
    return ""


def plot(data: Data, figure) -> None:
    """Band from fewest to most, the mean as a line; the very steps if jobs are few."""
    t = style.now()
    ax = figure.subplots()
    scale = axes.time_axis(ax, data.span)
    axes.count_axis(ax.yaxis, "jobs open at once")
    highest = max(1.0, float(data.band.high.max()))
    shown = data.pools.limit <= 3 * highest  # else the line would press the rest to the ground
    ax.set_ylim(0, max(highest, data.pools.limit if shown else 0) * 1.08)
    colour = t.data
    if data.steps:
        times = np.append(data.steps[0], data.span[1]) / scale
        level = np.append(data.steps[1], data.steps[1][-1])
        ax.fill_between(times, level, step="post", color=t.soft, alpha=0.7, linewidth=0)
        ax.plot(times, level, drawstyle="steps-post", color=colour, linewidth=1.4)
        mean = float(np.average(data.band.mean, weights=np.diff(data.bounds)))
        ax.axhline(mean, color=colour, linewidth=0.8, linestyle=(0, (4, 3)), zorder=2)
    else:
        _band(ax, data, scale, colour)
    mean = float(np.average(data.band.mean, weights=np.diff(data.bounds)))
    peak = int(data.band.high.max())
    labels = [
        (mean, f"mean {units.number(round(mean, 1))}", colour),
        (peak, f"max {peak:,}", t.faint),
    ]
    if data.pools.limit and shown:
        ax.axhline(data.pools.limit, color=t.alarm, linewidth=1.2, linestyle=(0, (6, 3)), zorder=5)
        labels.append((data.pools.limit, f"pool {data.pools.limit:,}", t.alarm))
    axes.end_labels(ax, labels)
    if len(data.refused):
        look = {
            "color": t.alarm,
            "linestyle": "none",
            "marker": "|",
            "markersize": 11,
            "clip_on": False,
        }
        ax.plot(data.refused / scale, np.zeros(len(data.refused)), zorder=6, **look)
        note = "red ticks: no job to be had (ASYNC_NO_JOBS)"
        ax.set_title(note, loc="left", fontsize=9, fontweight="normal", color=t.alarm)
    axes.hatch_lost(ax, data.lost, scale)


def _band(ax, data: Data, scale: float, colour: str) -> None:
    edges = np.repeat(data.bounds, 2)[1:-1] / scale
    low, high = np.repeat(data.band.low, 2), np.repeat(data.band.high, 2)
    light = style.now().soft
    band = ax.fill_between(
        edges, low, high, color=light, alpha=0.75, linewidth=0, label="fewest to most"
    )
    middles = (data.bounds[:-1] + data.bounds[1:]) / 2 / scale
    label = f"mean over {units.duration(data.bounds[1] - data.bounds[0])}"
    (line,) = ax.plot(middles, data.band.mean, color=colour, linewidth=1.2, label=label)
    axes.legend_above(ax, [band, line])
