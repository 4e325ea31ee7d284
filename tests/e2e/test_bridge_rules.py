# SPDX-License-Identifier: Apache-2.0
"""Which programs --mode=bridge takes on, and what is said of the others."""
import json

import pytest
from bridged import PythonServer
from conftest import require
from load import handshakes
from servers import Nginx
from tool import scalar

require("h2load", "openssl", "lttng-sessiond")

COUNT = 20


def record(tool, folder, server, *options):
    """Record a server under the bridge. Returns its rule, its jobs, and what the recorder said."""
    data = folder / "data"
    words = tool.record(data, "bridge")
    words[-1:-1] = options
    with server(before=words) as running:
        assert handshakes(running.port, COUNT, clients=5).succeeded == COUNT
    tool.must("analyze", "-i", data)
    rule = scalar(data, "SELECT DISTINCT bridge_rule FROM v_process")
    return rule, scalar(data, "SELECT count(*) FROM v_job"), running.said()


@pytest.mark.parametrize(
    "options, rule",
    [
        ((), "unknown-program"),
        (("--bridge-only=nginx",), "not-named"),
        (("--bridge-only=nginx,python3",), "named"),
        (("--bridge=force",), "forced"),
    ],
)
def test_a_program_that_is_not_known_has_to_be_asked_for(tool, folder, options, rule):
    def python(**how):
        return PythonServer(folder / "python", "selectors", **how)

    found, jobs, said = record(tool, folder, python, *options)
    asked_for = rule in ("named", "forced")
    assert found == rule and (jobs >= COUNT if asked_for else jobs == 0)
    assert ("python3: 1 process was not bridged" in said) == (not asked_for)
    names = {p["name"] for p in tool.report(folder / "data")["processes"]}
    assert names == {"python3"}


def test_nginx_is_known_good(tool, folder):
    rule, jobs, said = record(tool, folder, lambda **how: Nginx(folder / "nginx", **how))
    assert rule == "known-good" and jobs >= COUNT and "not bridged" not in said


@pytest.mark.parametrize(
    "program, words",
    [("nginx", "bridges it: it is known good"), ("sh", "only observes it"), ("ruby", "minds on")],
)
def test_doctor_says_what_holds(tool, folder, program, words):
    path = folder / program
    path.symlink_to("/bin/sh")
    checks = json.loads(tool.run("doctor", "--json", path).stdout)["checks"]
    assert words in next(check["text"] for check in checks if check["name"] == "bridge")
