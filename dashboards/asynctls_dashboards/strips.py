# SPDX-License-Identifier: Apache-2.0
"""The job timeline's way to draw many jobs, from a timeline.Data: a strip per thread with the
phases' shares of its jobs' time, the number in flight, and the slowest jobs."""

from __future__ import annotations

import numpy as np
from matplotlib.patches import Patch

from asynctls_dashboards import axes, style, units
from asynctls_dashboards.db import PHASE_COLUMNS
from asynctls_dashboards.source import Thread

MOST_STRIPS = 12
SLOWEST = 500  # at most, and a tenth of the jobs


def plot(data, figure) -> None:
    strips = len(data.threads)
    ratios = [(3.2 if strips < 4 else 4.5) / strips] * strips + [1.0, 1.0]
    panels = figure.subplots(strips + 2, 1, sharex=True, gridspec_kw={"height_ratios": ratios})
    for ax, thread in zip(panels, data.threads):
        _strip(ax, thread, data)
    scale = axes.time_axis(panels[-1], data.span)
    _in_flight(panels[-2], data, scale)
    _slowest(panels[-1], data, scale)
    for ax in panels:
        axes.hatch_lost(ax, data.lost, scale)
        ax.tick_params(labelbottom=ax is panels[-1], bottom=ax is panels[-1])
    figure.align_ylabels(panels)
    axes.legend_above(panels[0], phase_handles())


def _strip(ax, thread: Thread, data) -> None:
    scale = axes.time_axis(ax, data.span, label=False)
    edges = np.repeat(data.bounds, 2)[1:-1] / scale
    below = np.zeros(len(edges))
    empty = np.isnan(np.repeat(thread.shares[0], 2))
    for p, colour in enumerate(style.COLOURS):
        top = below + np.nan_to_num(np.repeat(thread.shares[p], 2))
        ax.fill_between(edges, below, top, where=~empty, color=colour, linewidth=0)
        below = top
    axes.share_axis(ax.yaxis, "")
    ax.grid(False)
    name, jobs = units.plain(thread.name, 28), units.count(thread.jobs, "job")
    if len(data.threads) < 4:
        ax.set_yticks([0, 0.5, 1])
        _heading(ax, f"{name}: {jobs}, share of their time by phase")
        return
    ax.set_yticks([0.5], [name])
    ax.tick_params(axis="y", length=0, labelcolor=style.now().ink)
    if thread is data.threads[0]:
        _heading(ax, "share of the jobs' time by phase, per thread")


def _heading(ax, words: str) -> None:
    ax.set_title(words, fontsize=9.5, fontweight="normal")


def _in_flight(ax, data, scale: float) -> None:
    edges = np.repeat(data.bounds, 2)[1:-1] / scale
    low, high = np.repeat(data.band.low, 2), np.repeat(data.band.high, 2)
    ax.fill_between(edges, low, high, color=style.now().soft, linewidth=0)
    middles = (data.bounds[:-1] + data.bounds[1:]) / 2 / scale
    ax.plot(middles, data.band.mean, color=style.now().data, linewidth=1.2)
    axes.count_axis(ax.yaxis, "")
    ax.yaxis.get_major_locator().set_params(nbins=2 if len(data.threads) > 3 else 3)
    ax.set_ylim(0, data.peak * 1.1)
    _heading(ax, "jobs in flight: fewest to most, and mean")


def _slowest(ax, data, scale: float) -> None:
    dur = data.slow["dur_ns"]
    low, high = dur.min() / 1.3, dur.max() * 1.5
    axes.latency_axis(ax.yaxis, low, high, "")
    ax.set_yticks(axes.latency_ticks(low, high, 2 if len(data.threads) > 3 else 3))
    longest = np.argmax([data.slow[name] for name in PHASE_COLUMNS], axis=0)
    look = {"s": 14, "edgecolor": style.now().ink, "linewidth": 0.35, "zorder": 3}
    ax.scatter(data.slow["ts_ns"] / scale, dur, c=np.array(style.COLOURS)[longest], **look)
    words = f"the {len(dur):,} slowest jobs: start, duration, and the phase that took longest"
    _heading(ax, words)


def phase_handles() -> list:
    """Legend entries."""
    return [Patch(color=colour, label=phase) for phase, colour in style.PHASE_COLOURS.items()]
