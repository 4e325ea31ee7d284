# SPDX-License-Identifier: Apache-2.0
"""Icicle: the jobs' wall time divided by operation, by phase, and by what the engine did in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from matplotlib.patches import Rectangle

from asynctls_dashboards import axes, conns, dense, evidence, style, units
from asynctls_dashboards.db import (
    NO_FILTERS,
    PHASE_COLUMNS,
    PHASES,
    Database,
    Filters,
    Frame,
    NoData,
)

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
    undivided: bool = False  # too many jobs for that


def load(db: Database, filters: Filters = NO_FILTERS) -> Data:
    """Add up jobs and operations. Raises NoData without a finished job."""
    if dense.wanted(db, filters):
        return _dense(db)
    by_conn = conns.several(db)
    columns = ("op", "dur_ns", *PHASE_COLUMNS, "waits", *(("job_id", "conn_id") if by_conn else ()))
    frame = db.jobs(*columns, filters=filters)
    seen = evidence.count(frame["waits"])
    names = db.names("op")
    done = frame["dur_ns"] >= 0
    if not done.any():
        raise NoData(f"{db.path}: no job is finished")
    if not done.all():
        frame = {name: column[done] for name, column in frame.items()}
    codes = np.flatnonzero(np.bincount(frame["op"]))
    root = Node("all jobs", 0, "root")
    if not by_conn:
        engine = _engine(db, filters, [names[code] for code in codes])
        for code in codes:
            parts = {phase: engine.get((names[code], phase), []) for phase in PHASES}
            root.children.append(_divided(names[code], "op", frame, frame["op"] == code, parts))
    else:
        conn, kinds = conns.by_name(db, frame["conn_id"])
        kinds = [*kinds[:MOST_KINDS], "others"]
        conn = np.minimum(conn, MOST_KINDS)
        engine = _engine_by_conn(db, frame, conn)
        for code in codes:
            root.children.append(_by_conn(names[code], int(code), frame, conn, kinds, engine))
    root.children.sort(key=lambda node: -node.ns)
    root.ns = sum(node.ns for node in root.children)
    return Data(root, len(frame["op"]), seen, by_conn)


def _dense(db: Database) -> Data:
    """From sums, which do not tell connections apart."""
    ended = f"outcome <> 'unfinished' AND {dense.JOBS}"
    sql = f"SELECT op, metric, SUM(n), SUM(sum_ns) FROM v_job_measure WHERE {ended} GROUP BY 1, 2"
    took = {(op, metric): (jobs, ns) for op, metric, jobs, ns in db.rows(sql)}
    engine = _engine_sums(db)
    root = Node("all jobs", 0, "root")
    for op in sorted({op for op, _ in took}):
        node = Node(f"{op} ({took[op, 'wall'][0]:,})", 0, "op")
        for phase in PHASES:
            ns = took[op, phase][1]
            parts = fitted(engine.get((op, phase), []), ns)
            node.children.append(Node(phase, ns, phase, parts))
            node.ns += ns
        root.children.append(node)
    root.children.sort(key=lambda node: -node.ns)
    root.ns = sum(node.ns for node in root.children)
    jobs = sum(took[op, metric][0] for op, metric in took if metric == "wall")
    return Data(root, jobs, dense.seen(db), False, dense.several(db))


def _engine_sums(db: Database) -> dict[tuple[str, str], list[Node]]:
    """What the engine did, by the jobs' operation and the phase in which it did it."""
    sums = (f"SUM(sum_ns) FILTER (WHERE metric = '{m}')" for m in ("queue", "service"))
    rows = db.rows(
        f"SELECT job_op, crypto, alg, bits, reason IS NOT NULL AS placed, {', '.join(sums)}"
        " FROM v_op_measure WHERE job_op IS NOT NULL GROUP BY 1, 2, 3, 4, 5"
    )
    found: dict[tuple[str, str], list[Node]] = {}
    for op, crypto, alg, bits, placed, queue, service in rows:
        what = units.operation(crypto, alg, bits)
        for phase, node in _nodes(what, placed, queue or 0, service or 0):
            found.setdefault((op, phase), []).append(node)
    return found


