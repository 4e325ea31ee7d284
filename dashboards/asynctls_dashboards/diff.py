# SPDX-License-Identifier: Apache-2.0
"""Difference of two recordings: did the change help, where in the distribution, and through which
phase?

What is drawn is B against A, where A is the recording named by -i and B the other one. The band
says how far the ratio would vary had other jobs of the same kind been recorded: quantiles of
bootstrap samples, whose ranks are binomial, so that no sample need be drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from asynctls_dashboards import axes, percentile, source, style, units
from asynctls_dashboards.db import PHASE_COLUMNS, PHASES, Database, NoData
from asynctls_dashboards.filters import NO_FILTERS, Filters
from asynctls_dashboards.jobs import Jobs

TITLE = "Two recordings compared"
SAMPLES = 400
QUANTILES = (0.5, 0.9, 0.99, 0.999)


@dataclass
class Side:
    """One of the two."""

    label: str
    curve: percentile.Curve
    ordered: np.ndarray  # durations, ns
    phases: np.ndarray  # mean ns per job
    rate: float  # finished jobs per second


@dataclass
class Data:
    """Both, and how B relates to A along the percentiles (odds 1 / (1 - p))."""

    a: Side
    b: Side
    odds: np.ndarray
    ratio: np.ndarray
    low: np.ndarray  # 95 % of the bootstrap samples lie between
    high: np.ndarray
    marks: list[tuple[float, float, float, float]]  # p, ratio, low, high


def load(db: Database, filters: Filters = NO_FILTERS, other: Optional[Database] = None) -> Data:
    """Read both. Raises NoData without the second."""
    if other is None:
        raise NoData("a second recording is needed to compare with: --diff DIR")
    a, b = (_side(base, filters) for base in (db, other))
    last = min(a.curve.odds[-1], b.curve.odds[-1])
    odds = np.geomspace(1.02, last, 200)
    marks = []
    for p in QUANTILES:
        if 1 / (1 - p) <= last * 1.001:
            ratio, low, high = (float(v[0]) for v in compare(a, b, np.array([p])))
            marks.append((p, ratio, low, high))
    ratio, low, high = compare(a, b, 1 - 1 / odds)
    return Data(a=a, b=b, odds=odds, ratio=ratio, low=low, high=high, marks=marks)


def _side(db: Database, filters: Filters) -> Side:
    jobs = Jobs(db, filters, ("ts_ns", "dur_ns", *PHASE_COLUMNS))
    jobs.check_finished()
    took, (start, end) = jobs.distribution(source.WALL), jobs.span
    return Side(
        label=str(db.path),
        curve=percentile.curve("", took),
        ordered=took.at(np.arange(took.count)),
        phases=jobs.phase_time() / jobs.finished,
        rate=jobs.finished / ((end - start) / 1e9),
    )


def compare(a: Side, b: Side, p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quantiles of B divided by those of A, and the bounds of 95 % of the samples."""
    chance = np.random.default_rng(1)
    drawn = []
    for side in (b, a):
        n = len(side.ordered)
        ranks = chance.binomial(n, p, size=(SAMPLES, len(p)))
        drawn.append(side.ordered[np.clip(ranks, 0, n - 1)])
    low, high = np.quantile(drawn[0] / np.maximum(drawn[1], 1), (0.025, 0.975), axis=0)
    plain = [
        side.ordered[np.clip(np.ceil(len(side.ordered) * p - 1e-9).astype(np.int64) - 1, 0, None)]
        for side in (b, a)
    ]
    ratio = plain[0] / np.maximum(plain[1], 1)
    return ratio, np.minimum(low, ratio), np.maximum(high, ratio)


def caption(data: Data) -> str:
    """The answer in words."""
    parts = []
    for p, ratio, low, high in data.marks:
        change = "unchanged" if low <= 1 <= high else f"{units.number(float(f'{ratio:.3g}'))} ×"
        parts.append(f"{percentile.nines(p)} {change} ({low:.3g} to {high:.3g})")
    text = "B against A: " + ", ".join(parts) if parts else "Too few jobs to compare"
    gain = data.b.phases - data.a.phases
    most = int(np.argmax(np.abs(gain)))
    more = "more" if gain[most] > 0 else "less"
    text += f". A job spends {units.duration(abs(gain[most]))} {more} in {PHASES[most]}, the"
    text += " largest change of a phase."
    if abs(data.b.rate / data.a.rate - 1) > 0.02:
        text += f" {units.number(float(f'{data.b.rate:.3g}'))} jobs/s after"
        text += f" {units.number(float(f'{data.a.rate:.3g}'))}."
    return text


