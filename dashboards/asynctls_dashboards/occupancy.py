# SPDX-License-Identifier: Apache-2.0
"""Event-loop occupancy: what does each loop's thread spend its time on, and how long are its turns?

A turn of the loop holds fibres, operations in place outside of them, and other work, such as SSL
calls that pause nothing; between turns the loop waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from matplotlib.patches import Patch

from asynctls_dashboards import axes, stats, style, units
from asynctls_dashboards.db import Database, Lost, NoData
from asynctls_dashboards.filters import NO_FILTERS, Filters

TITLE = "Event-loop occupancy"
COLUMNS = 400
MOST_STRIPS = 8
PARTS = ("in fibres", "operations in place", "other work", "waiting")
IN_PLACE, WAITING = PARTS.index("operations in place"), PARTS.index("waiting")
LONG_NS = 10_000_000  # a turn that others notice


@dataclass
class Loop:
    """One thread with an event loop; ns."""

    name: str
    utid: int
    turns: int
    longest: int
    parts: tuple[int, int, int, int] = (0, 0, 0, 0)  # as PARTS, over the recording
    # [part, column], of each column's width
    shares: np.ndarray = field(default_factory=lambda: np.empty((len(PARTS), 0)))

    def share(self, part: int) -> float:
        return self.parts[part] / max(sum(self.parts), 1)


@dataclass
class Data:
    """The loops, the busiest first, and the lengths of all their turns."""

    loops: list[Loop]
    more: int  # loops that there is no room for
    bounds: np.ndarray  # of columns, ns
    levels: np.ndarray  # bounds of the buckets of length, ns
    counts: np.ndarray  # turns per bucket
    median: int  # ns
    half: int  # ns: half of the time in turns is in ones at least so long
    jobs_only: str  # filters by job, which a loop does not know
    span: tuple[int, int]
    lost: Lost


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read the loops' sums. Raises NoData without a loop."""
    if not db.count(filters):
        raise db.no_jobs(filters)
    totals = _totals(db, filters)
    span = filters.time or (0, max(db.meta.duration_ns, 1))
    lanes = {row[0]: _lane(db, row[0]) for row in totals}
    width = max((dur for _, dur, _ in lanes.values()), default=1)
    bounds = stats.edges(*span, int(np.clip((span[1] - span[0]) // width, 1, COLUMNS)))
    loops = [_loop(row, lanes[row[0]], bounds) for row in totals]
    levels, counts = _lengths(db, [row[0] for row in totals])
    middle = np.sqrt(levels[:-1] * levels[1:])
    median = _weighted(middle, counts)
    half = _weighted(middle, counts * middle)
    by_job = replace(filters, time=None, pid=None, tid=None).words()
    loops.sort(key=lambda loop: loop.share(WAITING))
    return Data(
        loops=loops[:MOST_STRIPS],
        more=max(0, len(loops) - MOST_STRIPS),
        bounds=bounds,
        levels=levels,
        counts=counts,
        median=median,
        half=half,
        jobs_only=by_job,
        span=span,
        lost=db.lost(),
    )


def _totals(db: Database, filters: Filters) -> list[tuple]:
    """v_loop's rows: utid, name, turns, longest, ns in turns, ns waiting."""
    rows = db.rows("SELECT utid, turns, turn_max_ns, turn_ns, wait_ns, pid, tid FROM v_loop")
    names = db.threads()
    chosen = [
        (utid, units.plain(names.get(utid, f"thread {utid}"), 28), *sums)
        for utid, *sums, pid, tid in rows
        if filters.pid in (None, pid) and filters.tid in (None, tid)
    ]
    if not chosen:
        raise NoData(f"{db.path}: no event loop was seen to wait")
    return chosen


def _lane(db: Database, utid: int) -> tuple[np.ndarray, int, np.ndarray]:
    """A thread's columns: begins (ns since the start), their width, and ns of busy, place, turn and
    wait."""
    columns = ("ts_ns", "dur_ns", "busy_ns", "place_ns", "turn_ns", "wait_ns")
    ts, dur, *uses = db.table(columns, "v_lane WHERE utid = ? ORDER BY ts_ns", (utid,))
    return ts - db.meta.t0_ns, int(dur[0]) if len(dur) else 1, np.array(uses)


def _loop(row: tuple, lane: tuple, bounds: np.ndarray) -> Loop:
    utid, name, turns, longest, turn, wait = row
    ts, width, uses = lane
    busy, place, _, _ = (int(use.sum()) for use in uses)
    in_fibres = min(busy, turn)
    in_place = min(place, turn - in_fibres)
    parts = (in_fibres, in_place, turn - in_fibres - in_place, wait)
    spread = stats.spread(ts, ts + width, list(uses), bounds) / np.diff(bounds)
    fibre, place, turn, wait = np.minimum(spread, 1)
    other = np.maximum(turn - fibre - place, 0)
    return Loop(
        name=name,
        utid=utid,
        turns=turns,
        longest=longest,
        parts=parts,
        shares=np.stack((fibre, place, other, wait)),
    )


def _lengths(db: Database, utids: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Turns by length, eight buckets an octave."""
    chosen = ",".join(str(int(utid)) for utid in utids)
    low, high, count = db.table(
        ("low_ns", "high_ns", "SUM(count)"),
        f"v_loop_hist WHERE utid IN ({chosen}) GROUP BY low_ns, high_ns",
    )
    if not len(low):
        return np.array([1.0, 2.0]), np.zeros(1, np.int64)
    row = stats.bucket((low + high) // 2, 8)
    first = int(row.min())
    counts = np.bincount(row - first, weights=count).astype(np.int64)
    return stats.bucket_start(first + np.arange(len(counts) + 1), 8), counts


def _weighted(values: np.ndarray, weights: np.ndarray) -> int:
    """The value that half of the weight lies below."""
    below = np.cumsum(weights)
    return int(values[min(int(np.searchsorted(below, below[-1] / 2)), len(values) - 1)])


def caption(data: Data) -> str:
    """The answer in words."""
    first = data.loops[0]
    said = [
        f"{units.percent(first.share(i))} {name}" for i, name in enumerate(PARTS) if i != IN_PLACE
    ]
    if first.parts[IN_PLACE]:
        said.insert(1, f"{units.percent(first.share(IN_PLACE))} on {PARTS[IN_PLACE]}")
    who = "The event loop" if len(data.loops) == 1 else f"The busiest loop ({first.name})"
    words = f"{who} spends {', '.join(said[:-1])} and {said[-1]};"
    words += " SSL calls outside of fibres are other work."
    if first.share(WAITING) < 0.05:
        words += " It has no time left: whatever is ready waits for it."
    longest = max(loop.longest for loop in data.loops)
    if data.counts.sum():
        whose = "its" if len(data.loops) == 1 else "all"
        words += f" Half of {whose} turns take at most {units.duration(data.median, 2)}"
        words += f", half of the time goes into turns of {units.duration(data.half, 2)} and more;"
        words += f" the longest takes {units.duration(longest)}"
        words += ", and all that was ready had to wait for it." if longest >= LONG_NS else "."
    if data.jobs_only:
        words += f" A loop serves all jobs: {data.jobs_only} chooses nothing here."
    if data.more:
        words += f" {data.more:,} more loops are not drawn."
    return words


def colours() -> tuple[str, str, str, str]:
    """As PARTS."""
    t = style.now()
    return style.PHASE_COLOURS["busy"], t.accent, t.data, t.rule


def plot(data: Data, figure) -> None:
    """Bars over the recording, beside each the same in columns of time, and the turns' lengths."""
    n = len(data.loops)
    grid = figure.add_gridspec(n + 1, 2, height_ratios=[3.0 / n] * n + [1.9], width_ratios=(1, 5))
    strips = []
    for i, loop in enumerate(data.loops):
        whole, strip = figure.add_subplot(grid[i, 0]), figure.add_subplot(grid[i, 1])
        _bar(whole, loop, i == 0)
        _strip(strip, loop, data, n, i == n - 1)
        strips.append(strip)
    used = [k for k in range(len(PARTS)) if any(loop.parts[k] for loop in data.loops)]
    handles = [Patch(color=colours()[k], label=PARTS[k]) for k in used]
    axes.legend_above(strips[0], handles)
    _turns(figure.add_subplot(grid[n, :]), data)


def _bar(ax, loop: Loop, titled: bool) -> None:
    at = 0.0
    for part, colour in enumerate(colours()):
        share = loop.share(part)
        ax.bar(0, share, bottom=at, width=0.62, color=colour, linewidth=0)
        if share >= 0.07:
            words = units.percent(share)
            ax.text(0.36, at + share / 2, words, va="center", fontsize=9, color=style.now().ink)
        at += share
    ax.set_xlim(-0.4, 1.0)
    axes.share_axis(ax.yaxis, "")
    ax.set_yticks([0, 0.5, 1])
    ax.grid(False)
    ax.set_xticks([])
    if titled:
        ax.set_title("whole recording", fontsize=9.5, fontweight="normal")


def _strip(ax, loop: Loop, data: Data, n: int, last: bool) -> None:
    scale = axes.time_axis(ax, data.span, label=last)
    edges = np.repeat(data.bounds, 2)[1:-1] / scale
    below = np.zeros(len(edges))
    for share, colour in zip(loop.shares, colours()):
        above = np.minimum(below + np.repeat(share, 2), 1)
        ax.fill_between(edges, below, above, color=colour, linewidth=0)
        below = above
    axes.share_axis(ax.yaxis, "")
    ax.set_yticks([0, 0.5, 1], [""] * 3)
    ax.set_facecolor(style.now().lane)
    ax.tick_params(labelbottom=last)
    words = f"{loop.name}, over time" if n < 4 else loop.name
    ax.set_title(words, fontsize=9.5, fontweight="normal", pad=3)
    axes.hatch_lost(ax, data.lost, scale)


def _turns(ax, data: Data) -> None:
    t = style.now()
    middle = np.sqrt(data.levels[:-1] * data.levels[1:])
    time = data.counts * middle
    axes.latency_axis(ax.xaxis, data.levels[0] / 1.1, data.levels[-1] * 1.1, "length of a turn")
    (line,) = ax.step(
        data.levels,
        np.append(data.counts, data.counts[-1]) / max(data.counts.sum(), 1),
        where="post",
        color=t.ink,
        linewidth=1.2,
        label="of all turns",
    )
    bars = ax.bar(
        data.levels[:-1],
        time / max(time.sum(), 1),
        width=np.diff(data.levels),
        align="edge",
        color=t.soft,
        linewidth=0,
        label="of the time in turns",
    )
    ax.set_ylim(bottom=0)
    ax.yaxis.get_major_locator().set_params(nbins=3)
    ax.yaxis.set_major_formatter(lambda v, _: f"{100 * v:.3g} %")
    ax.set_ylabel("share")
    axes.legend_above(ax, [bars, line])
