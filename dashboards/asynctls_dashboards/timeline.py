# SPDX-License-Identifier: Apache-2.0
"""Job timeline: what was each job doing when, and what did the jobs of a thread wait for together?

Three ways to draw, by what can be read:
  lanes   a bar per job in lanes per thread, bars made of phases
  aligned a bar per job from its own start: few jobs, too far apart to see on one time axis
  share   per column of time the phases' shares of the jobs' time, with the number in flight
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D

from asynctls_dashboards import axes, dense, evidence, shares, stats, style, units
from asynctls_dashboards.db import NO_FILTERS, PHASE_COLUMNS, PHASES, Database, Filters, Frame, Lost
from asynctls_dashboards.shares import Thread, phase_handles

TITLE = "Job timeline"
WIDTH_PX = 1100  # of the time axis, about
MOST_BARS = 6000
MOST_LANES = 90
MOST_ALIGNED = 40
COLUMNS = 360


@dataclass
class Data:
    """Times in ns since the start. Bars are there in the modes that draw them, strips in share mode."""

    mode: str
    span: tuple[int, int]
    lost: Lost
    threads: list[Thread]
    thread_count: int  # share mode draws the busiest of them
    jobs: int
    unfinished: int
    peak: int
    whole: np.ndarray  # ns per phase, all jobs
    evidence: evidence.Evidence
    # bars: one row per job, ordered by thread and lane
    job_id: np.ndarray
    start: np.ndarray
    end: np.ndarray
    row: np.ndarray
    finished: np.ndarray
    slices: Frame  # with "row" and "job" (index into the above)
    # share mode
    bounds: np.ndarray
    band: stats.Band
    slow_start: np.ndarray
    slow_dur: np.ndarray
    slow_phase: np.ndarray


NONE = np.empty(0, np.int64)


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read jobs, decide how to draw, and read slices if bars are drawn."""
    if dense.wanted(db, filters):
        return _dense(db)
    frame = db.jobs(
        "job_id", "utid", "ts_ns", "dur_ns", "end_ns", *PHASE_COLUMNS, "waits", filters=filters
    )
    span = db.span(frame, filters)
    start, finished = frame["ts_ns"], frame["dur_ns"] >= 0
    frame["end_ns"] = np.maximum(frame["end_ns"], start + 1)
    bounds = stats.edges(*span, COLUMNS)
    band = stats.open_intervals(start, frame["end_ns"], bounds)
    phases = [int(frame[name].sum()) for name in PHASE_COLUMNS]
    data = Data(
        mode=choose(start, frame["end_ns"], span, int(band.high.max())),
        span=span,
        lost=db.lost(),
        threads=[],
        thread_count=int(np.count_nonzero(np.bincount(frame["utid"]))),
        jobs=len(start),
        unfinished=int((~finished).sum()),
        peak=int(band.high.max()),
        whole=np.array(phases),
        evidence=evidence.count(frame["waits"]),
        job_id=NONE,
        start=NONE,
        end=NONE,
        row=NONE,
        finished=NONE,
        slices={},
        bounds=bounds,
        band=band,
        slow_start=NONE,
        slow_dur=NONE,
        slow_phase=NONE,
    )
    if data.mode == "share":
        shares.load(db, filters, frame, data)
    else:
        _load_bars(db, frame, data)
    return data


def _dense(db: Database) -> Data:
    """Share mode from sums and the slowest jobs."""
    c = dense.Columns(db).merged(COLUMNS)
    slow = shares.slowest(db)
    return Data(
        mode="share",
        span=(0, db.meta.duration_ns),
        lost=db.lost(),
        threads=shares.from_lanes(db, c.bounds),
        thread_count=db.rows("SELECT COUNT(*) FROM v_thread WHERE jobs > 0")[0][0],
        jobs=db.meta.jobs,
        unfinished=dense.unfinished(db),
        peak=int(c.inflight.high.max()),
        whole=c.phases.sum(axis=1),
        evidence=dense.seen(db),
        job_id=NONE,
        start=NONE,
        end=NONE,
        row=NONE,
        finished=NONE,
        slices={},
        bounds=c.bounds,
        band=c.inflight,
        slow_start=slow["ts_ns"],
        slow_dur=slow["dur_ns"],
        slow_phase=np.argmax([slow[name] for name in PHASE_COLUMNS], axis=0),
    )


def choose(start: np.ndarray, end: np.ndarray, span: tuple[int, int], peak: int) -> str:
    """How to draw these jobs."""
    visible = np.minimum(end, span[1]) - np.maximum(start, span[0])
    px = float(np.median(visible)) / (span[1] - span[0]) * WIDTH_PX
    if px >= 2 and len(start) <= MOST_BARS and peak <= MOST_LANES:
        return "lanes"
    return "aligned" if len(start) <= MOST_ALIGNED else "share"


def _load_bars(db: Database, frame: Frame, data: Data) -> None:
    """Pack the jobs of each thread into lanes, then fetch their slices."""
    found = np.unique(frame["utid"])
    names = db.threads()
    row = np.zeros(data.jobs, np.int64)
    base = 0
    for utid in found:
        mine = np.flatnonzero(frame["utid"] == utid)
        begin, end = frame["ts_ns"][mine], frame["end_ns"][mine]
        lane = (
            stats.pack_lanes(begin, end) if data.mode == "lanes" else np.argsort(np.argsort(begin))
        )
        row[mine] = base + lane
        lanes = int(lane.max()) + 1
        base += lanes
        data.threads.append(Thread(names.get(int(utid), f"thread {utid}"), len(mine), lanes))
    data.job_id, data.start, data.end = frame["job_id"], frame["ts_ns"], frame["end_ns"]
    data.row, data.finished = row, frame["dur_ns"] >= 0
    data.slices = db.slices(job_ids=data.job_id)
    order = np.argsort(data.job_id)
    data.slices["job"] = order[np.searchsorted(data.job_id, data.slices["job_id"], sorter=order)]
    _add_open_ends(db, data)


