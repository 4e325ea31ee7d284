#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Full handshakes per second of stock nginx: bare, preloaded, bridged, bridged and recorded."""
import argparse
import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from rates import VARIANTS, measure, table  # noqa: E402
from servers import KEYS  # noqa: E402
from tool import Tool  # noqa: E402


def options():
    parser = argparse.ArgumentParser(prog="./run bench demo", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, help="of all variants in turn; medians count"
    )
    parser.add_argument("--handshakes", type=int, default=2000, metavar="N")
    parser.add_argument("--clients", type=int, default=50, metavar="N")
    parser.add_argument("--key", default="rsa:2048", choices=KEYS)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main():
    wish = options()
    tool = Tool()
    rounds = {variant: [] for variant in VARIANTS}
    # In turn, so that a machine that grows slower meanwhile does so for all of them.
    for number in range(wish.rounds):
        print(f"bench: demo: round {number + 1} of {wish.rounds}", file=sys.stderr)
        for variant, found in rounds.items():
            load = measure(tool, variant, wish.handshakes, wish.clients, wish.key)
            found.append(round(load.rate, 1))
    rates = {variant: statistics.median(found) for variant, found in rounds.items()}
    if wish.json:
        ratios = {variant: round(rate / rates["bare"], 4) for variant, rate in rates.items()}
        facts = {"bench": "demo", "schema_version": 1, "key": wish.key, "clients": wish.clients}
        print(json.dumps({**facts, "rounds": rounds, "median": rates, "of_bare": ratios}, indent=2))
    else:
        print(f"nginx, one worker, {wish.key}, {wish.handshakes} full handshakes a round:")
        print("\n".join(table(rates)))


if __name__ == "__main__":
    main()
