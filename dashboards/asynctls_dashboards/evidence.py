# SPDX-License-Identifier: Apache-2.0
"""What the phases rest on: in which jobs some transition was not seen, so that phases run together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import units
from asynctls_dashboards.db import MERGED, UNTOLD


@dataclass(frozen=True)
class Evidence:
    """Jobs that paused, and those among them with phases that run together."""

    jobs: int
    untold: int
    merged: int


def count(waits: np.ndarray) -> Evidence:
    """Count in the column waits of jobs(); jobs that never paused have none to be in doubt of."""
    merged = (waits - 1) & MERGED
    untold = (waits - 1) & UNTOLD
    paused = waits > 0
    return Evidence(
        int(paused.sum()),
        int((paused & (untold > 0) & (merged == 0)).sum()),
        int((paused & (merged > 0)).sum()),
    )


def sentence(e: Evidence) -> str:
    """What a reader of phases must know, with a leading space; nothing if all was seen."""
    text = ""
    if e.untold:
        text += f" In {units.percent(e.untold / e.jobs)} of the jobs that paused nothing shows when the event loop"
        text += " learnt of the wake-up: their notify holds requeue too."
    if e.merged:
        text += f" Of {units.percent(e.merged / e.jobs)} of the jobs that paused no wake-up was seen: their offload holds the whole wait."
    return text
