# SPDX-License-Identifier: Apache-2.0
"""Quality of the recording: how many events are there, were any lost, what may recording cost?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, recording, stats, style, units
from asynctls_dashboards.db import Database, Lost
from asynctls_dashboards.filters import NO_FILTERS, Filters

TITLE = "Quality of the recording"
COLUMNS = 240  # at most
EVENT_NS = 150  # what recording an event takes, about; see the bench of the shim
MOST_NAMES = 14


@dataclass
class Data:
    """Counts over the whole recording; per column, events of jobs that began there, and lost."""

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
    jobs = recording.jobs(db, filters)
    meta, lost = db.meta, db.lost()
    span = filters.time or (0, max(meta.duration_ns, 1))
    columns = int(np.clip(jobs.count // 40, 12, COLUMNS))
    bounds = stats.edges(*span, columns)
    seconds = (span[1] - span[0]) / columns / 1e9
    dropped = stats.spread(lost.ts, lost.ts + np.maximum(lost.dur, 1), [lost.count], bounds)[0]
    rows = db.rows("SELECT name, count FROM v_event_count WHERE count > 0 ORDER BY count DESC")
    return Data(
        names=[units.plain(name, 24) for name, _ in rows],
        counts=[count for _, count in rows],
        bounds=bounds,
        rate=jobs.events(bounds) / seconds,
        lost_rate=dropped / seconds,
        lost=lost,
        lost_total=meta.lost,
        lost_packets=meta.lost_packets,
        incomplete=meta.incomplete,
        jobs=jobs.count,
        seconds=meta.duration_ns / 1e9,
        span=span,
    )


def caption(data: Data) -> str:
    """The answer in words."""
    total = sum(data.counts)
    if data.lost_total:
        share = (
            f", {units.percent(data.lost_total / (total + data.lost_total))} of all"
            if total
            else ""
        )
        text = f"{units.count(data.lost_total, 'event')} LOST{share}: what the jobs did where it"
        text += " is hatched may be wrong."
    elif data.lost_packets:
        text = f"{units.count(data.lost_packets, 'packet')} overwritten before they were read."
    else:
        text = "No event was lost."
    if data.incomplete:
        text += " The recording could not be read to its end."
    if total and data.seconds > 0:
        text += f" {units.count(total, 'event')} are {units.number(round(total / data.seconds))} a"
        text += f" second and {total / data.jobs:.3g} a job"
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
