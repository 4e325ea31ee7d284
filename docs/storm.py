#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draw what a storm of handshakes does to small requests, without and with the bridge.

usage: docs/storm.py DIR FILE.png      DIR as './run bench bridge --only storm --samples DIR' left it
"""
import sys
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend has to be chosen first)

PANELS = (("unbridged", "nginx as it is", "#c43a14"), ("bridged", "bridged by asynctls", "#1b7a72"))


def draw(ax, path, title, colour):
    due, latency = np.loadtxt(path, unpack=True)
    latency = latency / 1e6
    ax.plot((due - due.min()) / 1e9, latency, ".", ms=3, alpha=0.5, color=colour, mec="none")
    p50, p99 = np.percentile(latency, [50, 99])
    for value, name, style in ((p50, "p50", ":"), (p99, "p99", "-")):
        ax.axhline(value, color="#1c1f24", lw=1.2, ls=style)
        ax.annotate(
            f"{name} {value:.3g} ms",
            (1, value),
            xycoords=("axes fraction", "data"),
            xytext=(-4, 4),
            textcoords="offset points",
            ha="right",
            fontsize=11,
            bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 1},
        )
    ax.set_title(title, loc="left", fontsize=12, fontweight="bold")
    ax.set_xlabel("time since the storm began (s)")
    ax.set_yscale("log")
    ax.grid(axis="y", color="#dddddd", lw=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)


def main():
    folder, out = Path(sys.argv[1]), sys.argv[2]
    figure, axes = pyplot.subplots(1, 2, sharey=True, figsize=(10, 4.2), layout="constrained")
    for ax, (name, title, colour) in zip(axes, PANELS):
        draw(ax, folder / name, title, colour)
    axes[0].set_ylabel("latency of a small request (ms)")
    figure.suptitle(
        "Small requests on 50 open connections while others make RSA-4096 handshakes, one worker",
        x=0.01,
        ha="left",
        fontsize=12,
    )
    figure.savefig(out, dpi=110)


if __name__ == "__main__":
    main()
