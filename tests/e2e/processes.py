# SPDX-License-Identifier: Apache-2.0
"""Processes, as /proc shows them."""
import os
from pathlib import Path


def children(pid):
    """Pids of the direct children of a process."""
    found = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, tasks.read_text().split())
        except OSError:
            pass  # the thread is gone
    return found


def name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().rstrip("\n")
    except OSError:
        return ""  # gone


def family(pid):
    """A process and all its descendants, parents first."""
    pids = [pid]
    for member in pids:
        pids += children(member)
    return pids


def descendants(pid, title=""):
    """Those below a process whose name begins so."""
    return [member for member in family(pid)[1:] if name(member).startswith(title)]


def lives(pid):
    """Not so a zombie, whose new parent has not looked at it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


def concerned_with(path):
    """Names of other processes that have the path in their command or environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(path) in text and int(entry.name) != os.getpid():
            found.append(name(entry.name))
    return found
