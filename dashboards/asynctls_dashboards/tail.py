# SPDX-License-Identifier: Apache-2.0
"""Where the tail goes: what do the slow jobs spend their time on that the others do not?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from asynctls_dashboards import axes, evidence, recording, stats, style, units
from asynctls_dashboards.db import PHASE_COLUMNS, PHASES, Database, NoData
from asynctls_dashboards.filters import NO_FILTERS, Filters

TITLE = "Where the tail goes"


@dataclass
class Data:
    """Mean ns per phase of the jobs of each percentile band; finished jobs only."""

    bands: stats.Bands
    evidence: evidence.Evidence

    @property
    def excess(self) -> np.ndarray:
        """What each band takes longer than the first, [band, phase] ns; negative if less."""
        return self.bands.mean - self.bands.mean[0]


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read jobs and cut them into bands. Raises NoData if they are too few to have a tail."""
    jobs = recording.jobs(db, filters, "dur_ns", *PHASE_COLUMNS, "doubt")
    bands = jobs.bands()
    if len(bands.label) < 2:
        raise NoData(f"{db.path}: {jobs.finished} finished jobs are too few to speak of a tail")
    return Data(bands=bands, evidence=jobs.evidence())


def caption(data: Data) -> str:
    """The answer in words."""
    first, last = data.bands.mean[0], data.bands.mean[-1]
    excess = data.excess[-1]
    more = float(last.sum() - first.sum())
    worst = int(np.argmax(excess))
    text = f"The {data.bands.label[-1]} take {units.duration(last.sum())} on average,"
    text += f" {units.duration(more)} more than the {data.bands.label[0]}"
    gains = np.maximum(excess, 0)
    text += f": {units.percent(gains[worst] / max(gains.sum(), 1e-9))} of what they take longer is"
    text += f" {PHASES[worst]}"
    rest = [p for p in np.argsort(-gains) if p != worst and gains[p] > 0.05 * gains.sum()]
    text += "".join(f", {units.percent(gains[p] / gains.sum())} {PHASES[p]}" for p in rest)
    return text + "." + evidence.sentence(data.evidence)


def plot(data: Data, figure) -> None:
    """Left, mean time by phase of each band; right, what the band takes longer than the first."""
    t = style.now()
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": (1.5, 1)})
    at = np.arange(len(data.bands.label))
    most = float(data.bands.mean.sum(axis=1).max())
    scale, unit = next((u for u in units.UNITS if most >= u[0]), units.UNITS[-1])
    before = np.zeros(len(at))
    handles = []
    for p, phase in enumerate(PHASES):
        look = {"color": style.COLOURS[p], "edgecolor": t.paper, "linewidth": 0.8, "height": 0.7}
        handles.append(
            left.barh(at, data.bands.mean[:, p] / scale, left=before, label=phase, **look)
        )
        before += data.bands.mean[:, p] / scale
    for y, x in zip(at, before):
        left.text(x, y, f"  {units.duration(x * scale)}", va="center", fontsize=9)
    names = [
        f"{name}\n{units.count(int(n), 'job')}"
        for name, n in zip(data.bands.label, data.bands.jobs)
    ]
    left.set_yticks(at, names)
    left.tick_params(axis="y", length=0, labelcolor=t.ink)
    left.set_ylim(at[-1] + 0.6, -0.6)
    left.set_xlim(0, before.max() * 1.16)
    _excess(right, data, scale, at)
    for ax in (left, right):
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.10g}"))
        ax.set_xlabel(
            f"mean time of a job ({unit})"
            if ax is left
            else f"more than the {data.bands.label[0]} ({unit})"
        )
        ax.grid(True, axis="x")
        ax.spines["left"].set_visible(False)
    axes.legend_above(left, [h[0] for h in handles], labels=PHASES)


def _excess(ax, data: Data, scale: float, at: np.ndarray) -> None:
    t = style.now()
    high = 0.19
    for p in range(len(PHASES)):
        y = at + (p - 1.5) * high
        ax.barh(
            y, data.excess[:, p] / scale, height=high * 0.92, color=style.COLOURS[p], linewidth=0
        )
    ax.axvline(0, color=t.faint, linewidth=0.8)
    ax.tick_params(axis="y", length=0)
