# SPDX-License-Identifier: Apache-2.0
"""What every server of the matrix goes through, and what is seen of it meanwhile."""
import re
from typing import NamedTuple

from client import VERSIONS, Client
from soak import fds, memory_kb
from waiting import until

WARM, LOAD, ABORTS, AFTER = 16, 48, 16, 16
TRIES = 20  # after a reload: some close their port meanwhile


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
    return Held(*map(sum, zip(*figures))) if figures else Held(0, 0, 0, 0)


def settled(server, limit):
    """What it holds once that is at most so many fds, as clients' ends take their time; or after 5 s."""
    try:
        until(lambda: held(server).fds <= limit, 5)
    except TimeoutError:
        pass  # the number tells
    return held(server)


def reload(server):
    """Have it done, and wait until the server says so, where it does."""
    before = server.said().count(server.reload_sign)
    server.reload()
    if server.reload_sign:
        until(lambda: server.said().count(server.reload_sign) > before)


def exercise(server):
    """Start, load, abort, transfer, reload, load again, stop. Returns the Run."""
    with server:
        client = server.client = Client(server.port, server.prologue, server.ask, server.identity)
        until(lambda: client.tried(client.once, VERSIONS[0]))  # some listen before they are ready
        served = client.many(WARM)
        warm = held(server)
        served += client.many(LOAD)
        client.aborts(ABORTS)
        transferred = client.tried(server.transfer, client)
        reload(server)
        served += client.many(AFTER, tries=TRIES)
        done = settled(server, warm.fds)
    status = server.status if server.status >= 0 else 128 - server.status
    return Run(served, WARM + LOAD + AFTER, transferred, status, server.said(), warm, done)
