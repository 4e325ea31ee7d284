# SPDX-License-Identifier: Apache-2.0
"""Axes that all plots share: time, latency, counts, shares; what is written on and above them."""

from __future__ import annotations

import math
from typing import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from asynctls_dashboards import style, units
from asynctls_dashboards.db import Lost


def time_axis(ax: Axes, span: tuple[int, int], label: bool = True) -> float:
    """Make x the time since the start, with span's unit. Returns ns per unit."""
    low, high = span
    length = high - low
    if 0 < low < 0.05 * length:  # begin at 0 where that costs next to nothing
        low, length = 0, high
    scale, unit = next(
        ((s, u) for s, u in units.UNITS if max(length, high / 10) >= s), units.UNITS[-1]
    )
    ax.set_xlim(low / scale, (high + 0.005 * length) / scale)
    ax.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    if label:
        ax.set_xlabel(f"time since the recording began ({unit})")
    return scale


def latency_axis(axis, low: float, high: float, label: str, narrow: bool = False) -> None:
    """Make a logarithmic axis (ax.xaxis or ax.yaxis) of ns over [low, high], ticks with units.

    A narrow one has room for about four ticks.
    """
    ax = axis.axes
    horizontal = axis is ax.xaxis
    (ax.set_xscale if horizontal else ax.set_yscale)("log")
    low = max(low, 1.0)
    high = max(high, low * 1.5)
    (ax.set_xlim if horizontal else ax.set_ylim)(low, high)
    axis.set_major_locator(FixedLocator(latency_ticks(low, high, 5 if narrow else 8)))
    axis.set_major_formatter(FuncFormatter(lambda v, _: units.duration(v)))
    axis.set_minor_formatter(NullFormatter())
    axis.set_minor_locator(FixedLocator([]))
    axis.set_label_text(label)
    axis.grid(True)


TICK_STEPS = (
    (1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 7, 8, 9),
    (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8),
    (1, 1.5, 2, 3, 4, 5, 7),
    (1, 2, 3, 5),
    (1, 2, 5),
    (1, 3),
    (1,),
)


def latency_ticks(low: float, high: float, most: int) -> list[float]:
    """Round values in [low, high] for a logarithmic axis: at most so many."""
    ticks: list[float] = []
    for steps in TICK_STEPS:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        ticks = [s * 10.0**e for e in powers for s in steps]
        ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if len(ticks) <= most:
            break
    return ticks[:: -(-len(ticks) // most)] if len(ticks) > most else ticks


def count_axis(axis, label: str) -> None:
    """Make a linear axis of counts from 0."""
    axis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    axis.set_label_text(label)
    axis.grid(True)


def log_count_axis(axis, most: int) -> None:
    """Ticks 1, 10, 100, ... (and 2, 5 between if they are few) for a logarithmic axis of counts."""
    steps = (1, 2, 5) if most < 100 else (1,)
    ticks = [s * 10**e for e in range(len(str(most))) for s in steps]
    axis.set_major_locator(FixedLocator([v for v in ticks if v <= most]))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    axis.set_minor_locator(FixedLocator([]))


def count_map(ax: Axes, x: np.ndarray, y: np.ndarray, cells: np.ndarray) -> QuadMesh:
    """Draw counts [y, x] as colours from few to many, none as nothing; x and y are bounds."""
    most = max(2, int(cells.max()))
    norm = LogNorm(1 if most > 9 else 0.2, most)
    grid = np.ma.masked_equal(cells, 0)
    mesh = ax.pcolormesh(x, y, grid, cmap=style.heat_map(), norm=norm, rasterized=True)
    ax.yaxis.grid(True)  # which pcolormesh takes away
    return mesh


def count_bar(
    figure: Figure, mesh: QuadMesh, beside: list[Axes], label: str, anchor: tuple[float, float]
) -> None:
    """What the colours of a count_map() stand for; anchor says at which end of the axes."""
    bar = figure.colorbar(mesh, ax=beside, pad=0.015, aspect=34, shrink=0.7, anchor=anchor)
    most = int(mesh.norm.vmax)
    log_count_axis(bar.ax.yaxis, most)
    bar.set_label(label)
    bar.ax.set_ylim(1, most)
    bar.outline.set_visible(False)
    bar.ax.tick_params(color=style.now().rule)


def share_axis(axis, label: str) -> None:
    """Make an axis of shares, 0 to 1, in percent."""
    ax = axis.axes
    (ax.set_xlim if axis is ax.xaxis else ax.set_ylim)(0, 1)
    axis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))
    axis.set_label_text(label)


def hatch_lost(ax: Axes, lost: Lost, scale: float) -> None:
    """Hatch the stretches in which events were lost; at least a hair wide."""
    low, high = ax.get_xlim()
    for ts, dur in zip(lost.ts / scale, lost.dur / scale):
        if ts > high or ts + dur < low:
            continue
        wide = max(dur, (high - low) / 600)
        look = {
            "hatch": "////",
            "facecolor": "none",
            "edgecolor": style.now().alarm,
            "alpha": 0.45,
        }
        ax.axvspan(ts, ts + wide, linewidth=0, zorder=4, **look)


def legend_above(ax: Axes, handles: Sequence, **more) -> None:
    """A one-line legend over the axes, flush right."""
    ax.legend(
        handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncol=len(handles), **more
    )


def end_labels(ax: Axes, labels: Sequence[tuple[float, str, str]], gap: float = 0.055) -> None:
    """Name lines at the right edge: (y, text, colour), pushed apart where they would overlap."""
    to_axes = ax.transAxes.inverted()
    at = [to_axes.transform(ax.transData.transform((0, y)))[1] for y, _, _ in labels]
    order = sorted(range(len(at)), key=lambda i: at[i])
    where = dict(zip(order, push_apart([at[i] for i in order], gap)))
    for i, (_, text, colour) in enumerate(labels):
        ax.text(
            1.008, where[i], text, color=colour, transform=ax.transAxes, va="center", fontsize=9
        )


def push_apart(at: list[float], gap: float) -> list[float]:
    """Ascending positions moved as little as need be to be gap apart, within 0..1 if they fit."""
    moved = []
    for y in at:
        moved.append(max(y, moved[-1] + gap) if moved else max(y, 0.0))
    ceiling = 1.0
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], ceiling)
        ceiling = moved[i] - gap
    return moved
