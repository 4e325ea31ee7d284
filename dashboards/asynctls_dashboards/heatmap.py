# SPDX-License-Identifier: Apache-2.0
"""Latency heat map: which latencies are common, is there one kind of job, when do outliers come?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, recording, source, stats, style, units
from asynctls_dashboards.db import Database, Lost
from asynctls_dashboards.filters import NO_FILTERS, Filters
from asynctls_dashboards.source import Heat, Lines

TITLE = "Latency heat map"
QUANTILES = (0.5, 0.99, 1.0)


@dataclass
class Data:
    """Counts by time and latency, and quantiles over time; ns."""

    heat: Heat
    lines: Lines  # at QUANTILES
    overall: tuple[int, int, int]  # at QUANTILES
    middle: tuple[int, int]  # between these are 90 % of the jobs
    span: tuple[int, int]
    lost: Lost


def resolution(jobs: int) -> tuple[int, int]:
    """Columns, and buckets per octave: fine only if there are many jobs, else all is specks."""
    if jobs < 500:
        return 60, 4
    if jobs < 5000:
        return 120, 8
    return (300, 16) if jobs < 100_000 else (400, stats.SUB_BUCKETS)


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read jobs and count. Raises NoData without a finished job."""
    jobs = recording.jobs(db, filters, "ts_ns", "dur_ns").begun()
    jobs.check_finished("began and finished")
    heat = jobs.heat(*resolution(jobs.finished))
    took = jobs.distribution(source.WALL)
    return Data(
        heat=heat,
        lines=jobs.lines(QUANTILES, most=heat.cells.shape[1]),
        overall=tuple(took.quantile(q) for q in QUANTILES),
        middle=(took.quantile(0.05), took.quantile(0.95)),
        span=jobs.span,
        lost=db.lost(),
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


def caption(data: Data) -> str:
    """The answer in words."""
    counts = data.heat.cells.sum(axis=1)
    total = int(counts.sum())
    low, high = data.middle
    words = f"90 % of the jobs take between {units.duration(low)} and {units.duration(high)}"
    if total < 20:
        words = f"The jobs take between {units.duration(low)} and {units.duration(data.overall[2])}"
    peaks = [
        units.duration(np.sqrt(data.heat.levels[i] * data.heat.levels[i + 1]), 2)
        for i in modes(counts)
    ]
    if total >= 100 and len(peaks) == 1:
        words += f", most often about {peaks[0]}"
    elif total >= 100 and 1 < len(peaks) <= 4:
        words += f", with peaks at about {', '.join(peaks[:-1])} and {peaks[-1]}"
    words += "."
    if total >= 100:
        p99, most = data.overall[1:]
        words += f" 1 in 100 takes longer than {units.duration(p99)}; the slowest,"
        words += f" {units.duration(most)}."
    return words


def plot(data: Data, figure) -> None:
    """The map, the quantile lines over it, and the distribution beside it."""
    ax, side = figure.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": (8.6, 1)})
    scale = axes.time_axis(ax, data.span)
    axes.latency_axis(
        ax.yaxis,
        data.heat.levels[0] / 1.05,
        data.heat.levels[-1] * 1.08,
        "start to finish of a job",
    )
    mesh = axes.count_map(ax, data.heat.bounds / scale, data.heat.levels, data.heat.cells)
    _lines(ax, data, scale)
    axes.hatch_lost(ax, data.lost, scale)
    _distribution(side, data)
    axes.count_bar(figure, mesh, [ax, side], "jobs per cell", anchor=(0, 1))


def _lines(ax, data: Data, scale: float) -> None:
    t = style.now()
    looks = (
        ("p50", t.ink, {"linewidth": 1.6}),
        ("p99", t.accent, {"linewidth": 1.6}),
        ("max", t.faint, {"linewidth": 1.0, "linestyle": (0, (1, 1.2))}),
    )
    if len(data.lines.bounds) < 9:
        return
    middles = (data.lines.bounds[:-1] + data.lines.bounds[1:]) / 2 / scale
    handles = [
        ax.plot(middles, line, color=colour, label=name, path_effects=style.halo(), **look)[0]
        for (name, colour, look), line in zip(looks, data.lines.value)
    ]
    axes.legend_above(ax, handles)


def _distribution(side, data: Data) -> None:
    t = style.now()
    counts = data.heat.cells.sum(axis=1)
    heights = np.diff(data.heat.levels)
    side.barh(
        data.heat.levels[:-1], counts, height=heights, align="edge", color=t.heat[2], linewidth=0
    )
    side.set_xlim(0, counts.max() * 1.05)
    side.set_xticks([])
    side.spines["bottom"].set_visible(False)
    side.tick_params(left=False, labelleft=False)
    side.set_xlabel("all time")