def _add_open_ends(db: Database, data: Data) -> None:
    """For jobs without an end, a slice from the last that was seen of them to where they are cut."""
    jobs = np.flatnonzero(~data.finished)
    if not len(jobs):
        return
    part = data.slices
    ids = ",".join(str(int(i)) for i in data.job_id[jobs])
    columns = ("job_id", db.expression("open_phase"))
    state = dict(zip(*db.table(columns, f"v_job WHERE job_id IN ({ids})")))
    for job in jobs:
        mine = np.flatnonzero((part["job"] == job) & (part["dur_ns"] >= 0))
        seen = (
            int((part["ts_ns"] + part["dur_ns"])[mine].max()) if len(mine) else int(data.start[job])
        )
        phase = int(state[data.job_id[job]])
        if phase < 0:
            phase = int(part["phase"][mine[-1]]) if len(mine) else 0
        tail = {"job": job, "job_id": data.job_id[job], "phase": phase, "utid": 0}
        tail |= {"ts_ns": seen, "dur_ns": max(0, int(data.end[job]) - seen)}
        for name in part:
            part[name] = np.append(part[name], tail[name])
    keep = part["dur_ns"] >= 0
    for name in part:
        part[name] = part[name][keep]


def caption(data: Data) -> str:
    """The answer in words."""
    total = max(int(data.whole.sum()), 1)
    order = np.argsort(-data.whole)
    words = f"Jobs spend {units.percent(data.whole[order[0]] / total)} of their time in {PHASES[order[0]]}"
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
    {"lanes": _plot_lanes, "aligned": _plot_aligned, "share": shares.plot}[data.mode](data, figure)


def _bars(ax, data: Data, scale: float, zero: np.ndarray) -> float:
    """The bars, phase by phase. Returns the height of a lane in pixels at 100 dpi, about."""
    lanes = int(data.row.max()) + 1
    y = data.row[data.slices["job"]]
    x0 = (data.slices["ts_ns"] - zero[data.slices["job"]]) / scale
    x1 = x0 + data.slices["dur_ns"] / scale
    half = 0.5 if lanes > 60 else 0.42
    for p, colour in enumerate(style.COLOURS):
        mine = data.slices["phase"] == p
        a, b, c = x0[mine], x1[mine], y[mine]
        boxes = np.stack((a, c - half, b, c - half, b, c + half, a, c + half), axis=1).reshape(
            -1, 4, 2
        )
        ax.add_collection(PolyCollection(boxes, facecolor=colour, linewidth=0, zorder=3))
    return 400 / lanes


def waits(data: Data) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each pause that was resumed: the job, when the engine was done, and when the job ran on (ns)."""
    part = data.slices
    order = np.lexsort((part["ts_ns"], part["job"]))
    job, phase, ts = (part[name][order] for name in ("job", "phase", "ts_ns"))
    end = ts + part["dur_ns"][order]
    offload, busy = np.flatnonzero(phase == 1), np.flatnonzero(phase == 0)
    after = np.searchsorted(busy, offload)
    offload, after = offload[after < len(busy)], after[after < len(busy)]
    resumed = busy[after]
    same = job[resumed] == job[offload]
    return job[offload][same], end[offload][same], ts[resumed][same]


def _marks(ax, data: Data, scale: float, zero: np.ndarray, lane_px: float) -> list:
    """Wake (end of offload), resume, and an arrow between them, if there is room. Returns legend entries."""
    jobs_px = (data.end - data.start) / scale / np.diff(ax.get_xlim())[0] * WIDTH_PX
    if lane_px < 8 or np.median(jobs_px) < 40:
        return []
    t = style.now()
    size = float(np.clip(lane_px * 0.2, 2.5, 6.0))
    job, wake, resume = waits(data)
    wake, resume, y = (wake - zero[job]) / scale, (resume - zero[job]) / scale, data.row[job]
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
    cut = ~data.finished
    if not cut.any():
        return []
    look = {"linestyle": "none", "marker": ">", "color": t.alarm, "markersize": 6}
    x = np.minimum((data.end - zero)[cut] / scale, ax.get_xlim()[1])
    ax.plot(x, data.row[cut], clip_on=False, zorder=6, **look)
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
    longest = int((data.end - data.start).max())
    scale = axes.time_axis(ax, (0, round(longest * 1.02)))
    ax.set_xlabel(ax.get_xlabel().replace("the recording", "the job"))
    ax.grid(True, axis="x")
    lane_px = _bars(ax, data, scale, data.start)
    handles = _marks(ax, data, scale, data.start, lane_px) + _unfinished(
        ax, data, scale, data.start
    )
    for length, row in zip(data.end - data.start, data.row):
        if length < 0.9 * longest:
            words = f" {units.duration(int(length))}"
            look = {"va": "center", "fontsize": style.SMALL, "color": t.faint, "zorder": 5}
            ax.text(length / scale, row, words, **look)
    names = [f"job {i} at {units.duration(int(s), 4)}" for i, s in zip(data.job_id, data.start)]
    order = np.argsort(data.row)
    ax.set_yticks(data.row[order], [names[i] for i in order], fontsize=style.SMALL)
    ax.tick_params(axis="y", length=0, labelcolor=t.ink)
    room = max(0.0, (5 - data.jobs) / 2)
    ax.set_ylim(data.jobs - 0.5 + room, -0.5 - room)
    ax.spines["left"].set_visible(False)
    axes.legend_above(ax, phase_handles() + handles)
