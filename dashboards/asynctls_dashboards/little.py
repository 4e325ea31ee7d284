# SPDX-License-Identifier: Apache-2.0
"""Little's law: jobs in flight = arrival rate x time in the system. Does the recording obey it?

Points off the diagonal are intervals in which events were lost, or in which load and latency
changed faster than the interval; a recording that is off altogether is not to be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, dense, stats, style, units
from asynctls_dashboards.db import NO_FILTERS, Database, Filters, Lost, NoData

TITLE = "Little's law"
PER_INTERVAL = 40  # jobs, at least
FEWEST = 6  # intervals


@dataclass
class Data:
    """Per interval: rate times mean duration, the mean number open, and whether events were lost."""

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
    if dense.wanted(db, filters):
        return _dense(db)
    frame = db.jobs("ts_ns", "dur_ns", "end_ns", filters=filters)
    span = db.span(frame, filters)
    done = (frame["dur_ns"] >= 0) & (frame["ts_ns"] >= span[0])
    if done.sum() < FEWEST * PER_INTERVAL:
        raise NoData(f"{db.path}: {int(done.sum())} finished jobs are too few for Little's law")
    start, dur = frame["ts_ns"][done], frame["dur_ns"][done]
    most = (span[1] - span[0]) / max(10 * float(dur.mean()), 1)
    columns = int(np.clip(min(len(dur) / PER_INTERVAL, most), 1, 150))
    if columns < FEWEST:
        raise NoData(f"{db.path}: the recording is too short for Little's law, {columns} intervals")
    bounds = stats.edges(*span, columns)
    column = stats.column_of(start, bounds)
    width = bounds[1] - bounds[0]
    expected = np.bincount(column, weights=dur, minlength=columns) / width
    seen = frame["end_ns"]
    opened = stats.spread(frame["ts_ns"], seen, [seen - frame["ts_ns"]], bounds)[0] / width
    return _marked(db, expected, opened, bounds)


def _marked(db: Database, expected: np.ndarray, opened: np.ndarray, bounds: np.ndarray) -> Data:
    lost = db.lost()
    lossy = np.zeros(len(expected), bool)
    for ts, length in zip(lost.ts, lost.dur):
        lossy |= (bounds[:-1] < ts + length) & (bounds[1:] > ts)
    return Data(expected, opened, lossy, bounds, lost)


def _dense(db: Database) -> Data:
    """By the rate at which jobs end, where the exact way takes that at which they begin."""
    cells, bounds, levels = dense.heat(db, 1 << 20)
    middle = (levels[:-1] + levels[1:]) / 2
    mean = float((middle @ cells).sum() / cells.sum())
    most = int(np.clip((bounds[-1] - bounds[0]) / max(10 * mean, 1), 1, 150))
    cells, bounds, _ = dense.heat(db, most)
    if cells.shape[1] < FEWEST:
        short = f"the recording is too short for Little's law, {cells.shape[1]} intervals"
        raise NoData(f"{db.path}: {short}")
    width = bounds[1] - bounds[0]
    expected = middle @ cells / width
    fine = dense.Columns(db)
    start, end = fine.bounds[:-1], fine.bounds[1:]
    area = fine.inflight.mean * (end - start)
    opened = stats.spread(start, end, [area], bounds)[0] / width
    return _marked(db, expected, opened, bounds)


def caption(data: Data) -> str:
    """The answer in words."""
    off = data.off
    text = f"In {units.count(len(off), 'interval')} of {units.duration(data.bounds[1] - data.bounds[0])} "
    text += f"the number open differs from rate × time by {units.percent(float(np.median(off)))} at the median"
    worst = int(np.argmax(off))
    text += f" and by {units.percent(float(off[worst]))} at most, at {units.duration(data.bounds[worst])}."
    far = off > 0.2
    if not far.any():
        text += " The recording is consistent."
    elif (far & data.lossy).sum() == far.sum():
        text += " All that are off by over 20 % lost events."
    else:
        text += f" {units.count(int(far.sum()), 'interval')} are off by over 20 %: load changed within them, or jobs did not finish."
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
