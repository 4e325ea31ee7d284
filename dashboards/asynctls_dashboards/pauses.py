# SPDX-License-Identifier: Apache-2.0
"""Pauses per job: how often is a job suspended, and what does a pause more cost?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, conns, dense, stats, style, units
from asynctls_dashboards.db import NO_FILTERS, Database, Filters, NoData

TITLE = "Pauses per job"
MOST_KINDS = 6
MOST = 12  # more pauses than that are one row
QUANTILES = (0.5, 0.99, 1.0)


@dataclass
class Row:
    """The jobs with so many pauses: median, p99 and maximum of their duration in ns."""

    name: str
    jobs: int
    p50: int
    p99: int
    most: int
    mean: float  # pauses


@dataclass
class Data:
    """Rows by number of pauses, and by version and cipher if there are several."""

    rows: list[Row]
    jobs: int
    mean: float
    kinds: list[Row]
    undivided: bool = False  # connections differ, and jobs are too many to tell them apart


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read pauses and durations. Raises NoData without a finished job."""
    if dense.wanted(db, filters):
        return _dense(db)
    by_conn = conns.several(db)
    columns = ("pauses", "dur_ns", *(("conn_id",) if by_conn else ()))
    frame = db.jobs(*columns, filters=filters)
    done = frame["dur_ns"] >= 0
    if not done.any():
        raise NoData(f"{db.path}: no job is finished")
    pauses, dur = frame["pauses"][done], frame["dur_ns"][done]
    rows = _rows(pauses, dur)
    kinds = []
    if by_conn:
        kind, names = conns.by_name(db, frame["conn_id"][done])
        for k, name in enumerate(names[:MOST_KINDS]):
            mine = kind == k
            kinds.append(_row(name, dur[mine], float(pauses[mine].mean())))
    return Data(rows, len(dur), float(pauses.mean()), kinds)


def _dense(db: Database) -> Data:
    """From sums; those of 16 pauses and more are one of them."""
    sql = f"SELECT times, SUM(jobs), SUM(pauses) FROM v_job_group WHERE {dense.JOBS} AND open_phase IS NULL GROUP BY 1"
    groups = db.rows(sql)
    jobs, pauses = (sum(row[i] for row in groups) for i in (1, 2))
    if not jobs:
        raise NoData(f"{db.path}: no job is finished")
    rows = []
    for low in range(MOST + 1):
        there = [times for times, _, _ in groups if times == low or times > low == MOST]
        found = [dense.buckets(db, "wall", times) for times in there]
        if found:
            middle, count = (np.concatenate(part) for part in zip(*found))
            order = np.argsort(middle, kind="stable")
            name = f"{low}" if low < MOST else f"{low} or more"
            at = dense.at_ranks(middle[order], count[order], QUANTILES)
            rows.append(Row(name, int(count.sum()), *at, low))
    return Data(rows, jobs, pauses / jobs, [], dense.several(db))


def _rows(pauses: np.ndarray, dur: np.ndarray) -> list[Row]:
    """One for each number of pauses that occurs."""
    rows = []
    for n in range(int(min(pauses.max(), MOST)) + 1):
        mine = dur[pauses == n] if n < MOST else dur[pauses >= n]
        if len(mine):
            rows.append(_row(f"{n}" if n < MOST else f"{n} or more", mine, n))
    return rows


def _row(name: str, dur: np.ndarray, mean: float) -> Row:
    return Row(name, len(dur), *(stats.quantile(dur, q) for q in QUANTILES), mean)


def caption(data: Data) -> str:
    """The answer in words."""
    usual = max(data.rows, key=lambda row: row.jobs)
    text = f"{units.percent(usual.jobs / data.jobs)} of the jobs pause {times(usual.name)}"
    text += f" and take {units.duration(usual.p50)} at the median; the average is {data.mean:.3g}."
    if data.rows[0].name == "0" and usual.name != "0":
        none = data.rows[0]
        text += f" {units.count(none.jobs, 'job')} never paused ({units.duration(none.p50)}): nothing was offloaded in them."
    elif usual.name == "0":
        text += " Most jobs offload nothing."
    if data.kinds:
        most = max(data.kinds, key=lambda row: row.mean)
        least = min(data.kinds, key=lambda row: row.mean)
        if most.mean > 1.05 * least.mean:
            text += f" {most.name} pauses {most.mean:.3g} times on average, {least.name} {least.mean:.3g}."
        else:
            text += " Versions and ciphers do not differ in it."
    if data.undivided:
        text += " With so many jobs, versions and ciphers are not told apart; a time window does."
    return text


def times(name: str) -> str:
    """ "1" -> "once"."""
    return {"0": "never", "1": "once", "2": "twice"}.get(name, f"{name} times")


def plot(data: Data, figure) -> None:
    """Left, how many jobs; right, how long they take. First by pauses, then by version and cipher."""
    t = style.now()
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": (1, 1.2)})
    rows = data.rows + data.kinds
    at = np.arange(len(rows)) + np.repeat((0.0, 0.7), (len(data.rows), len(data.kinds)))
    jobs = np.array([row.jobs for row in rows])
    left.barh(at, jobs, color=t.data, height=0.62)
    for y, n in zip(at, jobs):
        left.text(n, y, f"  {n:,}  ({units.percent(n / data.jobs)})", va="center", fontsize=9)
    left.set_xlim(0, jobs.max() * 1.42)
    names = [f"{row.name} ×" for row in data.rows]
    names += [f"{units.plain(row.name, 40)}\n{row.mean:.3g} pauses" for row in data.kinds]
    left.set_yticks(at, names, fontsize=8.5 if data.kinds else 9.5)
    left.set_ylim(max(at[-1], 2) + 0.7, -0.7)
    left.set_title("pauses of a job", loc="left", fontsize=9, fontweight="normal", color=t.faint)
    axes.count_axis(left.xaxis, "jobs")
    left.tick_params(axis="y", length=0, labelcolor=t.ink)
    low = min(row.p50 for row in rows) / 1.6
    high = max(row.most for row in rows) * 1.6
    axes.latency_axis(right.xaxis, low, high, "start to finish of a job", narrow=True)
    for y, row in zip(at, rows):
        right.plot((row.p50, row.most), (y, y), color=t.data, linewidth=3, alpha=0.35)
        right.plot(row.p50, y, "o", color=t.data, markersize=9, markeredgecolor=t.paper)
        if row.jobs >= 100:
            right.plot(row.p99, y, "D", color=t.accent, markersize=7, markeredgecolor=t.paper)
        right.plot(row.most, y, "|", color=t.data, markersize=13, markeredgewidth=1.6)
        right.annotate(
            f"p50 {units.duration(row.p50)}",
            (row.p50, y),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            color=t.faint,
            path_effects=style.halo(),
        )
    right.tick_params(axis="y", length=0)
    right.spines["left"].set_visible(False)
    key = (
        "●  median   ◆  99 %   |  slowest"
        if any(row.jobs >= 100 for row in rows)
        else "●  median   |  slowest"
    )
    right.set_title(key, loc="right", fontsize=9, fontweight="normal", color=t.faint)
