#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long analyze and report take for a synthetic trace, against babeltrace2 reading the same one.

"by INSERT" is analyze with SQLite's own INSERT for all rows: what the writer of the large tables saves.

The trace is played by gen-trace through the real LTTng provider. Every round runs all commands in
turn; medians count. CPU seconds are shown beside the wall clock, as they suffer less on a machine
that does other work too.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ASYNCTLS_BUILD", TOP / "build"))
EVENTS_A_JOB = 22
BARS = {"analyze": 0.5, "report": 0.2}


def options():
    parser = argparse.ArgumentParser(prog="./run bench analyze", description=__doc__)
    parser.add_argument(
        "--millions", type=float, nargs="+", default=[1, 10], metavar="N", help="events [1 10]"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the traces, or take them")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def record(folder, millions):
    """A trace of that many million events in folder; one that is there already is taken."""
    if (folder / "ctf").is_dir():
        return
    jobs = round(millions * 1e6 / EVENTS_A_JOB)
    command = [
        TOP / "tests/tools/record-trace.sh",
        folder,
        BUILD / "tests/tools/gen-trace",
        BUILD / "shim/libasynctls-lttng.so",
        str(jobs),
        "256",
        "2",
    ]
    environment = {**os.environ, "BLOCKING": "1", "SUBBUF": "1M*8"}
    print(f"bench: analyze: recording {millions:g} million events", file=sys.stderr)
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def run(command, database=None):
    """Wall and CPU seconds, and the peak of memory in MB."""
    if database:
        database.unlink(missing_ok=True)
    begun = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as child:
        words = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command[0]}: status {child.returncode}: {words}")
    return {
        "wall_s": time.monotonic() - begun,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }


def stages(folder):
    """CPU seconds of decoding, and of decoding and the model."""
    done = subprocess.run(
        [BUILD / "tests/tools/stages", folder / "ctf"], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def ratio(runs, base, kind):
    """The median over the rounds of one command's seconds by another's."""
    return statistics.median(
        a[f"{kind}_s"] / b[f"{kind}_s"] for a, b in zip(runs, base, strict=True)
    )


def measure(folder, rounds):
    """Medians of each command on the trace in folder."""
    database = folder / "trace.db"
    commands = {
        "babeltrace2": ["babeltrace2", "-o", "dummy", folder / "ctf"],
        "analyze": [BUILD / "asynctls", "analyze", "-i", folder],
        "by INSERT": [BUILD / "tests/tools/analyze-by-insert", folder],
        "report": [BUILD / "asynctls", "report", "-i", folder],
    }
    found = {name: [] for name in commands}
    stage = []
    for number in range(rounds):
        print(f"bench: analyze: round {number + 1} of {rounds}", file=sys.stderr)
        for name, command in commands.items():
            found[name].append(run(command, database))
            if name == "analyze":
                size = database.stat().st_size
        stage.append(stages(folder))
    medians = {
        name: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        for name, runs in found.items()
    }
    for name, bar in BARS.items():
        medians[name]["bar"] = bar
        for kind in ("wall", "cpu"):
            medians[name][f"of_babeltrace2_{kind}"] = ratio(found[name], found["babeltrace2"], kind)
    for kind in ("wall", "cpu"):
        medians["by INSERT"][f"of_analyze_{kind}"] = ratio(
            found["by INSERT"], found["analyze"], kind
        )
    medians["stages"] = {key: statistics.median(one[key] for one in stage) for key in stage[0]}
    medians["database_mb"] = size / 1e6
    return medians


def table(millions, result):
    """The figures of one trace as lines of text."""
    events = result["stages"]["events"]
    yield f"{events:,} events ({millions:g} million asked for), database {result['database_mb']:.0f} MB"
    yield f"  {'':<14} {'wall s':>8} {'CPU s':>8} {'ns/event':>9} {'peak MB':>8} {'of babeltrace2':>15}"
    for name in ("babeltrace2", "analyze", "by INSERT", "report"):
        r = result[name]
        line = f"  {name:<14} {r['wall_s']:>8.2f} {r['cpu_s']:>8.2f} {1e9 * r['wall_s'] / events:>9.0f}"
        line += f" {r['peak_mb']:>8.0f}"
        if "bar" in r:
            line += f" {r['of_babeltrace2_wall']:>8.3f} wall, {r['of_babeltrace2_cpu']:.3f} CPU"
            line += f" (bar {r['bar']})"
        if "of_analyze_cpu" in r:
            line += f" {r['of_analyze_wall']:>8.1f} wall, {r['of_analyze_cpu']:.1f} CPU of analyze"
        yield line
    decode, model = result["stages"]["decode_s"], result["stages"]["decode_model_s"]
    rest = result["report"]["cpu_s"]
    yield (
        f"  CPU by stage: decode {decode:.2f} s, model {model - decode:.2f} s, sums and rules "
        f"{rest - model:.2f} s, database {result['analyze']['cpu_s'] - rest:.2f} s"
    )


def main():
    wish = options()
    base = wish.keep or Path(tempfile.mkdtemp(prefix="asynctls-"))
    results = {}
    try:
        for millions in wish.millions:
            folder = base / f"{millions:g}M"
            record(folder, millions)
            results[f"{millions:g}"] = measure(folder, wish.rounds)
            if not wish.json:
                print("\n".join(table(millions, results[f"{millions:g}"])), flush=True)
    finally:
        if not wish.keep:
            shutil.rmtree(base, ignore_errors=True)
    if wish.json:
        print(json.dumps({"bench": "analyze", "schema_version": 1, "millions": results}, indent=2))


if __name__ == "__main__":
    main()
