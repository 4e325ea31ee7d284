# SPDX-License-Identifier: Apache-2.0
"""What the phases rest on: in how many jobs a transition was not seen, so that two run together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asynctls_dashboards import units
from asynctls_dashboards.db import MERGED, NEVER_PAUSED, UNTOLD


@dataclass(frozen=True)
class Evidence:
    """Jobs that paused, and those among them with phases that run together."""

    paused: int
    untold: int  # notify holds requeue
    merged: int  # offload holds the whole wait


def count(doubt: np.ndarray) -> Evidence:
    """Count in the column doubt of jobs()."""
    return Evidence(
        paused=int((doubt != NEVER_PAUSED).sum()),
        untold=int((doubt == UNTOLD).sum()),
        merged=int((doubt == MERGED).sum()),
    )


def sentence(e: Evidence) -> str:
    """What a reader of phases must know, with a leading space; nothing if all was seen."""
    text = ""
    if e.untold:
        text += f" In {units.percent(e.untold / e.paused)} of the jobs that paused nothing shows"
        text += " when the event loop learnt of the wake-up: their notify holds requeue too."
    if e.merged:
        text += (
            f" Of {units.percent(e.merged / e.paused)} of the jobs that paused no wake-up was seen:"
        )
        text += " their offload holds the whole wait."
    return text
