# SPDX-License-Identifier: Apache-2.0
"""TLS clients: a bounded number of full handshakes, or one request."""
import re
import subprocess
from typing import NamedTuple

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


class Load(NamedTuple):
    """The results of h2load: every request has a connection, and so a handshake, of its own."""

    wanted: int
    succeeded: int
    failed: int
    seconds: float

    @property
    def rate(self):
        return self.succeeded / self.seconds


def handshakes(port, count, clients=50, timeout=120):
    """Make count connections with one request each, of which clients are open at any time.

    The server has to close the connection after its first answer; h2load then connects anew and
    never offers a session, so that each handshake is a full one.
    """
    command = ["h2load", "--h1", "-n", str(count), "-c", str(min(clients, count)), "-t", "1"]
    done = subprocess.run(
        [*command, f"https://127.0.0.1:{port}/"],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    time = re.search(r"^finished in ([\d.]+)(us|ms|s|m),", done.stdout, re.MULTILINE)
    requests = re.search(r" (\d+) succeeded, (\d+) failed", done.stdout)
    seconds = float(time.group(1)) * UNITS[time.group(2)]
    return Load(count, int(requests.group(1)), int(requests.group(2)), seconds)


def get(port, trust, *options):
    """The body that one curl request yields. trust: the certificate that the server must have."""
    url = f"https://localhost:{port}/"
    command = ["curl", "-sS", "--fail", "--max-time", "20", "--cacert", str(trust)]
    command += ["--resolve", f"localhost:{port}:127.0.0.1", *options, url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        raise RuntimeError(f"curl: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def connect(port, trust, *options):
    """Make one handshake with s_client, and close. Returns what it says of the session."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", str(trust)]
    done = subprocess.run(
        [*command, "-verify_return_error", *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise RuntimeError(f"s_client: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout
