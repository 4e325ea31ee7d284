# SPDX-License-Identifier: Apache-2.0
"""Latency over time: does it drift, jump or burst, and how far is the tail from the middle?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np
from matplotlib.colors import LogNorm

from asynctls_dashboards import axes, dense, stats, style, units
from asynctls_dashboards.db import NO_FILTERS, Database, Filters, Lost

TITLE = "Latency over time"
QUANTILES = (0.5, 0.99, 1.0)
POINTS = 6000  # up to here each job is a point; above, a density


@dataclass
class Data:
    """Times and durations in ns; lines are NaN where a column has too few jobs for them."""

    start: np.ndarray
    dur: np.ndarray
    open_start: np.ndarray  # jobs that did not finish
    open_age: np.ndarray  # how old they were when the recording ended
    bounds: np.ndarray
    lines: stats.Quantiles
    overall: tuple[int, int, int]  # at QUANTILES
    span: tuple[int, int]
    lost: Lost
    jobs: int  # that finished
    # of many, instead of start and dur: counts[bucket, column], bounds of columns and of buckets
    cells: Optional[tuple[np.ndarray, np.ndarray, np.ndarray]] = None


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read jobs and make the lines. Raises NoData without a finished job."""
    if dense.wanted(db, filters):
        return _dense(db)
    jobs = db.begun(filters)
    start, dur, opened, span = jobs.start, jobs.dur, jobs.opened, jobs.span
    columns = stats.line_columns(len(dur))
    bounds = stats.edges(*span, columns)
    lines = stats.quantiles_by_column(stats.column_of(start, bounds), dur, columns, QUANTILES)
    overall = tuple(stats.quantile(dur, q) for q in QUANTILES)
    age = np.maximum(db.meta.duration_ns - opened, 1)
    return Data(start, dur, opened, age, bounds, lines, overall, span, db.lost(), len(dur))


def _dense(db: Database) -> Data:
    """By the time of the jobs' end, where the exact way takes their start."""
    cells = dense.heat(db, 400)
    counts, bounds, levels = dense.heat(db, stats.line_columns(int(cells[0].sum())))
    lines = dense.cell_quantiles(counts, levels, QUANTILES)
    overall = dense.quantiles(db, "wall", QUANTILES[:-1])
    overall.append(db.rows("SELECT MAX(dur_ns) FROM v_job WHERE dur_ns >= 0")[0][0])
    where, values = NO_FILTERS.where(db.meta.t0_ns)
    open_ones = f"v_job WHERE dur_ns < 0 AND {where}"
    opened = db.table([f"ts_ns - {db.meta.t0_ns}"], open_ones, values)[0]
    age = np.maximum(db.meta.duration_ns - opened, 1)
    span, n, none = (0, db.meta.duration_ns), int(counts.sum()), np.empty(0, np.int64)
    lost = db.lost()
    return Data(none, none, opened, age, bounds, lines, tuple(overall), span, lost, n, cells)


def caption(data: Data) -> str:
    """The answer in words."""
    p50, p99, most = data.overall
    words = f"Half of the jobs take at most {units.duration(p50)}"
    if data.jobs >= 100:
        words += f", 99 % at most {units.duration(p99)} ({p99 / p50:.3g} × the median)"
    words += f"; the slowest took {units.duration(most)}."
    tail = data.lines.value[1]
    if np.isfinite(tail).sum() >= 5:
        worst = int(np.nanargmax(tail))
        middle = float(np.nanmedian(tail))
        at = units.duration(data.bounds[worst])
        if tail[worst] > 1.5 * middle:
            words += f" The tail is worst at {at}: p99 {units.duration(tail[worst])} there, {units.duration(middle)} typically."
        else:
            words += (
                f" The tail is steady: p99 stays below {units.duration(tail[worst])} throughout."
            )
    if len(data.open_start):
        words += f" {units.count(len(data.open_start), 'job')} did not finish."
    return words


def plot(data: Data, figure) -> None:
    """Points or density, and a line per quantile."""
    t = style.now()
    ax = figure.subplots()
    scale = axes.time_axis(ax, data.span)
    ends = data.cells[2][[0, -1]] if data.cells else data.dur
    everything = np.concatenate((ends, data.open_age))
    low, high = everything.min() / 1.25, everything.max() * 1.35
    axes.latency_axis(ax.yaxis, low, high, "start to finish of a job")
    if data.jobs <= POINTS and not data.cells:
        _points(ax, data, scale)
    else:
        _density(ax, data, scale)
    if len(data.open_start):
        look = {"marker": "^", "s": 42, "facecolor": "none", "edgecolor": t.alarm, "zorder": 6}
        ax.scatter(data.open_start / scale, data.open_age, linewidth=1.4, clip_on=False, **look)
        note = "△ unfinished: age at the end of the recording"
        ax.text(
            1,
            1.01,
            note,
            transform=ax.transAxes,
            ha="right",
            va="bottom",
            color=t.alarm,
            fontsize=9,
        )
    _lines(ax, data, scale)
    axes.hatch_lost(ax, data.lost, scale)


def _points(ax, data: Data, scale: float) -> None:
    size = float(np.clip(6000 / len(data.dur), 5, 36))
    alpha = float(np.clip(600 / len(data.dur), 0.25, 0.9))
    look = {"color": style.now().data, "alpha": alpha, "linewidth": 0}
    ax.scatter(
        data.start / scale, data.dur, s=size, zorder=3, rasterized=len(data.dur) > 2000, **look
    )


def _cells(data: Data) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if data.cells:
        return data.cells
    bounds = stats.edges(*data.span, 400)
    first = stats.bucket(np.array([data.dur.min()]), 16)[0]
    rows = stats.bucket(data.dur, 16) - first
    cells = np.bincount(
        rows * 400 + stats.column_of(data.start, bounds), minlength=(rows.max() + 1) * 400
    ).reshape(-1, 400)
    return cells, bounds, stats.bucket_start(first + np.arange(cells.shape[0] + 1), 16)


def _density(ax, data: Data, scale: float) -> None:
    cells, bounds, y = _cells(data)
    grid = np.ma.masked_equal(cells, 0)
    norm = LogNorm(1, max(2, cells.max() * 3))  # pale: the lines are what is looked at here
    ax.pcolormesh(
        bounds / scale, y, grid, cmap=style.heat_map(), norm=norm, rasterized=True, zorder=1
    )
    ax.yaxis.grid(True)  # which pcolormesh takes away


def _lines(ax, data: Data, scale: float) -> None:
    t = style.now()
    looks = (
        ("p50", t.ink, {"linewidth": 1.8}),
        ("p99", t.accent, {"linewidth": 1.8}),
        ("max", t.faint, {"linewidth": 1.0, "linestyle": (0, (1, 1.2))}),
    )
    middles = (data.bounds[:-1] + data.bounds[1:]) / 2 / scale
    labels = []
    for (name, colour, look), line, whole in zip(looks, data.lines.value, data.overall):
        if name == "p99" and data.jobs < 100:
            continue  # it would be the maximum under another name
        if len(middles) < 8:
            ax.axhline(whole, color=colour, zorder=5, path_effects=style.halo(), **look)
        else:
            ax.plot(middles, line, color=colour, zorder=5, path_effects=style.halo(), **look)
        labels.append((whole, f"{name}  {units.duration(whole)}", colour))
    axes.end_labels(ax, labels)
