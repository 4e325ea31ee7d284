# SPDX-License-Identifier: Apache-2.0
"""Reading trace.db: a read-only connection, and frames of numpy arrays.

Only the public views (v_*) are read, and the table enum for what codes mean. Times in frames are
int64 ns since the start of the recording (v_meta's t0_ns); durations are ns, -1 if unfinished.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Iterable, Iterator, Optional
from urllib.parse import quote

import numpy as np

from asynctls_dashboards.filters import NO_FILTERS, Filters

SCHEMA = 3
PHASES = ("busy", "offload", "notify", "requeue")
PHASE_COLUMNS = tuple(f"{phase}_ns" for phase in PHASES)
BLOCK = 65536  # rows
IDS = 5000  # to one question
BUSY, OFFLOAD, NOTIFY, REQUEUE = range(len(PHASES))  # as jobs() and slices() number them
TEXT_COLUMNS = ("op", "outcome")  # of v_job
# Columns of jobs() besides those of v_job: when it ended (ns since the start, after the recording's
# end if unfinished), the phase that it was in then (-1: it ended), and what its phases rest on.
COMPUTED = ("end_ns", "open_phase", "doubt")
# doubt: nothing to doubt; nothing showed when the event loop learnt of a wake-up, so that notify
# holds requeue; nothing was seen of a wait, so that offload holds all of it
NEVER_PAUSED, ALL_SEEN, UNTOLD, MERGED = range(4)
Frame = dict[str, np.ndarray]


class DataError(Exception):
    """The database is missing, unreadable, of another schema, or lacks what a plot needs."""


class NoData(DataError):
    """The database is sound, and there is nothing in it to draw this plot from."""


class NoJobs(NoData):
    """No job at all, or none that the filters let through: no plot can be drawn."""


@dataclass(frozen=True)
class Meta:
    """What was recorded."""

    command: str = ""
    mode: str = ""
    engine: str = ""
    host: str = ""
    jobs: int = 0
    lost: int = 0  # events that the tracer dropped
    lost_packets: int = 0  # overwritten before they were read
    incomplete: str = ""  # why the recording could not be read to its end
    t0_ns: int = 0
    t1_ns: int = 0
    utc_offset_ns: int = 0  # add to a monotonic time for ns since 1970

    @property
    def duration_ns(self) -> int:
        return max(0, self.t1_ns - self.t0_ns)


@dataclass
class Lost:
    """Stretches in which events were dropped: ns since the start, and counts."""

    ts: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    dur: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    count: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))


def find(path: str | os.PathLike) -> Path:
    """The database meant by path: itself, or the trace.db in that folder."""
    given = Path(path)
    target = given / "trace.db" if given.is_dir() else given
    if target.is_file():
        return target
    if not given.exists():
        raise DataError(f"{given}: no such recording; 'asynctls record' makes one")
    hint = f"; 'asynctls analyze -i {given}' makes it" if given.is_dir() else ""
    raise DataError(f"{target}: no database here{hint}")


def indices(expression: str, names: Iterable[str], other: int) -> str:
    """SQL for the place of an expression's value among the names; other if it is none of them."""
    quoted = (name.replace("'", "''") for name in names)
    cases = " ".join(f"WHEN '{name}' THEN {i}" for i, name in enumerate(quoted))
    return f"CASE {expression} {cases} ELSE {other} END"


def id_lists(ids: np.ndarray) -> Iterator[str]:
    """Lists for SQL's IN, short enough for one question each."""
    for i in range(0, len(ids), IDS):
        yield ",".join(map(str, ids[i : i + IDS].tolist()))


