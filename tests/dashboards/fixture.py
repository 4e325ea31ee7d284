# SPDX-License-Identifier: Apache-2.0
"""Databases for the tests: made once per process, in a folder that goes away with it."""

import functools
import os
import sqlite3
import tempfile
from typing import Optional

import make_db

_folder = tempfile.TemporaryDirectory(prefix="asynctls-dashboards.")
FOLDER = _folder.name


@functools.lru_cache(maxsize=None)
def storm(*args: str) -> str:
    """Path of a synthetic database made with these options."""
    path = os.path.join(FOLDER, f"storm{storm.cache_info().misses}.db")
    make_db.make("-o", path, *args)
    return path


def small() -> str:
    return storm("--jobs", "10", "--clients", "3")


def typical() -> str:
    """Two threads, unfinished jobs, a lost stretch."""
    return storm(
        "--jobs", "400", "--clients", "16", "--threads", "2", "--unfinished", "3", "--lost", "12"
    )


def dense() -> str:
    """Too many jobs for bars."""
    return storm(
        "--jobs", "8000", "--clients", "32", "--threads", "2", "--unfinished", "2", "--lost", "5"
    )


def empty() -> str:
    return storm("--jobs", "0")


def by_hand(name: str, jobs: list[tuple], end_ns: int = 0, t0_ns: int = 1000) -> str:
    """A database of jobs (start, busy, offload, notify, requeue, busy): ns since the start.

    None from some phase on: the job never got further. Job ids count from 1; the thread is 1.
    """
    path = os.path.join(FOLDER, f"{name}.db")
    if os.path.exists(path):
        os.unlink(path)
    con = sqlite3.connect(path)
    with open(make_db.SCHEMA, encoding="utf-8") as schema:
        con.executescript(schema.read())
    enums = [(d, i, n) for d, names in make_db.ENUMS.items() for i, n in enumerate(names)]
    con.executemany("INSERT INTO enum VALUES (?, ?, ?)", enums)
    con.execute("INSERT INTO process VALUES (1, 100, 'prog', 2, 0, ?, ?)", (t0_ns, t0_ns + end_ns))
    con.execute("INSERT INTO thread VALUES (1, 1, 100, 'prog', 0)")
    last = 0
    for number, (start, *parts) in enumerate(jobs, 1):
        last = max(last, _job(con, number, t0_ns + start, parts) - t0_ns)
    meta = {
        "schema_version": 1,
        "t0_ns": t0_ns,
        "t1_ns": t0_ns + (end_ns or last),
        "jobs": len(jobs),
    }
    con.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items()) + [("command", "prog")])
    con.commit()
    con.close()
    return path


def _job(con: sqlite3.Connection, number: int, at: int, parts: list[Optional[int]]) -> int:
    start, sums, finished = at, [0, 0, 0, 0], True
    for seq, (phase, dur) in enumerate(zip((0, 1, 2, 3, 0), parts)):
        finished = dur is not None
        con.execute(
            "INSERT INTO job_slice VALUES (?, ?, ?, ?, ?, 1)",
            (number, seq, phase, at, dur if finished else -1),
        )
        if not finished:
            break
        sums[phase] += dur
        at += dur
    row = (number, 1, number, None, 1, start, at - start if finished else -1, 1, *sums)
    row += (0 if finished else 1, 1, 0)
    con.execute(f"INSERT INTO job VALUES ({','.join('?' * len(row))})", row)
    return at
