# SPDX-License-Identifier: Apache-2.0
"""The matrix of servers as a table: what the bridge made of each, and what differs from the bare run."""
import re
from typing import NamedTuple

# What recording and bridging may add for each process; more is a difference.
THREADS = 5  # LTTng's two, the engine's two workers and its alarm
FDS = 40  # LTTng's sockets and buffers, the engine's wait fds
MEMORY_KB = 24 << 10
GROWTH_FDS = 4  # from the first handshakes to the end, beside what the bare server's grow by

# Numbers, folders, and identifiers that are drawn by lot.
VARIES = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{6,}\b|asynctls-servers-\w+|[\w+/<]{16,}=*>?|\d+")

HEAD = """# Servers under asynctls

Made by `./run servers --write`: each server is started and loaded bare, twice, recorded, and
recorded and bridged. Load: {wanted} full handshakes with TLS 1.2 and 1.3 and a short dialogue
each, clients that vanish in the middle of the handshake, a large transfer checked by its hash,
a reload, a stop.

"By default" is what `--mode=bridge` does with it; the rest is of `--bridge=force`: its own
loop waits for paused jobs (concurrent), the wrapper does (waits inside), or operations are
done in place. "Differs" compares exit status, what is served, output (without numbers),
threads, fds and memory with the bare runs; for each process, at most {threads} threads, {fds}
fds and {memory} MiB may come from recorder and engine.

| server | version | by default | bridge | jobs that paused | differs from bare |
|---|---|---|---|---|---|
"""


def shapes(said):
    """The lines that it said without what differs from run to run; the recorder's own do not count."""
    lines = [line for line in said.splitlines() if not re.match(r"asynctls|recording|\s*$", line)]
    return {VARIES.sub("#", line) for line in lines}


def grown(run):
    return run.done.fds - run.warm.fds


def differences(bare, statuses, run):
    """Texts, none if the run did what the bare one did. statuses: of all bare runs."""
    if isinstance(run, Exception):
        return ["failed: " + str(run).strip().splitlines()[0]]
    found = []
    if run.status not in statuses:
        found.append(f"status {run.status}, bare {bare.status}")
    for what in ("served", "transferred"):
        if getattr(run, what) != getattr(bare, what):
            found.append(f"{what} {getattr(run, what)}, bare {getattr(bare, what)}")
    processes = max(bare.done.processes, run.done.processes, 1)
    for what, spare in (("threads", THREADS), ("fds", FDS), ("memory_kb", MEMORY_KB)):
        more = getattr(run.done, what) - getattr(bare.done, what)
        if more > spare * processes:
            found.append(f"{what} {getattr(run.done, what)}, bare {getattr(bare.done, what)}")
    if grown(run) > max(grown(bare), 0) + GROWTH_FDS * processes:
        found.append(f"fds grew by {grown(run)}, bare {grown(bare)}")
    news = sorted(shapes(run.said) - shapes(bare.said))
    if news:
        found.append(f"says {len(news)} lines that it does not say bare: {news[0][:150]}")
    return found


class Row(NamedTuple):
    kind: type
    reason: str  # why it was not tried
    runs: dict  # by mode: (Run, report), or what went wrong
    default: str  # what --mode=bridge does with it

    def name(self):
        return self.kind.title or self.kind.program.rpartition("/")[2]

    def of(self, mode):
        done = self.runs.get(mode)
        return done if done is None or isinstance(done, Exception) else done[0]

    def untried(self):
        for bare in (self.of("bare"), self.of("bare again")):
            if self.reason or bare is None:
                return self.reason or "no bare run"
            if isinstance(bare, Exception):
                return "bare: " + str(bare).strip().splitlines()[-1]
        return ""

    def bare(self):
        """What it does, with all that it says in either run: some words depend on chance."""
        one, again = self.of("bare"), self.of("bare again")
        return one._replace(said=one.said + again.said), {one.status, again.status}

    def differs(self):
        """Texts for each mode that was compared."""
        if self.untried():
            return []
        found = []
        for mode in ("observe", "bridge"):
            found += [f"{mode}: {text}" for text in differences(*self.bare(), self.of(mode))]
        return found

    def processes(self):
        done = self.runs.get("bridge")
        return [] if done is None or isinstance(done, Exception) else done[1]["processes"]

    def bridge(self):
        """What the bridge made of it."""
        said = {p["bridge"] for p in self.processes() or () if p["bridge"]}
        if self.untried():
            return "not tried: " + self.untried()
        if self.processes() is None:
            return "not recorded"
        return ", ".join(sorted(said)) or "left alone"

    def pauses(self):
        return sum(p["paused"] for p in self.processes() or ())

    def cells(self):
        differs = "; ".join(self.differs()) or ("" if self.untried() else "nothing")
        pauses = "" if self.untried() else str(self.pauses())
        return [self.name(), self.kind.version(), self.default, self.bridge(), pauses, differs]

    def line(self):
        return " | ".join(self.cells())


def page(rows):
    from exercise import AFTER, LOAD, WARM

    head = HEAD.format(wanted=WARM + LOAD + AFTER, threads=THREADS, fds=FDS, memory=MEMORY_KB >> 10)
    return head + "".join(f"| {' | '.join(row.cells())} |\n" for row in rows)