def _divided(name: str, kind: str, frame: Frame, mine: np.ndarray, parts: dict) -> Node:
    """These jobs' time by phase, and the phases by what the engine did in them."""
    node = Node(f"{name} ({mine.sum():,})", 0, kind)
    for phase, column in zip(PHASES, PHASE_COLUMNS):
        part = Node(phase, int(frame[column][mine].sum()), phase)
        part.children = fitted(parts[phase], part.ns)
        node.children.append(part)
        node.ns += part.ns
    return node


def _by_conn(name: str, code: int, frame: Frame, conn, kinds: list[str], engine: dict) -> Node:
    """One operation's jobs by version and cipher of their connections."""
    node = Node(f"{name} ({(frame['op'] == code).sum():,})", 0, "op")
    for k, kind in enumerate(kinds):
        mine = (frame["op"] == code) & (conn == k)
        if mine.any():
            parts = {phase: engine.get((code, k, phase), []) for phase in PHASES}
            node.children.append(_divided(kind, "conn", frame, mine, parts))
    node.children.sort(key=lambda child: -child.ns)
    node.ns = sum(child.ns for child in node.children)
    return node


def _engine_by_conn(db: Database, frame: Frame, conn: np.ndarray) -> dict[tuple, list[Node]]:
    """What the engine did, by the jobs' operation, kind of connection, and phase."""
    kinds = db.rows("SELECT DISTINCT crypto, alg, bits, reason IS NOT NULL FROM v_engine_op")
    text = "crypto || ' ' || alg || ' ' || bits || ' ' || (reason IS NOT NULL)"
    cases = " ".join(
        "WHEN '{}' THEN {}".format(" ".join(map(str, kind)).replace("'", "''"), i)
        for i, kind in enumerate(kinds)
    )
    columns = ("job_id", f"CASE {text} {cases} ELSE -1 END" if kinds else "-1")
    columns += ("COALESCE(MAX(queue_ns, 0), 0)", "COALESCE(MAX(service_ns, 0), 0)")
    job, kind, queue, service = db.table(columns, "v_engine_op WHERE job_id NOT NULL")
    at = conns.lookup(frame["job_id"], np.arange(1, len(frame["job_id"]) + 1), job) - 1
    found: dict[tuple, list[Node]] = {}
    known = (at >= 0) & (kind >= 0)
    at, kind, queue, service = at[known], kind[known], queue[known], service[known]
    group = np.stack((frame["op"][at], conn[at], kind), axis=1)
    rows, place = np.unique(group, axis=0, return_inverse=True) if len(at) else ((), None)
    for i, (op, k, what) in enumerate(rows):
        mine = place.reshape(-1) == i
        crypto, alg, bits, placed = kinds[what]
        for phase, node in _nodes(
            units.operation(crypto, alg, bits),
            placed,
            int(queue[mine].sum()),
            int(service[mine].sum()),
        ):
            found.setdefault((int(op), int(k), phase), []).append(node)
    return found


def _nodes(what: str, placed: int, queue: int, service: int) -> list[tuple[str, Node]]:
    """Parts of the phase in which the engine did it."""
    if placed:
        return [("busy", Node(f"{what}, in place", service, "place"))]
    waiting = Node(f"{what}: in the queue", queue, "queue")
    return [("offload", waiting), ("offload", Node(f"{what}: work", service, "work"))]


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
            what = units.operation(crypto, alg, bits)
            for phase, node in _nodes(what, placed, queue, service):
                found.setdefault((op, phase), []).append(node)
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
    columns = ("crypto", "alg", "bits", "(reason IS NOT NULL)")
    differ = [i for i in range(4) if len({kind[i] for kind in kinds}) > 1]
    mine = " AND ".join(f"{columns[i]} IS ?" for i in differ)
    mine = f"FILTER (WHERE {mine})" if mine else ""
    sums = ", ".join(
        f"SUM({column}) {mine}"
        for column in ("MAX(queue_ns, 0)", "MAX(service_ns, 0)")
        for _ in kinds
    )
    given = [kind[i] for kind in kinds for i in differ] * 2
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
    largest = _largest_phase(data)
    text = f"{units.count(data.jobs, 'finished job')} took {units.duration(total)} in all"
    text += f"; {units.percent(largest.ns / total)} of that is {largest.name}"
    if largest.children:
        leaf = largest.children[0]
        text += f", and in it the largest part is {leaf.name} ({units.percent(leaf.ns / max(largest.ns, 1))} of it)"
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
