#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes questions.md anew: records its examples on this machine and shows what each command answers.

usage: docs/questions.py    (in a built tree, with the demo's packages)
"""
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests" / "e2e"))

from load import handshakes  # noqa: E402
from servers import Nginx  # noqa: E402
from tool import Tool  # noqa: E402

WIDTH, LINES = 118, 16

INTRO = """# Fifteen questions, one command each

What operators and authors of asynchronous TLS ask most, and how to ask a recording. The examples
are an nginx with one worker that was recorded while 600 clients made full handshakes (RSA-2048)
over 30 connections at a time: once as it is (`sync`), once bridged to two engine threads
(`async`), once to an engine with a queue of two (`full`); and small programs that commit one fault
each (`tests/lint`). Outputs are cut where they go on. This page is made by `docs/questions.py`.
"""

QUESTIONS = [
    (
        "Is offload really happening?",
        "report -i async",
        "The first lines of the report are the verdict. Where nothing is offloaded they say why:",
        "report -i sync",
    ),
    (
        "Which jobs were abandoned, on which connection, by whom?",
        "lint -i leak",
        "Rules A1 to A6. `asynctls show conn ID` tells the life of the connection.",
    ),
    (
        "Which job or worker burns CPU, and why?",
        "lint -i spin",
        "Rules B3, C9 and C10.",
    ),
    (
        "Which jobs are stuck, and who missed the wake-up?",
        "lint -i stuck --threshold wake=1us",
        "Rule B1; the threshold is 1 s unless told otherwise. What is open at the end of the trace:",
        "report -i stuck --top --outcome unfinished",
    ),
    (
        "Where does a handshake's time go?",
        "report -i async --phases",
        "For one job:",
        "show -i async job {slowest}",
    ),
    (
        "How long is the event loop held up, and by what?",
        "report -i async --loop",
        "Without offload the same loop computes itself:",
        "report -i sync --loop",
    ),
    (
        "How many jobs are in flight?",
        "report -i async --depth",
        "A batch of N fills only where depth reaches N.",
    ),
    (
        "How long from done to resumed, and what told the loop?",
        "report -i async --notify",
        "",
    ),
    (
        "What would another poll interval cost?",
        "report -i async --poll",
        "The completions of the recording, replayed: delay against polls that find nothing.",
    ),
    (
        "How many handshakes, how fast, with how many pauses?",
        "report -i async --handshakes",
        "Over time: `--timehist`.",
    ),
    (
        "Did async help?",
        "diff sync async",
        "Exit status 1 tells a regression; the intervals tell what may be chance.",
    ),
    (
        "How often was the device full, or done without?",
        "report -i full --engine",
        "With what it means:",
        "lint -i full",
    ),
    ("Are wait fds churned, leaked, closed by strangers?", "lint -i fds", "Rules C1 to C6."),
    (
        "Which resumes were for nothing?",
        "lint -i spurious",
        "Rule B2; `report --notify` has their share.",
    ),
    (
        "Can this program be traced or bridged at all?",
        "doctor -- /usr/sbin/nginx",
        "Needs no recording.",
    ),
]

FAULTS = {
    "leak": "completed-but-abandoned",
    "spin": "busy-loop",
    "stuck": "lost-wake",
    "fds": "fd-churn",
    "spurious": "spurious-resume",
}


def record_server(tool, folder, name, mode, engine):
    with Nginx(folder / f"nginx-{name}", before=tool.record(folder / name, mode, engine)) as server:
        handshakes(server.port, 600, clients=30)


def record_fault(tool, folder, name, fault):
    program = tool.build / "tests" / "lint" / "faults"
    tool.run("record", "-o", folder / name, "--", program, fault)


def answer(tool, folder, command):
    slowest = ""
    if "{slowest}" in command:
        sql = "SELECT job_id FROM v_job ORDER BY dur_ns DESC LIMIT 1"
        slowest = tool.must("query", "-i", folder / "async", "--csv", sql).split()[1]
    command = command.format(slowest=slowest)
    done = tool.run(*command.split(), cwd=folder)
    lines = (
        (done.stdout or done.stderr)
        .replace(str(folder), "...")
        .replace(str(tool.build), "...")
        .rstrip()
        .splitlines()
    )
    cut = [line[:WIDTH].rstrip() for line in lines[: 40 if "show" in command else LINES]]
    more = ["..."] if len(cut) < len(lines) else []
    return "\n".join(["```", f"$ asynctls {command}", *cut, *more, "```", ""])


def main():
    tool = Tool()
    page = [INTRO]
    with tempfile.TemporaryDirectory(prefix="asynctls-docs-") as tmp:
        folder = Path(tmp)
        folder.chmod(0o711)
        record_server(tool, folder, "sync", "observe", "workers=2")
        record_server(tool, folder, "async", "bridge", "workers=2")
        record_server(tool, folder, "full", "bridge", "workers=1,queue=2,latency=rsa:2ms")
        for name, fault in FAULTS.items():
            record_fault(tool, folder, name, fault)
        for number, (question, command, words, *second) in enumerate(QUESTIONS, 1):
            page += [f"## {number}. {question}", "", answer(tool, folder, command)]
            page += [words, ""] if words else []
            page += [answer(tool, folder, more) for more in second]
    (TOP / "docs" / "questions.md").write_text("\n".join(page).rstrip() + "\n")


main()
