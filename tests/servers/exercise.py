# SPDX-License-Identifier: Apache-2.0
"""What every server of the matrix goes through, and what is seen of it meanwhile."""
import re
from typing import NamedTuple

from client import Client
from soak import fds, memory_kb
from waiting import until

WARM, LOAD, ABORTS, AFTER = 16, 48, 16, 16


class Held(NamedTuple):
    """What all processes of a server hold together."""

    processes: int
    threads: int
    fds: int
    memory_kb: int


class Run(NamedTuple):
    served: int  # of wanted handshakes, those with the right answer
    wanted: int
    transferred: bool
    status: int  # at the end, as a shell has it
    said: str
    warm: Held  # after the first handshakes
    done: Held  # at the end


def tasks(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        return int(re.search(r"^Threads:\s+(\d+)", status.read(), re.MULTILINE).group(1))


def held(server):
    """A process that ends meanwhile is not counted."""
    figures = []
    for pid in server.members():
        try:
            figures.append((1, tasks(pid), fds(pid), memory_kb(pid)))
        except (OSError, RuntimeError):
            pass
    return Held(*map(sum, zip(*figures)))


def settled(server, limit):
    """What it holds once that is at most so many fds, as clients' ends take their time; or after 5 s."""
    try:
        until(lambda: held(server).fds <= limit, 5)
    except TimeoutError:
        pass  # the number tells
    return held(server)


def exercise(server):
    """Start, load, abort, transfer, reload, load again, stop. Returns the Run."""
    with server:
        client = server.client = Client(server.port, server.prologue, server.ask, server.identity)
        served = client.many(WARM)
        warm = held(server)
        served += client.many(LOAD)
        client.aborts(ABORTS)
        transferred = client.tried(server.transfer, client)
        server.reload()
        served += client.many(AFTER)
        done = settled(server, warm.fds)
    status = server.status if server.status >= 0 else 128 - server.status
    return Run(served, WARM + LOAD + AFTER, transferred, status, server.said(), warm, done)
