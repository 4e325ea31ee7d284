# SPDX-License-Identifier: Apache-2.0
"""What the page shows: all jobs of the database if they fit, else a sample with the slowest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from asynctls_dashboards import connections, recording
from asynctls_dashboards.db import PHASE_COLUMNS, PHASES, Database, Frame
from asynctls_dashboards.filters import NO_FILTERS, Filters
from asynctls_dashboards.page import detail, facts
from asynctls_dashboards.page.pack import Pack

EXACT_JOBS = 60_000  # up to here everything is kept to the nanosecond, with every slice
MOST_READ = 600_000  # of more than recording.LIMIT jobs, only so many are read
SLOWEST = 1000  # kept with all their details whatever happens
COLUMNS = ("job_id", "utid", "conn_id", "ts_ns", "dur_ns", "end_ns", *PHASE_COLUMNS)
COLUMNS += ("pauses", "op", "outcome", "open_phase")


@dataclass(frozen=True)
class Fidelity:
    """How exactly the jobs are kept: 0 is exactly, else buckets to the octave."""

    tick_ns: int
    log: int
    split: int  # steps in which to keep the first part of busy
    share: int = 1  # keep one job of so many


LADDER = tuple(Fidelity(tick_ns=1000, log=fine, split=fine) for fine in (32, 16))
EXACT = Fidelity(tick_ns=1, log=0, split=0)


@dataclass
class Jobs:
    """The jobs in the order of their starts, and what else is known of them."""

    frame: Frame
    first_busy: np.ndarray  # ns until the first pause
    kind: np.ndarray  # index of the connection's facts
    keep: np.ndarray  # positions of those whose details go along
    weight: Optional[np.ndarray] = None  # of how many jobs each stands for

    def __len__(self) -> int:
        return len(self.frame["ts_ns"])


def read(db: Database, filters: Filters = NO_FILTERS) -> tuple[Jobs, list[dict]]:
    """All jobs, and the kinds of connection. Raises NoJobs."""
    share = _share(db, filters)
    frame = db.jobs(*COLUMNS, filters=filters, also=_part(db, share) if share > 1 else "1")
    order = np.argsort(frame["ts_ns"], kind="stable")
    frame = {name: column[order] for name, column in frame.items()}
    frame["end_ns"] = np.maximum(frame["end_ns"], frame["ts_ns"] + 1)
    kind, kinds = connections.kinds(db, frame["conn_id"], few=share > 1)
    first = detail.first_busy(db, frame["job_id"], every=share == 1)
    keep = chosen(db, frame, share == 1)
    weight = None if share == 1 else np.where(np.isin(np.arange(len(kind)), keep), 1, share)
    return Jobs(frame=frame, first_busy=first, kind=kind, keep=keep, weight=weight), kinds


def _share(db: Database, filters: Filters) -> int:
    """Read one job of so many: more than fit into a page, and less than would take long."""
    return -(-db.meta.jobs // MOST_READ) if recording.summed(db, filters) else 1


def _part(db: Database, share: int) -> str:
    """Condition on v_job: one job of so many, the slowest, the unfinished, and the findings'."""
    return (
        f"job_id IN (WITH RECURSIVE pick(id) AS (SELECT {1 + share // 2} UNION ALL "
        f"SELECT id + {share} FROM pick WHERE id + {share} <= {db.meta.jobs}) SELECT id FROM pick "
        f"UNION SELECT * FROM (SELECT job_id FROM v_job ORDER BY dur_ns DESC LIMIT {SLOWEST}) "
        f"UNION SELECT * FROM (SELECT job_id FROM v_job WHERE dur_ns < 0 LIMIT {SLOWEST}) "
        "UNION SELECT job_id FROM v_finding_example WHERE job_id NOT NULL)"
    )


def chosen(db: Database, frame: Frame, every: bool) -> np.ndarray:
    """Positions of jobs shown in full: all, or the slowest, the unfinished, and the findings'."""
    if every and len(frame["ts_ns"]) <= EXACT_JOBS:
        return np.arange(len(frame["ts_ns"]))
    age = frame["end_ns"] - frame["ts_ns"]
    slow = np.argsort(-age, kind="stable")[:SLOWEST]
    odd = np.flatnonzero(frame["dur_ns"] < 0)[:SLOWEST]
    named = np.array([job for row in facts.findings(db) for job in row["jobs"]], np.int64)
    return np.unique(np.concatenate((slow, odd, np.flatnonzero(np.isin(frame["job_id"], named)))))


