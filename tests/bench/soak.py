#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Many handshakes against bridged nginx, a tenth of the clients vanishing: is anything left over?"""
import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from soak import leaks, soak  # noqa: E402
from tool import Tool  # noqa: E402


def options():
    parser = argparse.ArgumentParser(prog="./run bench soak", description=__doc__)
    parser.add_argument("--connections", type=int, default=100000, metavar="N")
    parser.add_argument("--engine", default="workers=2", metavar="SPEC")
    parser.add_argument("--key", default="rsa:2048")
    parser.add_argument("--unrecorded", action="store_true", help="count in /proc only")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def progress(number, total):
    print(f"bench: soak: round {number}: {total}", file=sys.stderr)


def run(wish, tool, folder):
    data = folder / "data"
    how = {"before": tool.record(data, "bridge", wish.engine)}
    if wish.unrecorded:
        how = {"environment": tool.preload("bridge", wish.engine)}
    soaked = soak(tool, folder, wish.connections, progress=progress, key=wish.key, **how)
    left = {"fds": soaked.fds[-1] - soaked.fds[0]}
    if not wish.unrecorded:
        tool.must("analyze", "-i", data, timeout=600)
        left.update(leaks(data))
    return soaked, left


def main():
    wish = options()
    folder = Path(tempfile.mkdtemp(prefix="asynctls-"))
    folder.chmod(0o711)
    try:
        soaked, left = run(wish, Tool(), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if wish.json:
        facts = {"bench": "soak", "schema_version": 1, "engine": wish.engine, "key": wish.key}
        facts.update(clients=soaked.clients, left=left, memory_kb=soaked.memory_kb)
        print(json.dumps(facts, indent=2))
    else:
        print(f"bridged nginx, {wish.key}, {wish.engine}: {soaked.clients}")
        print(f"left over: {left}")
        print(f"private memory after each tenth, kB: {soaked.memory_kb}")
    return soaked.clients["failed"] > 0 or any(left.values()) or soaked.status != 0


if __name__ == "__main__":
    sys.exit(main())
