#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Time and memory of each plot and of the page, from a synthetic recording of a million jobs."""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "dashboards"))

from asynctls_dashboards import KINDS  # noqa: E402

MEGABYTES = 300
PAGE_BYTES = 8_000_000


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--kind", nargs="*", default=[k for k in KINDS if k != "diff"] + ["html"])
    parser.add_argument("--runs", type=int, default=3, help="the fastest counts")
    parser.add_argument("--database", help="use this one, of --jobs jobs")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def bar(jobs):
    """Seconds that a plot of so many jobs may take."""
    return 3.0 if jobs <= 1_000_000 else 10.0


def run(kind, database, out):
    """Wall and processor seconds, and the megabytes of the largest child."""
    command = [str(TOP / "build" / "asynctls")]
    if kind == "html":
        command += ["html", "-i", database, "-o", f"{out}/report.html"]
    else:
        command += ["plot", "-i", database, "--kind", kind, "-o", f"{out}/{kind}.png"]
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"plots: {kind} failed with {status}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def main():
    wish = options()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="asynctls-bench-") as folder:
        database = wish.database or f"{folder}/trace.db"
        if not wish.database:
            print(f"plots: making a recording of {wish.jobs:,} jobs", file=sys.stderr)
            # Not in this process: a child starts with its parent's largest size on its account.
            program = TOP / "tests" / "dashboards" / "make_db.py"
            size = ["--jobs", str(wish.jobs), "--clients", "64", "--threads", "2"]
            subprocess.run([sys.executable, program, "-o", database, *size], check=True)
        rows = []
        for kind in wish.kind:
            runs = [run(kind, database, folder) for _ in range(wish.runs)]
            best = [min(figure) for figure in zip(*runs)]
            rows.append(dict(zip(("kind", "seconds", "cpu", "megabytes"), (kind, *best))))
            if kind == "html":
                rows[-1]["bytes"] = os.path.getsize(f"{folder}/report.html")
    if wish.json:
        print(json.dumps({"jobs": wish.jobs, "rows": rows}))
        return
    print(f"{'kind':12} {'wall s':>8} {'cpu s':>8} {'MB':>6}")
    for row in rows:
        over = row["kind"] != "html" and (
            row["seconds"] > bar(wish.jobs) or row["megabytes"] > MEGABYTES
        )
        size = f"  {row['bytes']:,} bytes" if "bytes" in row else ""
        over = over or row.get("bytes", 0) > PAGE_BYTES
        print(
            f"{row['kind']:12} {row['seconds']:8.2f} {row['cpu']:8.2f} {row['megabytes']:6.0f}"
            f"{size}{'  over the bar' if over else ''}"
        )


if __name__ == "__main__":
    main()
