# SPDX-License-Identifier: Apache-2.0
"""Whatever happens to a recording, the server serves, events are kept, losses are reported."""
import os

import pytest
from conftest import require
from faults import FAULTS, strike

require("lttng-sessiond", "babeltrace2", "openssl", "nginx", "h2load")

# What can be read afterwards at least, of 150 handshakes before the fault and 150 after.
AT_LEAST = {
    "none": 300,
    "daemon killed": 1,
    "daemon stopped": 300,
    "consumer killed": 1,
    "consumer stopped": 300,
    "control process killed": 1,
    "recorder killed": 150,
    "disk full": 1,
    "disk nearly full from the start": 0,
    "output removed": 0,
    "buffers overrun": 1,
}
# Daemons that were stopped are continued, and nothing is lost.
HARMLESS = ["none", "daemon stopped", "consumer stopped"]
SAID = {
    "daemon killed": "session daemon has died",
    "disk full": "disk",
    "disk nearly full from the start": "nearly full",
    "output removed": "has vanished",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(tool, fault):
    if fault.startswith("disk") and os.geteuid() != 0:
        pytest.skip("needs root")
    outcome = strike(tool, fault)
    assert outcome.failed == 0 and outcome.server_ok, outcome
    assert outcome.readable >= AT_LEAST[fault], outcome
    assert outcome.incomplete == (fault not in HARMLESS), outcome
    assert outcome.reported == (fault not in HARMLESS), outcome
    assert (outcome.lost > 0) == (fault == "buffers overrun"), outcome
    assert SAID.get(fault, "") in outcome.said
    assert outcome.leftovers == [], outcome
