# SPDX-License-Identifier: Apache-2.0
"""Pauses per job: how often is a job suspended, and what does a pause more cost?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import axes, recording, style, units
from asynctls_dashboards.db import Database
from asynctls_dashboards.distribution import Distribution
from asynctls_dashboards.filters import NO_FILTERS, Filters

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
    undivided: bool  # connections differ, and jobs are too many to tell them apart


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Read pauses and durations. Raises NoData without a finished job."""
    jobs = recording.jobs(db, filters, "pauses", "dur_ns", if_conns_differ=["conn_id"])
    jobs.check_finished()
    kinds = [_row(*kind) for kind in jobs.by_conn(MOST_KINDS)]
    return Data(
        rows=[
            _row(f"{n}" if n < MOST else f"{n} or more", took, n)
            for n, took in jobs.by_pauses(MOST).items()
        ],
        jobs=jobs.finished,
        mean=jobs.pauses / jobs.finished,
        kinds=kinds,
        undivided=jobs.conns_differ and not kinds,
    )


def _row(name: str, took: Distribution, pauses: float) -> Row:
    p50, p99, most = (took.quantile(q) for q in QUANTILES)
    return Row(name=name, jobs=took.count, p50=p50, p99=p99, most=most, mean=pauses)


def caption(data: Data) -> str:
    """The answer in words."""
    usual = max(data.rows, key=lambda row: row.jobs)
    text = f"{units.percent(usual.jobs / data.jobs)} of the jobs pause {times(usual.name)}"
    text += f" and take {units.duration(usual.p50)} at the median; the average is {data.mean:.3g}."
    if data.rows[0].name == "0" and usual.name != "0":
        none = data.rows[0]
        text += f" {units.count(none.jobs, 'job')} never paused ({units.duration(none.p50)}):"
        text += " nothing was offloaded in them."
    elif usual.name == "0":
        text += " Most jobs offload nothing."
    if data.kinds:
        most = max(data.kinds, key=lambda row: row.mean)
        least = min(data.kinds, key=lambda row: row.mean)
        if most.mean > 1.05 * least.mean:
            text += f" {most.name} pauses {most.mean:.3g} times on average, {least.name}"
            text += f" {least.mean:.3g}."
        else:
            text += " Versions and ciphers do not differ in it."
    if data.undivided:
        text += " With so many jobs, versions and ciphers are not told apart; a time window does."
    return text


def times(name: str) -> str:
    """ "1" -> "once"."""
    return {"0": "never", "1": "once", "2": "twice"}.get(name, f"{name} times")


def plot(data: Data, figure) -> None:
    """Left, how many jobs; right, how long they take. First by pauses, then by version and
    cipher."""
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
