#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the shim costs: dormant calls, recorded events, recorded servers; ratios in one run."""
import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from load import handshakes  # noqa: E402
from servers import Nginx, SServer  # noqa: E402
from tool import Tool, scalar  # noqa: E402

JOBS = 20000
BARS = {
    "call_ns": 5.0,
    "cycle": 1.10,
    "event": 1.25,
    "events_per_job": 6,
    "nginx rsa:2048": 0.97,
    "s_server rsa:2048": 0.97,
}
PROBES = ("ASYNC_start_job", "ASYNC_pause_job")


def options():
    parser = argparse.ArgumentParser(prog="./run bench shim", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of the variants in turn")
    parser.add_argument("--server-rounds", type=int, default=7, metavar="N", help="0: no servers")
    parser.add_argument("--handshakes", type=int, default=2000, metavar="N")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def say(text):
    print(f"bench: shim: {text}", file=sys.stderr)


class Bench:
    def __init__(self, wish):
        self.wish = wish
        self.tool = Tool()
        self.program = str(self.tool.build / "tests" / "bench" / "shim-cost")

    def cost(self, *args, before=(), env=None):
        """Run shim-cost; its figures by name."""
        done = subprocess.run(
            [*before, self.program, *map(str, args)],
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return {k: float(v) for k, v in map(str.split, done.stdout.splitlines())}

    def in_turn(self, mode):
        """Pairs of (bare, dormant) figures of each round, by name."""
        preload = {"PATH": "/usr/bin:/bin", **self.tool.preload()}
        pairs = {}
        for number in range(self.wish.rounds):
            order = [None, preload] if number % 2 else [preload, None]
            found = [self.cost(mode, env=env) for env in order]
            bare, dormant = found if number % 2 else reversed(found)
            for name, ns in bare.items():
                pairs.setdefault(name, []).append((ns, dormant[name]))
        return pairs

    def calls(self):
        rows = {}
        for name, pairs in self.in_turn("calls").items():
            more = statistics.median(dormant - bare for bare, dormant in pairs)
            rows[name] = {
                "bare_ns": statistics.median(bare for bare, _ in pairs),
                "more_ns": round(more, 2),
            }
        return rows

    def cycle(self):
        pairs = self.in_turn("cycle")["cycle"]
        return {
            "bare_ns": statistics.median(bare for bare, _ in pairs),
            "dormant_ns": statistics.median(dormant for _, dormant in pairs),
            "ratio": round(statistics.median(d / b for b, d in pairs), 4),
        }

    def events(self, folder):
        """Cost of a recorded event over that of a tracepoint in the same place, round by round."""
        provider = self.tool.build / "shim" / "libasynctls-lttng.so"
        rounds = []
        for number in range(self.wish.rounds):
            before = self.tool.record(folder / f"events{number}")
            rounds.append(self.cost("recorded", provider, "libcrypto.so.3", before=before))
            shutil.rmtree(folder / f"events{number}", ignore_errors=True)
        per_event = [
            ((r["cycle"] - r["unwrapped"]) / 4, (r["tracepoints"] - r["unwrapped"]) / 4)
            for r in rounds
        ]
        return {
            "event_ns": round(statistics.median(e for e, _ in per_event), 1),
            "tracepoint_ns": round(statistics.median(t for _, t in per_event), 1),
            "tracepoint_alone_ns": statistics.median(r["tracepoint"] for r in rounds),
            "ratio": round(statistics.median(e / t for e, t in per_event), 4),
        }

    def sizes(self, folder):
        """Events and bytes of a plain job: one pause, one wake-up, one wait fd for all."""
        data = folder / "jobs"
        self.cost("jobs", JOBS, before=self.tool.record(data))
        self.tool.must("analyze", "-i", data)
        events = scalar(data, "SELECT sum(count) FROM v_event_count")
        streams = [f for f in data.rglob("asynctls_*") if f.is_file() and f.parent.name != "index"]
        size = sum(f.stat().st_size for f in streams)
        return {
            "events_per_job": round(events / JOBS, 3),
            "bytes_per_event": round(size / events, 1) if size else None,
        }

    def server_rate(self, kind, key, folder, recorded):
        out = folder / "data"
        shutil.rmtree(out, ignore_errors=True)
        options = (
            {"before": self.tool.record(out)} if recorded else {"environment": self.tool.preload()}
        )
        with kind(folder / "server", key=key, **options) as server:
            if kind is SServer:
                return self.one_by_one(server)
            load = handshakes(server.port, self.wish.handshakes, 20)
        if load.failed:
            raise server.failure(f"{load}")
        return load.rate

    def one_by_one(self, server):
        """s_server takes one connection after the other: full handshakes per second of s_time."""
        began = time.monotonic()
        done = subprocess.run(
            ["openssl", "s_time", "-new", "-time", "3", "-connect", f"127.0.0.1:{server.port}"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        found = re.search(r"(\d+) connections in", done.stdout)
        if not found or not int(found[1]):
            raise server.failure(done.stdout + done.stderr)
        return int(found[1]) / (time.monotonic() - began)

    def server(self, kind, key):
        rounds = []
        for number in range(self.wish.server_rounds):
            folder = Path(tempfile.mkdtemp(prefix="asynctls-"))
            try:
                order = (True, False) if number % 2 else (False, True)
                rates = {on: self.server_rate(kind, key, folder / str(on), on) for on in order}
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            rounds.append((rates[False], rates[True]))
        return {
            "unrecorded": round(statistics.median(u for u, _ in rounds)),
            "recorded": round(statistics.median(r for _, r in rounds)),
            "ratio": round(statistics.median(r / u for u, r in rounds), 4),
        }

    def uprobes(self):
        """The usual way: bpftrace's uprobes on the same two calls. A reason where it cannot be."""
        if not shutil.which("bpftrace"):
            return {"skipped": "bpftrace is not installed"}
        library = next(
            line.split()[-1]
            for line in Path("/proc/self/maps").read_text().splitlines()
            + subprocess.run(["ldd", self.program], capture_output=True, text=True)
            .stdout.replace(" (", "\n(")
            .splitlines()
            if "libcrypto.so" in line
        )
        script = "".join(f"uprobe:{library}:{p} {{ @[probe] = count(); }} " for p in PROBES)
        bare = self.cost("cycle")
        done = subprocess.run(
            ["bpftrace", "-q", "-e", script, "-c", f"{self.program} cycle"],
            capture_output=True,
            text=True,
            timeout=120,
        )
        found = [line.split() for line in done.stdout.splitlines() if line.startswith("cycle ")]
        if not found or "@[" not in done.stdout:
            reason = [line for line in done.stderr.splitlines() if line.strip()]
            return {"skipped": f"bpftrace cannot trace here: {reason[-1] if reason else 'no hits'}"}
        ns = float(found[0][1])
        return {"cycle_ns": ns, "probe_ns": round((ns - bare["cycle"]) / 3, 1)}


def run(bench):
    found = {}
    with tempfile.TemporaryDirectory(prefix="asynctls-") as tmp:
        say("dormant calls")
        found["calls"] = bench.calls()
        say("job cycles")
        found["cycle"] = bench.cycle()
        say("recorded events")
        found["event"] = {**bench.events(Path(tmp)), **bench.sizes(Path(tmp))}
    say("uprobes")
    found["uprobes"] = bench.uprobes()
    found["servers"] = {}
    for kind, name in ((Nginx, "nginx"), (SServer, "s_server")):
        for key in ("rsa:2048", "ec:P-256") if bench.wish.server_rounds else ():
            say(f"{name} {key}")
            found["servers"][f"{name} {key}"] = bench.server(kind, key)
    return found


def verdict(good):
    return "ok" if good else "MISSED"


def table(found):
    yield "dormant, ns per call:              bare    more"
    for name, row in found["calls"].items():
        yield f"  {name:<28} {row['bare_ns']:>9.1f} {row['more_ns']:>+7.1f}"
    cycle, event = found["cycle"], found["event"]
    yield (
        f"job cycle: {cycle['bare_ns']:.0f} ns bare, {cycle['dormant_ns']:.0f} dormant, "
        f"ratio {cycle['ratio']:.3f} (bar {BARS['cycle']}: {verdict(cycle['ratio'] <= BARS['cycle'])})"
    )
    yield (
        f"event: {event['event_ns']} ns, tracepoint in its place {event['tracepoint_ns']}, "
        f"ratio {event['ratio']:.3f} (bar {BARS['event']}: {verdict(event['ratio'] <= BARS['event'])})"
    )
    yield (
        f"plain job: {event['events_per_job']} events (bar {BARS['events_per_job']}), "
        f"{event['bytes_per_event']} bytes per event"
    )
    yield "uprobes: " + ", ".join(f"{k} {v}" for k, v in found["uprobes"].items())
    for name, row in found["servers"].items():
        bar = BARS.get(name)
        judged = f" (bar {bar}: {verdict(row['ratio'] >= bar)})" if bar else ""
        yield (
            f"{name}: {row['unrecorded']}/s unrecorded, {row['recorded']}/s recorded, "
            f"ratio {row['ratio']:.3f}{judged}"
        )


def main():
    bench = Bench(options())
    found = run(bench)
    if bench.wish.json:
        facts = {"bench": "shim", "schema_version": 1, "bars": BARS}
        print(json.dumps({**facts, **found}, indent=2))
    else:
        print("\n".join(table(found)))


if __name__ == "__main__":
    main()
