# SPDX-License-Identifier: Apache-2.0
"""The job timeline's way for many jobs: shares of their time per column, the number in flight, the slowest.

Its functions fill and draw a timeline.Data.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from matplotlib.patches import Patch

from asynctls_dashboards import axes, stats, style, units
from asynctls_dashboards.db import PHASE_COLUMNS, PHASES, Database, Filters, Frame

MOST_STRIPS = 12
EXACT_JOBS = 60_000  # up to here share mode adds up slices, above it spreads each job's phases
SLOWEST = 500  # at most, and a tenth of the jobs


@dataclass
class Thread:
    """One thread's share of the picture: shares[phase, column] of its jobs' time."""

    name: str
    jobs: int
    lanes: int = 0
    shares: np.ndarray = field(default_factory=lambda: np.empty((4, 0)))


def load(db: Database, filters: Filters, frame: Frame, data) -> None:
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


def slowest(db: Database) -> Frame:
    """The slowest jobs that ended, found by an index; ts_ns is since the start."""
    names = ("ts_ns", "dur_ns", *PHASE_COLUMNS)
    frame = dict(zip(names, db.table(names, f"v_job ORDER BY dur_ns DESC LIMIT {SLOWEST}")))
    frame["ts_ns"] -= db.meta.t0_ns
    return frame


def from_lanes(db: Database, bounds: np.ndarray) -> list[Thread]:
    """The busiest threads that have jobs, from sums by thread."""
    names = db.threads()
    sql = "SELECT utid, jobs FROM v_thread WHERE jobs > 0 ORDER BY jobs DESC, utid LIMIT ?"
    threads = []
    for utid, jobs in sorted(db.rows(sql, (MOST_STRIPS,))):
        tail = "v_lane WHERE utid = ? ORDER BY ts_ns"
        ts, dur, *phases = db.table(("ts_ns", "dur_ns", *PHASE_COLUMNS), tail, (utid,))
        ts -= db.meta.t0_ns
        share = normalised(stats.spread(ts, ts + dur, phases, bounds))
        threads.append(Thread(names.get(utid, f"thread {utid}"), jobs, shares=share))
    return threads


def _groups(db: Database, utid: np.ndarray) -> list[tuple[int, str, int]]:
    """The threads that have jobs (the busiest, if many): utid, name, number of jobs."""
    names = db.threads()
    jobs = np.bincount(utid)
    found = np.flatnonzero(jobs)
    if len(found) > MOST_STRIPS:
        found = np.sort(found[np.argsort(-jobs[found], kind="stable")[:MOST_STRIPS]])
    return [(int(u), names.get(int(u), f"thread {u}"), int(jobs[u])) for u in found]


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


def plot(data, figure) -> None:
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
    axes.legend_above(panels[0], phase_handles())


def _strip(ax, thread: Thread, data) -> None:
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


def _in_flight(ax, data, scale: float) -> None:
    edges = np.repeat(data.bounds, 2)[1:-1] / scale
    low, high = np.repeat(data.band.low, 2), np.repeat(data.band.high, 2)
    ax.fill_between(edges, low, high, color=style.now().soft, linewidth=0)
    middles = (data.bounds[:-1] + data.bounds[1:]) / 2 / scale
    ax.plot(middles, data.band.mean, color=style.now().data, linewidth=1.2)
    axes.count_axis(ax.yaxis, "")
    ax.yaxis.get_major_locator().set_params(nbins=2 if len(data.threads) > 3 else 3)
    ax.set_ylim(0, data.peak * 1.1)
    _heading(ax, "jobs in flight: fewest to most, and mean")


def _slowest(ax, data, scale: float) -> None:
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


def phase_handles() -> list:
    """Legend entries."""
    return [Patch(color=colour, label=phase) for phase, colour in style.PHASE_COLOURS.items()]
