# SPDX-License-Identifier: Apache-2.0
"""Details of single jobs: slices in order, engine operations, and their connection's times."""

from __future__ import annotations

import numpy as np

from asynctls_dashboards.connections import lookup
from asynctls_dashboards.db import IDS, PHASES, Database, id_lists, indices
from asynctls_dashboards.page.pack import Pack


def first_busy(db: Database, job_id: np.ndarray, every: bool) -> np.ndarray:
    """ns that each job ran before its first pause, 0 if that is not known; every: they are all
    jobs."""
    columns, chosen = ("job_id", "dur_ns"), None if every else job_id
    first = "seq = 0 AND phase = 'busy'"
    ids, dur = db.keyed(columns, "v_slice", "job_id", chosen, also=first)
    return lookup(ids, np.maximum(dur, 0), job_id)


def fill(pack: Pack, db: Database, jobs, utids: dict[int, int]) -> list[str]:
    """Add the details of the jobs that are to be kept with them. Returns the kinds of engine
    operation."""
    keep = jobs.keep
    ids = jobs.frame["job_id"][keep]
    every = len(keep) == len(jobs) and len(keep) > IDS
    pack.add("keep", keep, delta=True)
    _slices(pack, db, ids, keep, every, utids)
    _conns(pack, db, jobs, every)
    return _operations(pack, db, jobs, ids, every)


def _slices(pack: Pack, db: Database, ids, keep, every: bool, utids: dict[int, int]) -> None:
    columns = ("job_id", "seq", indices("phase", PHASES, 0), "dur_ns", "utid")
    job, seq, phase, dur, utid = db.keyed(columns, "v_slice", "job_id", None if every else ids)
    where = {int(i): n for n, i in enumerate(ids)}
    row = np.array([where.get(i, -1) for i in job.tolist()], np.int64)
    order = np.lexsort((seq, row))
    order = order[row[order] >= 0]
    pack.add("slices", np.bincount(row[order], minlength=len(keep)) if len(order) else 0 * keep)
    pack.add("slice_phase", phase[order])
    pack.add("slice_dur", np.maximum(dur[order], 0))
    pack.add("slice_thread", np.array([utids.get(u, 0) for u in utid[order].tolist()], np.int64))


def _conns(pack: Pack, db: Database, jobs, every: bool) -> None:
    conn = jobs.frame["conn_id"][jobs.keep]
    start = jobs.frame["ts_ns"][jobs.keep] + db.meta.t0_ns
    columns = ("conn_id", "ts_ns", "dur_ns", "COALESCE(handshake_ts_ns, 0)")
    columns += ("COALESCE(handshake_dur_ns, -1)",)
    found = db.keyed(columns, "v_conn", "conn_id", None if every else np.unique(conn))
    ts, dur, hs_ts, hs_dur = (lookup(found[0], column, conn) for column in found[1:])
    known = ts > 0
    pack.add("conn_age", np.where(known, np.maximum(start - ts, 0), 0))
    pack.add("conn_dur", np.where(known, dur, -1) + 1)
    pack.add("hs_dur", np.where(hs_ts > 0, hs_dur, -1) + 1)
    ids = jobs.frame["job_id"][jobs.keep]
    evidence = db.keyed(("job_id", "evidence"), "v_job", "job_id", None if every else ids)
    pack.add("evidence", lookup(*evidence, ids))


def _operations(pack: Pack, db: Database, jobs, ids, every: bool) -> list[str]:
    """Returns the kinds of operation, as crypto|alg|bits|reason."""
    sql = (
        "SELECT job_id, ts_ns, COALESCE(queue_ns, -1), COALESCE(service_ns, -1), COALESCE(tid, 0), "
    )
    sql += "crypto, alg, bits, reason FROM v_engine_op"
    rows = []
    if every:
        rows = db.rows(f"{sql} WHERE job_id NOT NULL")
    for block in id_lists(ids[: 0 if every else None]):
        rows += db.rows(f"{sql} WHERE job_id IN ({block})")
    where = {int(i): n for n, i in enumerate(ids)}
    kinds: dict[str, int] = {}
    found = []
    start = (jobs.frame["ts_ns"][jobs.keep] + db.meta.t0_ns).tolist()
    for job, ts, queue, service, tid, *what in rows:
        at = where.get(job)
        if at is None:
            continue
        text = "|".join("" if part is None else str(part).replace("|", "/") for part in what)
        kind = kinds.setdefault(text, len(kinds))
        found.append((at, ts - start[at], kind, queue + 1, service + 1, tid))
    columns = np.array(sorted(found), np.int64).reshape(-1, 6).T
    for name, column in zip(("job", "at", "kind", "queue", "service", "tid"), columns):
        pack.add(f"eng_{name}", column, delta=name == "job")
    return list(kinds)
