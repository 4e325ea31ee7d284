# SPDX-License-Identifier: Apache-2.0
"""Pictures of asynctls databases: one module per plot, each with load() and plot().

From a notebook:

    from asynctls_dashboards import db, latency, style
    base = db.Database("asynctls.data")
    data = latency.load(base)
    with style.theme("light"):
        latency.plot(data, plt.figure(layout="constrained"))
    print(latency.caption(data))

Importing the package, or one plot's module, does no work; times in data are ns unless named
otherwise. KINDS are the plots' modules. The page is made by asynctls_dashboards.page.
"""

KINDS = (
    "timeline",
    "latency",
    "heatmap",
    "percentile",
    "tail",
    "ecdf",
    "phases",
    "inflight",
    "throughput",
    "little",
    "loopdelay",
    "occupancy",
    "pauses",
    "queue",
    "critical",
    "icicle",
    "quality",
    "diff",
)
