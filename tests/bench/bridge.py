#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the bridge gains and costs: full handshakes/s, kept-open throughput, latency in a storm."""
import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from string import Template

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from load import handshakes  # noqa: E402
from servers import Haproxy, Nginx, free_port  # noqa: E402
from tool import Tool  # noqa: E402

# A second port, on which connections stay open.
STAYING = Template(
    """
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $cert;
        ssl_certificate_key $key;
        keepalive_timeout 60s;
        keepalive_requests 100000000;
        location / { return 200 "asynctls\\n"; }
        location /large { root $folder; }
    }
}
"""
)
LARGE = 16384  # bytes of the file that the data path is measured with


class StayingNginx(Nginx):
    """nginx with one more port, whose connections stay open; storms use the other."""

    def configure(self):
        super().configure()
        self.staying_port = free_port()
        conf = self.folder / "nginx.conf"
        (self.folder / "large").write_bytes(b"x" * LARGE)
        tail = STAYING.substitute(
            port=self.staying_port, cert=self.certificate, key=self.key, folder=self.folder
        )
        conf.write_text(conf.read_text().rstrip().removesuffix("}") + tail)


class Bar:
    """A ratio that is held to a bound: medians of runs of two variants, taken in turn."""

    def __init__(self, name, bound, unit, measure, variants, rounds):
        self.name, self.bound, self.unit, self.measure = name, bound, unit, measure
        self.variants, self.rounds = variants, rounds
        self.found = {variant: [] for variant in variants}

    def run(self):
        for number in range(self.rounds):
            print(f"bench: bridge: {self.name}, {number + 1} of {self.rounds}", file=sys.stderr)
            order = list(self.variants)
            for variant in order if number % 2 else reversed(order):
                self.found[variant].append(self.measure(self.variants[variant]))

    @property
    def medians(self):
        return {variant: statistics.median(found) for variant, found in self.found.items()}

    @property
    def ratio(self):
        base, bridged = list(self.medians.values())
        return base / bridged if self.unit == "us" else bridged / base

    def facts(self):
        return {
            "name": self.name,
            "unit": self.unit,
            "rounds": self.found,
            "median": self.medians,
            "ratio": round(self.ratio, 4),
            "bound": self.bound,
            "held": self.ratio >= self.bound,
        }

    def __str__(self):
        (base, a), (bridged, b) = self.medians.items()
        held = "" if self.ratio >= self.bound else "   MISSED"
        return (
            f"  {self.name:<40} {a:>9.0f} {b:>9.0f} {self.unit:<4}"
            f" {self.ratio:>7.3f}  of at least {self.bound:.2f}{held}"
        )


class Bench:
    def __init__(self, wish):
        self.tool = Tool()
        self.wish = wish

    def served(self, kind, load, **options):
        """Start a server, let load(server) measure it, and see that all went well."""
        folder = Path(tempfile.mkdtemp(prefix="asynctls-"))
        folder.chmod(0o711)
        if options.pop("bridged", False):
            options["environment"] = self.tool.preload("bridge", self.wish.engine)
        try:
            with kind(folder / "server", **options) as server:
                return load(server)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def rate(self, kind, count, options):
        def load(server):
            done = handshakes(server.port, count)
            if done.failed or done.succeeded != count:
                raise server.failure(str(done))
            return round(done.rate, 1)

        return self.served(kind, load, **options)

    def throughput(self, options):
        """Requests per second of a few connections that stay open."""

        def load(server):
            url = f"https://127.0.0.1:{server.staying_port}/large"
            count = str(self.wish.requests)
            command = ["h2load", "--h1", "-n", count, "-c", "8", "-t", "1", url]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            if f" {count} succeeded, 0 failed" not in done.stdout:
                raise server.failure(done.stdout)
            return float(re.search(r", ([\d.]+) req/s", done.stdout).group(1))

        return self.served(StayingNginx, load, key="rsa:2048", **options)

    def storm(self, options):
        """p99, in microseconds, of small requests while others make RSA-4096 handshakes."""

        def load(server):
            command = [str(self.tool.build / "tests" / "bench" / "openloop")]
            command += [str(server.staying_port), "50", "200", str(self.wish.seconds)]
            if self.wish.samples:
                name = "bridged" if options.get("bridged") else "unbridged"
                command.append(str(self.wish.samples / name))
            client = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            if client.stdout.readline() != "ready\n":
                raise server.failure("the open-loop client did not get ready")
            storm = self.begin_storm(server.port)
            try:
                said = json.loads(client.communicate("go\n", timeout=120)[0])
            finally:
                storm.kill()
                storm.wait()
            if said["lost"]:
                raise server.failure(str(said))
            return said["p99"]

        return self.served(StayingNginx, load, key="rsa:4096", **options)

    def begin_storm(self, port):
        command = ["h2load", "--h1", "-n", "1000000", "-c", "50", "-t", "1"]
        return subprocess.Popen(
            [*command, f"https://127.0.0.1:{port}/"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def handshake_bar(self, name, bound, kind, key, count, base):
        return Bar(
            f"{name}, {key}",
            bound,
            "/s",
            lambda options: self.rate(kind, count, {"key": key, **options}),
            {next(iter(base)): base[next(iter(base))], "bridged": {"bridged": True}},
            self.wish.rounds,
        )

    def bars(self):
        few = self.wish.handshakes
        two, one = {"two workers": {"workers": 2}}, {"unbridged": {}}
        bridged = {"unbridged": {}, "bridged": {"bridged": True}}
        yield self.handshake_bar("nginx / two workers", 0.95, Nginx, "rsa:4096", few, two)
        yield self.handshake_bar("nginx / two workers", 0.95, Nginx, "rsa:2048", 4 * few, two)
        yield self.handshake_bar("haproxy, one thread", 1.25, Haproxy, "rsa:4096", few, one)
        yield self.handshake_bar("nginx", 0.98, Nginx, "ec:P-256", 4 * few, one)
        yield self.handshake_bar("nginx", 0.98, Nginx, "ed25519", 4 * few, one)
        yield Bar("nginx, kept open", 0.98, "/s", self.throughput, bridged, self.wish.rounds)
        yield Bar("nginx, p99 in a storm", 5, "us", self.storm, bridged, self.wish.rounds)


def options():
    parser = argparse.ArgumentParser(prog="./run bench bridge", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of both variants in turn")
    parser.add_argument("--handshakes", type=int, default=600, metavar="N", help="at RSA-4096")
    parser.add_argument("--requests", type=int, default=40000, metavar="N", help="kept open")
    parser.add_argument("--seconds", type=float, default=5, metavar="S", help="of each storm")
    parser.add_argument(
        "--samples", type=Path, metavar="DIR", help="keep each storm's latencies, for docs/storm.py"
    )
    parser.add_argument("--engine", default="workers=2", metavar="SPEC")
    parser.add_argument("--only", default="", metavar="TEXT", help="bars whose name has this in it")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main():
    wish = options()
    done = []
    for bar in Bench(wish).bars():
        if wish.only in bar.name:
            bar.run()
            done.append(bar)
            print(bar, file=sys.stderr)
    if wish.json:
        facts = {"bench": "bridge", "schema_version": 1, "engine": wish.engine}
        print(json.dumps({**facts, "bars": [bar.facts() for bar in done]}, indent=2))
    else:
        print(f"one worker or thread, bridged with {wish.engine}; medians of {wish.rounds} runs:")
        print("\n".join(map(str, done)))
    return any(bar.ratio < bar.bound for bar in done)


if __name__ == "__main__":
    sys.exit(main())
