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
from matplotlib.patches import Patch

from asynctls_dashboards import axes, evidence, stats, style, units
from asynctls_dashboards.db import NO_FILTERS, PHASE_COLUMNS, PHASES, Database, Filters, Frame, Lost

TITLE = "Job timeline"
WIDTH_PX = 1100  # of the time axis, about
MOST_BARS = 6000
MOST_LANES = 90
MOST_ALIGNED = 40
MOST_STRIPS = 12
COLUMNS = 360
EXACT_JOBS = 60_000  # up to here share mode adds up slices, above it spreads each job's phases
SLOWEST = 500  # at most, and a tenth of the jobs


@dataclass
class Thread:
    """One thread's share of the picture: shares[phase, column] of its jobs' time."""

    name: str
    jobs: int
    lanes: int = 0
    shares: np.ndarray = field(default_factory=lambda: np.empty((4, 0)))


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
        _load_shares(db, filters, frame, data)
    else:
        _load_bars(db, frame, data)
    return data


def choose(start: np.ndarray, end: np.ndarray, span: tuple[int, int], peak: int) -> str:
    """How to draw these jobs."""
    visible = np.minimum(end, span[1]) - np.maximum(start, span[0])
    px = float(np.median(visible)) / (span[1] - span[0]) * WIDTH_PX
    if px >= 2 and len(start) <= MOST_BARS and peak <= MOST_LANES:
        return "lanes"
    return "aligned" if len(start) <= MOST_ALIGNED else "share"


def _groups(db: Database, utid: np.ndarray) -> list[tuple[int, str, int]]:
    """The threads that have jobs (the busiest, if many): utid, name, number of jobs."""
    names = db.threads()
    jobs = np.bincount(utid)
    found = np.flatnonzero(jobs)
    if len(found) > MOST_STRIPS:
        found = np.sort(found[np.argsort(-jobs[found], kind="stable")[:MOST_STRIPS]])
    return [(int(u), names.get(int(u), f"thread {u}"), int(jobs[u])) for u in found]


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


