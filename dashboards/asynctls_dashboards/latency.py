# SPDX-License-Identifier: Apache-2.0
"""Latency over time: does it drift, jump or burst, and how far is the tail from the middle?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np
from matplotlib.colors import LogNorm

from asynctls_dashboards import axes, recording, source, stats, style, units
from asynctls_dashboards.db import Database, Frame, Lost
from asynctls_dashboards.filters import NO_FILTERS, Filters
from asynctls_dashboards.source import Heat, Lines

TITLE = "Latency over time"
QUANTILES = (0.5, 0.99, 1.0)
POINTS = 6000  # up to here each job is a point; above, a density
COLUMNS = 400  # of that


@dataclass
class Data:
    """Times in ns since the start, durations in ns."""

    jobs: int  # that finished
    points: Optional[tuple[np.ndarray, np.ndarray]]  # start and duration of each, if they are few
    heat: Optional[Heat]  # else
    ends: tuple[int, int]  # the shortest and the longest duration
    open_start: np.ndarray  # of jobs that did not finish
    open_age: np.ndarray  # how old they were when the recording ended
    lines: Lines  # at QUANTILES
    overall: tuple[int, int, int]  # at QUANTILES
    span: tuple[int, int]
    lost: Lost


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read jobs and make the lines. Raises NoData without a finished job."""
    jobs = recording.jobs(db, filters, "ts_ns", "dur_ns").begun()
    jobs.check_finished("began and finished")
    points = _points_of(jobs.each()) if jobs.finished <= POINTS else None
    heat = None if points else jobs.heat(COLUMNS, per_octave=16)
    took = jobs.distribution(source.WALL)
    opened = jobs.open_starts()
    return Data(
        jobs=jobs.finished,
        points=points,
        heat=heat,
        ends=heat.ends if heat else (int(points[1].min()), int(points[1].max())),
        open_start=opened,
        open_age=np.maximum(db.meta.duration_ns - opened, 1),
        lines=jobs.lines(QUANTILES, stats.line_columns(jobs.finished)),
        overall=tuple(took.quantile(q) for q in QUANTILES),
        span=jobs.span,
        lost=db.lost(),
    )


def _points_of(each: Optional[Frame]) -> Optional[tuple[np.ndarray, np.ndarray]]:
    if each is None:
        return None
    done = each["dur_ns"] >= 0
    return each["ts_ns"][done], each["dur_ns"][done]


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
        at = units.duration(data.lines.bounds[worst])
        if tail[worst] > 1.5 * middle:
            words += f" The tail is worst at {at}: p99 {units.duration(tail[worst])} there,"
            words += f" {units.duration(middle)} typically."
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
    everything = np.concatenate((data.ends, data.open_age))
    low, high = everything.min() / 1.25, everything.max() * 1.35
    axes.latency_axis(ax.yaxis, low, high, "start to finish of a job")
    if data.points:
        _points(ax, data, scale)
    else:
        _density(ax, data.heat, scale)
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
    start, dur = data.points
    size = float(np.clip(6000 / len(dur), 5, 36))
    alpha = float(np.clip(600 / len(dur), 0.25, 0.9))
    look = {"color": style.now().data, "alpha": alpha, "linewidth": 0}
    ax.scatter(start / scale, dur, s=size, zorder=3, rasterized=len(dur) > 2000, **look)


def _density(ax, heat: Heat, scale: float) -> None:
    grid = np.ma.masked_equal(heat.cells, 0)
    norm = LogNorm(1, max(2, heat.cells.max() * 3))  # pale: the lines are what is looked at here
    look = {"cmap": style.heat_map(), "norm": norm, "rasterized": True, "zorder": 1}
    ax.pcolormesh(heat.bounds / scale, heat.levels, grid, **look)
    ax.yaxis.grid(True)  # which pcolormesh takes away


def _lines(ax, data: Data, scale: float) -> None:
    t = style.now()
    looks = (
        ("p50", t.ink, {"linewidth": 1.8}),
        ("p99", t.accent, {"linewidth": 1.8}),
        ("max", t.faint, {"linewidth": 1.0, "linestyle": (0, (1, 1.2))}),
    )
    middles = (data.lines.bounds[:-1] + data.lines.bounds[1:]) / 2 / scale
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
