# SPDX-License-Identifier: Apache-2.0
"""Installed into a prefix, asynctls finds its own parts there."""
import os
import subprocess

import pytest
from conftest import require
from tool import SOURCE

require("meson", "ninja", "lttng-sessiond")


@pytest.fixture(scope="module")
def prefix(module_folder):
    build, path = module_folder / "build", module_folder / "prefix"
    for command in (
        ["meson", "setup", build, SOURCE, f"--prefix={path}", "--libdir=lib", "-Dtests=false"],
        ["ninja", "-C", build, "-j2", "install"],
    ):
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    # Nothing may be found in the build tree from here on.
    build.rename(module_folder / "moved")
    return path


def test_files(prefix):
    found = {str(p.relative_to(prefix)) for p in prefix.rglob("*") if p.is_file()}
    for name in (
        "bin/asynctls",
        "lib/asynctls/libasynctls-shim.so",
        "lib/asynctls/libasynctls-lttng.so",
        "share/asynctls/dashboards/asynctls_dashboards/__init__.py",
    ):
        assert name in found
    assert not [name for name in found if "__pycache__" in name]


def test_record_with_installed_parts(prefix, folder):
    command = [prefix / "bin" / "asynctls", "record", "-o", folder / "data", "--"]
    command += ["sh", "-c", 'echo "$LD_PRELOAD"']
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert os.path.realpath(prefix / "lib/asynctls/libasynctls-shim.so") in map(
        os.path.realpath, done.stdout.strip().split(":")
    )