def _load_shares(db: Database, filters: Filters, frame: Frame, data: Data) -> None:
    """Add up the phases per column and thread, and pick the slowest jobs."""
    groups = _groups(db, frame["utid"])
    data.threads = [Thread(name, jobs) for _, name, jobs in groups]
    if data.jobs <= EXACT_JOBS:
        slices = db.slices(filters)
        order = np.argsort(frame["job_id"])
        job = order[np.searchsorted(frame["job_id"], slices["job_id"], sorter=order)]
        end = np.where(
            slices["dur_ns"] < 0, frame["end_ns"][job], slices["ts_ns"] + slices["dur_ns"]
        )
        parts = (slices["ts_ns"], end, frame["utid"][job], slices["phase"])
    else:
        parts = None
    for thread, (utid, _, _) in zip(data.threads, groups):
        thread.shares = (
            _by_slice(parts, utid, data.bounds) if parts else _by_job(frame, utid, data.bounds)
        )
    dur = frame["end_ns"] - frame["ts_ns"]
    some = min(SLOWEST, max(10, len(dur) // 10), len(dur))
    slow = np.argsort(-dur, kind="stable")[:some]
    data.slow_start, data.slow_dur = frame["ts_ns"][slow], dur[slow]
    data.slow_phase = np.argmax([frame[name][slow] for name in PHASE_COLUMNS], axis=0)


def _by_slice(parts, utid: int, bounds: np.ndarray) -> np.ndarray:
    start, end, owner, phase = parts
    covered = []
    for p in range(len(PHASES)):
        mine = (owner == utid) & (phase == p)
        covered.append(stats.spread(start[mine], end[mine], [(end - start)[mine]], bounds)[0])
    return normalised(np.array(covered))


def _by_job(frame: Frame, utid: int, bounds: np.ndarray) -> np.ndarray:
    """Each job's phases spread evenly over it: right to within a job's length."""
    mine = frame["utid"] == utid
    start, end = frame["ts_ns"][mine], frame["end_ns"][mine]
    weights = [frame[name][mine] for name in PHASE_COLUMNS]
    return normalised(stats.spread(start, end, weights, bounds))


def normalised(time: np.ndarray) -> np.ndarray:
    """Columns that add up to 1; NaN where there was nothing (less than 1 ns)."""
    total = time.sum(axis=0)
    return np.where(total >= 1, time / np.maximum(total, 1), np.nan)


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
    {"lanes": _plot_lanes, "aligned": _plot_aligned, "share": _plot_share}[data.mode](data, figure)


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


def _marks(ax, data: Data, scale: float, zero: np.ndarray, lane_px: float) -> list:
    """Wake (end of offload) and resume (end of requeue), if there is room. Returns legend entries."""
    jobs_px = (data.end - data.start) / scale / np.diff(ax.get_xlim())[0] * WIDTH_PX
    if lane_px < 8 or np.median(jobs_px) < 40:
        return []
    t = style.now()
    size = float(np.clip(lane_px * 0.2, 2.5, 6.0))
    at = (data.slices["ts_ns"] + data.slices["dur_ns"] - zero[data.slices["job"]]) / scale
    y = data.row[data.slices["job"]]
    sound = data.finished[data.slices["job"]]
    looks = (
        (1, "^", 0.42, "wake", {"color": t.ink, "markeredgecolor": t.paper}),
        (3, "o", -0.42, "resume", {"color": t.paper, "markeredgecolor": t.ink}),
    )
    handles = []
    for phase, marker, down, label, look in looks:
        mine = (data.slices["phase"] == phase) & sound
        look |= {"linestyle": "none", "marker": marker, "markeredgewidth": 0.8}
        ax.plot(at[mine], y[mine] + down, markersize=size, zorder=5, **look)
        handles.append(Line2D([], [], markersize=6, label=label, **look))
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


def _phase_handles() -> list:
    return [Patch(color=colour, label=phase) for phase, colour in style.PHASE_COLOURS.items()]


def _plot_lanes(data: Data, figure) -> None:
    ax = figure.subplots()
    scale = axes.time_axis(ax, data.span)
    ax.grid(True, axis="x")
    zero = np.zeros(data.jobs)
    lane_px = _bars(ax, data, scale, zero)
    handles = _marks(ax, data, scale, zero, lane_px) + _unfinished(ax, data, scale, zero)
    _thread_rows(ax, data)
    axes.hatch_lost(ax, data.lost, scale)
    axes.legend_above(ax, _phase_handles() + handles)


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
    axes.legend_above(ax, _phase_handles() + handles)


def _plot_share(data: Data, figure) -> None:
    strips = len(data.threads)
    ratios = [(3.2 if strips < 4 else 4.5) / strips] * strips + [1.0, 1.0]
    panels = figure.subplots(strips + 2, 1, sharex=True, gridspec_kw={"height_ratios": ratios})
    for ax, thread in zip(panels, data.threads):
        _strip(ax, thread, data)
    scale = axes.time_axis(panels[-1], data.span)
    _in_flight(panels[-2], data, scale)
    _slowest(panels[-1], data, scale)
    for ax in panels:
        axes.hatch_lost(ax, data.lost, scale)
        ax.tick_params(labelbottom=ax is panels[-1], bottom=ax is panels[-1])
    figure.align_ylabels(panels)
    axes.legend_above(panels[0], _phase_handles())


def _strip(ax, thread: Thread, data: Data) -> None:
    scale = axes.time_axis(ax, data.span, label=False)
    edges = np.repeat(data.bounds, 2)[1:-1] / scale
    below = np.zeros(len(edges))
    empty = np.isnan(np.repeat(thread.shares[0], 2))
    for p, colour in enumerate(style.COLOURS):
        top = below + np.nan_to_num(np.repeat(thread.shares[p], 2))
        ax.fill_between(edges, below, top, where=~empty, color=colour, linewidth=0)
        below = top
    axes.share_axis(ax.yaxis, "")
    ax.grid(False)
    name, jobs = units.plain(thread.name, 28), units.count(thread.jobs, "job")
    if len(data.threads) < 4:
        ax.set_yticks([0, 0.5, 1])
        _heading(ax, f"{name}: {jobs}, share of their time by phase")
        return
    ax.set_yticks([0.5], [name])
    ax.tick_params(axis="y", length=0, labelcolor=style.now().ink)
    if thread is data.threads[0]:
        _heading(ax, "share of the jobs' time by phase, per thread")


def _heading(ax, words: str) -> None:
    ax.set_title(words, fontsize=9.5, fontweight="normal")


def _in_flight(ax, data: Data, scale: float) -> None:
    edges = np.repeat(data.bounds, 2)[1:-1] / scale
    low, high = np.repeat(data.band.low, 2), np.repeat(data.band.high, 2)
    ax.fill_between(edges, low, high, color=style.now().soft, linewidth=0)
    middles = (data.bounds[:-1] + data.bounds[1:]) / 2 / scale
    ax.plot(middles, data.band.mean, color=style.now().data, linewidth=1.2)
    axes.count_axis(ax.yaxis, "")
    ax.yaxis.get_major_locator().set_params(nbins=2 if len(data.threads) > 3 else 3)
    ax.set_ylim(0, data.peak * 1.1)
    _heading(ax, "jobs in flight: fewest to most, and mean")


def _slowest(ax, data: Data, scale: float) -> None:
    low, high = data.slow_dur.min() / 1.3, data.slow_dur.max() * 1.5
    axes.latency_axis(ax.yaxis, low, high, "")
    ax.set_yticks(axes.latency_ticks(low, high, 2 if len(data.threads) > 3 else 3))
    colours = np.array(style.COLOURS)[data.slow_phase]
    ax.scatter(
        data.slow_start / scale,
        data.slow_dur,
        c=colours,
        s=14,
        edgecolor=style.now().ink,
        linewidth=0.35,
        zorder=3,
    )
    words = f"the {len(data.slow_start):,} slowest jobs: start, duration, and the phase that took longest"
    _heading(ax, words)
