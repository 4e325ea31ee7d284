# SPDX-License-Identifier: Apache-2.0
"""Bridged nginx under clients of which some vanish at a random point: who is harmed, what is left."""
import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from servers import Nginx
from tool import scalar
from waiting import until

ABORTS = 100  # of a thousand clients


def fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory_kb(pid):
    """Private memory of a process; what it shares with the tracer is not its own."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise RuntimeError(f"process {pid} has no RssAnon")


def settled(pid, wanted, patience=10):
    """The number of fds once it has come down to what is wanted, or after some patience."""
    try:
        until(lambda: fds(pid) <= wanted, patience)
    except TimeoutError:
        pass  # the number tells
    return fds(pid)


class Soaked(NamedTuple):
    clients: dict  # begun, served, aborted, failed
    fds: list  # before the first round, then after each
    memory_kb: list  # after each round
    status: int  # the server's
    said: str


def batch(tool, port, count, seed, clients=50, timeout=900):
    """Run the client once. Returns what it counted."""
    program = str(tool.build / "tests" / "bench" / "soak")
    command = [program, str(port), str(count), str(clients), str(ABORTS), str(seed)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
    )
    if not done.stdout:
        raise RuntimeError(f"soak: status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def soak(tool, folder, count, rounds=10, progress=None, **options):
    """Let nginx serve count connections in rounds; options say how it is started."""
    total = {"begun": 0, "served": 0, "aborted": 0, "failed": 0}
    with Nginx(folder / "nginx", **options) as server:
        pid = server.workers()[0]
        batch(tool, server.port, 50, 0)  # caches fill
        held, memory = [fds(pid)], []
        for number in range(rounds):
            counted = batch(tool, server.port, count // rounds, number + 1)
            total = {key: total[key] + counted[key] for key in total}
            held.append(settled(pid, held[0]))
            memory.append(memory_kb(pid))
            if progress:
                progress(number + 1, total)
    return Soaked(total, held, memory, server.status, server.said())


def leaks(data):
    """Counts, by kind, of what a recording shows as still open when the server has ended."""
    return {
        "jobs": scalar(data, "SELECT count(*) FROM v_job WHERE dur_ns < 0"),
        "connections": scalar(data, "SELECT count(*) FROM v_conn WHERE dur_ns < 0"),
    }
