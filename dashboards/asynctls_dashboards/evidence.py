# SPDX-License-Identifier: Apache-2.0
"""What the phases rest on: in which jobs some transition was not seen, so that phases run together."""

from __future__ import annotations

from dataclasses import dataclass

from asynctls_dashboards import units
from asynctls_dashboards.db import Database, Filters

# bits of v_job's column evidence
UNTOLD = 1 << 5  # nothing showed when the event loop learnt of the wake-up: notify holds requeue
MERGED = 1 << 6  # nothing was seen of a wait: offload holds all of it


@dataclass(frozen=True)
class Evidence:
    """Jobs that paused, and those among them with phases that run together."""

    jobs: int
    untold: int
    merged: int


def load(db: Database, filters: Filters) -> Evidence:
    """Count in SQL; jobs that never paused have no waits to be in doubt of."""
    where, values = filters.where(db.meta.t0_ns)
    sums = f"TOTAL((evidence & {UNTOLD | MERGED}) = {UNTOLD}), TOTAL((evidence & {MERGED}) > 0)"
    rows = db.rows(f"SELECT COUNT(*), {sums} FROM v_job WHERE pauses > 0 AND {where}", values)
    return Evidence(*(int(value) for value in rows[0]))


def sentence(e: Evidence) -> str:
    """What a reader of phases must know, with a leading space; nothing if all was seen."""
    text = ""
    if e.untold:
        text += f" In {units.percent(e.untold / e.jobs)} of the jobs that paused nothing shows when the event loop"
        text += " learnt of the wake-up: their notify holds requeue too."
    if e.merged:
        text += f" Of {units.percent(e.merged / e.jobs)} no wake-up was seen: their offload holds the whole wait."
    return text
