# SPDX-License-Identifier: Apache-2.0
"""Runs every fault and its healthy twin under the shim and lints the trace; prints TAP.

usage: check.py ASYNCTLS FAULTS SHIM PROVIDER TRACES [RULE...]

On the fault its rule speaks, on the twin it is silent. What no program can commit here stands as text:
TRACES/RULE.txt and TRACES/RULE-healthy.txt, of which "# SAYS words" is part of the finding's reason.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

# Numbers that make the fault visible in a run of milliseconds; the twin is judged by the defaults.
THRESHOLDS = {"lost-wake": ["wake=1us"]}


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def check(self, ok, name, why=""):
        self.count += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}")
        if not ok:
            print("\n".join("# " + line for line in str(why).splitlines()))


def lint(asynctls, trace, thresholds=()):
    options = [f"--threshold={one}" for one in thresholds]
    done = subprocess.run(
        [asynctls, "lint", "--json", "-i", trace, *options], capture_output=True, text=True
    )
    if done.returncode not in (0, 1):
        return done.returncode, [], done.stderr
    return done.returncode, json.loads(done.stdout)["findings"], ""


def record(faults, rule, healthy, env, trace):
    args = [faults, rule] + (["healthy"] if healthy else [])
    return subprocess.run(
        args, env={**os.environ, **env, "ASYNCTLS_TEXT": trace}, capture_output=True, timeout=60
    )


def verdict(asynctls, trace, rule, thresholds, wanted, tap, name):
    status, findings, error = lint(asynctls, trace, thresholds)
    said = [f for f in findings if f["rule"] == rule]
    text = open(trace).read() if os.path.exists(trace) else "no trace"
    why = f"exit {status} {error}\n{json.dumps(findings, indent=1)}\n{text}"
    tap.check(bool(said) == wanted, name, why)
    for words in [line[7:].strip() for line in text.splitlines() if line.startswith("# SAYS ")]:
        tap.check(any(words in f["detail"] for f in said), f"{name}: {words}", why)
    if wanted and said:
        tap.check(
            all(f["title"] and f["detail"] and f["fix"] and f["count"] for f in said)
            and status == (any(f["severity"] != "note" for f in findings)),
            f"{rule}: says why, and the exit status tells",
            why,
        )


def withheld(asynctls, ctf, tmp, tap):
    """A rule concludes nothing from the absence of events that were not recorded at all."""
    shutil.copytree(ctf, os.path.join(tmp, "whole", "ctf"))
    for groups, wanted in (("job,ssl,engine", True), ("ssl,engine", False)):
        with open(os.path.join(tmp, "whole", "meta.json"), "w") as meta:
            json.dump({"options": {"groups": groups}}, meta)
        folder = os.path.join(tmp, "whole")
        _, findings, error = lint(asynctls, folder)
        said = any(f["rule"] == "spurious-resume" for f in findings)
        tap.check(said == wanted, f"with {groups} it speaks: {wanted}", error or findings)
        sql = "SELECT status FROM v_rule WHERE rule = 'spurious-resume'"
        done = subprocess.run(
            [asynctls, "query", "--json", "-i", folder, sql], capture_output=True, text=True
        )
        status = json.loads(done.stdout)[0]["status"]
        tap.check(status == ("found" if wanted else "withheld"), f"and is {status}", done.stderr)


def main():
    asynctls, faults, shim, provider, traces, *only = sys.argv[1:]
    env = {"LD_PRELOAD": shim, "ASYNCTLS_PROVIDER": provider}
    tap = Tap()
    rules = only or subprocess.run([faults], capture_output=True, text=True).stdout.split()
    with tempfile.TemporaryDirectory() as tmp:
        for rule in rules:
            for healthy in (False, True):
                trace = os.path.join(tmp, f"{rule}-{healthy}.txt")
                done = record(faults, rule, healthy, env, trace)
                twin = "healthy twin" if healthy else "fault"
                tap.check(done.returncode == 0, f"{rule}: the {twin} runs", done.stderr)
                thresholds = [] if healthy else THRESHOLDS.get(rule, [])
                name = f"{rule}: {'silent on its twin' if healthy else 'found'}"
                verdict(asynctls, trace, rule, thresholds, not healthy, tap, name)
        for name in sorted(os.listdir(traces)) if not only else []:
            rule = name.removesuffix(".txt").removesuffix("-healthy").split(".")[0]
            healthy = name.endswith("-healthy.txt")
            trace = os.path.join(tmp, name)
            with open(os.path.join(traces, name)) as source, open(trace, "w") as copy:
                copy.write(source.read())
            verdict(asynctls, trace, rule, [], not healthy, tap, f"{name}: as it must be")
        if not only:
            ctf = os.path.join(traces, "../../data/ctf/good/gen-32")
            withheld(asynctls, ctf, tmp, tap)
    print(f"1..{tap.count}")
    return tap.failed > 0


sys.exit(main())
