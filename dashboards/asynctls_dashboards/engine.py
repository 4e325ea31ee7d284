# SPDX-License-Identifier: Apache-2.0
"""What the engine did for jobs, added up by kind of operation."""

from __future__ import annotations

from typing import Iterable

import numpy as np

from asynctls_dashboards import units
from asynctls_dashboards.connections import lookup
from asynctls_dashboards.db import Database
from asynctls_dashboards.filters import NO_FILTERS, Filters
from asynctls_dashboards.source import EngineTime

KIND = ("crypto", "alg", "bits", "reason IS NOT NULL")  # columns that tell kinds apart
TIMES = ("COALESCE(MAX(queue_ns, 0), 0)", "COALESCE(MAX(service_ns, 0), 0)")


def by_op(db: Database, filters: Filters, ops: list[str]) -> dict[str, list[EngineTime]]:
    """By the jobs' operation; of the finished jobs that the filters let through."""
    where, values = filters.where(db.meta.t0_ns)
    kinds = _kinds(db)
    found = {}
    for op in ops if kinds else ():
        # with all jobs of one operation it is quicker to name the few that do not count
        chosen, given = "job_id NOT IN (SELECT job_id FROM v_job WHERE dur_ns < 0)", []
        if len(ops) > 1 or filters != NO_FILTERS:
            chosen = (
                f"job_id IN (SELECT job_id FROM v_job WHERE dur_ns >= 0 AND op = ? AND {where})"
            )
            given = [op, *values]
        found[op] = [
            _time(kind, queue, service)
            for kind, queue, service in zip(kinds, *_times(db, kinds, chosen, given))
        ]
    return found


def by_group(db: Database, job_ids: np.ndarray, group: np.ndarray) -> dict[int, list[EngineTime]]:
    """By the group that each of the jobs is in."""
    kinds = _kinds(db)
    text = " || ' ' || ".join(f"({column})" for column in KIND)
    quoted = (" ".join(map(str, kind)).replace("'", "''") for kind in kinds)
    cases = " ".join(f"WHEN '{words}' THEN {i}" for i, words in enumerate(quoted))
    columns = ("job_id", f"CASE {text} {cases} ELSE -1 END" if kinds else "-1", *TIMES)
    job, kind, queue, service = db.table(columns, "v_engine_op WHERE job_id NOT NULL")
    at = lookup(job_ids, np.arange(1, len(job_ids) + 1), job) - 1
    known = (at >= 0) & (kind >= 0)
    queue, service = queue[known], service[known]
    pairs = group[at[known]] * (len(kinds) or 1) + kind[known]
    found: dict[int, list[EngineTime]] = {}
    for pair in np.unique(pairs):
        mine = pairs == pair
        of_group, k = divmod(int(pair), len(kinds))
        time = _time(kinds[k], int(queue[mine].sum()), int(service[mine].sum()))
        found.setdefault(of_group, []).append(time)
    return found


def by_op_summed(db: Database) -> dict[str, list[EngineTime]]:
    """By the jobs' operation, of all jobs: what the analysis added up."""
    sums = (f"SUM(sum_ns) FILTER (WHERE metric = '{m}')" for m in ("queue", "service"))
    rows = db.rows(
        f"SELECT job_op, {', '.join((*KIND, *sums))} FROM v_op_measure"
        " WHERE job_op IS NOT NULL GROUP BY 1, 2, 3, 4, 5"
    )
    found: dict[str, list[EngineTime]] = {}
    for op, *kind, queue, service in rows:
        found.setdefault(op, []).append(_time(kind, queue or 0, service or 0))
    return found


def _time(kind: Iterable, queue: int, service: int) -> EngineTime:
    crypto, alg, bits, in_place = kind
    what = units.operation(crypto, alg, bits)
    return EngineTime(what=what, in_place=bool(in_place), queue=queue, service=service)


def _kinds(db: Database) -> list[tuple]:
    """The kinds of operation that occur, as KIND; from the sums, which are few."""
    return db.rows(f"SELECT DISTINCT {', '.join(KIND)} FROM v_op_measure")


def _times(
    db: Database, kinds: list[tuple], chosen: str, values: list
) -> tuple[list[int], list[int]]:
    """ns in the queue and of service by kind. GROUP BY would sort all operations first."""
    differ = [i for i in range(len(KIND)) if len({kind[i] for kind in kinds}) > 1]
    mine = " AND ".join(f"({KIND[i]}) IS ?" for i in differ)
    mine = f"FILTER (WHERE {mine})" if mine else ""
    sums = ", ".join(f"COALESCE(SUM({column}) {mine}, 0)" for column in TIMES for _ in kinds)
    given = [kind[i] for kind in kinds for i in differ] * len(TIMES)
    (row,) = db.rows(f"SELECT {sums} FROM v_engine_op WHERE {chosen}", given + values)
    return list(row[: len(kinds)]), list(row[len(kinds) :])
