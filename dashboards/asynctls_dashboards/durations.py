# SPDX-License-Identifier: Apache-2.0
"""Durations as people write them, such as 1.5ms; tests/data/durations.txt lists examples."""

from __future__ import annotations

import re

UNITS_NS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "min": 60 * 10**9,
    "h": 3600 * 10**9,
}
FORM = re.compile(rf"([0-9]{{1,20}})(?:\.([0-9]{{1,20}}))?({'|'.join(UNITS_NS)})")
MOST_NS = 2**63 - 1


def parse(text: str) -> int:
    """The duration in ns, rounded to the nearest. Raises ValueError if it is none."""
    match = FORM.fullmatch(text)
    if not match:
        raise ValueError(f"'{text}' is not a duration: a number and its unit, such as 5ms or 1.5s")
    whole, fraction, unit = match[1], match[2] or "", match[3]
    # in integers, as a float has no room for the ns of some days
    scaled, divisor = int(whole + fraction) * UNITS_NS[unit], 10 ** len(fraction)
    ns = (2 * scaled + divisor) // (2 * divisor)
    if ns > MOST_NS:
        raise ValueError(f"'{text}' is too long a duration")
    return ns
