# SPDX-License-Identifier: Apache-2.0
"""Critical path: one job, step by step, each step with what it waited for.

Drawn is the slowest finished job of those that the filters let through; --conn chooses one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from asynctls_dashboards import axes, style, units
from asynctls_dashboards.db import BUSY, PHASES, Database, NoData
from asynctls_dashboards.filters import NO_FILTERS, Filters

TITLE = "Critical path of the slowest job"
MOST_STEPS = 16


@dataclass
class Step:
    """One slice of the job; ns since the job began."""

    phase: int
    start: int
    dur: int
    cause: str
    # offload only: how much of it the operation waited in the queue, and was worked on
    queue: Optional[tuple[int, int]] = None
    work: Optional[tuple[int, int]] = None


@dataclass
class Data:
    """A job and its steps in order; steps beyond MOST_STEPS are left out, the shortest first."""

    job_id: int
    conn_id: int
    op: str
    start: int  # ns since the recording began
    dur: int
    steps: list[Step]
    left_out: int
    of: int  # so many it is the slowest


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Find the job, its slices, its operations and what else its thread did."""
    where, values = filters.where(db.meta.t0_ns)
    found = db.rows(
        "SELECT job_id, COALESCE(conn_id, 0), COALESCE(op, 'unknown'), ts_ns, dur_ns, utid,"
        f" evidence FROM v_job WHERE dur_ns >= 0 AND {where} ORDER BY dur_ns DESC, job_id LIMIT 1",
        values,
    )
    if not found:
        db.jobs("job_id", filters=filters)  # says so if there are no jobs at all
        raise NoData(f"{db.path}: no job is finished")
    job_id, conn_id, op, ts, dur, utid, seen = found[0]
    left = db.rows(f"SELECT COUNT(*) FROM v_job WHERE dur_ns < 0 AND {where}", values)[0][0]
    total = db.count(filters) - left
    slices = db.slices(job_ids=np.array([job_id]))
    start = ts - db.meta.t0_ns
    others = _others(db, job_id, utid, ts, ts + dur)
    operations = _operations(db, job_id)
    threads = {utid: units.plain(name, 28) for utid, name in db.threads().items()}
    steps = []
    for phase, at, length, where_ran in zip(
        *(slices[name] for name in ("phase", "ts_ns", "dur_ns", "utid"))
    ):
        step = Step(phase=int(phase), start=int(at - start), dur=int(length), cause="")
        _explain(step, int(at), threads.get(int(where_ran), ""), operations, others)
        steps.append(step)
    _doubts(steps, *(seen & db.code("evidence", name) for name in ("untold", "merged")))
    kept = sorted(sorted(steps, key=lambda s: -s.dur)[:MOST_STEPS], key=lambda s: s.start)
    return Data(
        job_id=job_id,
        conn_id=conn_id,
        op=op,
        start=start,
        dur=dur,
        steps=kept,
        left_out=len(steps) - len(kept),
        of=total,
    )


def _doubts(steps: list[Step], untold: int, merged: int) -> None:
    """Say where a phase holds the next one too, as what parts them was not seen."""
    for step, after in zip(steps, steps[1:]):
        if PHASES[after.phase] != "busy":
            continue
        if PHASES[step.phase] == "notify" and untold:
            step.cause = (
                step.cause.split(";")[0]
                + "; not seen when the event loop learnt of it, so requeue is in here"
            )
        elif PHASES[step.phase] == "offload" and merged:
            step.cause = "no wake-up was seen, so the whole wait is in here"


def _others(
    db: Database, job_id: int, utid: int, start: int, end: int
) -> tuple[np.ndarray, np.ndarray]:
    """When the job's thread ran other jobs: start and end, ns since the recording began."""
    nothing = np.empty(0, np.int64), np.empty(0, np.int64)
    longest = db.rows("SELECT dur_ns FROM v_job ORDER BY dur_ns DESC LIMIT 1")[0][0]
    mine = "utid = ? AND job_id <> ?"  # two questions, each for an index
    ended = f"v_job WHERE {mine} AND ts_ns BETWEEN ? AND ? AND dur_ns >= 0 AND ts_ns + dur_ns > ?"
    (ids,) = db.table(["job_id"], ended, (utid, job_id, start - longest, end, start))
    unended = f"v_job WHERE {mine} AND dur_ns < 0 AND ts_ns < ?"
    ids = np.concatenate((ids, *db.table(["job_id"], unended, (utid, job_id, end))))
    if not len(ids) or len(ids) > 20_000:
        return nothing
    slices = db.slices(job_ids=ids)
    busy = (slices["phase"] == BUSY) & (slices["dur_ns"] > 0)
    return slices["ts_ns"][busy], (slices["ts_ns"] + slices["dur_ns"])[busy]


def _operations(db: Database, job_id: int) -> list[tuple]:
    """(start since the recording began, queue, service, what) of the job's engine operations."""
    rows = db.rows(
        "SELECT ts_ns, COALESCE(queue_ns, -1), COALESCE(service_ns, -1), alg, crypto, bits, thread,"
        " reason FROM v_engine_op WHERE job_id = ? ORDER BY ts_ns",
        (job_id,),
    )
    operations = []
    for ts, queue, service, alg, crypto, bits, thread, reason in rows:
        what = units.operation(crypto, alg, bits)
        what += (
            f" in place ({reason})"
            if reason
            else f" on {units.plain(thread, 16)}"
            if thread
            else ""
        )
        operations.append((ts - db.meta.t0_ns, queue, service, what, reason is not None))
    return operations


