#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run one pytest file and report its cases as TAP: pytest_tap.py FILE [PYTEST-OPTION..]"""
import sys

from tap import Tap, comment

try:
    import pytest
except ImportError:
    print("1..0 # SKIP python3-pytest is not installed")
    sys.exit(0)


class Reporter:
    """A pytest plugin that prints a line for each case as it ends."""

    def __init__(self):
        self.tap = Tap()

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config):
        # Its options are needed, its lines are not.
        config.pluginmanager.unregister(name="terminalreporter")

    def report(self, report, why=""):
        name = report.nodeid.split("::", 1)[-1].replace("#", "")
        if report.skipped:
            self.tap.skip(name, report.longrepr[2])
        else:
            self.tap.check(report.passed, name, why)

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.report(report, f"during {report.when}:\n{report.longreprtext}")
            for title, text in report.sections:
                comment(f"{title}:\n{text}")
        elif report.skipped or report.when == "call":
            self.report(report)

    def pytest_collectreport(self, report):
        if report.failed or report.skipped:
            self.report(report, report.longreprtext)

    def pytest_sessionfinish(self, session):
        self.tap.end()


if __name__ == "__main__":
    options = ["-p", "no:cacheprovider", "--tb=short"]
    status = pytest.main(options + sys.argv[1:], plugins=[Reporter()])
    # Failed cases were reported as such; anything else that is wrong must not pass for success.
    sys.exit(0 if status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) else int(status))
