# SPDX-License-Identifier: Apache-2.0
"""Bridged nginx whose clients vanish at random points, with a sound engine and with faulty ones."""
import pytest
from conftest import require
from soak import leaks, soak

require("nginx", "openssl", "lttng-sessiond")


def unharmed(soaked, count):
    assert soaked.clients["failed"] == 0
    assert soaked.clients["begun"] == count
    assert soaked.clients["aborted"] > 0
    assert set(soaked.fds) == {soaked.fds[0]}
    assert soaked.status == 0


def test_nothing_is_left(tool, folder):
    data = folder / "data"
    soaked = soak(tool, folder, 3000, rounds=3, before=tool.record(data, "bridge"))
    unharmed(soaked, 3000)
    assert soaked.memory_kb[-1] <= soaked.memory_kb[0] + 2048
    tool.must("analyze", "-i", data)
    assert leaks(data) == {"jobs": 0, "connections": 0}


FAULTS = [
    "lost-wake:1%",
    "dup-wake:10%",
    "early-wake:10%",
    "late-wake:5ms",
    "spurious:10%",
    "eagain:5%",
]


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_harm_nobody(tool, folder, fault):
    environment = tool.preload("bridge", f"workers=2,fault={fault}")
    unharmed(soak(tool, folder, 300, rounds=1, environment=environment), 300)


@pytest.mark.parametrize("fault", ["opfail", "err"])
def test_a_failure_is_that_handshakes_alone(tool, folder, fault):
    environment = tool.preload("bridge", f"workers=2,fault={fault}:5%")
    soaked = soak(tool, folder, 300, rounds=1, environment=environment)
    assert 0 < soaked.clients["failed"] < 60
    assert soaked.clients["served"] > 180
    assert set(soaked.fds) == {soaked.fds[0]}
    assert soaked.status == 0
