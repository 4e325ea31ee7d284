# SPDX-License-Identifier: Apache-2.0
"""The page as one file: template, style and scripts, with the data in it.

Nothing from the trace is ever markup: it is in the data, which is base64, and the scripts put it into text
nodes. The policy in the head lets only these very scripts run, and no address be asked for anything.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from asynctls_dashboards import style

SCRIPTS = ("format", "data", "filter", "stats", "axis", "state", "overview", "timeline", "heat")
SCRIPTS += (
    "pair",
    "curves",
    "flight",
    "loops",
    "bands",
    "table",
    "card",
    "findings",
    "diff",
    "controls",
)
SCRIPTS += ("app",)


def text(name: str) -> str:
    """One of the files beside this one."""
    return (resources.files(__package__) / name).read_text("utf-8")


def colours() -> str:
    """CSS variables: the very colours of the plots."""
    phases = "".join(f"--{name}:{colour};" for name, colour in style.PHASE_COLOURS.items())
    themes = ""
    for name, theme in style.THEMES.items():
        words = "".join(
            f"--{key}:{getattr(theme, key)};"
            for key in ("paper", "ink", "faint", "rule", "lane", "accent", "alarm", "data", "soft")
        )
        words += "".join(f"--heat{i}:{colour};" for i, colour in enumerate(theme.heat))
        themes += f":root[data-theme={name}]{{color-scheme:{name};{words}}}\n"
    return f":root{{{phases}}}\n{themes}"


def digest(content: str) -> str:
    """As a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def page(blob: bytes, version: str) -> bytes:
    """The whole file."""
    script = "(() => {\n" + '"use strict";\n'
    script += "\n".join(text(f"{name}.js") for name in SCRIPTS) + "\nstart();\n})();\n"
    css = colours() + text("style.css")
    policy = f"default-src 'none'; script-src '{digest(script)}'; style-src '{digest(css)}'; "
    policy += "img-src data:; base-uri 'none'; form-action 'none'"
    parts = {"POLICY": policy, "STYLE": css, "SCRIPT": script, "VERSION": version}
    out = text("template.html")
    for name, value in parts.items():
        out = out.replace(f"%{name}%", value)
    return out.encode("utf-8").replace(b"%DATA%", blob)
