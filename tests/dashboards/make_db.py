#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make a synthetic trace.db: a closed-loop handshake storm on a server with an async engine.

Every client handshakes again as soon as it is done. Each program thread is one event loop (one
thing at a time); the engine's workers take the operations in order. The loop is held up now and
then by other work, so that requeue comes in bursts. Seeded: the same options give the same file.
"""

import argparse
import collections
import functools
import heapq
import os
import random
import sqlite3
from typing import Iterable

TOP = os.path.join(os.path.dirname(__file__), "..", "..")
# as the build made it: codes stand in its source by name
SCHEMA = os.environ.get("ASYNCTLS_SCHEMA", os.path.join(TOP, "build", "analyzer", "schema.sql"))
T0_NS = 7_000_000_000_000
PHASES = ["busy", "offload", "notify", "requeue"]
BUSY, OFFLOAD, NOTIFY, REQUEUE = range(len(PHASES))
ENUMS = {
    "phase": PHASES,
    "outcome": ["finished", "error", "no_jobs", "unfinished", "unknown"],
    "op": ["none", "handshake", "read", "write", "shutdown"],
    "role": ["program", "engine"],
    "mode": ["observe", "engine", "bridge"],
    "side": ["unknown", "client", "server"],
    "crypto": ["sign", "decrypt", "derive", "keygen"],
    "alg": ["other", "rsa", "rsa-pss", "ec"],
    "reason": ["no-job", "pause-blocked", "below-min-cost", "queue-full", "no-resource"],
    "metric": ["wall", *PHASES, "queue", "service", "handshake", "turn"],
}
EVIDENCE = ["done", "wake", "callback", "ready", "turn", "untold", "merged", "spurious"]  # bits

# columns of the tables, in the order of the rows that are made here
JOB = "job_id utid serial conn_id op ts dur pauses busy_ns offload_ns notify_ns requeue_ns"
JOB += " outcome ret evidence open_phase"
SLICE = "job_id seq phase ts dur utid"
WAIT = "job_id seq pause_ts done_ts wake_ts fire_ts ready_ts resume_ts waker_utid evidence"
OPERATION = "op_id job_id conn_id utid crypto alg bits ts queue_ns service_ns ok reason"
CONN = "conn_id upid serial ssl_ptr ts dur side version cipher resumed hs_ts hs_dur"
PROCESS = "upid pid name mode openssl ts end_ts"
THREAD = "utid upid tid name role"
LOOP = "turns turn_ns turn_max_ns wait_ns"
LANE = "utid level col busy_ns offload_ns notify_ns requeue_ns place_ns turn_ns wait_ns"
HIST = "metric group_id bucket count"


def code(domain: str, name: str) -> int:
    """The number of a name in table enum."""
    return 1 << EVIDENCE.index(name) if domain == "evidence" else ENUMS[domain].index(name)


RSA_SIGN = (code("crypto", "sign"), code("alg", "rsa-pss"), 2048)


class Storm:
    """The simulation. Times are ns since T0_NS until they are written."""

    def __init__(self, args: argparse.Namespace):
        self.args = args
        self.random = random.Random(args.seed)
        self.jobs, self.slices, self.ops, self.conns = [], [], [], []
        self.waits, self.turns = [], [[] for _ in range(args.threads)]  # begin and length
        self.loop_free = [0] * args.threads
        self.worker_free = [[0] * args.workers for _ in range(args.threads)]

    def spread(self, mean: float, sigma: float = 0.25) -> int:
        """A positive time around mean (ns) with a tail to the right."""
        return max(500, int(mean * self.random.lognormvariate(0.0, sigma)))

    def thread_id(self, loop: int) -> int:
        return 1 + loop * (1 + self.args.workers)

    def run(self) -> None:
        todo = []  # (time, tie, loop, job or None): None = a client is ready to start
        for client in range(self.args.clients):
            loop = client % self.args.threads
            heapq.heappush(todo, (self.random.randrange(2_000_000), client, loop, None))
        tie = self.args.clients
        made = 0
        while todo:
            at, _, loop, job = heapq.heappop(todo)
            if job is None:
                if made == self.args.jobs:
                    continue
                made += 1
                job = self.start(made, loop, at)
            else:
                self.resume(job, at)
            tie += 1
            if job["left"]:
                heapq.heappush(todo, (self.offload(job), tie, loop, job))
            else:
                self.finish(job)
                pause = self.args.think_ns and self.spread(self.args.think_ns, 0.8)
                heapq.heappush(todo, (job["now"] + pause, tie, loop, None))

    def start(self, number: int, loop: int, at: int) -> dict:
        begin = max(at, self.loop_free[loop])
        if self.random.random() < self.args.burst_rate:  # other work holds the loop
            begin += self.spread(6_000_000, 0.6)
        pauses = 0 if self.random.random() < 0.01 else 2 if self.random.random() < 0.03 else 1
        job = {"id": number, "loop": loop, "ts": begin, "now": begin, "left": pauses}
        job |= {"pauses": pauses, "sum": [0, 0, 0, 0], "seq": 0}
        self.slice(job, BUSY, self.spread(40_000))
        self.turn(job, begin)
        if pauses == 0:
            reason = code("reason", "no-job")
            self.op(job, self.thread_id(loop), job["ts"], None, job["now"] - job["ts"], reason)
        return job

    def turn(self, job: dict, begin: int) -> None:
        """The loop did nothing else but this."""
        self.loop_free[job["loop"]] = job["now"]
        self.turns[job["loop"]].append((T0_NS + begin, job["now"] - begin))

    def slice(self, job: dict, phase: int, dur: int, utid: int = 0) -> None:
        utid = utid or self.thread_id(job["loop"])
        self.slices.append((job["id"], job["seq"], phase, T0_NS + job["now"], dur, utid))
        job["seq"] += 1
        job["sum"][phase] += dur
        job["now"] += dur

    def op(self, job, utid, ts, queue, service, reason=None) -> None:
        number = len(self.ops) + 1
        row = (number, job["id"], job["id"], utid, *RSA_SIGN, T0_NS + ts, queue, service)
        self.ops.append(row + (1, reason))

    def offload(self, job: dict) -> int:
        """From pause to the loop's learning of it; returns that time."""
        free = self.worker_free[job["loop"]]
        worker = free.index(min(free))
        begin = max(job["now"], free[worker])
        service = self.spread(self.args.service_ns, 0.15)
        free[worker] = begin + service
        utid = self.thread_id(job["loop"]) + 1 + worker
        self.op(job, utid, job["now"], begin - job["now"], service)
        job["paused"] = job["now"], free[worker]
        self.slice(job, OFFLOAD, free[worker] - job["now"], utid)
        self.slice(job, NOTIFY, self.spread(20_000, 0.4), utid)
        return job["now"]

    def resume(self, job: dict, at: int) -> None:
        begin = max(at, self.loop_free[job["loop"]]) + self.spread(80_000, 0.5)
        paused, done = job["paused"]
        wait = (job["id"], 1 + job["pauses"] - job["left"], paused, done, done, None, at, begin)
        times = tuple(t and T0_NS + t for t in wait[2:])
        seen = code("evidence", "done") | code("evidence", "ready")
        self.waits.append(wait[:2] + times + (None, seen))
        self.slice(job, REQUEUE, begin - at)
        self.slice(job, BUSY, self.spread(20_000))
        self.turn(job, begin)
        job["left"] -= 1

    def finish(self, job: dict) -> None:
        ts, dur = T0_NS + job["ts"], job["now"] - job["ts"]
        utid, number = self.thread_id(job["loop"]), job["id"]
        row = (number, utid, number, number, code("op", "handshake"), ts, dur, job["pauses"])
        seen = sum(code("evidence", name) for name in ("done", "wake", "callback"))
        row += (*job["sum"], code("outcome", "finished"), 1, seen, None)
        self.jobs.append(row)
        conn = (number, 1 + job["loop"], number, 0x1000, ts, dur + 900_000)
        conn += (code("side", "server"), 0x0304, 0x1302, 0, ts, dur + 300_000)
        self.conns.append(conn)

    def cut(self) -> int:
        """Leave the last jobs unfinished; returns the time of the last event."""
        end = max((row[5] + row[6] for row in self.jobs), default=T0_NS + 2_000_000_000)
        stuck = (
            {row[0] for row in self.jobs[-self.args.unfinished :]}
            if self.args.unfinished
            else set()
        )
        for i, row in enumerate(self.jobs):
            if row[0] in stuck:
                busy = next(s[4] for s in reversed(self.slices) if s[0] == row[0] and s[1] == 0)
                outcome = code("outcome", "unfinished")
                self.jobs[i] = row[:6] + (-1, 1, busy, 0, 0, 0, outcome, None, 0, OFFLOAD)
        cut = []
        for s in self.slices:
            if s[0] not in stuck or s[1] == 0:
                cut.append(s)
        self.slices = cut
        self.waits = [w for w in self.waits if w[0] not in stuck]
        return end


