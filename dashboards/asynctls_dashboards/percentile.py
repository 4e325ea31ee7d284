# SPDX-License-Identifier: Apache-2.0
"""Percentile curve: what latency does the n-th slowest of a thousand see, and does the tail bend?

The axis is that of HdrHistogram's plots: 1 / (1 - p), logarithmic, so that every nine takes the
same width. A curve ends where fewer than ten jobs are slower, as the rest is chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter

from asynctls_dashboards import axes, recording, source, style, units
from asynctls_dashboards.db import Database
from asynctls_dashboards.distribution import Distribution
from asynctls_dashboards.filters import NO_FILTERS, Filters

TITLE = "Latency by percentile"
POINTS = 300
BEYOND = 10  # so many jobs must be slower than the last point of a curve
MOST_OPS = 4


@dataclass
class Curve:
    """Latency in ns at odds 1 / (1 - p), and the 95 % interval in which the true quantile lies."""

    name: str
    jobs: int
    odds: np.ndarray
    ns: np.ndarray
    low: np.ndarray
    high: np.ndarray
    most: int


@dataclass
class Data:
    """All jobs first, then the operations if there are several."""

    curves: list[Curve]
    marks: list[tuple[float, int]]  # (p, ns) of the first curve
    median: int  # ns


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read durations and sort them. Raises NoData without a finished job."""
    jobs = recording.jobs(db, filters, "dur_ns", "op")
    jobs.check_finished()
    whole = jobs.distribution(source.WALL)
    curves = [curve("all jobs", whole)]
    ops = jobs.by_op() if jobs.each() else {}  # of so many jobs, one curve says enough
    if len(ops) > 1:
        curves += [curve(name, took) for name, took in list(ops.items())[:MOST_OPS]]
    top = float(curves[0].odds[-1])
    named = [p for p in (0.5, 0.9, 0.99, 0.999, 0.9999) if 1 / (1 - p) <= top * 1.001]
    marks = [(p, whole.quantile(p)) for p in named]
    return Data(curves=curves, marks=marks, median=whole.quantile(0.5))


def curve(name: str, took: Distribution) -> Curve:
    """The curve of these durations; with few of them, up to the slowest but one."""
    n = took.count
    last = max(n / BEYOND, 2.0) if n >= 5 * BEYOND else max(float(n), 1.5)
    odds = np.geomspace(1, last, POINTS)
    p = 1 - 1 / odds
    rank = np.clip(np.ceil(n * p - 1e-9), 1, n) - 1
    reach = 1.96 * np.sqrt(n * p * (1 - p))  # normal approximation of the binomial
    low, high = (np.clip(r, 0, n - 1) for r in (np.floor(n * p - reach), np.ceil(n * p + reach)))
    ns, low, high = (took.at(ranks.astype(np.int64)) for ranks in (rank, low, high))
    return Curve(name=name, jobs=n, odds=odds, ns=ns, low=low, high=high, most=took.quantile(1.0))


def nines(p: float) -> str:
    """0.999 -> "p99.9"."""
    return f"p{round(100 * p, 6):g}"


def caption(data: Data) -> str:
    """The answer in words."""
    whole = data.curves[0]
    named = [f"{nines(p)} {units.duration(ns)}" for p, ns in data.marks if p > 0.5]
    text = f"Median {units.duration(data.median)}" + "".join(f", {name}" for name in named)
    text += f"; the slowest of {units.count(whole.jobs, 'job')} took {units.duration(whole.most)}."
    if len(data.marks) >= 3:
        p, far = data.marks[-1]
        text += f" {nines(p)} is {far / max(data.median, 1):.3g} × the median."
    return text


def plot(data: Data, figure) -> None:
    """A line per curve, its 95 % interval as a band, dots with numbers at the nines."""
    t = style.now()
    ax = figure.subplots()
    ax.set_xscale("log")
    right = max(float(c.odds[-1]) for c in data.curves)
    ax.set_xlim(1, right * 1.02)
    ticks = [
        p
        for p in (0, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999)
        if 1 / (1 - p) <= right * 1.02
    ]
    ax.xaxis.set_major_locator(FixedLocator([1 / (1 - p) for p in ticks]))
    ax.xaxis.set_minor_locator(FixedLocator([]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{round(100 * (1 - 1 / x), 6):g} %"))
    ax.set_xlabel("jobs that are at least as fast")
    ax.grid(True, axis="x")
    # the plot is of the slow end: what is far below p10 may run out of it
    low = min(int(c.ns[int(np.searchsorted(c.odds, 1 / 0.9)) % POINTS]) for c in data.curves) / 1.6
    high = max(float(c.high.max()) for c in data.curves) * 1.3
    axes.latency_axis(ax.yaxis, low, high, "start to finish of a job")
    colours = (t.data, t.accent, t.ink, t.alarm, t.faint)
    dashes = ("-", "--", "-.", ":", (0, (1, 1)))
    handles = []
    for i, c in enumerate(data.curves):
        look = {"color": colours[i], "linestyle": dashes[i], "linewidth": 2.2 if i == 0 else 1.4}
        label = f"{c.name} ({c.jobs:,})"
        if i == 0:
            ax.fill_between(c.odds, c.low, c.high, color=colours[i], alpha=0.15, linewidth=0)
        handles += ax.plot(c.odds, c.ns, label=label, **look)
    band = ax.fill_between([], [], color=t.data, alpha=0.15, linewidth=0, label="95 % interval")
    axes.legend_above(ax, handles + [band])
    for p, ns in data.marks:
        at = 1 / (1 - p)
        ax.plot(
            at, ns, "o", markersize=7, color=t.data, markeredgecolor=t.paper, markeredgewidth=1.4
        )
        # above the curve and before the dot, but not over the edge
        place = (
            {"xytext": (8, -8), "ha": "left", "va": "top"}
            if p == 0.5
            else {"xytext": (-6, 9), "ha": "right"}
        )
        words = f"{nines(p)}  {units.duration(ns)}"
        ax.annotate(words, (at, ns), textcoords="offset points", path_effects=style.halo(), **place)
