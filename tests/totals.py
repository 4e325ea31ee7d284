#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Count the cases in a meson test log: TAP lines where a test prints them, else the test itself."""
import json
import re
import sys
from collections import Counter

CASE = re.compile(r"^(not )?ok\b[^#\n]*(#\s*(skip|todo))?", re.IGNORECASE | re.MULTILINE)


def kind(match):
    if match.group(2):
        return "skipped"
    return "failed" if match.group(1) else "passed"


def count(test):
    """The cases of one test program, as a Counter of passed, failed and skipped."""
    cases = Counter(kind(m) for m in CASE.finditer(test.get("stdout") or ""))
    result = test["result"]
    if result in ("OK", "EXPECTEDFAIL"):
        return cases or Counter(passed=1)
    if result == "SKIP":
        return cases or Counter(skipped=1)
    if not cases["failed"]:
        cases["failed"] = 1  # it crashed, ran out of time, or failed without naming a case
    return cases


def failures(test):
    """The failed cases of a TAP test and what it said about them, which meson does not show."""
    within = False
    for line in (test.get("stdout") or "").splitlines():
        within = line.startswith("not ok") or (within and line.startswith("#"))
        if within:
            yield line


def skips(test):
    """The skipped cases of a TAP test, with the reason."""
    pattern = r"^(?:ok \d+ - (.*?)|1\.\.0) *# SKIP\S* *(.*)$"
    for name, reason in re.findall(pattern, test.get("stdout") or "", re.MULTILINE):
        yield name or "all of it", reason


def main(path):
    try:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except FileNotFoundError:
        tests = []
    total = sum((count(test) for test in tests), Counter())
    for test in tests:
        for name, reason in skips(test):
            print(f"skipped: {test['name']}: {name}: {reason}")
    for test in tests:
        if count(test)["failed"]:
            print(f"\nfailed: {test['name']} ({test['result'].lower()})")
            print("".join(f"  {line}\n" for line in failures(test)), end="")
    line = f"{total['passed']} passed, {total['failed']} failed"
    print(line + (f", {total['skipped']} skipped" if total["skipped"] else ""))
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