def insert(con: sqlite3.Connection, table: str, columns: str, rows: Iterable[tuple]) -> None:
    """Rows of those columns; others are 0 if they must not be NULL."""
    named = columns.split()
    known = con.execute(f"PRAGMA table_info({table})").fetchall()
    more = [name for _, name, _, required, default, key in known if required and default is None]
    more = [name for name in more if name not in named]
    values = ",".join(["?"] * len(named) + ["0"] * len(more))
    con.executemany(f"INSERT INTO {table}({','.join(named + more)}) VALUES ({values})", rows)


def insert_enums(con: sqlite3.Connection) -> None:
    """What the codes mean."""
    names = [(domain, name) for domain in ENUMS for name in ENUMS[domain]]
    names += [("evidence", name) for name in EVIDENCE]
    rows = [(domain, code(domain, name), name) for domain, name in names]
    insert(con, "enum", "domain code name", rows)


def sum_operations(con: sqlite3.Connection) -> None:
    """Add up table engine_op, as the analysis does."""
    what = "crypto, alg, bits, reason, ok"
    con.execute(
        f"INSERT INTO op_group({what}, job_op, operations) "
        f"SELECT {what}, {code('op', 'handshake')}, COUNT(*) FROM engine_op GROUP BY {what}"
    )
    same = " AND ".join(f"o.{name} IS g.{name}" for name in what.split(", "))
    for metric in ("queue", "service"):
        took = f"o.{metric}_ns"
        con.execute(
            "INSERT INTO measure(metric, group_id, n, sum_ns, min_ns, max_ns) "
            f"SELECT {code('metric', metric)}, group_id, COUNT(*), SUM({took}), MIN({took}), "
            f"MAX({took}) FROM op_group g JOIN engine_op o ON {same} WHERE {took} >= 0 GROUP BY 2"
        )


