#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo: record Debian's own nginx under TLS load, and show what its handshakes waited for."""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from load import handshakes
from rates import measure, table
from servers import KEYS, Nginx, ServerFailed
from tool import ENGINE, SOURCE, Tool, query

# As a device behind a network: long for each operation, but for many at once.
DEVICE = "workers=16,latency=any:5ms"
QUESTION = "Would a device (B) keep up that takes 5 ms for an operation, but does 16 at once?"
SHORTER = 500  # handshakes of its recording, at most
ANSWERS = (
    "handshakes/s",
    "handshake p50",
    "handshake p99",
    "busy p50",
    "offload p50",
    "notify p50",
)


def options():
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--out", type=Path, default=SOURCE / "demo-output", metavar="DIR")
    parser.add_argument("--handshakes", type=int, default=2000, metavar="N")
    parser.add_argument("--clients", type=int, default=50, metavar="N")
    parser.add_argument("--key", default="rsa:2048", choices=KEYS)
    parser.add_argument("--engine", default=ENGINE, help=f"the engine's settings, {ENGINE}")
    parser.add_argument("--no-rates", action="store_true", help="skip the three unrecorded runs")
    return parser.parse_args()


def say(text):
    print(f"demo: {text}", file=sys.stderr, flush=True)


def record(tool, wish, data, engine, count):
    """Record one nginx under load, analyze and check the recording. Returns the load."""
    before = tool.record(data, "bridge", engine)
    # In a folder of its own, because a worker without root's rights has to reach it.
    with tempfile.TemporaryDirectory(prefix="asynctls-") as folder:
        with Nginx(folder, key=wish.key, before=before) as server:
            say(
                f"nginx, one worker, engine {engine}, on port {server.port}: {count} full handshakes"
            )
            load = handshakes(server.port, count, wish.clients)
        sys.stderr.write(server.said())
        if server.status or load.failed or load.succeeded != count:
            raise server.failure(f"status {server.status}, {load}")
    say("analyzing")
    tool.must("analyze", "-i", data)
    check(data, count)
    return load


def check(data, count):
    """The recording must tell the same story as the load: a job that paused for each handshake."""
    row = query(
        data,
        """SELECT count(*) AS jobs, count(DISTINCT conn_id) AS conns,
                  total(busy_ns + offload_ns + notify_ns + requeue_ns <> dur_ns) AS unequal
           FROM v_job WHERE pauses > 0 AND dur_ns >= 0""",
    )[0]
    say(f"{row['jobs']} jobs paused, on {row['conns']} connections, for {count} handshakes")
    if row["jobs"] != count or row["conns"] != count or row["unequal"]:
        raise RuntimeError(f"the recording does not match the load: {dict(row)}")


def compare(tool, data, device):
    """Those lines of `asynctls diff` that answer the question; its status 1 is an answer, too."""
    done = tool.run("diff", data, device)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"asynctls diff: status {done.returncode}\n{done.stderr}")
    head, *lines = done.stdout.splitlines()
    return [head, *(line for line in lines if line[:24].rstrip() in ANSWERS)]


def rates(tool, wish, recorded):
    """The same server under the same load, less and less of asynctls in it."""
    found = {}
    for variant in ("bare", "preloaded", "bridged"):
        say(f"for comparison: {variant}")
        found[variant] = measure(tool, variant, wish.handshakes, wish.clients, wish.key).rate
    found["recorded"] = recorded.rate
    return found


def draw(tool, data, device, plots, page):
    """Each kind of plot, and the page; both compare with the device, too."""
    say("drawing")
    plots.mkdir(exist_ok=True)
    more = ("-i", data, "--diff", device)
    tool.must("plot", *more, "--kind=all", "-o", plots, timeout=300)
    tool.must("html", *more, "-o", page, timeout=300)


def main():
    wish = options()
    wish.out = wish.out.resolve()
    wish.out.mkdir(parents=True, exist_ok=True)
    data, plots = wish.out / "asynctls.data", wish.out / "plots"
    device = wish.out / "device.data"
    tool = Tool()
    load = record(tool, wish, data, wish.engine, wish.handshakes)
    record(tool, wish, device, f"{wish.engine},{DEVICE}", min(wish.handshakes, SHORTER))
    report = tool.must("report", "-i", data)
    (wish.out / "report.txt").write_text(report)
    print(report)
    print(QUESTION)
    print("\n".join(compare(tool, data, device)) + "\n")
    page = wish.out / "report.html"
    draw(tool, data, device, plots, page)
    if not wish.no_rates:
        print("The same nginx under the same load, one run each ('./run bench demo' repeats them):")
        print("\n".join(table(rates(tool, wish, load))))
    pictures = ", ".join(sorted(picture.name for picture in plots.iterdir()))
    print(f"\nreport    {wish.out}/report.txt")
    print(f"database  {data}/trace.db, to be read through its views v_*")
    print(f"device    {device}/trace.db, the same of the device")
    print(f"plots     {plots}: {pictures}")
    print(f"page      {page}, to be opened in a browser")
    print(f"one job   build/asynctls show -i {data} job ID")


if __name__ == "__main__":
    try:
        main()
    except (ServerFailed, RuntimeError, OSError, subprocess.SubprocessError) as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
