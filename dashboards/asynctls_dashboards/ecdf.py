# SPDX-License-Identifier: Apache-2.0
"""Phase distributions: how long does each phase take, over all jobs, and which varies most?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, dense, evidence, stats, style, units
from asynctls_dashboards.db import NO_FILTERS, PHASE_COLUMNS, PHASES, Database, Filters, NoData

TITLE = "How long each phase takes"
POINTS = 800


@dataclass
class Data:
    """Per phase, and last for the whole job: values in ns and the share of jobs at or below them."""

    values: list[np.ndarray]
    share: list[np.ndarray]
    jobs: int
    middle: list[tuple[int, int]]  # p50 and p99 of each
    evidence: evidence.Evidence


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read jobs and sort each phase. Raises NoData without a finished job."""
    if dense.wanted(db, filters):
        return _dense(db)
    frame = db.jobs(*PHASE_COLUMNS, "dur_ns", "waits", filters=filters)
    done = frame["dur_ns"] >= 0
    if not done.any():
        raise NoData(f"{db.path}: no job is finished")
    values = [frame[name][done] for name in (*PHASE_COLUMNS, "dur_ns")]
    curves = [ecdf(v) for v in values]
    middle = [(stats.quantile(v, 0.5), stats.quantile(v, 0.99)) for v in values]
    return Data(
        [c[0] for c in curves],
        [c[1] for c in curves],
        int(done.sum()),
        middle,
        evidence.count(frame["waits"]),
    )


def _dense(db: Database) -> Data:
    found = [dense.buckets(db, metric) for metric in (*PHASES, "wall")]
    middle = [tuple(dense.at_ranks(*pair, (0.5, 0.99))) for pair in found]
    share = [np.cumsum(count) / max(count.sum(), 1) for _, count in found]
    jobs = int(found[-1][1].sum())
    return Data([values for values, _ in found], share, jobs, middle, dense.seen(db))


def ecdf(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sorted values and the share of all that are no larger, thinned evenly by share."""
    ordered = np.sort(values)
    n = len(ordered)
    rank = np.unique(np.linspace(0, n - 1, min(n, POINTS)).astype(np.int64))
    return ordered[rank], (rank + 1) / n


def caption(data: Data) -> str:
    """The answer in words."""
    named = zip(PHASES, data.middle)
    text = "Medians: " + ", ".join(f"{phase} {units.duration(m[0])}" for phase, m in named) + "."
    ratios = [p99 / p50 if p50 else 0.0 for p50, p99 in data.middle[: len(PHASES)]]
    worst = int(np.argmax(ratios))
    if data.jobs >= 100:
        text += (
            f" {PHASES[worst].capitalize()} varies most: p99 is {ratios[worst]:.3g} × its median."
        )
    return text + evidence.sentence(data.evidence)


def plot(data: Data, figure) -> None:
    """A step line per phase, the whole job in ink."""
    t = style.now()
    ax = figure.subplots()
    some = [v[v > 0] for v in data.values]
    low = min((v[0] for v in some if len(v)), default=1)
    high = max((v[-1] for v in some if len(v)), default=10)
    axes.latency_axis(ax.xaxis, low / 1.4, high * 1.4, "time of a job in the phase")
    handles = []
    for p, name in enumerate((*PHASES, "whole job")):
        colour = style.COLOURS[p] if p < 4 else t.ink
        look = {"color": colour, "linewidth": 2.6 if p < 4 else 1.3, "drawstyle": "steps-post"}
        x = np.concatenate(([low / 1e3], np.maximum(data.values[p], low / 1e3), [high * 1e3]))
        y = np.concatenate(([0], data.share[p], [1]))
        handles += ax.plot(x, y, label=name, **look)
    axes.share_axis(ax.yaxis, "jobs that take no longer")
    ax.set_ylim(0, 1.02)
    ax.grid(True, axis="y")
    axes.legend_above(ax, handles)
