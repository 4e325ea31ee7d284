# SPDX-License-Identifier: Apache-2.0
"""Databases for the tests: made once per process, in a folder that goes away with it."""

import functools
import os
import shutil
import sqlite3
import subprocess
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


def crowded() -> str:
    """Too many jobs for bars."""
    return storm(
        "--jobs", "8000", "--clients", "32", "--threads", "2", "--unfinished", "2", "--lost", "5"
    )


def empty() -> str:
    return storm("--jobs", "0")


@functools.lru_cache(maxsize=None)
def recorded() -> str:
    """A real trace, analyzed by $ASYNCTLS."""
    trace = os.path.join(os.path.dirname(__file__), "..", "data", "ctf", "good", "gen-32")
    folder = os.path.join(FOLDER, "recorded.data")
    shutil.copytree(trace, os.path.join(folder, "ctf"))
    command = [os.environ["ASYNCTLS"], "analyze", "-i", folder]
    subprocess.run(command, check=True, capture_output=True)
    return os.path.join(folder, "trace.db")


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
    make_db.insert_enums(con)
    process = (1, 100, "prog", make_db.code("mode", "bridge"), 0, t0_ns, t0_ns + end_ns)
    make_db.insert(con, "process", make_db.PROCESS, [process])
    thread = (1, 1, 100, "prog", make_db.code("role", "program"))
    make_db.insert(con, "thread", make_db.THREAD, [thread])
    last = 0
    for number, (start, *parts) in enumerate(jobs, 1):
        last = max(last, _job(con, number, t0_ns + start, parts) - t0_ns)
    meta = {"t0_ns": t0_ns, "t1_ns": t0_ns + (end_ns or last), "jobs": len(jobs)}
    make_db.insert(con, "meta", "key value", [*meta.items(), ("command", "prog")])
    con.commit()
    con.close()
    return path


def _job(con: sqlite3.Connection, number: int, at: int, parts: list[Optional[int]]) -> int:
    start, sums, finished = at, [0, 0, 0, 0], True
    busy, offload, notify, requeue = range(len(make_db.PHASES))
    for seq, (phase, dur) in enumerate(zip((busy, offload, notify, requeue, busy), parts)):
        finished = dur is not None
        if not finished:
            break
        if dur:  # as the analysis does
            make_db.insert(con, "job_slice", make_db.SLICE, [(number, seq, phase, at, dur, 1)])
        sums[phase] += dur
        at += dur
    outcome = make_db.code("outcome", "finished" if finished else "unfinished")
    row = (number, 1, number, None, make_db.code("op", "handshake"))
    row += (start, at - start if finished else -1, 1, *sums, outcome, 1, 0, None)
    make_db.insert(con, "job", make_db.JOB, [row])
    return at
