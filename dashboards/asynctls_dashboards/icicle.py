# SPDX-License-Identifier: Apache-2.0
"""Icicle: the jobs' wall time divided by operation, by phase, and by what the engine did in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from matplotlib.patches import Rectangle

from asynctls_dashboards import axes, evidence, style, units
from asynctls_dashboards.db import NO_FILTERS, PHASE_COLUMNS, PHASES, Database, Filters, NoData

TITLE = "Wall time, divided"
LEVELS = ("all jobs", "operation", "phase", "engine")


@dataclass
class Node:
    """A part of its parent's time, ns."""

    name: str
    ns: int
    kind: str  # "root", "op", a phase, "queue", "work", "place" or "rest"
    children: list["Node"] = field(default_factory=list)


@dataclass
class Data:
    """The whole, and how many jobs it is of."""

    root: Node
    jobs: int
    evidence: evidence.Evidence


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Add up jobs and operations. Raises NoData without a finished job."""
    frame = db.jobs("op", "dur_ns", *PHASE_COLUMNS, "waits", filters=filters)
    names = db.names("op")
    done = frame["dur_ns"] >= 0
    if not done.any():
        raise NoData(f"{db.path}: no job is finished")
    codes = np.unique(frame["op"][done])
    engine = _engine(db, filters, [names[code] for code in codes])
    root = Node("all jobs", 0, "root")
    for code in codes:
        mine = done & (frame["op"] == code)
        node = Node(f"{names[code]} ({mine.sum():,})", 0, "op")
        for phase, column in zip(PHASES, PHASE_COLUMNS):
            part = Node(phase, int(frame[column][mine].sum()), phase)
            part.children = fitted(engine.get((names[code], phase), []), part.ns)
            node.children.append(part)
            node.ns += part.ns
        root.children.append(node)
        root.ns += node.ns
    root.children.sort(key=lambda node: -node.ns)
    return Data(root, int(done.sum()), evidence.count(frame["waits"]))


def _engine(db: Database, filters: Filters, ops: list[str]) -> dict[tuple[str, str], list[Node]]:
    """What the engine did, by the jobs' operation and the phase in which it did it."""
    where, values = filters.where(db.meta.t0_ns)
    kinds = _kinds(db)
    found: dict[tuple[str, str], list[Node]] = {}
    for op in ops if kinds else ():
        # with all jobs of one operation it is quicker to name the few that do not count
        chosen, given = "job_id NOT IN (SELECT job_id FROM v_job WHERE dur_ns < 0)", []
        if len(ops) > 1 or filters != NO_FILTERS:
            chosen = (
                f"job_id IN (SELECT job_id FROM v_job WHERE dur_ns >= 0 AND op = ? AND {where})"
            )
            given = [op, *values]
        for kind, queue, service in zip(kinds, *_sums(db, kinds, chosen, given)):
            crypto, alg, bits, placed = kind
            what = f"{crypto} {alg}" + (f" {bits}" if bits else "")
            if placed:
                found.setdefault((op, "busy"), []).append(
                    Node(f"{what}, in place", service, "place")
                )
                continue
            parts = found.setdefault((op, "offload"), [])
            parts += [
                Node(f"{what}: in the queue", queue, "queue"),
                Node(f"{what}: work", service, "work"),
            ]
    return found


def _kinds(db: Database) -> list[tuple]:
    """Kinds of operation: crypto, alg, bits, whether in place. From sums, if the database has them."""
    sql = "SELECT DISTINCT crypto, alg, bits, reason IS NOT NULL FROM "
    summed = db.rows("SELECT 1 FROM sqlite_master WHERE name = 'v_op_hist'")
    return (summed and db.rows(sql + "v_op_hist")) or db.rows(sql + "v_engine_op")


