# SPDX-License-Identifier: Apache-2.0
"""Handshakes per second of one nginx, as it is and with asynctls in four degrees."""
import shutil
import tempfile
from pathlib import Path

from load import handshakes
from servers import Nginx

VARIANTS = {
    "bare": "as packaged",
    "preloaded": "shim preloaded, nothing recorded",
    "bridged": "handshakes run as async jobs, nothing recorded",
    "recorded": "bridged and recorded",
}


def arrange(tool, variant, out):
    """How to start a server in the given variant; a recording goes to the folder out."""
    if variant == "preloaded":
        return {"environment": tool.preload()}
    if variant == "bridged":
        return {"environment": tool.preload("bridge")}
    if variant == "recorded":
        return {"before": tool.record(out, "bridge")}
    return {}


def measure(tool, variant, count, clients=50, key="rsa:2048", out=None):
    """Load one nginx in the given variant. Returns the load; raises if a handshake failed."""
    folder = Path(tempfile.mkdtemp(prefix="asynctls-"))
    try:
        options = arrange(tool, variant, out or folder / "data")
        with Nginx(folder / "nginx", key=key, **options) as server:
            load = handshakes(server.port, count, clients)
        if server.status or load.failed or load.succeeded != count:
            raise server.failure(f"{variant}: status {server.status}, {load}")
        return load
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def table(rates):
    """The rates as lines of text, each beside its ratio to the bare server."""
    yield f"  {'':<10} {'handshakes/s':>12} {'of bare':>8}"
    for variant, rate in rates.items():
        ratio = rate / rates["bare"]
        yield f"  {variant:<10} {rate:>12.0f} {ratio:>8.3f}   {VARIANTS[variant]}"
