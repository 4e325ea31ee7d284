# SPDX-License-Identifier: Apache-2.0
"""Event-loop occupancy: what does each loop's thread spend its time on, and how long are its turns?

Jobs' time in their fibre is known per column of time, and that of operations in place outside of a fibre.
What else the loop does (SSL calls that the database has no rows of, too), and how long it waits, the analysis
adds up over the recording only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from matplotlib.patches import Patch

from asynctls_dashboards import axes, dense, shares, stats, style, units
from asynctls_dashboards.db import NO_FILTERS, Database, Filters, Lost, NoData

TITLE = "Event-loop occupancy"
COLUMNS = 400
MOST_STRIPS = 8
PARTS = ("in fibres", "operations in place", "other work", "waiting")
LONG_NS = 10_000_000  # a turn that others notice


@dataclass
class Loop:
    """One thread with an event loop; ns."""

    name: str
    utid: int
    turns: int
    longest: int
    parts: tuple[int, int, int, int] = (0, 0, 0, 0)  # as PARTS, over the recording
    fibre: np.ndarray = field(default_factory=lambda: np.empty(0))  # share per column
    place: np.ndarray = field(default_factory=lambda: np.empty(0))  # share per column

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
    jobs_only: str  # the filters, as fibres are those of the chosen jobs
    span: tuple[int, int]
    lost: Lost


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read the loops' sums and the jobs' time on their threads. Raises NoData without a loop."""
    totals = _totals(db, filters)
    if dense.wanted(db, filters):
        c = dense.Columns(db).merged(COLUMNS)
        loops = [_together(totals, c.phases[0].sum())]
        bounds, span = c.bounds, (0, db.meta.duration_ns)
        loops[0].fibre = np.minimum(c.phases[0] / np.diff(bounds) / len(totals), 1)
        loops[0].place = np.zeros(len(bounds) - 1)
    else:
        frame = db.jobs("ts_ns", "dur_ns", "end_ns", "utid", "busy_ns", filters=filters)
        span = db.span(frame, filters)
        bounds = stats.edges(*span, COLUMNS if len(frame["ts_ns"]) > 200 else 120)
        busy = _busy(db, filters, frame)
        loops = [_loop(db, busy, row, bounds, filters) for row in totals]
    levels, counts = _lengths(db, [row[0] for row in totals])
    middle = np.sqrt(levels[:-1] * levels[1:])
    median = _weighted(middle, counts)
    half = _weighted(middle, counts * middle)
    words = filters.words()
    loops.sort(key=lambda loop: loop.share(3))
    more = max(0, len(loops) - MOST_STRIPS)
    lost = db.lost()
    shown = loops[:MOST_STRIPS]
    return Data(shown, more, bounds, levels, counts, median, half, words, span, lost)


def _totals(db: Database, filters: Filters) -> list[tuple]:
    """v_loop's rows: utid, name, turns, longest, ns in turns, ns waiting."""
    if not db.rows("SELECT 1 FROM sqlite_master WHERE name = 'v_loop'"):
        raise NoData(f"{db.path}: no event loops; 'asynctls analyze' again finds them")
    rows = db.rows("SELECT utid, turns, turn_max_ns, turn_ns, wait_ns, pid, tid FROM v_loop")
    names = db.threads()
    chosen = [
        (utid, names.get(utid, f"thread {utid}"), *sums)
        for utid, *sums, pid, tid in rows
        if filters.pid in (None, pid) and filters.tid in (None, tid)
    ]
    if not chosen:
        raise NoData(f"{db.path}: no event loop was seen to wait")
    return chosen


def _together(totals: list[tuple], busy: float) -> Loop:
    """All loops as one."""
    turns, turn, wait = (sum(row[i] for row in totals) for i in (2, 4, 5))
    name = totals[0][1] if len(totals) == 1 else f"{len(totals)} event loops"
    fibre = min(int(busy), turn)
    parts = (fibre, 0, turn - fibre, wait)
    return Loop(name, totals[0][0], turns, max(row[3] for row in totals), parts)


