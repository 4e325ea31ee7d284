# SPDX-License-Identifier: Apache-2.0
"""The page around a plot: what was recorded, the answer in words, and a footer."""

from __future__ import annotations

import textwrap
from datetime import datetime, timezone

from matplotlib.figure import Figure

from asynctls_dashboards import style
from asynctls_dashboards.db import Filters, Meta
from asynctls_dashboards.units import count, duration, plain

SIZE = (10.0, 5.8)  # inches


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
    t = style.now()
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
    look = {"va": "bottom", "fontsize": style.SMALL, "color": t.faint}
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
    return textwrap.wrap(text, limit) or [""]


def footer(meta: Meta, shown: str, filters: Filters, version: str) -> tuple[str, str]:
    """Left and right words under the plot."""
    left = [shown]
    if filters.words():
        left.append(filters.words())
    if meta.lost:
        left.append(f"{count(meta.lost, 'event')} LOST (hatched)")
    elif meta.lost_packets:
        left.append(f"{count(meta.lost_packets, 'packet')} LOST (hatched)")
    else:
        left.append("no events lost")
    if meta.incomplete:
        left.append("INCOMPLETE")
    right = []
    if meta.host:
        right.append(plain(meta.host, 24))
    if meta.utc_offset_ns:
        began = datetime.fromtimestamp((meta.t0_ns + meta.utc_offset_ns) / 1e9, timezone.utc)
        right.append(began.strftime("%Y-%m-%d %H:%M:%S UTC"))
    right.append(f"asynctls {version}".strip())
    return " · ".join(left), " · ".join(right)
