# SPDX-License-Identifier: Apache-2.0
"""The page as one file: template, style and scripts, with the data in it.

Nothing from the trace is ever markup: it is in the data, which is base64, and the scripts put it
into text nodes. The policy in the head lets only these very scripts run, and no address be asked
for anything.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources

from asynctls_dashboards import style

ENTRY = "app"  # the module that imports all others
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";$', re.M)
EXPORT = re.compile(r"^export (?=(?:const|class|function|async function) (\w+))", re.M)
LAYOUT = re.compile(r"^(//.*\n| +(//.*\n)?|\n)", re.M)  # comments, empty lines, indentation


def text(name: str) -> str:
    """One of the files beside this one."""
    return (resources.files(__package__) / name).read_text("utf-8")


def imports(name: str) -> list[str]:
    """The modules that a module imports from."""
    return [module for _, module in IMPORT.findall(text(f"{name}.js"))]


def in_order(name: str, found: list[str], above: tuple[str, ...] = ()) -> list[str]:
    """Appends to found a module and all that it needs, each behind those that it imports from."""
    if name in above:
        raise ValueError(f"modules import in a circle: {' '.join((*above, name))}")
    if name not in found:
        for other in imports(name):
            in_order(other, found, (*above, name))
        found.append(name)
    return found


def wrapped(name: str) -> str:
    """A module as the call of a function that returns its exports."""
    source = text(f"{name}.js")
    exports = ", ".join(EXPORT.findall(source))
    body = EXPORT.sub("", IMPORT.sub(r"const {\1} = modules.\2;", source))
    return f"modules.{name} = (() => {{\n{LAYOUT.sub('', body)}return {{ {exports} }};\n}})();\n"


def joined(name: str = ENTRY) -> str:
    """A module and all that it needs as one script, as pages from disk may not import."""
    return "const modules = {};\n" + "".join(map(wrapped, in_order(name, [])))


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
    script = f'(() => {{\n"use strict";\n{joined()}}})();\n'
    css = colours() + text("style.css")
    policy = f"default-src 'none'; script-src '{digest(script)}'; style-src '{digest(css)}'; "
    policy += "img-src data:; base-uri 'none'; form-action 'none'"
    parts = {"POLICY": policy, "STYLE": css, "SCRIPT": script, "VERSION": version}
    out = text("template.html")
    for name, value in parts.items():
        out = out.replace(f"%{name}%", value)
    return out.encode("utf-8").replace(b"%DATA%", blob)
