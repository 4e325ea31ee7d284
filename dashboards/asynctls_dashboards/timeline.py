# SPDX-License-Identifier: Apache-2.0
"""Job timeline: what was each job doing when, and what did the jobs of a thread wait for together?

Three ways to draw, by what can be read:
  lanes   a bar per job in lanes per thread, bars made of phases
  aligned a bar per job from its own start: few jobs, too far apart to see on one time axis
  share   per column of time the phases' shares of the jobs' time, with the number in flight
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D

from asynctls_dashboards import axes, evidence, recording, stats, strips, style, units
from asynctls_dashboards.db import BUSY, OFFLOAD, PHASE_COLUMNS, PHASES, Database, Frame, Lost
from asynctls_dashboards.filters import NO_FILTERS, Filters
from asynctls_dashboards.source import Source, Thread
from asynctls_dashboards.strips import MOST_STRIPS, SLOWEST, phase_handles

TITLE = "Job timeline"
WIDTH_PX = 1100  # of the time axis, about
MOST_BARS = 6000
MOST_LANES = 90
MOST_ALIGNED = 40
COLUMNS = 360


NONE = np.empty(0, np.int64)


@dataclass
class Bars:
    """One row per job, ordered by thread and lane; ns since the start."""

    job_id: np.ndarray = field(default_factory=lambda: NONE)
    start: np.ndarray = field(default_factory=lambda: NONE)
    end: np.ndarray = field(default_factory=lambda: NONE)
    row: np.ndarray = field(default_factory=lambda: NONE)
    finished: np.ndarray = field(default_factory=lambda: NONE)
    slices: Frame = field(default_factory=dict)  # with "row" and "job" (index into the above)


@dataclass
class Data:
    """Times in ns since the start. Bars and shares are there in the modes that draw them."""

    mode: str
    span: tuple[int, int]
    lost: Lost
    threads: list[Thread]
    thread_count: int  # share mode draws the busiest of them
    jobs: int
    unfinished: int
    peak: int  # jobs open at once
    whole: np.ndarray  # ns per phase, all jobs
    evidence: evidence.Evidence
    bounds: np.ndarray  # of columns
    band: stats.Band  # of jobs open in each
    bars: Bars = field(default_factory=Bars)
    slow: Frame = field(default_factory=dict)  # share mode: the slowest jobs


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read jobs, decide how to draw, and read slices if bars are drawn."""
    columns = ("job_id", "utid", "ts_ns", "dur_ns", "end_ns", *PHASE_COLUMNS, "doubt")
    jobs = recording.jobs(db, filters, *columns)
    bounds, band = jobs.in_flight(COLUMNS)
    peak = int(band.high.max())
    data = Data(
        mode=choose(jobs, peak),
        span=jobs.span,
        lost=db.lost(),
        threads=[],
        thread_count=jobs.threads,
        jobs=jobs.count,
        unfinished=jobs.unfinished,
        peak=peak,
        whole=jobs.phase_time(unfinished=True),
        evidence=jobs.evidence(),
        bounds=bounds,
        band=band,
    )
    if data.mode == "share":
        data.threads = jobs.thread_shares(bounds, MOST_STRIPS)
        data.slow = jobs.slowest(SLOWEST)
    else:
        _load_bars(db, jobs.each(), data)
    return data


def choose(jobs: Source, peak: int) -> str:
    """How to draw these jobs, of which so many are open at once."""
    each, (low, high) = jobs.each(), jobs.span
    if each is None:
        return "share"
    visible = np.minimum(np.maximum(each["end_ns"], each["ts_ns"] + 1), high)
    px = float(np.median(visible - np.maximum(each["ts_ns"], low))) / (high - low) * WIDTH_PX
    if px >= 2 and jobs.count <= MOST_BARS and peak <= MOST_LANES:
        return "lanes"
    return "aligned" if jobs.count <= MOST_ALIGNED else "share"


def _load_bars(db: Database, each: Frame, data: Data) -> None:
    """Pack the jobs of each thread into lanes, then fetch their slices."""
    bars = data.bars
    bars.job_id, bars.start, bars.finished = each["job_id"], each["ts_ns"], each["dur_ns"] >= 0
    bars.end = np.maximum(each["end_ns"], bars.start + 1)
    bars.row = np.zeros(data.jobs, np.int64)
    names = db.threads()
    base = 0
    for utid in np.unique(each["utid"]):
        mine = np.flatnonzero(each["utid"] == utid)
        begin, end = bars.start[mine], bars.end[mine]
        lane = (
            stats.pack_lanes(begin, end) if data.mode == "lanes" else np.argsort(np.argsort(begin))
        )
        bars.row[mine] = base + lane
        lanes = int(lane.max()) + 1
        base += lanes
        data.threads.append(Thread(names.get(int(utid), f"thread {utid}"), len(mine), lanes))
    bars.slices = db.slices(job_ids=bars.job_id)
    order = np.argsort(bars.job_id)
    bars.slices["job"] = order[np.searchsorted(bars.job_id, bars.slices["job_id"], sorter=order)]
    _add_open_ends(db, bars)


