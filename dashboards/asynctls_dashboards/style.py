# SPDX-License-Identifier: Apache-2.0
"""Colours and type, light and dark."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patheffects import withStroke

from asynctls_dashboards.db import PHASES

# One colour per phase, in every theme: blue where work is done, warm where work waits to be
# noticed. Told apart with any colour blindness (blue against orange), and neighbours in grey too.
PHASE_COLOURS = {
    "busy": "#1f5fa8",
    "offload": "#93c6ea",
    "notify": "#c43c16",
    "requeue": "#f2a93b",
}


COLOURS = tuple(PHASE_COLOURS[phase] for phase in PHASES)


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


def halo(width: float = 2.5) -> list:
    """Path effect that keeps a line or text legible over colours."""
    return [withStroke(linewidth=width, foreground=now().paper)]


def heat_map() -> LinearSegmentedColormap:
    """Colours for few to many; nothing is drawn for none."""
    return LinearSegmentedColormap.from_list("asynctls", now().heat)
