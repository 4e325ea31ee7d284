#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What recording costs before and after: start-up, stop, and the delay of a server's own start."""
import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from servers import Nginx, listening_socket  # noqa: E402
from tool import Tool  # noqa: E402

BARS = {"start": 500, "stop": 1000, "server delay": 50}
MEANING = {
    "start": "from asynctls to the command",
    "stop": "from the command's end to asynctls's",
    "server delay": "nginx listens so much later after its start than unrecorded",
}


class Timed(Nginx):
    """Says when it was executed, and notes when it listens."""

    def command(self):
        words = [str(word) for word in super().command()]
        return ["sh", "-c", 'date +%s%N >"$0"; exec "$@"', str(self.folder / "begun"), *words]

    def wait_ready(self):
        while not listening_socket(self.port):
            time.sleep(0.0005)
        self.listens = time.time_ns()
        super().wait_ready()

    @property
    def took(self):
        return (self.listens - int((self.folder / "begun").read_text())) / 1e6


def start_and_stop(tool, folder):
    """A command with 100,000 events, in ms."""
    emit = tool.build / "tests/tools/emit"
    library = tool.build / "shim/libasynctls-lttng.so"
    script = f"date +%s%N; {emit} {library} open events=100000; exec date +%s%N"
    begun = time.time_ns()
    done = subprocess.run(
        [*tool.record(folder / "data"), "sh", "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )
    ended = time.time_ns()
    first, last = map(int, done.stdout.split())
    return (first - begun) / 1e6, (ended - last) / 1e6


def nginx_start(tool, folder, recorded):
    before = tool.record(folder / "data", "bridge") if recorded else ()
    with Timed(folder / "nginx", before=before) as server:
        return server.took


def measure(tool):
    folder = Path(tempfile.mkdtemp(prefix="asynctls-"))
    folder.chmod(0o711)
    try:
        start, stop = start_and_stop(tool, folder)
        bare = nginx_start(tool, folder, False)
        return {
            "start": start,
            "stop": stop,
            "server delay": nginx_start(tool, folder, True) - bare,
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(prog="./run bench record", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    tool = Tool()
    rounds = [measure(tool) for _ in range(wish.rounds)]
    found = {what: [round(r[what], 1) for r in rounds] for what in BARS}
    if wish.json:
        facts = {"bench": "record", "schema_version": 1, "unit": "ms", "bars": BARS}
        medians = {what: statistics.median(values) for what, values in found.items()}
        print(json.dumps({**facts, "rounds": found, "median": medians}, indent=2))
        return
    print(f"  {'ms, of ' + str(wish.rounds) + ' rounds':<20} {'median':>8} {'most':>8} {'bar':>6}")
    for what, values in found.items():
        print(
            f"  {what:<20} {statistics.median(values):>8.0f} {max(values):>8.0f} {BARS[what]:>6}"
            f"   {MEANING[what]}"
        )


if __name__ == "__main__":
    main()
