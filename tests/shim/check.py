# SPDX-License-Identifier: Apache-2.0
"""Runs one tiny program bare, preloaded and recorded, and compares; prints TAP.

usage: check.py PROGRAM SOURCE SHIM PROVIDER ASYNCTLS

What a program prints is what it can observe: it must print the same in every way of running it.
What must be in its trace stands in its source, in comments of the form

    // MODE engine                     the shim's mode when preloaded (default: observe)
    // ENGINE workers=1                the engine's specification
    // EVENTS job_start=2 wake>=1      how many of each event a recorded run emits
    // ORDER job_start job_pause       these events occur in this order
    // LINE job_start conn=0 op=none   some event of this name has these fields
    // LTTNG only                      is recorded by `asynctls record` and LTTng, not by the text provider
    // JOBS yes                        each job's events are those of one life, on one thread
    // SAME job job_start job_pause    the field has one value in all events of these names
"""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

from catalogue import event_names
from tap import Tap

DIRECTIVES = {"MODE", "ENGINE", "EVENTS", "ORDER", "LINE", "LTTNG", "JOBS", "SAME"}
COUNT = re.compile(r"(\w+)(>?=)(\d+)")


def directives(source):
    found = collections.defaultdict(list)
    for line in open(source):
        match = re.match(r"\s*// ([A-Z]+) (.*)", line)
        if match:
            found[match[1]].append(match[2].strip())
    return found


def misspelt(says):
    """What in the directives would be looked for in vain."""
    counts = " ".join(says["EVENTS"]).split()
    names = {word.partition("=")[0].rstrip(">") for word in counts}
    names |= {name for order in says["ORDER"] for name in order.split()}
    names |= {line.split()[0] for line in says["LINE"]}
    names |= {name for same in says["SAME"] for name in same.split()[1:]}
    wrong = [word for word in counts if not COUNT.fullmatch(word)]
    return wrong + sorted(set(says) - DIRECTIVES) + sorted(names - event_names())


def check_counts(tap, says, counts, why, title=""):
    for name, relation, wanted in COUNT.findall(" ".join(says["EVENTS"])):
        ok = counts[name] >= int(wanted) if relation == ">=" else counts[name] == int(wanted)
        tap.check(ok, f"{title}{name} {relation} {wanted}", f"seen {counts[name]}\n{why}")


# ThreadSanitizer names functions by the wrappers that it watches, and waits for itself if they
# race, too: its reports have offsets for addr2line instead. It does not see the jumps between
# OpenSSL's stacks (they are by _longjmp, which it does not know), so the calls that it lists below
# a job's are not to be trusted.
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=0",
    "TSAN_OPTIONS": "die_after_fork=0:symbolize=0",
}


def run(program, env):
    done = subprocess.run(
        [program],
        env={**SANITIZERS, **os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
    )
    # AddressSanitizer does not know OpenSSL's stacks, and says so, with addresses.
    stderr = re.sub(
        r"(?m)^(==\d+==WARNING: ASan is ignoring|False positive|For details).*\n", "", done.stderr
    )
    return done.returncode, done.stdout, stderr


def sanitizer(program):
    """The sanitizer's library, if the build is a sanitized one."""
    listed = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return re.findall(r"=> (\S*/lib[at]san\.so\S*)", listed)


def ahead_of(program):
    """What must be preloaded ahead of the shim. ThreadSanitizer must not: below its own epoll_wait it sees
    no locks, and the shim's epoll_wait takes some."""
    return [library for library in sanitizer(program) if "libasan" in library]


def in_order(names, wanted):
    names = iter(names)
    return all(name in names for name in wanted)


def check_jobs(tap, lines):
    """Start, pause and resume in turn, finish; always on the same thread."""
    lives = collections.defaultdict(list)
    for _, pid, tid, name, *fields in map(str.split, lines):
        if name.startswith("job_") and name != "job_time":
            lives[pid, tid, dict(f.split("=") for f in fields)["job"]].append(name[4:])
    good = re.compile(r"start( pause resume)* (finish|error|no_jobs)$")
    bad = [f"{key}: {life}" for key, life in lives.items() if not good.match(" ".join(life))]
    tap.check(lives and not bad, "every job has one life, on one thread", "\n".join(bad))


def check_recorded(tap, asynctls, program, bare, says):
    """The same with LTTng at work, whose threads and fds share the program's process."""
    with tempfile.TemporaryDirectory() as tmp:
        data = os.path.join(tmp, "data")
        done = subprocess.run(
            [asynctls, "record", "-o", data, "--", program],
            capture_output=True,
            text=True,
            timeout=60,
        )
        tap.check(
            (done.returncode, done.stdout) == bare[:2], "LTTng: the same status and output", done
        )
        text = subprocess.run(
            ["babeltrace2", data], capture_output=True, text=True, timeout=60
        ).stdout
    counts = collections.Counter(re.findall(r"asynctls:(\w+)", text))
    check_counts(tap, says, counts, done.stderr, "LTTng: ")


def main():
    program, source, shim, provider, asynctls = sys.argv[1:6]
    says = directives(source)
    tap = Tap()
    tap.check(says["EVENTS"] and not misspelt(says), "says what to look for", misspelt(says))
    preload = {
        "LD_PRELOAD": " ".join([*ahead_of(program), shim]),
        "ASYNCTLS_PROVIDER": provider,
        "ASYNCTLS_MODE": (says["MODE"] or ["observe"])[0],
        "ASYNCTLS_BRIDGE": "force",
    }
    if says["ENGINE"]:
        preload["ASYNCTLS_ENGINE"] = says["ENGINE"][0]
    with tempfile.TemporaryDirectory() as tmp:
        text = os.path.join(tmp, "events")
        bare = run(program, {})
        dormant = run(program, preload)
        lttng_only = bool(says["LTTNG"])
        recorded = bare if lttng_only else run(program, {**preload, "ASYNCTLS_TEXT": text})
        lines = open(text).read().splitlines() if os.path.exists(text) else []
    names = [line.split()[3] for line in lines]
    counts = collections.Counter(names)
    tap.check(bare[0] == 0, "bare: exits with 0", bare)
    tap.check(
        dormant == bare,
        "preloaded: the same status and output",
        f"bare: {bare}\npreloaded: {dormant}",
    )
    if lttng_only:
        if sanitizer(program):
            tap.skip("LTTng", "a sanitized program cannot be recorded")
        elif not shutil.which("babeltrace2"):
            tap.skip("LTTng", "babeltrace2 is not installed")
        else:
            check_recorded(tap, asynctls, program, bare, says)
        return tap.end()
    tap.check(
        recorded == bare,
        "recorded: the same status and output",
        f"bare: {bare}\nrecorded: {recorded}",
    )
    check_counts(tap, says, counts, "\n".join(lines))
    for order in says["ORDER"]:
        tap.check(in_order(names, order.split()), f"in order: {order}", "\n".join(lines))
    for wanted in says["LINE"]:
        name, *fields = wanted.split()
        ok = any(line.split()[3] == name and set(fields) <= set(line.split()[4:]) for line in lines)
        tap.check(ok, f"there is: {wanted}", "\n".join(lines))
    for same in says["SAME"]:
        field, *wanted = same.split()
        values = {
            word
            for line in lines
            if line.split()[3] in wanted
            for word in line.split()[4:]
            if word.startswith(field + "=")
        }
        tap.check(len(values) == 1, f"one value: {same}", "\n".join(lines))
    if says["JOBS"]:
        check_jobs(tap, lines)
    return tap.end()


sys.exit(main())