def sample(jobs: Jobs, share: int) -> Jobs:
    """One of so many jobs, evenly in time, and all of those that are shown in full."""
    if share == 1:
        return jobs
    n = len(jobs)
    kept = np.zeros(n, bool)
    kept[jobs.keep] = True
    common = np.flatnonzero(~kept)
    picked = common[share // 2 :: share]
    positions = np.sort(np.concatenate((jobs.keep, picked)))
    frame = {name: column[positions] for name, column in jobs.frame.items()}
    before = 1 if jobs.weight is None else jobs.weight[positions]
    weight = np.where(kept[positions], 1, share * before)
    return Jobs(
        frame=frame,
        first_busy=jobs.first_busy[positions],
        kind=jobs.kind[positions],
        keep=np.flatnonzero(kept[positions]),
        weight=weight,
    )


def fill(pack: Pack, db: Database, jobs: Jobs, how: Fidelity, utids: dict[int, int]) -> list[str]:
    """Add the jobs' columns. Returns the kinds of engine operation."""
    frame = jobs.frame
    pack.add("start", frame["ts_ns"] // how.tick_ns, delta=True)
    pack.add("id", frame["job_id"], delta=True)
    pack.add("conn", frame["conn_id"], delta=True)
    for name in PHASES:
        pack.add(name, frame[f"{name}_ns"], log=how.log)
    if how.log:
        share = jobs.first_busy * how.split // np.maximum(frame["busy_ns"], 1)
        pack.add("first", np.minimum(share, how.split))
    else:
        pack.add("first", jobs.first_busy)
    pack.add(
        "thread",
        np.array([utids.get(int(u), 0) for u in np.unique(frame["utid"])])[
            np.unique(frame["utid"], return_inverse=True)[1]
        ],
    )
    for name in ("op", "outcome", "pauses"):
        pack.add(name, frame[name])
    pack.add("kind", jobs.kind)
    loose = np.flatnonzero(frame["dur_ns"] < 0)  # no sum of phases: the end is not known
    pack.add("loose", loose, delta=True)
    pack.add("loose_end", frame["end_ns"][loose])
    pack.add("loose_phase", frame["open_phase"][loose] + 1)
    if jobs.weight is not None:
        pack.add("weight", jobs.weight)
    return detail.fill(pack, db, jobs, utids)


def fidelity(db: Database, jobs: Jobs, budget: int, utids: dict[int, int]) -> Fidelity:
    """The best that keeps the data below so many bytes, judged by a part of it."""
    if len(jobs) <= EXACT_JOBS:
        return EXACT
    part = slice(len(jobs) // 3, len(jobs) // 3 + EXACT_JOBS // 2)
    frame = {name: column[part] for name, column in jobs.frame.items()}
    none = np.empty(0, np.int64)
    some = Jobs(frame=frame, first_busy=jobs.first_busy[part], kind=jobs.kind[part], keep=none)
    sizes = []
    for how in LADDER:
        pack = Pack()
        fill(pack, db, some, how, utids)
        sizes.append(len(pack.blob({})) / len(some))
        if sizes[-1] * len(jobs) < 0.94 * budget:
            return how
    share = int(
        np.ceil(sizes[0] * len(jobs) / (0.9 * budget))
    )  # few exact ones tell more than many rough ones
    return replace(LADDER[0], share=share)


def collect(
    db: Database, filters: Filters, budget: int, redact: bool, title: str = ""
) -> tuple[dict, Pack]:
    """The page's data, which make a blob of at most about budget bytes."""
    jobs, kinds = read(db, filters)
    threads, utids = facts.threads(db)
    header = facts.header(db, filters, jobs, redact)
    how = fidelity(db, jobs, budget, utids)
    shown = sample(jobs, how.share)
    header["title"] = title
    header["threads"], header["kinds"] = threads, connections.redacted(kinds) if redact else kinds
    header["ops"], header["outcomes"] = db.names("op"), db.names("outcome")
    header["tick"], header["log"], header["split"] = how.tick_ns, how.log, how.split
    header["share"] = how.share * _share(db, filters)
    header["complete"] = len(jobs.keep) == len(jobs)
    pack = Pack()
    header["engKinds"] = fill(pack, db, shown, how, utids)
    return header, pack
