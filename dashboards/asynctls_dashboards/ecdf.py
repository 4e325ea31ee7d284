# SPDX-License-Identifier: Apache-2.0
"""Phase distributions: how long does each phase take, over all jobs, and which varies most?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, evidence, recording, source, style, units
from asynctls_dashboards.db import PHASE_COLUMNS, PHASES, Database
from asynctls_dashboards.filters import NO_FILTERS, Filters

TITLE = "How long each phase takes"
POINTS = 800


@dataclass
class Data:
    """Per phase, and last for the whole job: values in ns, and the share of jobs up to them."""

    values: list[np.ndarray]
    share: list[np.ndarray]
    jobs: int
    middle: list[tuple[int, int]]  # p50 and p99 of each
    evidence: evidence.Evidence


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read jobs and sort each phase. Raises NoData without a finished job."""
    jobs = recording.jobs(db, filters, *PHASE_COLUMNS, "dur_ns", "doubt")
    jobs.check_finished()
    steps, middle = [], []
    for metric in (*PHASES, source.WALL):
        took = jobs.distribution(metric)
        middle.append((took.quantile(0.5), took.quantile(0.99)))
        steps.append(took.steps(POINTS))
    return Data(
        values=[values for values, _ in steps],
        share=[share for _, share in steps],
        jobs=jobs.finished,
        middle=middle,
        evidence=jobs.evidence(),
    )


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
