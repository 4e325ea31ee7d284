# SPDX-License-Identifier: Apache-2.0
"""Loop delay: do jobs wait long because the event loop has many completions to handle in one turn?

The loop learns of a turn's completions when its wait returns, before it resumes the first of them:
two on the same thread are of the same turn if no job was resumed between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, recording, stats, style, units
from asynctls_dashboards.db import Database, NoData
from asynctls_dashboards.filters import NO_FILTERS, Filters

TITLE = "Loop delay and completions in a turn"
FINE = 8  # rows per octave of delay
ENOUGH = 20  # completions that a median needs
MOST_JOBS = 500_000  # of a longer recording, so many from its middle


@dataclass
class Data:
    """Completions by how many their turn has, and delay in ns."""

    cells: np.ndarray  # [bucket of delay, bucket of number]
    sizes: np.ndarray  # bounds of the buckets of number: from sizes[i] to less than sizes[i + 1]
    levels: np.ndarray  # bounds of the buckets of delay, ns
    medians: np.ndarray  # per bucket of number, NaN where there are none
    completions: int
    turns: int
    together: int  # the number that half of the completions share their turn with, at least
    most: int
    unseen: int  # left out: nothing showed when the loop learnt of them
    excerpt: int  # jobs looked at, 0: all


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read waits and put them into turns. Raises NoData if no turn was seen."""
    chosen, values = filters.where(db.meta.t0_ns)
    done = "COALESCE(done_ns, wake_ns, fire_ns)"
    tail = f"v_wait JOIN v_job USING (job_id) WHERE resume_ns IS NOT NULL AND {done} IS NOT NULL"
    excerpt = 0
    if db.meta.jobs > recording.LIMIT:
        first, last = db.rows("SELECT MIN(job_id), MAX(job_id) FROM v_job")[0]
        begin = (first + last - MOST_JOBS) // 2
        tail += f" AND job_id BETWEEN {begin} AND {begin + MOST_JOBS - 1}"
        excerpt = MOST_JOBS
    columns = ("v_job.utid", "COALESCE(ready_ns, -1)", "resume_ns", done, f"COALESCE({chosen}, 0)")
    utid, ready, resume, done_at, wanted = db.table(columns, tail, values)
    known = ready >= 0
    size, turns = turn_sizes(utid, ready, resume)
    drawn = known & (wanted > 0)
    if not drawn.any():
        raise NoData(f"{db.path}: no pause shows when the event loop learnt of its end")
    size, delay = size[drawn], np.maximum(resume - done_at, 1)[drawn]
    sizes = size_bounds(int(size.max()))
    columns = len(sizes) - 1
    column = np.searchsorted(sizes, size, side="right") - 1
    cells, levels = stats.cells(column, columns, delay, FINE)
    medians = np.full(columns, np.nan)
    for i in np.unique(column):
        medians[i] = stats.quantile(delay[column == i], 0.5)
    return Data(
        cells=cells,
        sizes=sizes,
        levels=levels,
        medians=medians,
        completions=len(size),
        turns=len(np.unique(turns[drawn])),
        together=stats.quantile(size, 0.5),
        most=int(size.max()),
        unseen=int((~known & (wanted > 0)).sum()),
        excerpt=excerpt,
    )


def turn_sizes(
    utid: np.ndarray, ready: np.ndarray, resume: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Per wait: how many completions its turn has, itself included, and the turn's number. 0 and -1
    where ready is not known."""
    size, turn = np.zeros(len(utid), np.int64), np.full(len(utid), -1)
    before = 0
    for thread in np.unique(utid):
        mine = utid == thread
        known = np.flatnonzero(mine & (ready >= 0))
        known = known[np.argsort(ready[known], kind="stable")]
        resumed = np.searchsorted(np.sort(resume[mine]), ready[known], side="right")
        _, number, count = np.unique(resumed, return_inverse=True, return_counts=True)
        size[known], turn[known] = count[number], before + number
        before += len(count)
    return size, turn


def size_bounds(most: int) -> np.ndarray:
    """Each number alone up to 8, from there on four buckets an octave."""
    fine = np.floor(8 * 2 ** (np.arange(4 * 60) / 4)).astype(np.int64)
    bounds = np.unique(np.concatenate((np.arange(1, 9), fine[fine < 1 << 40])))
    return bounds[: int(np.searchsorted(bounds, most, side="right")) + 1]


def ends(data: Data) -> tuple[int, int]:
    """The buckets of the fewest and of the most completions that have enough for a median."""
    enough = np.flatnonzero(data.cells.sum(axis=0) >= min(ENOUGH, max(1, data.completions // 10)))
    return int(enough[0]), int(enough[-1])


def bucket_name(data: Data, i: int) -> str:
    """ "3" or "16 to 18"."""
    low, high = int(data.sizes[i]), int(data.sizes[i + 1]) - 1
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def caption(data: Data) -> str:
    """The answer in words."""
    if data.most == 1:
        words = "Each turn of the loop handles one completion: none waits for another's"
        words += f"; half are resumed within {units.duration(data.medians[0])}."
    else:
        words = f"Half of the completions are handled in a turn with {data.together:,} or more"
        if data.together == 1:
            words = "Most completions have a turn of the loop to themselves"
        words += f" (at most {data.most:,} in one)."
        low, high = ends(data)
        a, b = data.medians[low], data.medians[high]
        if low == high:
            words += f" The median delay is {units.duration(a)}."
        else:
            words += f" The median delay goes from {units.duration(a)} where a turn has"
            words += f" {bucket_name(data, low)}"
            words += f" to {units.duration(b)} where it has {bucket_name(data, high)}"
            if data.completions < 100:
                words += "."
            elif b > 1.5 * a:
                words += ": the more in a turn, the longer each has waited."
            else:
                words += ": the number in a turn is not what they wait for."
    if data.unseen:
        words += f" {units.count(data.unseen, 'completion')} left out: nothing shows when the loop"
        words += " learnt of them."
    if data.excerpt:
        words += f" Of the {data.excerpt:,} jobs in the middle of the recording."
    return words


def plot(data: Data, figure) -> None:
    """The map, medians over it, and how many completions there are by size of turn above it."""
    t = style.now()
    top, ax = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (1, 4.6)})
    edges = np.arange(len(data.sizes))  # buckets of equal width
    axes.latency_axis(
        ax.yaxis, data.levels[0] / 1.1, data.levels[-1] * 1.1, "notify + requeue of one pause"
    )
    mesh = axes.count_map(ax, edges, data.levels, data.cells)
    seen = np.flatnonzero(np.isfinite(data.medians))
    (line,) = ax.plot(
        seen + 0.5,
        data.medians[seen],
        color=t.ink,
        linewidth=1.4,
        marker="o",
        markersize=3.5,
        label="median",
        path_effects=style.halo(),
    )
    counts = data.cells.sum(axis=0)
    top.bar(edges[:-1] + 0.5, counts, width=0.9, color=t.heat[2], linewidth=0)
    axes.count_axis(top.yaxis, "completions")
    top.yaxis.get_major_locator().set_params(nbins=3)
    top.tick_params(labelbottom=False)
    axes.legend_above(top, [line])
    every = max(1, -(-(len(edges) - 1) // 14))
    shown = edges[:-1:every]
    ax.set_xlim(0, edges[-1])
    ax.set_xticks(shown + 0.5, [f"{data.sizes[i]:,}" for i in shown])
    ax.set_xlabel("completions that the loop handles in the same turn (from)")
    figure.align_ylabels((top, ax))
    axes.count_bar(figure, mesh, [top, ax], "completions per cell", anchor=(0, 0))
