# SPDX-License-Identifier: Apache-2.0
"""Reading trace.db: a read-only connection, filters, and frames of numpy arrays.

Only the public views (v_*) are read. Times in frames are int64 ns since the start of the recording
(v_meta's t0_ns); durations are ns, -1 if unfinished.
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

SCHEMA = 3
PHASES = ("busy", "offload", "notify", "requeue")
PHASE_COLUMNS = tuple(f"{phase}_ns" for phase in PHASES)
BLOCK = 65536  # rows
IDS = 5000  # to one question
TEXT_COLUMNS = ("op", "outcome")  # of v_job
# bits of v_job's column evidence
UNTOLD = 1 << 5  # nothing showed when the event loop learnt of the wake-up: notify holds requeue
MERGED = 1 << 6  # nothing was seen of a wait: offload holds all of it
Frame = dict[str, np.ndarray]


class DataError(Exception):
    """The database is missing, unreadable, of another schema, or lacks what a plot needs."""


class NoData(DataError):
    """The database is sound, and there is nothing in it to draw this plot from."""


class NoJobs(NoData):
    """No job at all, or none that the filters let through: no plot can be drawn."""


@dataclass(frozen=True)
class Filters:
    """Which jobs to draw; None means all. A job is in a time window if it touches it."""

    time: Optional[tuple[float, float]] = None  # s since the start of the recording
    pid: Optional[int] = None
    tid: Optional[int] = None
    conn: Optional[int] = None
    op: Optional[str] = None
    outcome: Optional[str] = None
    min_ns: Optional[int] = None
    max_ns: Optional[int] = None

    def where(self, t0_ns: int) -> tuple[str, list]:
        """SQL condition on v_job, and its parameters."""
        terms, values = [], []
        if self.outcome is None:  # a start that the pool refused is not a job
            terms.append("(pauses > 0 OR COALESCE(outcome, '') <> 'no_jobs')")
        for column, value in (
            ("pid =", self.pid),
            ("tid =", self.tid),
            ("conn_id =", self.conn),
            ("op =", self.op),
            ("outcome =", self.outcome),
            ("dur_ns >=", self.min_ns),
            ("dur_ns BETWEEN 0 AND", self.max_ns),
        ):
            if value is not None:
                terms.append(f"{column} ?")
                values.append(value)
        if self.time:
            start, end = (t0_ns + round(t * 1e9) for t in self.time)
            terms.append("ts_ns < ? AND (dur_ns < 0 OR ts_ns + dur_ns > ?)")
            values += [end, start]
        return " AND ".join(terms), values

    def words(self) -> str:
        """The filters for the footer, empty if there are none."""
        parts = [
            f"{name} {value}"
            for name in ("pid", "tid", "conn", "op", "outcome")
            if (value := getattr(self, name)) is not None
        ]
        if self.min_ns is not None:
            parts.append(f"at least {self.min_ns} ns")
        if self.max_ns is not None:
            parts.append(f"at most {self.max_ns} ns")
        if self.time:
            parts.append("time {:g} s to {:g} s".format(*self.time))
        return ", ".join(parts)


NO_FILTERS = Filters()


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
    schema_version: int = SCHEMA

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


def id_lists(ids: np.ndarray) -> Iterator[str]:
    """Lists for SQL's IN, short enough for one question each."""
    for i in range(0, len(ids), IDS):
        yield ",".join(map(str, ids[i : i + IDS].tolist()))


@dataclass(frozen=True)
class Begun:
    """Jobs that began in the window shown: times since the start and durations, ns."""

    start: np.ndarray
    dur: np.ndarray
    opened: np.ndarray  # starts of those that did not finish
    span: tuple[int, int]  # the window