class Database:
    """A trace.db, opened read-only. Not for sharing between threads."""

    def __init__(self, path: str | os.PathLike):
        self.path = find(path)
        self._names: dict[str, list[str]] = {}
        self._codes: dict[tuple[str, str], int] = {}
        try:
            # immutable would be wrong: analyze may rename a new file over this one
            self._con = sqlite3.connect(
                f"file:{quote(str(self.path))}?mode=ro", uri=True, isolation_level=None
            )
            # names come from the traced program: any bytes
            self._con.text_factory = lambda raw: raw.decode("utf-8", "replace")
            version = self._con.execute("PRAGMA user_version").fetchone()[0]
            if version != SCHEMA:
                raise DataError(
                    f"{self.path}: schema {version}, this version draws schema {SCHEMA}; "
                    "run 'asynctls analyze' again"
                )
            self.meta = self._meta()
        except sqlite3.Error as error:
            raise DataError(f"{self.path}: {error}") from error

    def close(self) -> None:
        self._con.close()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def rows(self, sql: str, values: Iterable = ()) -> list[tuple]:
        """All rows of a query; for small results."""
        try:
            return self._con.execute(sql, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise DataError(f"{self.path}: {error}") from error

    def table(self, columns: Iterable[str], tail: str, values: Iterable = ()) -> list[np.ndarray]:
        """int64 arrays of the columns (SQL expressions, never NULL) of SELECT ... FROM tail."""
        columns = list(columns)
        sql = f"SELECT {', '.join(columns)} FROM {tail}"
        try:
            blocks = list(self._blocks(self._con.execute(sql, tuple(values)), len(columns)))
        except (sqlite3.Error, OverflowError) as error:
            raise DataError(f"{self.path}: {error}") from error
        empty = [np.empty(0, np.int64)]
        return [np.concatenate([block.pop() for block in blocks] or empty) for _ in columns][::-1]

    @staticmethod
    def _blocks(cursor: sqlite3.Cursor, width: int) -> Iterator[list[np.ndarray]]:
        """Columns of the rows, a block at a time: the whole as rows would need the memory twice."""
        row = np.dtype([(f"c{i}", np.int64) for i in range(width)])
        while len(grid := np.fromiter(islice(cursor, BLOCK), dtype=row)):
            yield [np.ascontiguousarray(grid[name]) for name in row.names]

    def keyed(
        self,
        columns: Iterable[str],
        view: str,
        key: str,
        ids: Optional[np.ndarray] = None,
        also: str = "1",
    ) -> list[np.ndarray]:
        """As table(), of the rows whose key is among the ids, or of all rows; also is a condition
        on them."""
        columns = list(columns)
        if ids is None:
            return self.table(columns, f"{view} WHERE {also}")
        parts = [
            self.table(columns, f"{view} WHERE {also} AND {key} IN ({block})")
            for block in id_lists(ids)
        ]
        empty = [np.empty(0, np.int64)]
        return [np.concatenate([part[i] for part in parts] or empty) for i in range(len(columns))]

    def code(self, domain: str, name: str) -> int:
        """The number that stands for a name in a domain of codes, such as evidence."""
        if not self._codes:
            rows = self.rows("SELECT domain, name, code FROM enum")
            self._codes = {(row[0], row[1]): row[2] for row in rows}
        if (domain, name) not in self._codes:
            raise DataError(f"{self.path}: there is no {domain} named {name}")
        return self._codes[domain, name]

    def _meta(self) -> Meta:
        found = dict(self.rows("SELECT key, value FROM v_meta"))
        known = {}
        for name, default in Meta.__dataclass_fields__.items():
            value = found.get(name)
            if value is not None:
                known[name] = int(value) if isinstance(default.default, int) else str(value)
        return Meta(**known)

    def jobs(self, *columns: str, filters: Filters = NO_FILTERS, also: str = "1") -> Frame:
        """Columns of v_job by name, or of COMPUTED; also is a condition besides the filters.

        "ts_ns" is since the start, texts are indices into names(). Raises NoJobs if no job is left.
        """
        where, values = filters.where(self.meta.t0_ns)
        where = f"{also} AND {where}"
        arrays = self.table(map(self.expression, columns), f"v_job WHERE {where}", values)
        frame = dict(zip(columns, arrays))
        if not len(arrays[0]):
            raise self.no_jobs(filters)
        if "ts_ns" in frame:
            frame["ts_ns"] -= self.meta.t0_ns
        return frame

    def count(self, filters: Filters = NO_FILTERS) -> int:
        """How many jobs the filters let through."""
        if filters == NO_FILTERS and self.meta.jobs:
            return self.meta.jobs
        where, values = filters.where(self.meta.t0_ns)
        return self.rows(f"SELECT COUNT(*) FROM v_job WHERE {where}", values)[0][0]

    def no_jobs(self, filters: Filters) -> NoJobs:
        """The error that says why there is no job to draw."""
        words = filters.words()
        if words:
            return NoJobs(f"{self.path}: no job matches ({words})")
        return NoJobs(f"{self.path}: the recording has no jobs; 'asynctls report' says why")

    def names(self, column: str) -> list[str]:
        """The texts that occur in a text column of v_job; jobs() gives indices into this list."""
        if column not in self._names:
            found = self.rows(f"SELECT DISTINCT COALESCE({column}, 'unknown') FROM v_job")
            self._names[column] = sorted(row[0] for row in found)
        return self._names[column]

    def expression(self, column: str) -> str:
        """SQL for a column of jobs()."""
        if column in COMPUTED:
            return getattr(self, f"_{column}")()
        if column not in TEXT_COLUMNS:
            return f"COALESCE({column}, 0)"
        names = self.names(column)
        return indices(f"COALESCE({column}, 'unknown')", names, 0) if len(names) > 1 else "0"

    def _end_ns(self) -> str:
        """An unfinished job is open to the end; of others without an end, what was seen counts."""
        seen = " + ".join(PHASE_COLUMNS)
        beyond = self.meta.t1_ns - self.meta.t0_ns + 1
        return (
            f"CASE WHEN dur_ns >= 0 THEN ts_ns + dur_ns - {self.meta.t0_ns} "
            f"WHEN outcome = 'unfinished' THEN {beyond} "
            f"ELSE ts_ns + {seen} + 1 - {self.meta.t0_ns} END"
        )

    def _open_phase(self) -> str:
        return indices("open_phase", PHASES, -1)

    def _doubt(self) -> str:
        untold, merged = (self.code("evidence", name) for name in ("untold", "merged"))
        return (
            f"CASE WHEN pauses = 0 THEN {NEVER_PAUSED} WHEN evidence & {merged} THEN {MERGED} "
            f"WHEN evidence & {untold} THEN {UNTOLD} ELSE {ALL_SEEN} END"
        )

    def slices(self, filters: Filters = NO_FILTERS, job_ids: Optional[np.ndarray] = None) -> Frame:
        """Phases of the jobs: job_id, phase (index in PHASES), ts_ns since the start, dur_ns,
        utid."""
        names = ("job_id", "phase", "ts_ns", "dur_ns", "utid")
        columns = [indices(name, PHASES, 0) if name == "phase" else name for name in names]
        if job_ids is not None:
            chosen, values = f"job_id IN ({','.join(str(int(i)) for i in job_ids)})", []
        elif filters != NO_FILTERS:
            where, values = filters.where(self.meta.t0_ns)
            chosen = f"job_id IN (SELECT job_id FROM v_job WHERE {where})"
        else:
            chosen, values = "1", []
        arrays = self.table(columns, f"v_slice WHERE {chosen}", values)
        frame = dict(zip(names, arrays))
        frame["ts_ns"] -= self.meta.t0_ns
        return frame

    def threads(self) -> dict[int, str]:
        """utid -> a name to print, such as "nginx 4711" or "nginx 4711/4713"."""
        names = {}
        sql = "SELECT utid, pid, tid, COALESCE(thread, process, 'thread') FROM v_thread"
        for utid, pid, tid, name in self.rows(sql):
            names[utid] = f"{name} {pid}" if pid == tid else f"{name} {pid}/{tid}"
        return names

    def lost(self) -> Lost:
        """Where the tracer dropped events."""
        ts, dur, count = self.table(("ts_ns", "dur_ns", "count"), "v_lost")
        return Lost(ts - self.meta.t0_ns, dur, count)
