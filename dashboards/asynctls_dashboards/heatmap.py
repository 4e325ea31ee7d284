# SPDX-License-Identifier: Apache-2.0
"""Latency heat map: which latencies are common, are there several kinds of job, when do outliers come?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import LogNorm

from asynctls_dashboards import axes, dense, stats, style, units
from asynctls_dashboards.db import NO_FILTERS, Database, Filters, Lost

TITLE = "Latency heat map"
QUANTILES = (0.5, 0.99, 1.0)


@dataclass
class Data:
    """Counts per column of time and bucket of latency; bounds in ns."""

    cells: np.ndarray  # [bucket, column]
    bounds: np.ndarray  # of columns
    levels: np.ndarray  # of buckets
    lines: stats.Quantiles  # one column each, or coarser
    line_bounds: np.ndarray
    overall: tuple[int, int, int]
    middle: tuple[int, int]  # between these are 90 % of the jobs
    unfinished: int
    span: tuple[int, int]
    lost: Lost


def resolution(jobs: int) -> tuple[int, int]:
    """Columns, and buckets per octave: fine when there are many jobs, else the map is all specks."""
    if jobs < 500:
        return 60, 4
    if jobs < 5000:
        return 120, 8
    return (300, 16) if jobs < 100_000 else (400, stats.SUB_BUCKETS)


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read jobs and count. Raises NoData without a finished job."""
    if dense.wanted(db, filters):
        return _dense(db)
    jobs = db.begun(filters)
    start, dur, span = jobs.start, jobs.dur, jobs.span
    columns, fine = resolution(len(dur))
    bounds = stats.edges(*span, columns)
    row = stats.bucket(dur, fine)
    first = int(row.min())
    cells = np.bincount(
        (row - first) * columns + stats.column_of(start, bounds),
        minlength=(int(row.max()) - first + 1) * columns,
    ).reshape(-1, columns)
    levels = stats.bucket_start(first + np.arange(cells.shape[0] + 1), fine)
    coarse = stats.line_columns(len(dur))
    line_bounds = stats.edges(*span, coarse)
    lines = stats.quantiles_by_column(stats.column_of(start, line_bounds), dur, coarse, QUANTILES)
    overall = tuple(stats.quantile(dur, q) for q in QUANTILES)
    middle = (stats.quantile(dur, 0.05), stats.quantile(dur, 0.95))
    unfinished = len(jobs.opened)
    return Data(
        cells, bounds, levels, lines, line_bounds, overall, middle, unfinished, span, db.lost()
    )


def modes(counts: np.ndarray) -> list[int]:
    """Rows of the clear peaks of a histogram, the higher first: at least 5 % of the highest."""
    smooth = np.convolve(counts, (0.25, 0.5, 0.25), mode="same")
    found: list[int] = []
    for i in np.argsort(-smooth, kind="stable"):
        if smooth[i] < max(0.05 * smooth.max(), 3):
            break
        valleys = [smooth[min(i, j) : max(i, j) + 1].min() for j in found]
        if all(valley < 0.5 * smooth[i] for valley in valleys):
            found.append(int(i))
    return found


def _dense(db: Database) -> Data:
    """From sums: by the time of the end, and with wider buckets."""
    cells, bounds, levels = dense.heat(db, 400)
    dur = dense.durations(db, "wall")
    overall = tuple(stats.quantile(dur, q) for q in QUANTILES)
    middle = (stats.quantile(dur, 0.05), stats.quantile(dur, 0.95))
    by = max(1, cells.shape[1] // max(1, stats.line_columns(len(dur))))
    coarse = np.add.reduceat(cells, np.arange(0, cells.shape[1], by), axis=1)
    line_bounds = np.append(bounds[:-1:by], bounds[-1])
    lines = dense.cell_quantiles(coarse, levels, QUANTILES)
    span, open_ones = (0, db.meta.duration_ns), dense.unfinished(db)
    return Data(
        cells, bounds, levels, lines, line_bounds, overall, middle, open_ones, span, db.lost()
    )


def caption(data: Data) -> str:
    """The answer in words."""
    counts = data.cells.sum(axis=1)
    total = int(counts.sum())
    low, high = data.middle
    words = f"90 % of the jobs take between {units.duration(low)} and {units.duration(high)}"
    if total < 20:
        words = f"The jobs take between {units.duration(low)} and {units.duration(data.overall[2])}"
    peaks = [units.duration(np.sqrt(data.levels[i] * data.levels[i + 1]), 2) for i in modes(counts)]
    if total >= 100 and len(peaks) == 1:
        words += f", most often about {peaks[0]}"
    elif total >= 100 and 1 < len(peaks) <= 4:
        words += f", with peaks at about {', '.join(peaks[:-1])} and {peaks[-1]}"
    words += "."
    if total >= 100:
        p99, most = data.overall[1:]
        words += f" 1 in 100 takes longer than {units.duration(p99)}; the slowest, {units.duration(most)}."
    return words


def plot(data: Data, figure) -> None:
    """The map, the quantile lines over it, and the distribution beside it."""
    t = style.now()
    ax, side = figure.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": (8.6, 1)})
    scale = axes.time_axis(ax, data.span)
    axes.latency_axis(
        ax.yaxis, data.levels[0] / 1.05, data.levels[-1] * 1.08, "start to finish of a job"
    )
    most = max(2, int(data.cells.max()))
    mesh = ax.pcolormesh(
        data.bounds / scale,
        data.levels,
        np.ma.masked_equal(data.cells, 0),
        cmap=style.heat_map(),
        norm=LogNorm(1 if most > 9 else 0.2, most),
        rasterized=True,
    )
    ax.yaxis.grid(True)  # which pcolormesh takes away
    _lines(ax, data, scale)
    axes.hatch_lost(ax, data.lost, scale)
    _distribution(side, data)
    bar = figure.colorbar(mesh, ax=[ax, side], pad=0.015, aspect=34, shrink=0.7, anchor=(0, 1))
    axes.log_count_axis(bar.ax.yaxis, most)
    bar.set_label("jobs per cell")
    bar.ax.set_ylim(1, most)
    bar.outline.set_visible(False)
    bar.ax.tick_params(color=t.rule)


def _lines(ax, data: Data, scale: float) -> None:
    t = style.now()
    looks = (
        ("p50", t.ink, {"linewidth": 1.6}),
        ("p99", t.accent, {"linewidth": 1.6}),
        ("max", t.faint, {"linewidth": 1.0, "linestyle": (0, (1, 1.2))}),
    )
    if len(data.line_bounds) < 9:
        return
    middles = (data.line_bounds[:-1] + data.line_bounds[1:]) / 2 / scale
    handles = [
        ax.plot(middles, line, color=colour, label=name, path_effects=style.halo(), **look)[0]
        for (name, colour, look), line in zip(looks, data.lines.value)
    ]
    axes.legend_above(ax, handles)


def _distribution(side, data: Data) -> None:
    t = style.now()
    counts = data.cells.sum(axis=1)
    heights = np.diff(data.levels)
    side.barh(data.levels[:-1], counts, height=heights, align="edge", color=t.heat[2], linewidth=0)
    side.set_xlim(0, counts.max() * 1.05)
    side.set_xticks([])
    side.spines["bottom"].set_visible(False)
    side.tick_params(left=False, labelleft=False)
    side.set_xlabel("all time")
