# SPDX-License-Identifier: Apache-2.0
"""Shared by the end-to-end tests: the built tool, folders that vanish, one recorded nginx."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from load import handshakes
from servers import Nginx, find
from tool import Tool

HANDSHAKES = 300

# meson lets tests find the build's libraries; asynctls has to find them by itself.
os.environ.pop("LD_LIBRARY_PATH", None)


def require(*programs):
    """Skip what needs a program that this machine does not have."""
    for program in programs:
        if not find(program):
            pytest.skip(f"{program} is not installed", allow_module_level=True)


@pytest.fixture(scope="session")
def tool():
    return Tool()


def temporary_folder():
    # Not pytest's own: workers that gave up root's rights must be able to pass through.
    folder = Path(tempfile.mkdtemp(prefix="asynctls-test-"))
    folder.chmod(0o711)
    return folder


def compare_readers(path):
    """Every trace below path is the same to the fast reader and to the reference, or damaged to both."""
    command = Tool().build / "tests" / "tools" / "dump-events"
    for trace in path.rglob("ctf"):
        fast, reference = (
            subprocess.run([command, name, trace], capture_output=True, check=False, timeout=60)
            for name in ("fast", "reference")
        )
        whole, sound = (not done.returncode and not done.stderr for done in (fast, reference))
        assert whole == sound, f"{trace}: {fast.stderr} {reference.stderr}"
        assert not whole or fast.stdout == reference.stdout, f"the readers differ on {trace}"


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    compare_readers(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def module_folder():
    path = temporary_folder()
    yield path
    compare_readers(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def recording(tool, module_folder):
    """A bridged nginx, recorded while HANDSHAKES connections were made, and analyzed."""
    require("nginx", "h2load", "openssl", "lttng-sessiond")
    data = module_folder / "data"
    with Nginx(module_folder / "nginx", before=tool.record(data, "bridge")) as server:
        load = handshakes(server.port, HANDSHAKES)
        # Now that they have served, the workers are there and have given up root's rights.
        workers = server.workers()
        users = [os.stat(f"/proc/{pid}").st_uid for pid in workers]
    tool.must("analyze", "-i", data)
    return SimpleNamespace(
        data=data, load=load, server=server, workers=workers, users=users, said=server.said()
    )


@pytest.fixture(scope="module")
def plain_program(module_folder):
    """A statically linked program that returns 7, which a preloaded library never reaches."""
    require("gcc")
    program = module_folder / "static"
    source = b"int main(void) { return 7; }"
    command = ["gcc", "-static", "-x", "c", "-", "-o", str(program)]
    subprocess.run(command, input=source, check=True, stderr=subprocess.PIPE)
    return program
