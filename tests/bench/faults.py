#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a recorded nginx does, and what of its recording can be read, when something goes wrong."""
import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from faults import FAULTS, strike  # noqa: E402
from tool import Tool  # noqa: E402


def options():
    parser = argparse.ArgumentParser(prog="./run bench faults", description=__doc__)
    parser.add_argument("--handshakes", type=int, default=300, help="before the fault, and after")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main():
    wish = options()
    tool = Tool()
    outcomes = []
    for fault in FAULTS:
        print(f"bench: faults: {fault}", file=sys.stderr)
        outcomes.append(strike(tool, fault, wish.handshakes))
    if wish.json:
        rows = [outcome._asdict() for outcome in outcomes]
        print(json.dumps({"bench": "faults", "schema_version": 1, "faults": rows}, indent=2))
        return
    print(
        f"nginx, bridged and recorded; {wish.handshakes} handshakes, the fault, as many again:\n\n"
        f"  {'fault':<24} {'failed':>6} {'server':>7} {'speed':>6} {'made':>6} {'readable':>8}"
        f" {'events':>7} {'lost':>7}  said"
    )
    for o in outcomes:
        lost = "unknown" if o.lost < 0 else str(o.lost)
        print(
            f"  {o.fault:<24} {o.failed:>6} {'ended' if o.server_ok else 'FAILED':>7} {o.rate:>6.2f}"
            f" {o.made:>6} {o.readable:>8} {o.events:>7} {lost:>7}"
            f"  {'incomplete' if o.incomplete else 'complete'}"
            + (f"; LEFT: {', '.join(o.leftovers)}" if o.leftovers else "")
        )


if __name__ == "__main__":
    main()