def _add_open_ends(db: Database, bars: Bars) -> None:
    """For jobs without an end, a slice from the last that was seen to where they are cut."""
    jobs = np.flatnonzero(~bars.finished)
    if not len(jobs):
        return
    part = bars.slices
    columns = ("job_id", db.expression("open_phase"))
    state = dict(zip(*db.keyed(columns, "v_job", "job_id", bars.job_id[jobs])))
    for job in jobs:
        mine = np.flatnonzero((part["job"] == job) & (part["dur_ns"] >= 0))
        seen = (
            int((part["ts_ns"] + part["dur_ns"])[mine].max()) if len(mine) else int(bars.start[job])
        )
        phase = int(state[bars.job_id[job]])
        if phase < 0:
            phase = int(part["phase"][mine[-1]]) if len(mine) else BUSY
        tail = {"job": job, "job_id": bars.job_id[job], "phase": phase, "utid": 0}
        tail |= {"ts_ns": seen, "dur_ns": max(0, int(bars.end[job]) - seen)}
        for name in part:
            part[name] = np.append(part[name], tail[name])
    keep = part["dur_ns"] >= 0
    for name in part:
        part[name] = part[name][keep]


def caption(data: Data) -> str:
    """The answer in words."""
    total = max(int(data.whole.sum()), 1)
    order = np.argsort(-data.whole)
    words = f"Jobs spend {units.percent(data.whole[order[0]] / total)} of their time in"
    words += f" {PHASES[order[0]]}"
    words += f" and {units.percent(data.whole[order[1]] / total)} in {PHASES[order[1]]}"
    words += f"; at most {data.peak:,} {'is' if data.peak == 1 else 'are'} open at once."
    if data.mode == "aligned":
        words += (
            " Each bar begins at its job's own start, as the jobs lie too far apart for one axis."
        )
    if len(data.threads) < data.thread_count:
        words += f" Shown are the {len(data.threads)} busiest of {data.thread_count} threads."
    if data.unfinished:
        words += f" {units.count(data.unfinished, 'job')} did not finish."
    return words + evidence.sentence(data.evidence)


def plot(data: Data, figure) -> None:
    """Draw in the mode that load() chose."""
    {"lanes": _plot_lanes, "aligned": _plot_aligned, "share": strips.plot}[data.mode](data, figure)


def _bars(ax, data: Data, scale: float, zero: np.ndarray) -> float:
    """The bars, phase by phase. Returns the height of a lane in pixels at 100 dpi, about."""
    lanes = int(data.bars.row.max()) + 1
    y = data.bars.row[data.bars.slices["job"]]
    x0 = (data.bars.slices["ts_ns"] - zero[data.bars.slices["job"]]) / scale
    x1 = x0 + data.bars.slices["dur_ns"] / scale
    half = 0.5 if lanes > 60 else 0.42
    for p, colour in enumerate(style.COLOURS):
        mine = data.bars.slices["phase"] == p
        a, b, c = x0[mine], x1[mine], y[mine]
        boxes = np.stack((a, c - half, b, c - half, b, c + half, a, c + half), axis=1).reshape(
            -1, 4, 2
        )
        ax.add_collection(PolyCollection(boxes, facecolor=colour, linewidth=0, zorder=3))
    return 400 / lanes


