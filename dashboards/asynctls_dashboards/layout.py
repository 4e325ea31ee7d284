# SPDX-License-Identifier: Apache-2.0
"""What stands around a plot: what was recorded, the answer in words, and a footer."""

from __future__ import annotations

import re
import textwrap
from datetime import datetime, timezone
from typing import Callable

from matplotlib.figure import Figure

from asynctls_dashboards import style
from asynctls_dashboards.db import Meta
from asynctls_dashboards.filters import Filters
from asynctls_dashboards.units import command, count, duration, plain

SIZE = (10.0, 5.8)  # inches
FOOTER = 142  # characters across


def recorded(meta: Meta, room: int) -> str:
    """What was recorded, in at most room characters: the command gives way first."""
    rest = f"{count(meta.jobs, 'job')} in {duration(meta.duration_ns)}"
    if meta.mode:
        rest = f"{plain(meta.mode, 16)} mode · {rest}"
    return f"{command(meta.command, max(room - len(rest) - 3, 8)) or 'unknown command'} · {rest}"


def figure(
    title: str,
    subtitle: Callable[[int], str],
    caption: str,
    footer: tuple[str, str],
    size: tuple[float, float] = SIZE,
) -> Figure:
    """An empty figure with words above and below; the plot fills the middle. Use within theme().

    subtitle is asked for words of at most so many characters, which stand beside the title.
    """
    width, height = size
    made = Figure(figsize=size)
    t = style.now()
    lines = wrap(caption, int(width * 12.2))
    top = 0.52 + 0.2 * len(lines)  # inches taken by the header
    bottom = 0.34
    left = 0.16 / width

    def put(x: float, inches: float, text: str, **look) -> None:
        made.text(x, 1 - inches / height, text, va="top", **look)

    name = made.text(left, 1 - 0.14 / height, title, va="top", fontsize=13.5, fontweight="bold")
    right = width_of(name, made) / width
    at = left + right + 0.012
    room = int((1 - left - at) * width / 0.078)
    put(at, 0.185, subtitle(room), color=t.faint, fontsize=10)
    put(left, 0.48, "\n".join(lines), fontsize=10.5, linespacing=1.35)
    look = {"va": "bottom", "fontsize": style.SMALL, "color": t.faint}
    made.text(left, 0.1 / height, footer[0], **look)
    made.text(1 - left, 0.1 / height, footer[1], ha="right", **look)
    rect = (0.08 / width, bottom / height, 1 - 0.16 / width, 1 - (top + bottom) / height)
    made.set_layout_engine("constrained", rect=rect, w_pad=0.06, h_pad=0.05)
    return made


def width_of(text, drawn_on: Figure) -> float:
    """Width of a text in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(drawn_on).get_renderer()
    return text.get_window_extent(renderer).width / drawn_on.dpi


def wrap(text: str, limit: int) -> list[str]:
    """Lines of at most limit characters, as few as can be, and about as long as each other."""
    text = re.sub(r"(?<=[\d<>]) (?=[\d%×]|(ns|µs|ms|s)\b)", "\N{NO-BREAK SPACE}", text)
    lines = textwrap.wrap(text, limit) or [""]
    for narrower in range(limit - 1, 20, -1):
        tried = textwrap.wrap(text, narrower)
        if len(tried) != len(lines) or any(len(line) > narrower for line in tried):
            break
        lines = tried
    return lines


def footer(meta: Meta, jobs: int, filters: Filters, version: str) -> tuple[str, str]:
    """Left and right words under the plot: how many jobs are drawn, of what, and when and where."""
    right = [plain(meta.host, 16)] if meta.host else []
    if meta.utc_offset_ns:
        began = datetime.fromtimestamp((meta.t0_ns + meta.utc_offset_ns) / 1e9, timezone.utc)
        right.append(began.strftime("%Y-%m-%d %H:%M:%S UTC"))
    right.append(f"asynctls {version}".strip())
    left = [f"N = {jobs:,}"]
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
    room = FOOTER - len(" · ".join(left + right)) - 6
    if meta.command and room >= 12:
        left.insert(1, plain(meta.command, room))
    return " · ".join(left), " · ".join(right)
