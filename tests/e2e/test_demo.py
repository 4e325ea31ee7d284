# SPDX-License-Identifier: Apache-2.0
"""The demo leaves all that it promises, the comparison with a second recording included."""
import base64
import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import require, temporary_folder
from test_plot import KINDS, png_size
from tool import scalar

HANDSHAKES = 200
require("nginx", "h2load", "openssl", "lttng-sessiond")
pytest.importorskip("matplotlib", reason="python3-matplotlib is not installed")


@pytest.fixture(scope="module")
def demo():
    """The folder that the demo filled, and what it printed."""
    folder = temporary_folder()
    script = Path(__file__).with_name("demo.py")
    command = ["/usr/bin/python3", script, "--out", folder, f"--handshakes={HANDSHAKES}"]
    done = subprocess.run(
        [*command, "--no-rates"], capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    yield folder, done.stdout
    shutil.rmtree(folder)


def test_plots(demo):
    plots = demo[0] / "plots"
    assert {file.stem for file in plots.iterdir()} >= {*KINDS, "diff"}
    assert all(min(png_size(file)) >= 400 for file in plots.iterdir())


def test_report_and_page(demo):
    folder, printed = demo
    assert (folder / "report.txt").read_text() in printed
    packed = re.search(r'id="data">([^<]+)<', (folder / "report.html").read_text())[1]
    assert b"device.data" in gzip.decompress(base64.b64decode(packed))


def test_second_recording(demo):
    paused = "SELECT count(*) FROM v_job WHERE pauses > 0"
    assert scalar(demo[0] / "device.data", paused) == HANDSHAKES
    fastest = "SELECT min(dur_ns) FROM v_job WHERE pauses > 0"
    assert scalar(demo[0] / "device.data", fastest) >= 5_000_000


def test_answer(demo):
    # No ratio, "-", where half of the first recording's operations took no time that it shows.
    ratios = re.findall(r"^(handshakes/s|offload p50) .*? (\d+\.\d+|-)  ", demo[1], re.MULTILINE)
    assert [name for name, _ in ratios] == ["handshakes/s", "offload p50"]
