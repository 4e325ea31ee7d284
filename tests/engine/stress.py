# SPDX-License-Identifier: Apache-2.0
"""Operations by the thousand, with faults, abandoned jobs, forks and threads that end; prints TAP.

usage: stress.py STRESS

ASYNCTLS_STRESS=N makes each case do about N operations; in a build with sanitizers this is where a
leak or a race shows (./run lint makes build-tsan).
"""
import os
import re
import subprocess
import sys

from tap import Tap

TOTAL = int(os.environ.get("ASYNCTLS_STRESS", 3000))
FAULTS = (
    "eagain:2%",
    "dup-wake:2%",
    "early-wake:2%",
    "spurious:2%",
    "opfail:1%",
    "err:1%",
    "late-wake:1ms:1%",
)
SPEC = "workers=3,queue=6,batch=2," + ",".join("fault=" + fault for fault in FAULTS)

# name: words of jobs.c, threads of a life, whether what is abandoned leaks (OpenSSL keeps such
# jobs)
CASES = {
    "threads, by fd": ("threads=2 lives=3 c=8", 6, False),
    "threads, by callback": ("threads=2 lives=3 c=8 mode=callback", 6, False),
    "abandoned jobs": ("threads=2 lives=3 c=8 abort=20", 6, True),
    "forks": ("c=8 fork=100", 1, False),
    "forks, abandoned jobs": ("c=8 fork=100 abort=30", 1, True),
}


def run(words, loops, leaks):
    env = {
        **os.environ,
        "ASAN_OPTIONS": f"detect_leaks={0 if leaks else 1}",
        "TSAN_OPTIONS": "die_after_fork=0",
    }
    command = [sys.argv[1], "engine=linked", "key=ec:P-256", "fail=1", f"spec={SPEC}"]
    command += [f"n={TOTAL // loops}", *words.split()]
    return subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=3600, check=False
    )


def main():
    tap = Tap()
    for name, (words, loops, leaks) in CASES.items():
        done = run(words, loops, leaks)
        count = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)\b", done.stdout)}
        whole = count.get("ok", 0) + count.get("failed", 0) + count.get("aborted", 0)
        good = not done.returncode and whole == TOTAL // loops * loops and not count["timeouts"]
        why = "\n".join(done.stderr.splitlines()[:60])
        tap.check(good, f"{name}: {done.stdout.strip()}", why)
    return tap.end()


sys.exit(main())
