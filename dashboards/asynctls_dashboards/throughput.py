# SPDX-License-Identifier: Apache-2.0
"""Throughput: how many jobs end per second, how do they end, and is the rate steady?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Patch

from asynctls_dashboards import axes, recording, style, units
from asynctls_dashboards.db import Database, Lost
from asynctls_dashboards.filters import NO_FILTERS, Filters

TITLE = "Throughput"
GOOD = "finished"
MOST_COLUMNS = 200


@dataclass
class Data:
    """Jobs per second that ended (by outcome) and that started, per column; bounds in ns."""

    bounds: np.ndarray
    ended: dict[str, np.ndarray]
    started: np.ndarray
    totals: dict[str, int]
    span: tuple[int, int]
    lost: Lost


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read starts, ends and outcomes, and count. Jobs without an end count where last seen."""
    jobs = recording.jobs(db, filters, "ts_ns", "end_ns", "outcome")
    flow = jobs.flow(MOST_COLUMNS)
    seconds = (flow.bounds[1] - flow.bounds[0]) / 1e9
    return Data(
        bounds=flow.bounds,
        ended={name: count / seconds for name, count in flow.ended.items()},
        started=flow.started / seconds,
        totals=flow.totals,
        span=jobs.span,
        lost=db.lost(),
    )


def caption(data: Data) -> str:
    """The answer in words."""
    total = sum(data.totals.values())
    seconds = (data.span[1] - data.span[0]) / 1e9
    good = data.totals.get(GOOD, 0)
    text = f"{units.number(float(f'{good / seconds:.3g}'))} jobs finish per second on average"
    rate = sum(data.ended.values())[1:-1]  # the outer columns are not full
    if len(rate) >= 8:
        low, high = np.percentile(rate, (5, 95))
        text += f"; 9 in 10 columns lie between {low:,.4g} and {high:,.4g} per second"
    text += "."
    bad = {name: n for name, n in data.totals.items() if name != GOOD and n}
    if bad:
        ways = ", ".join(f"{n:,} {name}" for name, n in bad.items())
        text += f" {units.percent((total - good) / total)} did not finish well: {ways}."
    else:
        text += " All finished."
    return text


def _colour(name: str) -> str:
    t = style.now()
    return {GOOD: t.soft, "error": t.alarm, "unfinished": t.accent, "unknown": t.faint}.get(
        name, t.ink
    )


def plot(data: Data, figure) -> None:
    """Stacked columns by outcome, and the rate of starts; beneath, the share that went wrong."""
    t = style.now()
    bad = [name for name in data.ended if name != GOOD]
    if bad:
        ax, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (4, 1)})
    else:
        ax, below = figure.subplots(), None
    scale = axes.time_axis(below or ax, data.span)
    edges = np.repeat(data.bounds, 2)[1:-1] / scale
    base = np.zeros(len(edges))
    handles = []
    for name in [n for n in (GOOD, *bad) if n in data.ended]:
        top = base + np.repeat(data.ended[name], 2)
        ax.fill_between(edges, base, top, color=_colour(name), linewidth=0)
        handles.append(Patch(color=_colour(name), label=f"ended: {name}"))
        base = top
    handles += ax.plot(
        edges, np.repeat(data.started, 2), color=t.data, linewidth=1.2, label="started"
    )
    axes.count_axis(
        ax.yaxis, f"jobs per second, by {units.duration(data.bounds[1] - data.bounds[0])}"
    )
    ax.set_ylim(0, max(base.max(), data.started.max()) * 1.08)
    axes.legend_above(ax, handles)
    axes.hatch_lost(ax, data.lost, scale)
    if below is not None:
        ax.tick_params(labelbottom=False)
        _errors(below, data, bad, edges)
        axes.hatch_lost(below, data.lost, scale)


def _errors(ax, data: Data, bad: list[str], edges: np.ndarray) -> None:
    total = np.maximum(sum(data.ended.values()), 1e-12)
    base = np.zeros(len(edges))
    for name in bad:
        top = base + np.repeat(data.ended[name] / total, 2)
        ax.fill_between(edges, base, top, color=_colour(name), linewidth=0)
        base = top
    axes.share_axis(ax.yaxis, "not finished")
    top = max(base.max() * 1.1, 0.01)
    ax.set_ylim(0, min(top, 1.0))
    ax.set_yticks([0, float(f"{min(top, 1.0) * 0.8:.1g}")])
    ax.grid(True, axis="y")
