# SPDX-License-Identifier: Apache-2.0
"""Icicle: the jobs' wall time divided by operation, by phase, and by what the engine did in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from matplotlib.patches import Rectangle

from asynctls_dashboards import axes, evidence, recording, style, units
from asynctls_dashboards.db import PHASE_COLUMNS, PHASES, Database
from asynctls_dashboards.filters import NO_FILTERS, Filters
from asynctls_dashboards.source import EngineTime, Part

TITLE = "Wall time, divided"
LEVELS = ("all jobs", "operation", "phase", "engine")
MOST_KINDS = 5


@dataclass
class Node:
    """A part of its parent's time, ns."""

    name: str
    ns: int
    kind: str  # "root", "op", "conn", a phase, "queue", "work", "place" or "rest"
    children: list["Node"] = field(default_factory=list)


@dataclass
class Data:
    """The whole, and how many jobs it is of."""

    root: Node
    jobs: int
    evidence: evidence.Evidence
    by_conn: bool  # divided by connection, between operation and phase
    undivided: bool  # connections differ, and jobs are too many for that


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Add up jobs and operations. Raises NoData without a finished job."""
    columns = ("op", "dur_ns", *PHASE_COLUMNS, "doubt")
    jobs = recording.jobs(db, filters, *columns, if_conns_differ=["job_id", "conn_id"])
    jobs.check_finished()
    parts = jobs.parts(MOST_KINDS)
    by_conn = any(part.conn for part in parts)
    children = [
        _by_conn(op, mine) if by_conn else _divided(op, "op", *mine)
        for op in dict.fromkeys(part.op for part in parts)
        if (mine := [part for part in parts if part.op == op])
    ]
    return Data(
        root=_above("all jobs", "root", children),
        jobs=jobs.finished,
        evidence=jobs.evidence(),
        by_conn=by_conn,
        undivided=jobs.conns_differ and not by_conn,
    )


def _above(name: str, kind: str, children: list[Node]) -> Node:
    """A node of these parts, the largest first."""
    children.sort(key=lambda node: -node.ns)
    return Node(name=name, ns=sum(node.ns for node in children), kind=kind, children=children)


def _by_conn(op: str, parts: list[Part]) -> Node:
    """One operation's jobs by version and cipher of their connections."""
    kinds = [_divided(part.conn, "conn", part) for part in parts]
    return _above(f"{op} ({sum(part.jobs for part in parts):,})", "op", kinds)


def _divided(name: str, kind: str, part: Part) -> Node:
    """These jobs' time by phase, and the phases by what the engine did in them."""
    node = Node(name=f"{name} ({part.jobs:,})", ns=sum(part.phases), kind=kind)
    for phase, ns in zip(PHASES, part.phases):
        did = [leaf for time in part.engine for leaf in _leaves(time, phase)]
        node.children.append(Node(name=phase, ns=ns, kind=phase, children=fitted(did, ns)))
    return node


def _leaves(time: EngineTime, phase: str) -> list[Node]:
    """What the engine did in that phase."""
    if time.in_place:
        name = f"{time.what}, in place"
        return [Node(name=name, ns=time.service, kind="place")] if phase == "busy" else []
    if phase != "offload":
        return []
    waiting = Node(name=f"{time.what}: in the queue", ns=time.queue, kind="queue")
    return [waiting, Node(name=f"{time.what}: work", ns=time.service, kind="work")]


def fitted(parts: list[Node], ns: int) -> list[Node]:
    """Parts of ns. They may be a little more than it, as an operation is submitted before the
    pause."""
    total = sum(part.ns for part in parts)
    if total > ns:
        for part in parts:
            part.ns = part.ns * ns // total
    return sorted((part for part in parts if part.ns > 0), key=lambda part: -part.ns)


def caption(data: Data) -> str:
    """The answer in words."""
    total = max(data.root.ns, 1)
    largest = _largest_phase(data)
    text = f"{units.count(data.jobs, 'finished job')} took {units.duration(total)} in all"
    text += f"; {units.percent(largest.ns / total)} of that is {largest.name}"
    if largest.children:
        leaf = largest.children[0]
        text += f", and in it the largest part is {leaf.name}"
        text += f" ({units.percent(leaf.ns / max(largest.ns, 1))} of it)"
    if data.by_conn:
        kind = max((k for op in data.root.children for k in op.children), key=lambda k: k.ns)
        text += (
            f". {kind.name.rsplit(' (', 1)[0]} takes {units.percent(kind.ns / total)} of the whole"
        )
    if data.undivided:
        text += ". Connections differ; with so many jobs only a time window tells them apart"
    return text + "." + evidence.sentence(data.evidence)


def _largest_phase(data: Data) -> Node:
    """The phase that takes most, over all kinds of connection if jobs are divided by them."""
    if not data.by_conn:
        return max((part for op in data.root.children for part in op.children), key=lambda p: p.ns)
    whole = {phase: Node(phase, 0, phase) for phase in PHASES}
    leaves: dict[tuple[str, str], Node] = {}
    for part in (p for op in data.root.children for kind in op.children for p in kind.children):
        whole[part.kind].ns += part.ns
        for leaf in part.children:
            leaves.setdefault((part.kind, leaf.name), Node(leaf.name, 0, leaf.kind)).ns += leaf.ns
    for (phase, _), leaf in leaves.items():
        whole[phase].children.append(leaf)
    for node in whole.values():
        node.children.sort(key=lambda leaf: -leaf.ns)
    return max(whole.values(), key=lambda node: node.ns)


def _colours(kind: str) -> tuple[str, str]:
    """Face and text of a node."""
    t = style.now()
    dark, light = "#10151b", "#ffffff"
    if kind in PHASES:
        return style.PHASE_COLOURS[kind], light if kind in ("busy", "notify") else dark
    return {
        "root": (t.rule, t.ink),
        "op": (t.lane, t.ink),
        "conn": (t.rule, t.ink),
        "queue": ("#d9ebf8", dark),
        "work": ("#5d9fd0", dark),
        "place": ("#6c93c4", dark),
    }[kind]


def plot(data: Data, figure) -> None:
    """Boxes from the whole at the top to its parts beneath; width is wall time."""
    t = style.now()
    ax = figure.subplots()
    levels = [*LEVELS[:2], "connection", *LEVELS[2:]] if data.by_conn else LEVELS
    ax.set_ylim(len(levels), 0)
    axes.share_axis(ax.xaxis, f"share of the jobs' wall time ({units.duration(data.root.ns)})")
    _box(ax, data.root, 0.0, max(data.root.ns, 1), 0)
    ax.set_yticks([i + 0.5 for i in range(len(levels))], levels)
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
        names = [node.name, node.name.rsplit(": ", 1)[-1]]
        if node.kind == "conn":  # without the number, the version alone
            names += [node.name.rsplit(" (", 1)[0], " ".join(node.name.split()[:2])]
        name = next((n for n in names if len(n) <= room), "")
        lines = [name, share if len(share) <= room else units.percent(width)]
        words = "\n".join(line for line in lines if line)
        ax.text(x + width / 2, level + 0.5, words, ha="center", va="center", color=ink, fontsize=9)
    for child in node.children:
        _box(ax, child, x, total, level + 1)
        x += child.ns / total
