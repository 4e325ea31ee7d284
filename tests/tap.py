#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run one pytest file and report its cases as TAP, which meson reads: tap.py FILE [PYTEST-OPTION..]"""
import sys

try:
    import pytest
except ImportError:
    print("1..0 # SKIP python3-pytest is not installed")
    sys.exit(0)


def diagnostics(text):
    for line in text.splitlines():
        print("# " + line)


class Tap:
    """A pytest plugin that prints a line for each case as it ends."""

    def __init__(self):
        self.number = 0

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config):
        # Its options are needed, its lines are not.
        config.pluginmanager.unregister(name="terminalreporter")

    def line(self, verdict, report, remark=""):
        self.number += 1
        name = report.nodeid.split("::", 1)[-1].replace("#", "")
        print(f"{verdict} {self.number} - {name}{remark}", flush=True)

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.line("not ok", report)
            diagnostics(f"during {report.when}:\n{report.longreprtext}")
            for title, text in report.sections:
                diagnostics(f"{title}:\n{text}")
        elif report.skipped:
            self.line("ok", report, f" # SKIP {report.longrepr[2]}")
        elif report.when == "call":
            self.line("ok", report)

    def pytest_collectreport(self, report):
        if report.failed:
            self.line("not ok", report)
            diagnostics(report.longreprtext)
        elif report.skipped:
            self.line("ok", report, f" # SKIP {report.longrepr[2]}")

    def pytest_sessionfinish(self, session):
        print(f"1..{self.number}", flush=True)


if __name__ == "__main__":
    options = ["-p", "no:cacheprovider", "--tb=short"]
    status = pytest.main(options + sys.argv[1:], plugins=[Tap()])
    # Failed cases were reported as such; anything else that is wrong must not pass for success.
    sys.exit(0 if status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) else int(status))
