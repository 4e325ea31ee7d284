#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The built-in engine: operations per second against one synchronous thread, and its model against theory."""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from tool import Tool, scalar  # noqa: E402

ALGORITHMS = ("rsa4096", "rsa2048", "ecdsap256", "ecdhx25519")
WORKERS, SERVICE_S = 4, 0.002  # of the model run


def options():
    parser = argparse.ArgumentParser(prog="./run bench engine", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of both in turn; medians count")
    parser.add_argument("--seconds", type=int, default=2, help="for each measurement")
    parser.add_argument("--jobs", type=int, default=8, metavar="N", help="async jobs at a time")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def speed(tool, algorithm, seconds, jobs):
    """Private-key operations per second of openssl speed, synchronous if jobs is 0."""
    command = ["openssl", "speed", "-elapsed", "-mr", "-seconds", str(seconds)]
    if jobs:
        command += ["-engine", "asynctls", "-async_jobs", str(jobs)]
    env = {
        **os.environ,
        "OPENSSL_ENGINES": str(tool.build / "shim"),
        "ASYNCTLS_ENGINE": "workers=2",
    }
    done = subprocess.run(
        [*command, algorithm], env=env, capture_output=True, text=True, check=True, timeout=120
    )
    # Signatures (+F2 RSA, +F4 ECDSA) or derivations (+F5 ECDH) a second.
    return float(re.search(r"^\+F[245]:\d+:\d+:([\d.e-]+)", done.stdout, re.MULTILINE)[1])


def throughput(tool, wish):
    found = {}
    for algorithm in ALGORITHMS:
        print(f"bench: engine: {algorithm}", file=sys.stderr)
        rates = {0: [], wish.jobs: []}
        for _ in range(wish.rounds):
            for jobs, rounds in rates.items():
                rounds.append(speed(tool, algorithm, wish.seconds, jobs))
        one, many = (statistics.median(rounds) for rounds in rates.values())
        found[algorithm] = {"synchronous": round(one), "asynchronous": round(many)}
        found[algorithm]["ratio"] = round(many / one, 3)
    return found


def model(tool, clients, operations=3000):
    """A closed loop of clients on a device of four servers with 2 ms each: measured, and as it must be."""
    print(f"bench: engine: model, {clients} clients", file=sys.stderr)
    folder = Path(tempfile.mkdtemp(prefix="asynctls-"))
    engine = f"workers={WORKERS},latency=rsa:{SERVICE_S * 1000:g}ms"
    command = [*tool.record(folder / "data", "engine", engine), tool.build / "tests/engine/jobs"]
    command += [f"n={operations}", f"c={clients}", "key=rsa:1024"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        tool.must("analyze", "-i", folder / "data")
        mean = "SELECT avg({}) / 1e9 FROM v_job WHERE dur_ns >= 0"
        offload = scalar(folder / "data", mean.format("offload_ns"))
        think = scalar(folder / "data", mean.format("dur_ns - offload_ns"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # A client is away from the device for as long as its jobs are in other phases: its "think
    # time". As service takes always the same time, nobody queues until the servers are all busy.
    rate = min(clients / (SERVICE_S + think), WORKERS / SERVICE_S)
    away = clients / rate - think
    seen = operations / float(re.search(r"seconds=([\d.]+)", done.stdout)[1])
    return {
        "clients": clients,
        "rate": round(seen, 1),
        "rate_in_theory": round(rate, 1),
        "rate_ratio": round(seen / rate, 4),
        "offload_ms": round(offload * 1000, 4),
        "offload_ms_in_theory": round(away * 1000, 4),
        "offload_ratio": round(offload / away, 4),
        "think_ms": round(think * 1000, 4),
    }


def main():
    wish = options()
    tool = Tool()
    rates = throughput(tool, wish)
    models = [model(tool, clients) for clients in (1, 2, 4, 8, 16)]
    if wish.json:
        facts = {"bench": "engine", "schema_version": 1, "jobs": wish.jobs, "workers": 2}
        print(json.dumps({**facts, "speed": rates, "model": models}, indent=2))
        return
    print(f"openssl speed, operations/s; {wish.jobs} jobs on 2 workers against one thread:")
    for algorithm, rate in rates.items():
        print(
            f"  {algorithm:<11} {rate['synchronous']:>8} {rate['asynchronous']:>8} {rate['ratio']:>7.3f}"
        )
    print(
        f"model: {WORKERS} servers of {SERVICE_S * 1000:g} ms each, closed loop; beside it the theory:"
    )
    for m in models:
        print(
            f"  {m['clients']:>3} clients {m['rate']:>8.1f} /s ({m['rate_in_theory']:.0f}: "
            f"{m['rate_ratio']:.3f})  offload {m['offload_ms']:>7.3f} ms "
            f"({m['offload_ms_in_theory']:.3f}: {m['offload_ratio']:.3f})  other phases {m['think_ms']:.3f} ms"
        )


if __name__ == "__main__":
    main()
