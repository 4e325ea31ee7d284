# SPDX-License-Identifier: Apache-2.0
"""Engine queue: do operations wait for a worker, and how long does the work itself take?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, dense, stats, style, units
from asynctls_dashboards.db import NO_FILTERS, Database, Filters, Lost, NoData

TITLE = "Engine queue and service"
COLUMNS = 400


@dataclass
class Data:
    """Operations that went through the queue; ns."""

    waiting: stats.Band
    working: stats.Band
    bounds: np.ndarray
    queue: tuple[int, int]  # p50, p99
    service: tuple[int, int]
    queue_line: stats.Quantiles  # p50 and p99 per column of line_bounds
    service_line: stats.Quantiles
    line_bounds: np.ndarray
    operations: int
    in_place: int
    workers: int  # threads seen at work
    busy: float  # their mean share of time at work
    span: tuple[int, int]
    lost: Lost


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read engine operations of the chosen jobs. Raises NoData if none was queued."""
    if dense.wanted(db, filters):
        return _dense(db)
    where, values = filters.where(db.meta.t0_ns)
    chosen = "1" if filters == NO_FILTERS else f"job_id IN (SELECT job_id FROM v_job WHERE {where})"
    values = [] if filters == NO_FILTERS else values
    done = f"v_engine_op WHERE {chosen} AND queue_ns >= 0 AND service_ns >= 0"
    # tid is 0 where the worker is not known
    columns = (f"ts_ns - {db.meta.t0_ns}", "queue_ns", "service_ns", "COALESCE(tid, 0)")
    ts, queue, service, tid = db.table(columns, done, values)
    in_place = db.rows(
        f"SELECT COUNT(*) FROM v_engine_op WHERE {chosen} AND reason IS NOT NULL", values
    )[0][0]
    if not len(ts):
        raise _none(db, in_place)
    begin, end = ts + queue, ts + queue + service
    span = (int(ts.min()), int(end.max()))
    if filters.time:
        span = tuple(round(t * 1e9) for t in filters.time)
    bounds = stats.edges(*span, COLUMNS)
    waiting = stats.open_intervals(ts, np.maximum(begin, ts), bounds)
    working = stats.open_intervals(begin, np.maximum(end, begin + 1), bounds)
    columns = stats.line_columns(len(ts))
    line_bounds = stats.edges(*span, columns)
    column = stats.column_of(ts, line_bounds)
    lines = [stats.quantiles_by_column(column, v, columns, (0.5, 0.99)) for v in (queue, service)]
    middle = [tuple(stats.quantile(v, q) for q in (0.5, 0.99)) for v in (queue, service)]
    workers = max(len(np.unique(tid[tid > 0])), int(working.high.max()))
    busy = float(np.average(working.mean, weights=np.diff(bounds))) / max(workers, 1)
    return Data(
        waiting,
        working,
        bounds,
        middle[0],
        middle[1],
        lines[0],
        lines[1],
        line_bounds,
        len(ts),
        in_place,
        workers,
        min(busy, 1.0),
        span,
        db.lost(),
    )


def _none(db: Database, in_place: int) -> NoData:
    detail = f"; {units.count(in_place, 'operation')} done in place" if in_place else ""
    return NoData(f"{db.path}: no operation went through the engine's queue{detail}")


def _dense(db: Database) -> Data:
    """From sums."""
    metrics = ("queue", "service")
    sql = "SELECT SUM(n) FROM v_op_measure WHERE metric = 'service' AND reason IS "
    operations, in_place = (db.rows(sql + which)[0][0] or 0 for which in ("NULL", "NOT NULL"))
    if not operations:
        raise _none(db, in_place)
    middle = [tuple(dense.at_ranks(*_buckets(db, metric), (0.5, 0.99))) for metric in metrics]
    lines = []
    for metric in metrics:
        cells, line_bounds, levels = dense.heat(db, stats.line_columns(operations), metric)
        lines.append(dense.cell_quantiles(cells, levels, (0.5, 0.99)))
    c = dense.Columns(db).merged(COLUMNS)
    threads = db.rows("SELECT COUNT(*) FROM v_thread WHERE role = 'engine'")[0][0]
    workers = max(threads, int(c.served.high.max()))
    busy = min(float(np.mean(c.served.mean)) / max(workers, 1), 1.0)
    span = (0, db.meta.duration_ns)
    drawn = (c.queued, c.served, c.bounds, *middle, *lines, line_bounds)
    return Data(*drawn, operations, in_place, workers, busy, span, db.lost())


def _buckets(db: Database, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Middles of the buckets of operations that were queued, and how many are in each."""
    tail = "v_op_hist WHERE metric = ? AND reason IS NULL GROUP BY low_ns, high_ns ORDER BY low_ns"
    middle, count = db.table(("(low_ns + high_ns) / 2", "SUM(count)"), tail, (metric,))
    return middle, count


def caption(data: Data) -> str:
    """The answer in words."""
    text = f"An operation waits {units.duration(data.queue[0])} for a worker and takes {units.duration(data.service[0])} (medians); "
    text += f"{units.count(data.workers, 'worker')} at work {units.percent(data.busy)} of the time"
    text += f", at most {int(data.waiting.high.max()):,} in the queue."
    if data.queue[0] > data.service[0] and data.busy > 0.8:
        text += " Waiting is the larger part: more workers would help, if there are cores for them."
    elif data.queue[0] > data.service[0]:
        text += " Waiting is the larger part, though not for want of workers on the whole: work comes in bursts."
    if data.operations >= 100 and data.service[1] > 5 * data.service[0]:
        text += f" The work takes {units.duration(data.service[1])} at p99: the workers waited for a processor, or keys differ."
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
        for line in (data.queue_line, data.service_line)
        if np.isfinite(line.value).any()
    ]
    axes.latency_axis(
        ax.yaxis, min(seen, default=1) / 2, max([*seen, *peaks]) * 1.4, "time of an operation"
    )
    middles = (data.line_bounds[:-1] + data.line_bounds[1:]) / 2 / scale
    labels = []
    for name, line, whole, colour in (
        ("wait", data.queue_line, data.queue, t.data),
        ("work", data.service_line, data.service, t.accent),
    ):
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
