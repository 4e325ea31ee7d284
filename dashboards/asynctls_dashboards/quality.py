# SPDX-License-Identifier: Apache-2.0
"""Quality of the recording: how many events are there, were any lost, and what may recording have cost?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, dense, stats, style, units
from asynctls_dashboards.db import NO_FILTERS, Database, Filters, Lost, NoJobs

TITLE = "Quality of the recording"
COLUMNS = 240  # at most
EVENT_NS = 150  # what recording an event takes, about; see the bench of the shim
MOST_NAMES = 14


@dataclass
class Data:
    """Counts over the whole recording; per column, events of jobs that began there, and lost events."""

    names: list[str]
    counts: list[int]
    bounds: np.ndarray  # ns
    rate: np.ndarray  # events of jobs per second
    lost_rate: np.ndarray
    lost: Lost
    lost_total: int
    lost_packets: int
    incomplete: str
    jobs: int
    seconds: float
    span: tuple[int, int]


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read the counts of events, and add up starts, pauses, resumes and finishes by time."""
    jobs = db.count(filters)
    if not jobs:
        raise NoJobs(f"{db.path}: no job to show")
    meta = db.meta
    span = (0, max(meta.duration_ns, 1))
    if filters.time:
        span = tuple(round(t * 1e9) for t in filters.time)
    columns = int(np.clip(jobs // 40, 12, COLUMNS))
    bounds = stats.edges(*span, columns)
    width = (span[1] - span[0]) / columns
    rate = _dense(db, bounds) if dense.wanted(db, filters) else _events(db, filters, bounds)
    lost = db.lost()
    dropped = stats.spread(lost.ts, lost.ts + np.maximum(lost.dur, 1), [lost.count], bounds)[0]
    seconds = width / 1e9
    rows = db.rows("SELECT name, count FROM v_event_count WHERE count > 0 ORDER BY count DESC")
    return Data(
        [units.plain(name, 24) for name, _ in rows],
        [count for _, count in rows],
        bounds,
        rate / seconds,
        dropped / seconds,
        lost,
        meta.lost,
        meta.lost_packets,
        meta.incomplete,
        jobs,
        meta.duration_ns / 1e9,
        span,
    )


def _events(db: Database, filters: Filters, bounds: np.ndarray) -> np.ndarray:
    """Starts, pauses, resumes and finishes of the jobs that began in each column."""
    where, values = filters.where(db.meta.t0_ns)
    column = (
        f"CAST((ts_ns - {db.meta.t0_ns} - {bounds[0]!r}) / {bounds[1] - bounds[0]!r} AS INTEGER)"
    )
    tail = f"v_job WHERE {where} GROUP BY 1"
    at, events = db.table((column, "SUM(1 + (dur_ns >= 0) + 2 * pauses)"), tail, values)
    columns = len(bounds) - 1
    inside = (at >= 0) & (at <= columns)
    rate = np.zeros(columns)
    np.add.at(rate, np.minimum(at[inside], columns - 1), events[inside])
    return rate


def _dense(db: Database, bounds: np.ndarray) -> np.ndarray:
    """The same from sums, with the average number of pauses."""
    fine = dense.Columns(db)
    jobs, pauses = db.rows("SELECT SUM(jobs), SUM(pauses) FROM v_job_group")[0]
    events = fine.started * (1 + 2 * pauses / jobs) + fine.ended
    inside = np.clip(fine.bounds, bounds[0], bounds[-1])  # the outer columns reach beyond
    return stats.spread(inside[:-1], inside[1:], [events], bounds)[0]


def caption(data: Data) -> str:
    """The answer in words."""
    total = sum(data.counts)
    if data.lost_total:
        share = (
            f", {units.percent(data.lost_total / (total + data.lost_total))} of all"
            if total
            else ""
        )
        text = f"{units.count(data.lost_total, 'event')} LOST{share}: what the jobs did where it is hatched may be wrong."
    elif data.lost_packets:
        text = f"{units.count(data.lost_packets, 'packet')} overwritten before they were read."
    else:
        text = "No event was lost."
    if data.incomplete:
        text += " The recording could not be read to its end."
    if total and data.seconds > 0:
        text += f" {units.count(total, 'event')} are {units.number(round(total / data.seconds))} a second and {total / data.jobs:.3g} a job"
        cost = total * EVENT_NS / 1e9 / data.seconds
        text += f"; at {EVENT_NS} ns each, that takes {units.percent(cost)} of one processor."
    return text


def plot(data: Data, figure) -> None:
    """Left, events by name; right, events of jobs per second, and lost ones, over time."""
    if data.names:
        left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": (1, 1.7)})
        _names(left, data)
    else:
        right = figure.subplots()
    t = style.now()
    scale = axes.time_axis(right, data.span)
    middles = (data.bounds[:-1] + data.bounds[1:]) / 2 / scale
    right.fill_between(middles, data.rate, color=t.soft, linewidth=0)
    handles = right.plot(middles, data.rate, color=t.data, linewidth=1.3, label="events of jobs")
    if data.lost_rate.any():
        handles += right.plot(middles, data.lost_rate, color=t.alarm, linewidth=1.6, label="lost")
    axes.count_axis(right.yaxis, "events per second")
    right.set_ylim(0, max(data.rate.max(), data.lost_rate.max(), 1) * 1.1)
    axes.hatch_lost(right, data.lost, scale)
    axes.legend_above(right, handles)


def _names(ax, data: Data) -> None:
    names, counts = data.names[:MOST_NAMES], data.counts[:MOST_NAMES]
    if len(data.names) > MOST_NAMES:
        names.append(f"{len(data.names) - MOST_NAMES} other kinds")
        counts.append(sum(data.counts[MOST_NAMES:]))
    at = np.arange(len(names))
    ax.barh(at, counts, color=style.now().data, height=0.62)
    for y, n in zip(at, counts):
        ax.text(n, y, f" {n:,}", va="center", fontsize=style.SMALL)
    ax.set_yticks(at, names)
    ax.set_ylim(max(at[-1], 4) + 0.7, -0.7)
    ax.set_xlim(0, max(counts) * 1.35)
    ax.tick_params(axis="y", length=0, labelcolor=style.now().ink)
    axes.count_axis(ax.xaxis, "events")
    ax.xaxis.get_major_locator().set_params(nbins=4)
