# SPDX-License-Identifier: Apache-2.0
"""Runs closed loops of jobs on the engine, by both its fronts and both ways of waiting; prints TAP.

usage: check.py JOBS SHIM ENGINE PROVIDER

Each case says what jobs.c must count, and what must be in the trace. Values are numbers, or ranges
(least, most).
"""
import collections
import itertools
import os
import re
import subprocess
import sys
import tempfile

from catalogue import event_names
from tap import Tap

JOBS, SHIM, ENGINE, PROVIDER = sys.argv[1:5]
SOME = (1, 10**9)
LATE_NS = 30_000_000
SLOW_NS = 3_000_000  # three standard deviations below the mean of the profile's RSA

# name: words of the engine, words of jobs.c, what it counts, events
CASES = {
    "plain": (
        "workers=2",
        "",
        {"pauses": 100, "spurious": 0},
        {"engine_submit": 100, "engine_done": 100},
    ),
    "resumed without reason": (
        "workers=1,latency=any:1ms",
        "poke=3 n=30",
        {"ok": 30, "spurious": SOME},
        {"engine_submit": 30, "engine_done": 30, "engine_inplace": 0},
    ),
    "queue full": (
        "workers=1,queue=1,latency=any:1ms",
        "c=6 n=30",
        {"ok": 30, "retries": SOME, "timeouts": 0},
        {"engine_submit": 30, "engine_inplace": 0, "engine_fault": 0},
    ),
    "queue full, in place": (
        "workers=1,queue=1,latency=any:1ms,full=inplace",
        "c=6 n=30",
        {"ok": 30, "retries": 0, "timeouts": 0},
        {"engine_inplace": SOME},
    ),
    "batch": (
        "workers=1,batch=4,latency=any:5ms",
        "c=8 n=40",
        {"ok": 40},
        {"engine_submit": 40, "engine_done": 40, "begun together": SOME},
    ),
    "min_cost": (
        "workers=1,min_cost=1s",
        "c=1 n=20",
        {"ok": 20, "pauses": 4},
        {"engine_submit": 4, "engine_inplace": 16},
    ),
    "ops": (
        "ops=decrypt",
        "n=20",
        {"ok": 20, "pauses": 0},
        {"engine_submit": 0, "engine_inplace": 0},
    ),
    "many workers": ("workers=64,latency=any:10ms", "c=64 n=64", {"ok": 64}, {"engine_done": 64}),
    "profile": (
        "profile=keyless-c5-xlarge",
        "key=rsa:2048 c=4 n=16",
        {"ok": 16},
        {"slow": 16},
    ),
    "threads come and go": (
        "workers=2",
        "threads=3 lives=3 n=20",
        {"ok": 180},
        {"engine_done": 180},
    ),
    "forks": ("workers=2", "n=60 fork=20", {"ok": 60}, {}),
    "abandoned": ("latency=any:1ms", "abort=3", {"aborted": SOME}, {"engine_submit": 100}),
    "eagain": (
        "fault=eagain:1/10",
        "",
        {"ok": 100, "retries": 10, "timeouts": 0},
        {"engine_fault": 10, "engine_submit": 100},
    ),
    "err": (
        "fault=err:1/10",
        "fail=1",
        {"ok": 90, "failed": 10, "errors": SOME},
        {"engine_fault": 10, "engine_submit": 90, "engine_done": 90},
    ),
    "opfail": (
        "fault=opfail:1/10",
        "fail=1",
        {"ok": 90, "failed": 10, "errors": SOME},
        {"engine_fault": 10, "engine_submit": 100, "engine_done": 100},
    ),
    "lost-wake": (
        "fault=lost-wake:1/50",
        "timeout=500",
        {"ok": 100, "timeouts": SOME},
        {"engine_fault": 2, "engine_done": 100, "woken": 98},
    ),
    "dup-wake": (
        "latency=any:1ms,fault=dup-wake:1/10",
        "",
        {"ok": 100, "timeouts": 0},
        {"engine_fault": 10, "engine_done": 100, "woken": 110},
    ),
    "early-wake": (
        "latency=any:1ms,fault=early-wake:1/10",
        "",
        {"ok": 100, "timeouts": 0, "pauses": 100},
        {"engine_fault": 10, "engine_done": 100, "woken": 100},
    ),
    "late-wake": (
        "fault=late-wake:30ms:1/50",
        "",
        {"ok": 100, "timeouts": 0},
        {"engine_fault": 2, "engine_done": 100, "woken": 100, "late": 2},
    ),
    "spurious": (
        "latency=any:5ms,fault=spurious:1/10",
        "",
        {"ok": 100, "spurious": SOME, "timeouts": 0},
        {"engine_fault": 10, "engine_done": 100, "woken": 110},
    ),
}


