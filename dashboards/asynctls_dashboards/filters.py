# SPDX-License-Identifier: Apache-2.0
"""Which jobs are meant: the options that all commands have for it, and what they make in SQL."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Optional

from asynctls_dashboards import durations

EQUAL = ("pid", "tid", "conn", "op", "outcome")  # filters that name one value
COLUMNS = {"conn": "conn_id"}  # of v_job, where it is not the filter's name
LAST_NS = 2**63 - 1


@dataclass(frozen=True)
class Filters:
    """Which jobs to draw; None means all. A job is in a time window if it touches it."""

    time: Optional[tuple[int, int]] = None  # ns since the start of the recording
    pid: Optional[int] = None
    tid: Optional[int] = None
    conn: Optional[int] = None
    op: Optional[str] = None
    outcome: Optional[str] = None
    min_ns: Optional[int] = None
    max_ns: Optional[int] = None

    def where(self, t0_ns: int) -> tuple[str, list]:
        """SQL condition on v_job, and its parameters; t0_ns is when the recording began."""
        terms, values = [], []
        if self.outcome is None:  # a start that the pool refused is not a job
            terms.append("(pauses > 0 OR COALESCE(outcome, '') <> 'no_jobs')")
        named = [(f"{COLUMNS.get(name, name)} =", getattr(self, name)) for name in EQUAL]
        bounds = [("dur_ns >=", self.min_ns), ("dur_ns BETWEEN 0 AND", self.max_ns)]
        for condition, value in named + bounds:
            if value is not None:
                terms.append(f"{condition} ?")
                values.append(value)
        if self.time:
            start, end = (min(t0_ns + ns, LAST_NS) for ns in self.time)
            terms.append("ts_ns < ? AND (dur_ns < 0 OR ts_ns + dur_ns > ?)")
            values += [end, start]
        return " AND ".join(terms), values

    def words(self) -> str:
        """The filters for the footer, empty if there are none."""
        parts = [f"{name} {value}" for name in EQUAL if (value := getattr(self, name)) is not None]
        if self.min_ns is not None:
            parts.append(f"at least {self.min_ns} ns")
        if self.max_ns is not None:
            parts.append(f"at most {self.max_ns} ns")
        if self.time:
            parts.append("time {:g} s to {:g} s".format(*(ns / 1e9 for ns in self.time)))
        return ", ".join(parts)


NO_FILTERS = Filters()


def duration(text: str) -> int:
    """An option's duration in ns."""
    try:
        return durations.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def window(text: str) -> tuple[int, int]:
    """--time A,B: ns since the start."""
    start, comma, end = text.partition(",")
    if not comma:
        raise argparse.ArgumentTypeError(f"'{text}' is not A,B, such as 1.5s,2s")
    found = duration(start), duration(end)
    if not found[0] < found[1]:
        raise argparse.ArgumentTypeError(f"'{text}' does not run forward")
    return found


def add_options(p: argparse.ArgumentParser) -> None:
    """The options that choose jobs, the same for every command."""
    only = p.add_argument_group("only jobs that ...")
    only.add_argument(
        "--time", type=window, metavar="A,B", help="are open between A and B, such as 1.5s,2s"
    )
    only.add_argument("--pid", type=int)
    only.add_argument("--tid", type=int)
    only.add_argument("--conn", type=int)
    only.add_argument("--op", help="handshake, read, write, shutdown")
    only.add_argument("--outcome", help="finished, unfinished, ...")
    only.add_argument(
        "--min", type=duration, metavar="DURATION", help="take at least so long, such as 5ms"
    )
    only.add_argument("--max", type=duration, metavar="DURATION", help="take at most so long")


def of_options(args: argparse.Namespace) -> Filters:
    """What the options of add_options() ask for."""
    named = {name: getattr(args, name) for name in ("time", *EQUAL)}
    return Filters(**named, min_ns=args.min, max_ns=args.max)
