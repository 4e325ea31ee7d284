# SPDX-License-Identifier: Apache-2.0
"""The events' names, from their one list: with a misspelled name a test would find none, and pass."""
import re
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parents[1] / "libtrace/events/catalogue.def"


def event_names():
    return set(re.findall(r"^ATLS_EVENT\((\w+),", CATALOGUE.read_text(), re.M))
