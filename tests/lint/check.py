# SPDX-License-Identifier: Apache-2.0
"""Runs every fault and its healthy twin under the shim and lints the trace; prints TAP.

usage: check.py ASYNCTLS FAULTS SHIM PROVIDER TRACES [RULE...]

On the fault its rule speaks, and no other but those that ALSO names; on the twin all are silent.
What no program can commit here, and further cases of a rule, stand as text:
TRACES/RULE[.CASE].txt must be found, TRACES/RULE[.CASE]-healthy.txt must not. Comments in such a
trace:

    # SAYS words      part of the finding's reason
    # ALSO rule       what follows from the fault is found, too
    # WITHHELD rule   it would have spoken, but for events that are missing
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tap import Tap

# Rules whose fault cannot be committed here; they have a fault and a twin as text.
TEXT_ONLY = {"stale-want-async": "only OpenSSL before 1.1.1m and 3.0.1 does so"}
# What a fault brings with it.
ALSO = {
    "shutdown-while-paused": {"resume-differs"},  # SSL_shutdown resumes the handshake's job
    "cross-thread-resume": {"pause-blocked"},  # on the other thread it has no job to pause
    "pause-blocked": {"not-offloaded"},  # the next job computes in place
}
# Faults that show only if the trace goes on for longer than the rule's limit: the end is put off so
# far.
LATER_NS = {"lost-wake": 2 * 10**9}


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def rules_of(asynctls):
    """The rules, which the tool has from their one list."""
    table = run(asynctls, "lint", "--list").stdout.split("\n\n")[0]
    return [line.split()[1] for line in table.splitlines()]


class Trace:
    """A text trace, what its comments ask for, and what lint says of it."""

    def __init__(self, asynctls, path):
        text = path.read_text() if path.is_file() else ""
        asked = re.findall(r"^# (SAYS|ALSO|WITHHELD) (.*)$", text, re.M)
        self.says, self.also, self.withheld = (
            {words for kind, words in asked if kind == wanted}
            for wanted in ("SAYS", "ALSO", "WITHHELD")
        )
        done = run(asynctls, "lint", "--json", "-i", path)
        self.status = done.returncode
        self.why = f"exit {self.status} {done.stderr}\n{done.stdout}\n{text}"
        said = json.loads(done.stdout) if done.stdout else {"findings": [], "rules": []}
        self.findings = said["findings"]
        self.rules = {rule["rule"]: rule["status"] for rule in said["rules"]}

    def with_status(self, status):
        return {rule for rule, is_ in self.rules.items() if is_ == status}


def judge(tap, trace, name, wanted):
    """The wanted rules speak, those that are to be withheld are, and all others are clear."""
    statuses = trace.with_status("found"), trace.with_status("withheld")
    tap.check(trace.rules and statuses == (wanted, trace.withheld), name, trace.why)
    serious = any(f["severity"] != "note" for f in trace.findings)
    tap.check(trace.status == int(serious), f"{name}: so the exit status says", trace.why)


def judge_words(tap, trace, name, rule):
    """The finding is explained."""
    said = [f for f in trace.findings if f["rule"] == rule]
    whole = said and all(f["title"] and f["detail"] and f["fix"] and f["count"] > 0 for f in said)
    tap.check(whole, f"{name}: says why", trace.why)
    for words in trace.says:
        tap.check(any(words in f["detail"] for f in said), f"{name}: {words}", trace.why)


def put_off_end(path, ns):
    """Write the trace's last event once more, later."""
    lines = path.read_text().splitlines()
    time, rest = lines[-1].split(" ", 1)
    path.write_text("\n".join([*lines, f"{int(time) + ns} {rest}", ""]))


def commit(tap, asynctls, faults, env, folder, rule):
    """The fault and its twin, as a program."""
    for twin, words in (("fault", []), ("healthy twin", ["healthy"])):
        path = folder / f"{rule}-{len(words)}.txt"
        done = run(faults, rule, *words, env={**os.environ, **env, "ASYNCTLS_TEXT": str(path)})
        tap.check(done.returncode == 0 and path.exists(), f"{rule}: the {twin} runs", done)
        if path.exists() and rule in LATER_NS:
            put_off_end(path, LATER_NS[rule])
        trace = Trace(asynctls, path)
        if words:
            judge(tap, trace, f"{rule}: nothing is found in its twin", set())
        else:
            judge(tap, trace, f"{rule}: found", {rule} | ALSO.get(rule, set()))
            judge_words(tap, trace, rule, rule)


def rule_of(path):
    return path.name.removesuffix(".txt").removesuffix("-healthy").split(".")[0]


def is_healthy(path):
    return path.name.endswith("-healthy.txt")


def read(tap, asynctls, folder, path):
    """A fault, or a twin, as text."""
    copy = folder / path.name  # the database is made beside it
    shutil.copy(path, copy)
    trace = Trace(asynctls, copy)
    if is_healthy(path):
        judge(tap, trace, f"{path.name}: not found", trace.also)
    else:
        judge(tap, trace, f"{path.name}: found", {rule_of(path)} | trace.also)
        judge_words(tap, trace, path.name, rule_of(path))


def complete(tap, rules, programs, texts):
    """Every rule has its fault and its twin, and every fault its rule."""
    tap.check(len(rules) == len(set(rules)) and rules, "the rules have names of their own", rules)
    lacking = set(rules) - set(programs) - set(TEXT_ONLY)
    tap.check(not lacking, "each rule has a program that commits its fault", lacking)
    unknown = (set(programs) | set(TEXT_ONLY) | set(map(rule_of, texts))) - set(rules)
    tap.check(not unknown, "each fault has its rule", unknown)
    tap.check(not set(programs) & set(TEXT_ONLY), "what can be committed is not text only")
    names = {path.name for path in texts}
    for rule, reason in TEXT_ONLY.items():
        both = {f"{rule}.txt", f"{rule}-healthy.txt"} <= names
        tap.check(both, f"{rule}: fault and twin as text, because {reason}", names)


def withheld(tap, asynctls, ctf, folder):
    """A rule concludes nothing from the absence of events that were not recorded at all."""
    shutil.copytree(ctf, folder / "whole" / "ctf")
    for groups, status in (("job,ssl,engine", "found"), ("ssl,engine", "withheld")):
        meta = {"options": {"groups": groups}}
        (folder / "whole" / "meta.json").write_text(json.dumps(meta))
        trace = Trace(asynctls, folder / "whole")
        name = f"spurious-resume is {status} where {groups} were recorded"
        tap.check(trace.rules.get("spurious-resume") == status, name, trace.why)


def main():
    asynctls, faults, shim, provider, traces, *only = sys.argv[1:]
    env = {"LD_PRELOAD": shim, "ASYNCTLS_PROVIDER": provider}
    programs, texts = run(faults).stdout.split(), sorted(Path(traces).glob("*"))
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not only:
            complete(tap, rules_of(asynctls), programs, texts)
            withheld(tap, asynctls, Path(traces, "../../data/ctf/good/gen-32"), folder)
        for rule in only or programs:
            commit(tap, asynctls, faults, env, folder, rule)
        for path in texts:
            if not only or rule_of(path) in only:
                read(tap, asynctls, folder, path)
    return tap.end()


sys.exit(main())