def _explain(step: Step, at: int, thread: str, operations: list[tuple], others) -> None:
    """Put the cause of a step into words."""
    if PHASES[step.phase] == "busy":
        inside = [
            what for ts, _, _, what, placed in operations if placed and at <= ts <= at + step.dur
        ]
        step.cause = f"runs on {thread}" + (f"; {inside[0]}" if inside else "")
    elif PHASES[step.phase] == "offload":
        step.cause = "waits for the engine"
        for ts, queue, service, what, placed in operations:
            if (
                not placed
                and queue >= 0
                and service >= 0
                and ts <= at + step.dur
                and ts + queue + service > at
            ):
                step.cause = f"{what}: {units.duration(queue)} in the queue,"
                step.cause += f" {units.duration(service)} of work"
                begin = ts + queue - at + step.start
                step.queue, step.work = (ts - at + step.start, queue), (begin, service)
    elif PHASES[step.phase] == "notify":
        step.cause = f"signalled by {thread}; the event loop does not know yet"
    else:
        overlap = np.minimum(others[1], at + step.dur) - np.maximum(others[0], at)
        ran = overlap[overlap > 0]
        step.cause = "the event loop knows, and does other work"
        if len(ran):
            step.cause = f"the event loop runs {units.count(len(ran), 'other job')}"
            step.cause += f" for {units.duration(ran.sum())}"
            other = step.dur - int(ran.sum())
            if other > 0.2 * step.dur:
                step.cause += f", and something else for {units.duration(other)}"


def caption(data: Data) -> str:
    """The answer in words."""
    sums = [sum(s.dur for s in data.steps if s.phase == p) for p in range(len(PHASES))]
    worst = max(data.steps, key=lambda s: s.dur)
    conn = f" of connection {data.conn_id}" if data.conn_id else ""
    op = data.op if data.op != "none" else "outside an SSL call"
    text = f"Job {data.job_id} ({op}{conn}) is the slowest of {data.of:,}:"
    text += f" {units.duration(data.dur)}, "
    text += f"{units.percent(sums[worst.phase] / max(data.dur, 1))} of it {PHASES[worst.phase]}. "
    return text + f"The longest step, {units.duration(worst.dur)}: {worst.cause}."


def plot(data: Data, figure) -> None:
    """A row per step, bars where they lie in time, words beside them."""
    t = style.now()
    ax = figure.subplots()
    scale = axes.time_axis(ax, (0, data.dur))
    ax.set_xlabel(ax.get_xlabel().replace("the recording", "the job"))
    ax.grid(True, axis="x")
    for y, step in enumerate(data.steps):
        colour = style.COLOURS[step.phase]
        ax.barh(y, step.dur / scale, left=step.start / scale, color=colour, height=0.5, zorder=3)
        if step.work:
            ax.barh(
                y,
                step.work[1] / scale,
                left=step.work[0] / scale,
                height=0.2,
                color=t.ink,
                alpha=0.75,
                zorder=4,
            )
        if y:
            ax.plot(
                [step.start / scale] * 2, (y - 0.7, y - 0.3), color=t.faint, linewidth=0.8, zorder=2
            )
        _words(ax, y, step, data, scale)
    names = [f"{PHASES[s.phase]}  {units.duration(s.dur)}" for s in data.steps]
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0, labelcolor=t.ink)
    ax.set_ylim(max(len(names), 5) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    notes = [f"it began {units.duration(data.start, 5)} into the recording"]
    if any(step.work for step in data.steps):
        notes.append("inner bar: the engine at work")
    if data.left_out:
        notes.append(f"{units.count(data.left_out, 'shorter step')} left out")
    ax.set_title(" · ".join(notes), loc="right", fontsize=9, fontweight="normal", color=t.faint)


LINE = 108  # characters of the words' size across the plot, about


def _words(ax, y: int, step: Step, data: Data, scale: float) -> None:
    """The cause after, in, before or above the bar: where there is room."""
    end = step.start + step.dur
    need = (len(step.cause) + 3) / LINE * data.dur
    look = {"va": "center", "fontsize": 9, "zorder": 6}
    halo = {"path_effects": style.halo()}
    if data.dur - end >= need:
        ax.text(end / scale, y, f"  {step.cause}", ha="left", **look, **halo)
    elif step.dur >= need and not step.work:
        ink = "#ffffff" if PHASES[step.phase] in ("busy", "notify") else "#10151b"
        ax.text((step.start + end) / 2 / scale, y, step.cause, ha="center", color=ink, **look)
    elif step.start >= need:
        ax.text(step.start / scale, y, f"{step.cause}  ", ha="right", **look, **halo)
    else:
        at = max(end, need)
        ax.text(at / scale, y - 0.29, step.cause, ha="right", **look | {"va": "bottom"}, **halo)
