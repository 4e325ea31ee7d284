# SPDX-License-Identifier: Apache-2.0
"""What all plots share: colours, units, axes, and the page around a plot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from asynctls_dashboards.db import PHASES, Filters, Lost, Meta

# One colour per phase, in every theme: blue where work is done, warm where work waits to be noticed.
# Told apart with any colour blindness (blue against orange), and in grey by lightness.
PHASE_COLOURS = {
    "busy": "#1f5fa8",
    "offload": "#93c6ea",
    "notify": "#c43c16",
    "requeue": "#f2a93b",
}
COLOURS = tuple(PHASE_COLOURS[phase] for phase in PHASES)
SIZE = (10.0, 5.8)  # inches
SMALL = 8.5  # points; the smallest text there is


@dataclass(frozen=True)
class Theme:
    """Colours that depend on the background."""

    paper: str
    ink: str
    faint: str  # secondary text
    rule: str  # grid and frames
    lane: str  # background of every other row
    accent: str  # the tail: p99
    alarm: str  # lost, unfinished, errors
    data: str  # counts and latencies: no phase has this hue
    soft: str  # the same, for areas
    heat: tuple[str, ...]  # few .. many


LIGHT = Theme(
    paper="#ffffff",
    ink="#1b1f24",
    faint="#5b636d",
    rule="#d9dde2",
    lane="#f5f7f9",
    accent="#b3125f",
    alarm="#b42318",
    data="#1d7a72",
    soft="#a9d6ce",
    heat=("#dff0ed", "#a3d3ca", "#55ab9e", "#1d7a72", "#083b41"),
)
DARK = Theme(
    paper="#14181d",
    ink="#e8ebef",
    faint="#9aa4af",
    rule="#323a44",
    lane="#1a2027",
    accent="#ff7ab8",
    alarm="#ff8577",
    data="#5cc4b5",
    soft="#265c57",
    heat=("#173b3d", "#1f6a66", "#3aa598", "#8fdccf", "#effffb"),
)
THEMES = {"light": LIGHT, "dark": DARK}
_current = LIGHT


def now() -> Theme:
    """The theme in force."""
    return _current


class theme:
    """Context manager: draw within it, save within it."""

    def __init__(self, name: str = "light"):
        self._theme = THEMES[name]

    def __enter__(self) -> Theme:
        global _current
        self._before, _current = _current, self._theme
        self._rc = matplotlib.rc_context(_rc(self._theme))
        self._rc.__enter__()
        return self._theme

    def __exit__(self, *exc) -> None:
        global _current
        _current = self._before
        self._rc.__exit__(*exc)


def _rc(t: Theme) -> dict:
    return {
        "font.family": "DejaVu Sans",
        "font.size": 10,
        "text.parse_math": False,  # commands and names may hold dollar signs
        "text.color": t.ink,
        "axes.facecolor": t.paper,
        "axes.edgecolor": t.rule,
        "axes.labelcolor": t.faint,
        "axes.labelsize": 9.5,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": False,
        "grid.color": t.rule,
        "grid.linewidth": 0.7,
        "xtick.color": t.rule,
        "ytick.color": t.rule,
        "xtick.labelcolor": t.faint,
        "ytick.labelcolor": t.faint,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.frameon": False,
        "legend.fontsize": 9,
        "legend.handlelength": 1.1,
        "legend.handleheight": 0.9,
        "legend.columnspacing": 1.4,
        "legend.handletextpad": 0.5,
        "legend.borderaxespad": 0.2,
        "figure.facecolor": t.paper,
        "savefig.facecolor": t.paper,
        "hatch.linewidth": 0.7,
        "lines.linewidth": 1.5,
        "lines.solid_capstyle": "round",
        "svg.fonttype": "none",
        "pdf.fonttype": 42,
        "agg.path.chunksize": 20000,
    }


# --- words and units -----------------------------------------------------------------------------

UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))


def duration(ns: float, digits: int = 3) -> str:
    """1234567 -> "1.23 ms"."""
    if ns <= 0:
        return "0 ns" if ns == 0 else "-" + duration(-ns, digits)
    ns = float(f"{ns:.{digits}g}")  # 999.9 us rounds up into the next unit
    for scale, unit in UNITS:
        if ns >= scale:
            break
    value = ns / scale
    decimals = max(0, digits - 1 - math.floor(math.log10(value)))
    text = f"{value:.{decimals}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {unit}"


def number(value: float) -> str:
    """1234567 -> "1,234,567"; fractions to three digits."""
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def count(n: int, noun: str) -> str:
    """ "1 job", "2 jobs"."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def percent(share: float) -> str:
    """0.832 -> "83 %"; never 0 % or 100 % unless it is."""
    value = 100 * share
    if 0 < value < 0.1:
        return "< 0.1 %"
    if 0 < value < 1 or 99 < value < 100:
        text = f"{value:.1f}"
        return f"{text} %" if text != "100.0" else "> 99.9 %"
    return f"{value:.0f} %"


