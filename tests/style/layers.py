#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every #include of ours against the order of the stages in layers.txt, and finds circles of units.

A unit is a file without its ending: x.c and x.h are one. A private header is part of whoever
includes it.
Prints what is wrong, a line each; 1 if anything is.
"""

import os
import re
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
INCLUDE = re.compile(r'^\s*#\s*include "([^"]+)"', re.M)
GENERATED = re.compile(r"\.sql\.h$|^commands\.h$")


def read_stages(path):
    """{folder: set of folders it may use}, and the errors of the list itself."""
    stages, errors = {}, []
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        folder, uses = line.split(":")
        for used in uses.split():
            if used not in stages:
                errors.append(
                    f"layers.txt:{number}: {folder} uses {used}, which does not stand above it"
                )
        stages[folder] = set(uses.split())
    return stages, errors


def sources(stages):
    """The files of C below the stages' folders."""
    tops = sorted({folder.split("/")[0] for folder in stages})
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *tops],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return [name for name in names if name.endswith((".c", ".h", ".def")) and os.path.exists(name)]


def stage_of(name, stages):
    """The innermost stage that holds the file, or None."""
    folder = os.path.dirname(name)
    while folder and folder not in stages:
        folder = os.path.dirname(folder)
    return folder or None


def resolve(name, includer, files, roots):
    """The file that an include names: beside the includer, or from the root of a piece, its own first."""
    for folder in (os.path.dirname(includer), includer.split("/")[0], *roots):
        path = os.path.normpath(os.path.join(folder, name))
        if path in files:
            return path
    return None


def arrows(files, stages):
    """(includer, included or None, the name as written) of every include of ours."""
    roots = sorted({folder.split("/")[0] for folder in stages})
    for includer in files:
        for name in INCLUDE.findall(open(includer, encoding="utf-8").read()):
            if not GENERATED.search(name):
                yield includer, resolve(name, includer, set(files), roots), name


def judge(includer, included, name, stages):
    """What is wrong with an arrow, or None."""
    if not included:
        return f'{includer}: "{name}" is no file of ours'
    here, there = stage_of(includer, stages), stage_of(included, stages)
    if not here or not there:
        return f"{includer if not here else included}: its folder is not in layers.txt"
    if here != there and there not in stages[here]:
        return f"{includer}: includes {included}, but {here} does not use {there}"
    return None


def unit(name):
    return name if name.endswith(".def") else os.path.splitext(name)[0]


def is_private(name):
    return name.endswith("private.h")


def units(included):
    """{unit: units that it includes}, from {file: files that it includes}; private headers are looked through."""
    graph = {}
    for name in included:
        if is_private(name):
            continue
        todo, seen = list(included[name]), set()
        while todo:
            to = todo.pop()
            if is_private(to) and to not in seen:
                seen.add(to)
                todo += included.get(to, ())
            elif not is_private(to) and unit(to) != unit(name):
                graph.setdefault(unit(name), set()).add(unit(to))
    return graph


def circles(graph):
    """Circles of units, each as the list of its units; depth first, each unit left once."""
    state, found = {}, []

    def visit(at, path):
        state[at] = "open"
        for to in sorted(graph.get(at, ())):
            if state.get(to) == "open":
                found.append(path[path.index(to) :] + [to])
            elif to not in state:
                visit(to, path + [to])
        state[at] = "left"

    for start in sorted(graph):
        if start not in state:
            visit(start, [start])
    return found


def main():
    os.chdir(TOP)
    stages, errors = read_stages(os.path.join("tests", "style", "layers.txt"))
    files = sources(stages)
    included = {}
    for includer, to, name in arrows(files, stages):
        error = judge(includer, to, name, stages)
        if error:
            errors.append(error)
        if to:
            included.setdefault(includer, []).append(to)
    errors += ["a circle: " + " -> ".join(circle) for circle in circles(units(included))]
    if not included:
        errors.append("no includes were found: is this a git checkout?")
    print(*errors, sep="\n", end="\n" if errors else "")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