def bucket(ns: int) -> int:
    """As table hist counts."""
    shift = max(ns.bit_length() - 6, 0)
    return (ns >> shift) + 32 * shift


USES = LANE.split()[3:]  # of a thread's time; the first are the phases
PLACE, TURN, WAITING = (USES.index(f"{name}_ns") for name in ("place", "turn", "wait"))


def lanes(spans: Iterable[tuple], length: int, offset: int = 0) -> list[tuple]:
    """Rows of table lane from (utid, use, ts, dur) in a recording of that length, in 512 columns at
    most."""
    level = next(level for level in range(31) if length >> 2 * level < 512)
    cells = collections.defaultdict(lambda: [0] * len(USES))
    for utid, use, ts, dur in spans:
        at, end = ts + offset, ts + offset + dur
        while at < end:
            col = at >> 2 * level
            upto = min(end, col + 1 << 2 * level)
            cells[utid, col][use] += upto - at
            at = upto
    return [(utid, level, col, *uses) for (utid, col), uses in sorted(cells.items())]


def spans(storm: Storm, end: int) -> Iterable[tuple]:
    """What the threads' time went into."""
    home = {row[0]: row[1] for row in storm.jobs}
    for job, _, phase, ts, dur, utid in storm.slices:
        yield (home[job] if phase else utid), phase, ts, dur
    for loop, turns in enumerate(storm.turns):
        utid, at = storm.thread_id(loop), T0_NS
        for ts, dur in turns:
            yield utid, WAITING, at, ts - at
            yield utid, TURN, ts, dur
            at = ts + dur
        yield utid, WAITING, at, end - at


