# SPDX-License-Identifier: Apache-2.0
"""Each plot can be drawn from a real recording; what it shows is tested with the dashboards."""
import struct

import pytest

KINDS = ["timeline", "latency", "heatmap", "phases", "inflight", "loopdelay", "occupancy"]
pytestmark = pytest.mark.usefixtures("matplotlib")


@pytest.fixture(scope="module")
def matplotlib():
    pytest.importorskip("matplotlib", reason="python3-matplotlib is not installed")


def png_size(path):
    header = path.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", header[16:24])


@pytest.mark.parametrize("kind", KINDS)
def test_kind(tool, recording, folder, kind):
    file = folder / f"{kind}.png"
    tool.must("plot", "-i", recording.data, f"--kind={kind}", "-o", file)
    assert min(png_size(file)) >= 400
    assert file.stat().st_size > 10_000


@pytest.mark.parametrize("suffix, start", [("svg", b"<?xml"), ("pdf", b"%PDF-")])
def test_format(tool, recording, folder, suffix, start):
    file = folder / f"plot.{suffix}"
    tool.must("plot", "-i", recording.data, "--kind=phases", "-o", file)
    assert file.read_bytes().startswith(start)


def test_all_kinds(tool, recording, folder):
    tool.must("plot", "-i", recording.data, "--kind=all", "-o", folder / "plots", timeout=120)
    assert {file.stem for file in (folder / "plots").iterdir()} >= set(KINDS)


def test_page(tool, recording, folder):
    file = folder / "report.html"
    printed = tool.must("html", "-i", recording.data, "-o", file)
    assert printed.strip() == str(file)
    page = file.read_text()
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")
    assert "http://" not in page and "https://" not in page


def test_unknown_kind(tool, recording, folder):
    done = tool.run("plot", "-i", recording.data, "--kind=nosuch", "-o", folder / "x.png")
    assert done.returncode == 2
    assert "nosuch" in done.stderr
    assert list(folder.iterdir()) == []