def plain(text: str, limit: int) -> str:
    """Text from the trace for printing: no control characters, at most limit of them."""
    text = "".join(c if c.isprintable() else "·" for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


# --- axes ----------------------------------------------------------------------------------------


def time_axis(ax: Axes, span: tuple[int, int], label: bool = True) -> float:
    """Make x the time since the start, with span's unit. Returns ns per unit: divide times by it."""
    low, high = span
    length = high - low
    if 0 < low < 0.05 * length:  # begin at 0 where that costs next to nothing
        low, length = 0, high
    scale, unit = next(((s, u) for s, u in UNITS if length >= 2 * s), UNITS[-1])
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
    decades = math.log10(high / low)
    room = decades * (2.2 if narrow else 1)
    steps = (1,) if room > 4 else (1, 3) if room > 2.5 else (1, 2, 5)
    if room < 0.5:
        steps = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)
    bottom, top = math.floor(math.log10(low)), math.ceil(math.log10(high))
    ticks = [s * 10.0**e for e in range(bottom, top + 1) for s in steps]
    axis.set_major_locator(FixedLocator([t for t in ticks if low * 0.999 <= t <= high * 1.001]))
    axis.set_major_formatter(FuncFormatter(lambda v, _: duration(v)))
    axis.set_minor_formatter(NullFormatter())
    axis.set_minor_locator(FixedLocator([]))
    axis.set_label_text(label)
    axis.grid(True)


def count_axis(axis, label: str) -> None:
    """Make a linear axis of counts from 0."""
    axis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    axis.set_label_text(label)
    axis.grid(True)


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
        style = {"hatch": "////", "facecolor": "none", "edgecolor": now().alarm, "alpha": 0.45}
        ax.axvspan(ts, ts + wide, linewidth=0, zorder=4, **style)


def legend_above(ax: Axes, handles: Sequence, **more) -> None:
    """A one-line legend over the axes, flush right."""
    ax.legend(
        handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncol=len(handles), **more
    )


def halo(width: float = 2.5) -> list:
    """Path effect that keeps a line or text legible over colours."""
    return [withStroke(linewidth=width, foreground=now().paper)]


def heat_map() -> LinearSegmentedColormap:
    """Colours for few to many; nothing is drawn for none."""
    return LinearSegmentedColormap.from_list("asynctls", now().heat)


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
    """Ascending positions moved as little as needed to be gap apart, and within 0..1 if they fit."""
    moved = []
    for y in at:
        moved.append(max(y, moved[-1] + gap) if moved else max(y, 0.0))
    ceiling = 1.0
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], ceiling)
        ceiling = moved[i] - gap
    return moved


# --- the page ------------------------------------------------------------------------------------


def recorded(meta: Meta) -> str:
    """What was recorded, in one line."""
    parts = [plain(meta.command, 48) or "unknown command"]
    if meta.mode:
        parts.append(f"{plain(meta.mode, 16)} mode")
    parts.append(count(meta.jobs, "job"))
    parts.append(f"in {duration(meta.duration_ns)}")
    return " · ".join(parts[:-2] + [" ".join(parts[-2:])])


def page(title: str, subtitle: str, caption: str, footer: tuple[str, str], size=SIZE) -> Figure:
    """An empty figure with words above and below; the plot fills the middle. Use within theme()."""
    width, height = size
    figure = Figure(figsize=size)
    t = now()
    lines = wrap(caption, int(width * 12.2))
    top = 0.52 + 0.2 * len(lines)  # inches taken by the header
    bottom = 0.34
    left = 0.16 / width

    def put(x: float, inches: float, text: str, **look) -> None:
        figure.text(x, 1 - inches / height, text, va="top", **look)

    name = figure.text(left, 1 - 0.14 / height, title, va="top", fontsize=13.5, fontweight="bold")
    right = width_of(name, figure) / width
    put(left + right + 0.012, 0.185, subtitle, color=t.faint, fontsize=10)
    put(left, 0.48, "\n".join(lines), fontsize=10.5, linespacing=1.35)
    look = {"va": "bottom", "fontsize": SMALL, "color": t.faint}
    figure.text(left, 0.1 / height, footer[0], **look)
    figure.text(1 - left, 0.1 / height, footer[1], ha="right", **look)
    rect = (0.08 / width, bottom / height, 1 - 0.16 / width, 1 - (top + bottom) / height)
    figure.set_layout_engine("constrained", rect=rect, w_pad=0.06, h_pad=0.05)
    return figure


def width_of(text, figure: Figure) -> float:
    """Width of a text in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    return text.get_window_extent(renderer).width / figure.dpi


def wrap(text: str, limit: int) -> list[str]:
    """Lines of at most limit characters."""
    import textwrap

    return textwrap.wrap(text, limit) or [""]


def footer(meta: Meta, shown: str, filters: Filters, version: str) -> tuple[str, str]:
    """Left and right words under the plot."""
    left = [shown]
    if filters.words():
        left.append(filters.words())
    if meta.lost:
        left.append(f"{count(meta.lost, 'event')} LOST (hatched)")
    else:
        left.append("no events lost")
    right = []
    if meta.host:
        right.append(plain(meta.host, 24))
    if meta.utc_offset_ns:
        began = datetime.fromtimestamp((meta.t0_ns + meta.utc_offset_ns) / 1e9, timezone.utc)
        right.append(began.strftime("%Y-%m-%d %H:%M:%S UTC"))
    right.append(f"asynctls {version}".strip())
    return " · ".join(left), " · ".join(right)


def finite_max(values: np.ndarray, default: float = 1.0) -> float:
    """The largest number that is one."""
    values = values[np.isfinite(values)]
    return float(values.max()) if len(values) else default


def log_count_axis(axis, most: int) -> None:
    """Ticks 1, 10, 100, ... (and 2, 5 between if they are few) for a logarithmic axis of counts."""
    steps = (1, 2, 5) if most < 100 else (1,)
    ticks = [s * 10**e for e in range(len(str(most))) for s in steps]
    axis.set_major_locator(FixedLocator([v for v in ticks if v <= most]))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    axis.set_minor_locator(FixedLocator([]))