def write(path: str, storm: Storm, end: int) -> None:
    args = storm.args
    if os.path.exists(path):
        os.unlink(path)
    con = sqlite3.connect(path)
    con.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    with open(SCHEMA, encoding="utf-8") as schema:
        con.executescript(schema.read())
    lost = []
    if args.lost and storm.jobs:
        lost = [(T0_NS + (end - T0_NS) * 6 // 10, (end - T0_NS) // 40, args.lost)]
    meta = {"t0_ns": T0_NS, "t1_ns": end, "host": "testbed"}
    meta |= {"utc_offset_ns": 1_760_000_000_000_000_000 - T0_NS, "events": len(storm.slices) * 2}
    meta |= {"lost": sum(row[2] for row in lost), "jobs": len(storm.jobs), "mode": "bridge"}
    meta |= {"command": "nginx -g 'daemon off;'", "engine": f"workers={args.workers}"}
    fill = functools.partial(insert, con)
    fill("meta", "key value", meta.items())
    insert_enums(con)
    fill("lost", "ts dur count", lost)
    for loop in range(args.threads):
        utid = storm.thread_id(loop)
        mode = code("mode", "bridge")
        fill("process", PROCESS, [(1 + loop, 4100 + loop, "nginx", mode, 0x30000110, T0_NS, end)])
        turns = [dur for _, dur in storm.turns[loop]]
        sums = (len(turns), sum(turns), max(turns, default=0), max(end - T0_NS - sum(turns), 0))
        sums += (sum(row[1] == utid for row in storm.jobs),)
        thread = (utid, 1 + loop, 4100 + loop, "nginx", code("role", "program"))
        fill("thread", f"{THREAD} {LOOP} jobs", [thread + sums])
        lengths = collections.Counter(map(bucket, turns))
        fill("hist", HIST, [(code("metric", "turn"), utid, b, n) for b, n in lengths.items()])
        fill("thread", THREAD, [_worker(args, loop, w) for w in range(args.workers)])
    fill("conn", CONN, storm.conns)
    fill("job", JOB, storm.jobs)
    fill("job_slice", SLICE, storm.slices)
    fill("job_wait", WAIT, storm.waits)
    fill("engine_op", OPERATION, storm.ops)
    sum_operations(con)
    fill("lane", LANE, lanes(spans(storm, end), end - T0_NS, meta["utc_offset_ns"]))
    con.commit()
    con.close()


def _worker(args: argparse.Namespace, loop: int, number: int) -> tuple:
    utid, tid = 2 + loop * (1 + args.workers) + number, 4200 + loop * 10 + number
    return utid, 1 + loop, tid, f"atls-{number}", code("role", "engine")


def options(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("-o", "--output", default="trace.db")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1, help="event loops, one per process")
    parser.add_argument("--workers", type=int, default=2, help="engine threads per process")
    parser.add_argument("--service-ns", type=float, default=1_200_000)
    parser.add_argument("--think-ns", type=float, default=0, help="pause between two handshakes")
    parser.add_argument("--burst-rate", type=float, default=0.002)
    parser.add_argument("--unfinished", type=int, default=0)
    parser.add_argument("--lost", type=int, default=0, help="lost events, in one stretch")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(argv)


def make(*argv: str) -> None:
    """Make a database as the command line would."""
    args = options(argv)
    storm = Storm(args)
    storm.run()
    write(args.output, storm, storm.cut())


if __name__ == "__main__":
    import sys

    make(*sys.argv[1:])
