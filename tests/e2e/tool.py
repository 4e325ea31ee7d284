# SPDX-License-Identifier: Apache-2.0
"""The asynctls of a build tree, as tests, demo and benchmarks use it."""
import json
import os
import sqlite3
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
ENGINE = "workers=2"


class Tool:
    def __init__(self, build=None):
        self.build = Path(build or os.environ.get("ASYNCTLS_BUILD") or SOURCE / "build").resolve()
        self.command = str(self.build / "asynctls")
        self.shim = str(self.build / "shim" / "libasynctls-shim.so")

    def run(self, *args, **options):
        """Run a command to its end. The result has its status, stdout and stderr."""
        options = {"timeout": 60, "stdin": subprocess.DEVNULL, **options}
        return subprocess.run(
            [self.command, *map(str, args)], capture_output=True, text=True, check=False, **options
        )

    def must(self, *args, **options):
        """As run(), but the command has to succeed. Returns its stdout."""
        done = self.run(*args, **options)
        if done.returncode:
            raise RuntimeError(
                f"asynctls {' '.join(map(str, args))}: status {done.returncode}\n{done.stderr}"
            )
        return done.stdout

    def report(self, data):
        """The report on a recording, as data."""
        return json.loads(self.must("report", "-i", data, "--json"))

    def preload(self, mode="observe", engine=ENGINE):
        """Environment that preloads the shim into a program, without recording it."""
        environment = {"LD_PRELOAD": self.shim, "ASYNCTLS_MODE": mode}
        if mode != "observe":
            environment["ASYNCTLS_ENGINE"] = engine
        return environment

    def record(self, out, mode="observe", engine=ENGINE):
        """Words to put before a command, so that it is recorded into the folder out."""
        words = [self.command, "record", "-o", str(out), f"--mode={mode}"]
        if mode != "observe":
            words.append(f"--engine={engine}")
        return words + ["--"]


def query(data, sql, *values):
    """Rows of a recording's database, as a list of sqlite3.Row."""
    database = sqlite3.connect(f"file:{Path(data) / 'trace.db'}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    try:
        return database.execute(sql, values).fetchall()
    finally:
        database.close()


def scalar(data, sql, *values):
    """The one value that a query yields."""
    return query(data, sql, *values)[0][0]