def named(lines):
    """(time, name, fields) of each event."""
    for line in lines:
        time, _, _, name, *fields = line.split()
        yield int(time), name, dict(field.split("=") for field in fields)


def late(events):
    """How many of the operations struck by late-wake were told of at least LATE_NS after they were done."""
    struck, wctx, done, count = set(), {}, {}, 0
    for time, name, field in sorted(events, key=lambda event: event[0]):
        if name == "engine_fault":
            struck.add(field["task"])
        elif name == "engine_submit":
            wctx[field["task"]] = field["wctx"]
        elif name == "engine_done" and field["task"] in struck:
            done[wctx[field["task"]]] = time
        elif name in ("wake", "callback_fire") and field["wctx"] in done:
            count += time - done.pop(field["wctx"]) >= LATE_NS
    return count


def slow(events):
    """How many operations took at least SLOW_NS."""
    begun, count = {}, 0
    for time, name, field in sorted(events, key=lambda event: event[0]):
        if name == "engine_submit":
            begun[field["task"]] = time
        elif name == "engine_done":
            count += time - begun[field["task"]] >= SLOW_NS
    return count


def count_events(lines):
    """How often each event is in a trace, and what can be told from several."""
    events = list(named(lines))
    names = [name for _, name, _ in events]
    counts = collections.Counter({name: 0 for name in event_names()})
    counts.update(names)
    counts["begun together"] = sum(
        pair == ("engine_begin", "engine_begin") for pair in itertools.pairwise(names)
    )
    counts["woken"] = counts["wake"] + counts["callback_fire"]
    if counts["engine_fault"]:
        counts["late"] = late(events)
    counts["slow"] = slow(events)
    return dict(counts)


def run(front, mode, words, engine, text):
    env = {
        **os.environ,
        "ASYNCTLS_PROVIDER": PROVIDER,
        "ASYNCTLS_TEXT": text,
        "ASYNCTLS_ENGINE": engine,
    }
    command = [JOBS, f"mode={mode}", "key=ec:P-256", *words.split()]
    if front == "hooks":
        env.update(LD_PRELOAD=SHIM, ASYNCTLS_MODE="engine")
    else:
        command.append(f"engine={ENGINE}")
        if front == "both":
            env.update(LD_PRELOAD=SHIM)
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    counts = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)\b", done.stdout)}
    lines = open(text).read().splitlines() if os.path.exists(text) else []
    return done, counts, lines


def wrong(wanted, seen):
    """What was not seen as wanted. What nobody counts is wrong as well."""
    for name, value in wanted.items():
        least, most = value if isinstance(value, tuple) else (value, value)
        if name not in seen or not least <= seen[name] <= most:
            yield f"{name} is {seen.get(name, 'not counted')}, not {value}"


def check(front, mode, case):
    """What is wrong, a line each."""
    engine, words, counts, events = case
    with tempfile.TemporaryDirectory() as folder:
        done, seen, lines = run(front, mode, words, engine, os.path.join(folder, "events"))
    emitted = count_events(lines)
    faults = [*wrong(counts, seen), *wrong(events, emitted)]
    if mode == "callback":
        faults += [*wrong({"fds": 0}, seen), *wrong({"wait_fd_set": 0, "wake": 0}, emitted)]
    else:
        faults += [*wrong({"callbacks": 0}, seen), *wrong({"callback_fire": 0}, emitted)]
    if done.returncode:
        faults.append(f"status {done.returncode}")
    return faults and [*faults, done.stdout, done.stderr, str(emitted)]


def main():
    tap = Tap()
    for name, case in CASES.items():
        for front in ("hooks", "engine", "both"):
            for mode in ("fd", "callback"):
                # The ENGINE alone does not see that a wait context with a callback is freed.
                if (name, front, mode) == ("abandoned", "engine", "callback"):
                    continue
                faults = check(front, mode, case)
                tap.check(not faults, f"{name}: {front}, {mode}", "\n".join(faults))
    return tap.end()


sys.exit(main())