def _sums(
    db: Database, kinds: list[tuple], chosen: str, values: list
) -> tuple[list[int], list[int]]:
    """Time in the queue and of service by kind of operation. GROUP BY would sort all of them first."""
    if len(kinds) == 1:  # no need to look at it
        (row,) = db.rows(
            "SELECT COALESCE(SUM(MAX(queue_ns, 0)), 0), COALESCE(SUM(MAX(service_ns, 0)), 0) "
            f"FROM v_engine_op WHERE {chosen}",
            values,
        )
        return [row[0]], [row[1]]
    mine = "FILTER (WHERE crypto IS ? AND alg IS ? AND bits IS ? AND (reason IS NOT NULL) IS ?)"
    sums = ", ".join(
        f"SUM({column}) {mine}"
        for column in ("MAX(queue_ns, 0)", "MAX(service_ns, 0)")
        for _ in kinds
    )
    given = [part for kind in kinds for part in kind] * 2
    (row,) = db.rows(f"SELECT {sums} FROM v_engine_op WHERE {chosen}", given + values)
    row = [value or 0 for value in row]
    return row[: len(kinds)], row[len(kinds) :]


def fitted(parts: list[Node], ns: int) -> list[Node]:
    """Parts of ns. They may be a little more than it, as an operation is submitted before the pause."""
    total = sum(part.ns for part in parts)
    if total > ns:
        for part in parts:
            part.ns = part.ns * ns // total
    return sorted((part for part in parts if part.ns > 0), key=lambda part: -part.ns)


def caption(data: Data) -> str:
    """The answer in words."""
    total = max(data.root.ns, 1)
    largest = max((part for op in data.root.children for part in op.children), key=lambda p: p.ns)
    text = f"{units.count(data.jobs, 'finished job')} took {units.duration(total)} in all"
    text += f"; {units.percent(largest.ns / total)} of that is {largest.name}"
    if largest.children:
        leaf = largest.children[0]
        text += f", and in it the largest part is {leaf.name} ({units.percent(leaf.ns / max(largest.ns, 1))} of it)"
    return text + "." + evidence.sentence(data.evidence)


def _colours(kind: str) -> tuple[str, str]:
    """Face and text of a node."""
    t = style.now()
    dark, light = "#10151b", "#ffffff"
    if kind in PHASES:
        return style.PHASE_COLOURS[kind], light if kind in ("busy", "notify") else dark
    return {
        "root": (t.rule, t.ink),
        "op": (t.lane, t.ink),
        "queue": ("#d9ebf8", dark),
        "work": ("#5d9fd0", dark),
        "place": ("#6c93c4", dark),
    }[kind]


def plot(data: Data, figure) -> None:
    """Boxes from the whole at the top to its parts beneath; width is wall time."""
    t = style.now()
    ax = figure.subplots()
    ax.set_ylim(len(LEVELS), 0)
    axes.share_axis(ax.xaxis, f"share of the jobs' wall time ({units.duration(data.root.ns)})")
    _box(ax, data.root, 0.0, max(data.root.ns, 1), 0)
    ax.set_yticks([i + 0.5 for i in range(len(LEVELS))], LEVELS)
    ax.tick_params(axis="y", length=0, labelcolor=t.faint)
    ax.spines["left"].set_visible(False)


def _box(ax, node: Node, x: float, total: int, level: int) -> None:
    width = node.ns / total
    face, ink = _colours(node.kind)
    ax.add_patch(
        Rectangle(
            (x, level + 0.03),
            width,
            0.94,
            facecolor=face,
            edgecolor=style.now().paper,
            linewidth=1.2,
        )
    )
    share = f"{units.percent(width)} · {units.duration(node.ns)}"
    room = int(width * 118)  # characters
    if room >= 4:
        names = (node.name, node.name.rsplit(": ", 1)[-1])
        name = next((n for n in names if len(n) <= room), "")
        lines = [name, share if len(share) <= room else units.percent(width)]
        words = "\n".join(line for line in lines if line)
        ax.text(x + width / 2, level + 0.5, words, ha="center", va="center", color=ink, fontsize=9)
    for child in node.children:
        _box(ax, child, x, total, level + 1)
        x += child.ns / total