def plot(data: Data, figure) -> None:
    """Left above, both curves; below, their ratio with its band; right, mean time per phase."""
    grid = figure.add_gridspec(2, 2, width_ratios=(2.1, 1), height_ratios=(1.5, 1))
    top = figure.add_subplot(grid[0, 0])
    below = figure.add_subplot(grid[1, 0], sharex=top)
    _curves(top, data)
    _ratio(below, data)
    _phases(figure.add_subplot(grid[:, 1]), data)
    figure.align_ylabels((top, below))


def _curves(ax, data: Data) -> None:
    t = style.now()
    right = max(data.a.curve.odds[-1], data.b.curve.odds[-1])
    ax.set_xscale("log")
    ax.set_xlim(1, right * 1.02)
    handles = []
    for name, side, colour, dash in (("A", data.a, t.data, "-"), ("B", data.b, t.accent, "--")):
        c = side.curve
        ax.fill_between(c.odds, c.low, c.high, color=colour, alpha=0.14, linewidth=0)
        label = f"{name}: {units.plain(_short(side.label), 30)} ({c.jobs:,})"
        handles += ax.plot(c.odds, c.ns, color=colour, linestyle=dash, linewidth=2, label=label)
    curves = (data.a.curve, data.b.curve)
    low = min(int(c.ns[int(np.searchsorted(c.odds, 1 / 0.9)) % len(c.ns)]) for c in curves) / 1.6
    high = max(float(c.high.max()) for c in curves) * 1.3
    axes.latency_axis(ax.yaxis, low, high, "start to finish of a job")
    ax.tick_params(labelbottom=False)
    axes.legend_above(ax, handles)


def _short(path: str) -> str:
    """The part of a path that tells it from others."""
    parts = [part for part in path.split("/") if part]
    if parts and parts[-1] == "trace.db":
        parts.pop()
    return "/".join(parts[-2:]) if len(parts) > 2 else path


def _ratio(ax, data: Data) -> None:
    t = style.now()
    right = ax.get_xlim()[1]
    wanted = (0, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999)
    ticks = [p for p in wanted if 1 / (1 - p) <= right]
    ax.xaxis.set_major_locator(FixedLocator([1 / (1 - p) for p in ticks]))
    ax.xaxis.set_minor_locator(FixedLocator([]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{round(100 * (1 - 1 / x), 6):g} %"))
    ax.set_xlabel("jobs that are at least as fast")
    ax.grid(True)
    ax.fill_between(data.odds, data.low, data.high, color=t.soft, linewidth=0)
    ax.plot(data.odds, data.ratio, color=t.ink, linewidth=1.6)
    ax.axhline(1, color=t.faint, linewidth=1, linestyle=(0, (4, 3)))
    ax.set_yscale("log")
    low, high = min(data.low.min(), 1) / 1.12, max(data.high.max(), 1) * 1.12
    ax.set_ylim(low, high)
    ax.yaxis.set_major_locator(FixedLocator(axes.latency_ticks(low, high, 5)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g} ×"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.yaxis.set_minor_locator(FixedLocator([]))
    ax.set_ylabel("B divided by A")
    ax.set_title("band: 95 % of bootstrap samples", loc="right", fontsize=9, fontweight="normal")


def _phases(ax, data: Data) -> None:
    t = style.now()
    at = np.arange(len(PHASES))
    most = max(data.a.phases.max(), data.b.phases.max(), 1)
    scale, unit = next((s, u) for s, u in units.UNITS if most >= s)
    for p, colour in enumerate(style.COLOURS):
        for side, shift, alpha in ((data.a, -0.19, 0.45), (data.b, 0.19, 1.0)):
            ax.barh(p + shift, side.phases[p] / scale, height=0.34, color=colour, alpha=alpha)
        change = data.b.phases[p] - data.a.phases[p]
        words = f" {'+' if change >= 0 else '−'}{units.duration(abs(change))}"
        x = max(data.a.phases[p], data.b.phases[p]) / scale
        ax.text(x, p, words, va="center", fontsize=9, color=t.ink, path_effects=style.halo())
    ax.set_yticks(at, PHASES)
    ax.tick_params(axis="y", length=0, labelcolor=t.ink)
    ax.set_ylim(len(PHASES) - 0.4, -0.6)
    ax.set_xlim(0, most / scale * 1.32)
    ax.grid(True, axis="x")
    ax.set_xlabel(f"mean per job ({unit})")
    ax.set_title("pale: A, full: B", loc="right", fontsize=9, fontweight="normal", color=t.faint)
