# SPDX-License-Identifier: Apache-2.0
"""Little's law: jobs in flight = arrival rate x time in the system. Does the recording obey it?

Points off the diagonal are intervals in which events were lost, or in which load and latency
changed faster than the interval; a recording that is off altogether is not to be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, recording, style, units
from asynctls_dashboards.db import Database, Lost, NoData
from asynctls_dashboards.filters import NO_FILTERS, Filters

TITLE = "Little's law"
PER_INTERVAL = 40  # jobs, at least
FEWEST, MOST = 6, 150  # intervals


@dataclass
class Data:
    """Per interval: rate times mean duration, the mean number open, and whether it lost events."""

    expected: np.ndarray
    open: np.ndarray
    lossy: np.ndarray
    bounds: np.ndarray  # ns
    lost: Lost

    @property
    def off(self) -> np.ndarray:
        """Relative distance from the diagonal."""
        return np.abs(self.open - self.expected) / np.maximum(self.open, 1e-9)


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read jobs; intervals hold 40 jobs or more, and are 10 x as long as a job at least."""
    jobs = recording.jobs(db, filters, "ts_ns", "dur_ns", "end_ns")
    begun = jobs.begun()
    if begun.finished < FEWEST * PER_INTERVAL:
        few = f"{begun.finished} finished jobs are too few for Little's law"
        raise NoData(f"{db.path}: {few}")
    longest = (jobs.span[1] - jobs.span[0]) / max(10 * begun.mean_ns(), 1)
    bounds, work = begun.work(int(np.clip(min(begun.finished / PER_INTERVAL, longest), 1, MOST)))
    if len(work) < FEWEST:
        short = f"the recording is too short for Little's law, {len(work)} intervals"
        raise NoData(f"{db.path}: {short}")
    lost = db.lost()
    return Data(
        expected=work / (bounds[1] - bounds[0]),
        open=jobs.mean_open(bounds),
        lossy=_touched(lost, bounds),
        bounds=bounds,
        lost=lost,
    )


def _touched(lost: Lost, bounds: np.ndarray) -> np.ndarray:
    """Which intervals lost events."""
    touched = np.zeros(len(bounds) - 1, bool)
    for ts, length in zip(lost.ts, lost.dur):
        touched |= (bounds[:-1] < ts + length) & (bounds[1:] > ts)
    return touched


def caption(data: Data) -> str:
    """The answer in words."""
    off = data.off
    text = f"In {units.count(len(off), 'interval')} of"
    text += f" {units.duration(data.bounds[1] - data.bounds[0])} "
    text += f"the number open differs from rate × time by {units.percent(float(np.median(off)))}"
    text += " at the median"
    worst = int(np.argmax(off))
    text += f" and by {units.percent(float(off[worst]))} at most, at"
    text += f" {units.duration(data.bounds[worst])}."
    far = off > 0.2
    if not far.any():
        text += " The recording is consistent."
    elif (far & data.lossy).sum() == far.sum():
        text += " All that are off by over 20 % lost events."
    else:
        text += f" {units.count(int(far.sum()), 'interval')} are off by over 20 %: load changed"
        text += " within them, or jobs did not finish."
    return text


def plot(data: Data, figure) -> None:
    """Left, the number open against what the law expects; right, both over time."""
    t = style.now()
    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": (1, 1.5)})
    top = float(max(data.expected.max(), data.open.max(), 1e-9)) * 1.1
    low = 0.0
    smallest = float(min(data.expected.min(), data.open.min()))
    if smallest > 0.6 * top:
        low = smallest * 0.9
    left.plot((low, top), (low, top), color=t.faint, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    sound = ~data.lossy
    look = {"s": 26, "alpha": 0.75, "linewidth": 0, "zorder": 3}
    left.scatter(data.expected[sound], data.open[sound], color=t.data, **look)
    left.scatter(
        data.expected[~sound], data.open[~sound], color=t.alarm, marker="X", **look | {"s": 46}
    )
    left.set_xlim(low, top)
    left.set_ylim(low, top)
    left.set_aspect("equal", adjustable="box")
    axes.count_axis(left.xaxis, "arrivals per second × mean time of a job")
    axes.count_axis(left.yaxis, "jobs open, mean")
    scale = axes.time_axis(right, (int(data.bounds[0]), int(data.bounds[-1])))
    edges = np.repeat(data.bounds, 2)[1:-1] / scale
    handles = right.plot(
        edges, np.repeat(data.open, 2), color=t.data, linewidth=1.8, label="jobs open"
    )
    handles += right.plot(
        edges,
        np.repeat(data.expected, 2),
        color=t.accent,
        linewidth=1.2,
        linestyle="--",
        label="rate × time",
    )
    right.set_ylim(0, top)
    axes.count_axis(right.yaxis, "")
    axes.legend_above(right, handles)
    axes.hatch_lost(right, data.lost, scale)
