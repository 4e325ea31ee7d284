# SPDX-License-Identifier: Apache-2.0
"""Phase shares: what does the jobs' time consist of, and is it the same for the slow ones?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, evidence, recording, stats, style, units
from asynctls_dashboards.db import PHASE_COLUMNS, PHASES, Database
from asynctls_dashboards.filters import NO_FILTERS, Filters

TITLE = "Where the time goes"
QUANTILES = (0.5, 0.99, 1.0)


@dataclass
class Data:
    """Finished jobs only; ns."""

    total: np.ndarray  # per phase
    bands: stats.Bands
    quantiles: np.ndarray  # [phase, QUANTILES]
    jobs: int
    evidence: evidence.Evidence


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read jobs, add up. Raises NoData without a finished job."""
    jobs = recording.jobs(db, filters, "dur_ns", *PHASE_COLUMNS, "doubt")
    jobs.check_finished()
    each = [jobs.distribution(phase) for phase in PHASES]
    return Data(
        total=jobs.phase_time(),
        bands=jobs.bands(),
        quantiles=np.array([[took.quantile(q) for q in QUANTILES] for took in each]),
        jobs=jobs.finished,
        evidence=jobs.evidence(),
    )


def shares(phases: np.ndarray) -> np.ndarray:
    """Rows that add up to 1, or to 0 where there is nothing."""
    total = phases.sum(axis=-1, keepdims=True)
    return np.divide(phases, total, out=np.zeros(phases.shape), where=total > 0)


def caption(data: Data) -> str:
    """The answer in words."""
    whole = shares(data.total.astype(np.float64))
    first = int(np.argmax(whole))
    words = f"{units.percent(whole[first])} of the jobs' time is {PHASES[first]}"
    rest = [i for i in np.argsort(-whole) if i != first and whole[i] > 0]
    words += "".join(f", {units.percent(whole[i])} {PHASES[i]}" for i in rest) + "."
    if len(data.bands.label) > 1:
        slow = shares(data.bands.mean)[-1]
        worst = int(np.argmax(slow - whole))
        gain = slow[worst] - whole[worst]
        label = data.bands.label[-1]
        if gain > 0.05:
            words += f" In the {label} {PHASES[worst]} makes up {units.percent(slow[worst])}."
        else:
            words += f" The {label} are made of much the same."
    return words + evidence.sentence(data.evidence)


def plot(data: Data, figure) -> None:
    """Left, shares for all jobs and by percentile band; right, how long each phase takes."""
    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": (1.25, 1)})
    _shares(left, data)
    _ranges(right, data)


def _shares(ax, data: Data) -> None:
    t = style.now()
    rows = [("all jobs", data.jobs, data.total / max(data.jobs, 1))]
    if len(data.bands.label) > 1:
        rows += list(zip(data.bands.label, data.bands.jobs, data.bands.mean))
    # the whole stands apart from its parts
    at = np.array([0.0] + [1.35 + i for i in range(len(rows) - 1)])
    values = shares(np.array([mean for _, _, mean in rows], dtype=np.float64))
    before = np.zeros(len(rows))
    for p, phase in enumerate(PHASES):
        look = {"color": style.COLOURS[p], "edgecolor": t.paper, "linewidth": 0.8, "height": 0.72}
        ax.barh(at, values[:, p], left=before, label=phase, **look)
        for y, x, w in zip(at, before, values[:, p]):
            if w >= 0.07:
                ink = "#ffffff" if phase in ("busy", "notify") else "#10151b"
                text = units.percent(w)
                ax.text(x + w / 2, y, text, ha="center", va="center", color=ink, fontsize=9)
        before += values[:, p]
    names = [
        f"{label}\n{units.count(int(n), 'job')}, {units.duration(mean.sum())} each"
        for label, n, mean in rows
    ]
    ax.set_yticks(at, names)
    ax.tick_params(axis="y", length=0, labelcolor=t.ink)
    ax.set_ylim(at[-1] + (0.62 if len(rows) > 1 else 2.0), -0.62 if len(rows) > 1 else -2.0)
    axes.share_axis(ax.xaxis, "share of the jobs' wall time")
    ax.spines["left"].set_visible(False)
    axes.legend_above(ax, ax.get_legend_handles_labels()[0])


def _ranges(ax, data: Data) -> None:
    t = style.now()
    seen = data.quantiles[data.quantiles > 0]
    low = seen.min() / 2.2 if len(seen) else 1
    high = seen.max() * 2.2 if len(seen) else 10
    axes.latency_axis(ax.xaxis, low, high, "time in the phase, per job", narrow=True)
    for p, phase in enumerate(PHASES):
        p50, p99, most = np.maximum(data.quantiles[p], low)
        colour = style.COLOURS[p]
        ax.plot((p50, most), (p, p), color=colour, linewidth=3, alpha=0.45, zorder=2)
        marks = ((p50, "o", 80), (p99, "D", 52), (most, "|", 140))
        if data.jobs < 100:
            marks = (marks[0], marks[2])
        for x, marker, size in marks:
            edge = {} if marker == "|" else {"edgecolor": t.ink}
            ax.scatter(
                x,
                p,
                marker=marker,
                s=size,
                color=colour,
                linewidth=1,
                zorder=3,
                clip_on=False,
                **edge,
            )
        box = {"transform": ax.get_yaxis_transform(), "va": "center", "path_effects": style.halo(4)}
        words = [f"p50 {units.duration(data.quantiles[p, 0])}"]
        if data.jobs >= 100:
            words.append(f"p99 {units.duration(data.quantiles[p, 1])}")
        words.append(f"max {units.duration(data.quantiles[p, 2])}")
        ax.text(0.01, p - 0.27, phase, fontweight="bold", **box)
        ax.text(1, p - 0.27, " · ".join(words), ha="right", color=t.faint, fontsize=9, **box)
    ax.set_ylim(3.5, -0.6)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    marks = "●  median   ◆  99 %   |  slowest" if data.jobs >= 100 else "●  median   |  slowest"
    ax.set_title(marks, loc="right", fontsize=9, fontweight="normal", color=t.faint)