def _busy(db: Database, filters: Filters, frame) -> tuple:
    """Stretches in fibres: start, end, weight, utid. Of many jobs, each one's spread over it."""
    if len(frame["ts_ns"]) > shares.EXACT_JOBS:
        return frame["ts_ns"], frame["end_ns"], frame["busy_ns"], frame["utid"]
    slices = db.slices(filters)
    mine = (slices["phase"] == 0) & (slices["dur_ns"] > 0)
    start, dur = slices["ts_ns"][mine], slices["dur_ns"][mine]
    return start, start + dur, dur, slices["utid"][mine]


def _loop(db: Database, busy: tuple, row: tuple, bounds: np.ndarray, filters: Filters) -> Loop:
    utid, name, turns, longest, turn, wait = row
    mine = busy[3] == utid
    start, end, weight = (part[mine] for part in busy[:3])
    width = np.diff(bounds)
    fibre = stats.spread(start, end, [weight], bounds)[0] / width
    tail = "v_engine_op WHERE reason IS NOT NULL AND job_id IS NULL AND service_ns > 0 AND utid = ?"
    at, dur = db.table((f"ts_ns - {db.meta.t0_ns}", "service_ns"), tail, (utid,))
    place = stats.spread(at, at + dur, [dur], bounds)[0] / width
    total = int(weight.sum())
    if (
        filters.time
    ):  # the chosen jobs' time outside the window counts too: the sums are of all time
        total = int(db.rows("SELECT SUM(busy_ns) FROM v_job WHERE utid = ?", (utid,))[0][0] or 0)
    in_fibres = min(total, turn)
    in_place = min(int(dur.sum()), turn - in_fibres)
    parts = (in_fibres, in_place, turn - in_fibres - in_place, wait)
    fibre = np.minimum(fibre, 1)
    return Loop(name, utid, turns, longest, parts, fibre, np.minimum(place, 1 - fibre))


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
    said = [f"{units.percent(first.share(i))} {name}" for i, name in enumerate(PARTS) if i != 1]
    if first.parts[1]:
        said.insert(1, f"{units.percent(first.share(1))} on {PARTS[1]}")
    who = "The event loop" if len(data.loops) == 1 else f"The busiest loop ({first.name})"
    words = f"{who} spends {', '.join(said[:-1])} and {said[-1]};"
    words += " SSL calls outside of fibres are other work."
    if first.share(3) < 0.05:
        words += " It has no time left: whatever is ready waits for it."
    longest = max(loop.longest for loop in data.loops)
    if data.counts.sum():
        whose = "its" if len(data.loops) == 1 else "all"
        words += f" Half of {whose} turns take at most {units.duration(data.median, 2)}"
        words += f", half of the time goes into turns of {units.duration(data.half, 2)} and more;"
        words += f" the longest takes {units.duration(longest)}"
        words += ", and all that was ready had to wait for it." if longest >= LONG_NS else "."
    if data.jobs_only:
        words += " Waits and turns are those of the whole recording; fibres, of the chosen jobs."
    if data.more:
        words += f" {data.more:,} more loops are not drawn."
    return words


def colours() -> tuple[str, str, str, str]:
    """As PARTS."""
    t = style.now()
    return style.PHASE_COLOURS["busy"], t.accent, t.data, t.rule


def plot(data: Data, figure) -> None:
    """Bars over the recording, fibres in time beneath each, and the turns' lengths."""
    n = len(data.loops)
    grid = figure.add_gridspec(n + 1, 2, height_ratios=[3.0 / n] * n + [1.9], width_ratios=(1, 5))
    strips = []
    for i, loop in enumerate(data.loops):
        whole, strip = figure.add_subplot(grid[i, 0]), figure.add_subplot(grid[i, 1])
        _bar(whole, loop, i == 0)
        _strip(strip, loop, data, n, i == n - 1)
        strips.append(strip)
    used = [k for k in range(4) if any(loop.parts[k] for loop in data.loops)]
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
    fibre = np.repeat(loop.fibre, 2)
    ax.fill_between(edges, fibre, color=colours()[0], linewidth=0)
    if loop.parts[1]:
        ax.fill_between(
            edges, fibre, fibre + np.repeat(loop.place, 2), color=colours()[1], linewidth=0
        )
    axes.share_axis(ax.yaxis, "")
    ax.set_yticks([0, 0.5, 1], [""] * 3)
    ax.set_facecolor(style.now().lane)
    ax.tick_params(labelbottom=last)
    name = units.plain(loop.name, 28)
    words = f"{name}: fibres' share in time" if n < 4 else name
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
