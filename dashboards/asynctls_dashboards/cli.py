# SPDX-License-Identifier: Apache-2.0
"""The commands that the dashboards carry out: asynctls plot, asynctls html."""

from __future__ import annotations

import importlib

from asynctls_dashboards import console

COMMANDS = {"plot": "asynctls_dashboards.plots", "html": "asynctls_dashboards.page.command"}


def main(argv: list[str]) -> int:
    """Run COMMAND ARGS; returns the exit status."""
    if not argv or argv[0] not in COMMANDS:
        console.say(f"the dashboards know two commands: {', '.join(COMMANDS)}", "error")
        return console.EXIT_USAGE
    return importlib.import_module(COMMANDS[argv[0]]).main(argv[1:])