class Database:
    """A trace.db, opened read-only. Not for sharing between threads."""

    def __init__(self, path: str | os.PathLike):
        self.path = find(path)
        self._names: dict[str, list[str]] = {}
        try:
            # immutable would be wrong: analyze may rename a new file over this one, not write into it
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

    def some(
        self, columns: Iterable[str], view: str, key: str, ids: np.ndarray, also: str = "1"
    ) -> list[np.ndarray]:
        """As table(), of the rows whose key is among the ids; also is a condition on them."""
        columns = list(columns)
        parts = [
            self.table(columns, f"{view} WHERE {also} AND {key} IN ({block})")
            for block in id_lists(ids)
        ]
        empty = [np.empty(0, np.int64)]
        return [np.concatenate([part[i] for part in parts] or empty) for i in range(len(columns))]

    def _meta(self) -> Meta:
        found = dict(self.rows("SELECT key, value FROM v_meta"))
        known = {}
        for name, default in Meta.__dataclass_fields__.items():
            value = found.get(name)
            if value is not None:
                known[name] = int(value) if isinstance(default.default, int) else str(value)
        return Meta(**known)

    def jobs(self, *columns: str, filters: Filters = NO_FILTERS, also: str = "1") -> Frame:
        """Columns of v_job by name; "ts_ns" is since the start, texts are indices into names().
        also is a condition besides the filters.

        Also "end_ns": since the start, after the recording's end if unfinished; "open_phase": an
        index in PHASES or -1; "waits": 0 if it never paused, else 1 + the evidence bits above. Raises NoJobs if no job is left.
        """
        where, values = filters.where(self.meta.t0_ns)
        where = f"{also} AND {where}"
        arrays = self.table(map(self.expression, columns), f"v_job WHERE {where}", values)
        frame = dict(zip(columns, arrays))
        if not len(arrays[0]):
            raise NoJobs(self._nothing(filters))
        if "ts_ns" in frame:
            frame["ts_ns"] -= self.meta.t0_ns
        return frame

    def count(self, filters: Filters = NO_FILTERS) -> int:
        """How many jobs the filters let through."""
        if filters == NO_FILTERS and self.meta.jobs:
            return self.meta.jobs
        where, values = filters.where(self.meta.t0_ns)
        return self.rows(f"SELECT COUNT(*) FROM v_job WHERE {where}", values)[0][0]

    def _nothing(self, filters: Filters) -> str:
        words = filters.words()
        if words:
            return f"{self.path}: no job matches ({words})"
        return f"{self.path}: the recording has no jobs; 'asynctls report' says why"

    def names(self, column: str) -> list[str]:
        """The texts that occur in a text column of v_job; jobs() gives indices into this list."""
        if column not in self._names:
            found = self.rows(f"SELECT DISTINCT COALESCE({column}, 'unknown') FROM v_job")
            self._names[column] = sorted(row[0] for row in found)
        return self._names[column]

    def _has(self, view: str, column: str) -> bool:
        return any(row[1] == column for row in self.rows(f"PRAGMA table_info({view})"))

    def expression(self, column: str) -> str:
        """SQL for a column of jobs()."""
        if column == "end_ns":  # an unfinished job is open to the end; of others, what was seen
            seen = " + ".join(PHASE_COLUMNS)
            beyond = self.meta.t1_ns - self.meta.t0_ns + 1
            return (
                f"CASE WHEN dur_ns >= 0 THEN ts_ns + dur_ns - {self.meta.t0_ns} "
                f"WHEN outcome = 'unfinished' THEN {beyond} "
                f"ELSE ts_ns + {seen} + 1 - {self.meta.t0_ns} END"
            )
        if (
            column == "open_phase"
        ):  # only of jobs without an end; databases of old have no such column
            if not self._has("v_job", column):
                return "-1"
            cases = " ".join(f"WHEN '{name}' THEN {i}" for i, name in enumerate(PHASES))
            return f"CASE open_phase {cases} ELSE -1 END"
        if column == "waits":
            return f"CASE WHEN pauses > 0 THEN 1 + (evidence & {UNTOLD | MERGED}) ELSE 0 END"
        if column not in TEXT_COLUMNS:
            return f"COALESCE({column}, 0)"
        quoted = [name.replace("'", "''") for name in self.names(column)]
        if len(quoted) < 2:
            return "0"
        cases = " ".join(f"WHEN '{name}' THEN {i}" for i, name in enumerate(quoted))
        return f"CASE COALESCE({column}, 'unknown') {cases} ELSE 0 END"

    def slices(self, filters: Filters = NO_FILTERS, job_ids: Optional[np.ndarray] = None) -> Frame:
        """Phases of the jobs: job_id, phase (index in PHASES), ts_ns since the start, dur_ns, utid."""
        cases = " ".join(f"WHEN '{name}' THEN {i}" for i, name in enumerate(PHASES))
        columns = ("job_id", f"CASE phase {cases} ELSE 0 END", "ts_ns", "dur_ns", "utid")
        if job_ids is not None:
            chosen, values = f"job_id IN ({','.join(str(int(i)) for i in job_ids)})", []
        elif filters != NO_FILTERS:
            where, values = filters.where(self.meta.t0_ns)
            chosen = f"job_id IN (SELECT job_id FROM v_job WHERE {where})"
        else:
            chosen, values = "1", []
        arrays = self.table(columns, f"v_slice WHERE {chosen}", values)
        frame = dict(zip(("job_id", "phase", "ts_ns", "dur_ns", "utid"), arrays))
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

    def begun(self, filters: Filters = NO_FILTERS) -> Begun:
        """Those that began in the window, not before it. Raises NoData if none of them finished."""
        frame = self.jobs("ts_ns", "dur_ns", filters=filters)
        span = self.span(frame, filters)
        inside = frame["ts_ns"] >= span[0]
        start, dur = frame["ts_ns"][inside], frame["dur_ns"][inside]
        done = dur >= 0
        if not done.any():
            raise NoData(f"{self.path}: no job began and finished")
        return Begun(start[done], dur[done], start[~done], span)

    def span(self, frame: Frame, filters: Filters = NO_FILTERS) -> tuple[int, int]:
        """What the time axis shows, ns: the window asked for, else first start to last end."""
        if filters.time:
            return round(filters.time[0] * 1e9), round(filters.time[1] * 1e9)
        start = int(frame["ts_ns"].min())
        if "end_ns" in frame:
            end = int(frame["end_ns"].max())
        else:
            end = int((frame["ts_ns"] + frame["dur_ns"]).max())
            if (frame["dur_ns"] < 0).any():
                end = max(end, self.meta.duration_ns)
        return start, max(end, start + 1)