def waits(data: Data) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each pause that was resumed: the job, when the engine was done and the job ran on, ns."""
    part = data.bars.slices
    order = np.lexsort((part["ts_ns"], part["job"]))
    job, phase, ts = (part[name][order] for name in ("job", "phase", "ts_ns"))
    end = ts + part["dur_ns"][order]
    offload, busy = np.flatnonzero(phase == OFFLOAD), np.flatnonzero(phase == BUSY)
    after = np.searchsorted(busy, offload)
    offload, after = offload[after < len(busy)], after[after < len(busy)]
    resumed = busy[after]
    same = job[resumed] == job[offload]
    return job[offload][same], end[offload][same], ts[resumed][same]


def _marks(ax, data: Data, scale: float, zero: np.ndarray, lane_px: float) -> list:
    """Wake (end of offload), resume, an arrow between them if there is room; legend entries."""
    jobs_px = (data.bars.end - data.bars.start) / scale / np.diff(ax.get_xlim())[0] * WIDTH_PX
    if lane_px < 8 or np.median(jobs_px) < 40:
        return []
    t = style.now()
    size = float(np.clip(lane_px * 0.2, 2.5, 6.0))
    job, wake, resume = waits(data)
    wake, resume, y = (wake - zero[job]) / scale, (resume - zero[job]) / scale, data.bars.row[job]
    looks = (
        (wake, "^", 0.42, "wake", {"color": t.ink, "markeredgecolor": t.paper}),
        (resume, "o", -0.42, "resume", {"color": t.paper, "markeredgecolor": t.ink}),
    )
    handles = []
    for at, marker, down, label, look in looks:
        look |= {"linestyle": "none", "marker": marker, "markeredgewidth": 0.8}
        ax.plot(at, y + down, markersize=size, zorder=5, **look)
        handles.append(Line2D([], [], markersize=6, label=label, **look))
    far = (resume - wake) / np.diff(ax.get_xlim())[0] * WIDTH_PX > 3 * size
    look = {"angles": "xy", "scale_units": "xy", "scale": 1, "units": "dots", "zorder": 4}
    look |= {"width": 1.0, "headwidth": 6, "headlength": 7, "headaxislength": 6, "color": t.ink}
    rise = np.full(len(wake), -0.84)
    ax.quiver(wake[far], (y + 0.42)[far], (resume - wake)[far], rise[far], **look)
    return handles


def _unfinished(ax, data: Data, scale: float, zero: np.ndarray) -> list:
    """A mark where a bar is cut off. Returns legend entries."""
    t = style.now()
    cut = ~data.bars.finished
    if not cut.any():
        return []
    look = {"linestyle": "none", "marker": ">", "color": t.alarm, "markersize": 6}
    x = np.minimum((data.bars.end - zero)[cut] / scale, ax.get_xlim()[1])
    ax.plot(x, data.bars.row[cut], clip_on=False, zorder=6, **look)
    return [Line2D([], [], label="unfinished", **look)]


def _plot_lanes(data: Data, figure) -> None:
    ax = figure.subplots()
    scale = axes.time_axis(ax, data.span)
    ax.grid(True, axis="x")
    zero = np.zeros(data.jobs)
    lane_px = _bars(ax, data, scale, zero)
    handles = _marks(ax, data, scale, zero, lane_px) + _unfinished(ax, data, scale, zero)
    _thread_rows(ax, data)
    axes.hatch_lost(ax, data.lost, scale)
    axes.legend_above(ax, phase_handles() + handles)


def _thread_rows(ax, data: Data) -> None:
    """Names at the left, a light ground behind every other thread."""
    t = style.now()
    base, ticks = 0, []
    for i, thread in enumerate(data.threads):
        if i % 2 == 0 and len(data.threads) > 1:
            ax.axhspan(base - 0.5, base + thread.lanes - 0.5, color=t.lane, linewidth=0, zorder=0)
        ticks.append(base + (thread.lanes - 1) / 2)
        base += thread.lanes
    total = sum(thread.lanes for thread in data.threads)
    names = [f"{units.plain(th.name, 24)}\n{units.count(th.jobs, 'job')}" for th in data.threads]
    if len(ticks) > 16:  # no room for all
        ticks, names = ticks[:: len(ticks) // 12], names[:: len(names) // 12]
    ax.set_yticks(ticks, names)
    ax.tick_params(axis="y", length=0, labelcolor=t.ink)
    room = max(0.0, (5 - total) / 2)  # few lanes stay slim
    ax.set_ylim(total - 0.5 + room, -0.5 - room)
    ax.spines["left"].set_visible(False)


def _plot_aligned(data: Data, figure) -> None:
    t = style.now()
    ax = figure.subplots()
    longest = int((data.bars.end - data.bars.start).max())
    scale = axes.time_axis(ax, (0, round(longest * 1.02)))
    ax.set_xlabel(ax.get_xlabel().replace("the recording", "the job"))
    ax.grid(True, axis="x")
    lane_px = _bars(ax, data, scale, data.bars.start)
    handles = _marks(ax, data, scale, data.bars.start, lane_px) + _unfinished(
        ax, data, scale, data.bars.start
    )
    for length, row in zip(data.bars.end - data.bars.start, data.bars.row):
        if length < 0.9 * longest:
            words = f" {units.duration(int(length))}"
            look = {"va": "center", "fontsize": style.SMALL, "color": t.faint, "zorder": 5}
            ax.text(length / scale, row, words, **look)
    names = [
        f"job {i} at {units.duration(int(s), 4)}" for i, s in zip(data.bars.job_id, data.bars.start)
    ]
    order = np.argsort(data.bars.row)
    ax.set_yticks(data.bars.row[order], [names[i] for i in order], fontsize=style.SMALL)
    ax.tick_params(axis="y", length=0, labelcolor=t.ink)
    room = max(0.0, (5 - data.jobs) / 2)
    ax.set_ylim(data.jobs - 0.5 + room, -0.5 - room)
    ax.spines["left"].set_visible(False)
    axes.legend_above(ax, phase_handles() + handles)
