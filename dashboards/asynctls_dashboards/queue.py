# SPDX-License-Identifier: Apache-2.0
"""Engine queue: do operations wait for a worker, and how long does the work itself take?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, recording, stats, style, units
from asynctls_dashboards.db import Database, Lost
from asynctls_dashboards.filters import NO_FILTERS, Filters
from asynctls_dashboards.source import Lines

TITLE = "Engine queue and service"
COLUMNS = 400
QUANTILES = (0.5, 0.99)


@dataclass
class Data:
    """Operations that went through the queue; ns."""

    waiting: stats.Band
    working: stats.Band
    bounds: np.ndarray
    queue: tuple[int, int]  # p50, p99
    service: tuple[int, int]
    queue_lines: Lines  # p50, p99
    service_lines: Lines
    operations: int
    in_place: int
    workers: int  # threads seen at work
    busy: float  # their mean share of time at work
    span: tuple[int, int]
    lost: Lost


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read engine operations of the chosen jobs. Raises NoData if none was queued."""
    operations = recording.operations(db, filters)
    operations.check_queued()
    queue, service = (operations.distribution(metric) for metric in ("queue", "service"))
    bounds, waiting, working = operations.levels(COLUMNS)
    workers = max(operations.threads, int(working.high.max()))
    busy = float(np.average(working.mean, weights=np.diff(bounds))) / max(workers, 1)
    return Data(
        waiting=waiting,
        working=working,
        bounds=bounds,
        queue=tuple(queue.quantile(q) for q in QUANTILES),
        service=tuple(service.quantile(q) for q in QUANTILES),
        queue_lines=operations.lines("queue", QUANTILES),
        service_lines=operations.lines("service", QUANTILES),
        operations=operations.count,
        in_place=operations.in_place,
        workers=workers,
        busy=min(busy, 1.0),
        span=operations.span,
        lost=db.lost(),
    )


def caption(data: Data) -> str:
    """The answer in words."""
    text = f"An operation waits {units.duration(data.queue[0])} for a worker and takes"
    text += f" {units.duration(data.service[0])} (medians); "
    text += f"{units.count(data.workers, 'worker')} at work {units.percent(data.busy)} of the time"
    text += f", at most {int(data.waiting.high.max()):,} in the queue."
    if data.queue[0] > data.service[0] and data.busy > 0.8:
        text += " Waiting is the larger part: more workers would help, if there are cores for them."
    elif data.queue[0] > data.service[0]:
        text += " Waiting is the larger part, though not for want of workers on the whole: work"
        text += " comes in bursts."
    if data.operations >= 100 and data.service[1] > 5 * data.service[0]:
        text += f" The work takes {units.duration(data.service[1])} at p99: the workers waited for"
        text += " a processor, or keys differ."
    if data.in_place:
        text += f" {units.count(data.in_place, 'operation')} done in place, without the queue."
    return text


def plot(data: Data, figure) -> None:
    """Above, operations waiting and at work; beneath, how long each takes."""
    t = style.now()
    top, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (1.1, 1)})
    scale = axes.time_axis(below, data.span)
    edges = np.repeat(data.bounds, 2)[1:-1] / scale
    middles = (data.bounds[:-1] + data.bounds[1:]) / 2 / scale
    low, high = np.repeat(data.waiting.low, 2), np.repeat(data.waiting.high, 2)
    band = top.fill_between(
        edges, low, high, color=t.soft, linewidth=0, label="in the queue: fewest to most"
    )
    handles = [band] + top.plot(
        middles, data.waiting.mean, color=t.data, linewidth=1.3, label="mean"
    )
    handles += top.plot(
        middles, data.working.mean, color=t.accent, linewidth=1.3, label="at work: mean"
    )
    axes.count_axis(top.yaxis, "operations")
    top.set_ylim(0, max(float(data.waiting.high.max()), float(data.working.high.max()), 1) * 1.08)
    top.tick_params(labelbottom=False)
    axes.legend_above(top, handles)
    _times(below, data, scale)
    for ax in (top, below):
        axes.hatch_lost(ax, data.lost, scale)
    figure.align_ylabels((top, below))


def _times(ax, data: Data, scale: float) -> None:
    t = style.now()
    seen = [v for pair in (data.queue, data.service) for v in pair if v > 0]
    peaks = [
        np.nanmax(line.value)
        for line in (data.queue_lines, data.service_lines)
        if np.isfinite(line.value).any()
    ]
    axes.latency_axis(
        ax.yaxis, min(seen, default=1) / 2, max([*seen, *peaks]) * 1.4, "time of an operation"
    )
    labels = []
    for name, line, whole, colour in (
        ("wait", data.queue_lines, data.queue, t.data),
        ("work", data.service_lines, data.service, t.accent),
    ):
        middles = (line.bounds[:-1] + line.bounds[1:]) / 2 / scale
        for row, (label, look) in enumerate((("p50", "-"), ("p99", (0, (3, 1.5))))):
            if label == "p99" and data.operations < 100:
                continue
            if len(middles) >= 8:
                ax.plot(middles, line.value[row], color=colour, linestyle=look, linewidth=1.5)
            else:
                ax.axhline(max(whole[row], 1), color=colour, linestyle=look, linewidth=1.5)
            labels.append(
                (max(whole[row], 1), f"{name} {label} {units.duration(whole[row])}", colour)
            )
    axes.end_labels(ax, labels, gap=0.115)
