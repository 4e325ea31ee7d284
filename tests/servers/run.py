#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Real servers bare, recorded and bridged: each has to do what it does bare.

usage: run.py [--write] [NAME...]
    --write   make docs/servers.md
    NAME      only servers of that program
"""
import json
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "e2e")]

import data  # noqa: E402
import mail  # noqa: E402
import others  # noqa: E402
import proxies  # noqa: E402
import table  # noqa: E402
import web  # noqa: E402
from exercise import exercise  # noqa: E402
from kind import NotTried  # noqa: E402
from servers import ServerFailed, find  # noqa: E402
from tool import Tool  # noqa: E402

KINDS = [kind for group in (web, proxies, data, mail, others) for kind in group.KINDS]
MODES = ("bare", "bare again", "observe", "bridge")


def words(tool, mode, out):
    """What stands before the server's command. The table tells what the bridge does with any of them."""
    recorder = [] if mode.startswith("bare") else tool.record(out, mode)
    if mode == "bridge":
        recorder[-1:-1] = ["--bridge=force"]
    return recorder


def report(tool, out):
    """What a recording says; no processes if nothing could be recorded."""
    done = tool.run("report", "-i", out, "--json")
    return json.loads(done.stdout) if done.returncode == 0 else {"processes": None}


def by_default(tool, kind):
    """What --mode=bridge does with the program if nobody asks for more."""
    program = kind.program if "/" in kind.program else find(kind.program)
    checks = json.loads(tool.run("doctor", "--json", program).stdout)["checks"]
    text = next(check["text"] for check in checks if check["name"] == "bridge")
    return "bridged" if "known good" in text and "not known good" not in text else "observed"


def run(tool, kind, mode, folder):
    """One run of a server. Returns the Run and, where it was recorded, the report."""
    out = folder / "data"
    server = kind(folder / "server", before=words(tool, mode, out), environment={"LC_ALL": "C"})
    done = exercise(server)
    return done, None if mode.startswith("bare") else report(tool, out)


def compare(tool, kind):
    """Run a server in each mode. Returns its row of the table."""
    reason = kind.lacks()
    runs = {}
    for mode in MODES if not reason else ():
        folder = Path(tempfile.mkdtemp(prefix="asynctls-servers-"))
        folder.chmod(0o711)
        try:
            runs[mode] = run(tool, kind, mode, folder)
        except NotTried as why:
            reason = str(why)
            break
        except (ServerFailed, OSError, RuntimeError, TimeoutError) as error:
            runs[mode] = error
            if mode.startswith("bare"):
                traceback.print_exc()
                break
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return table.Row(kind, reason, runs, "" if reason else by_default(tool, kind))


def main():
    names = [word for word in sys.argv[1:] if not word.startswith("-")]
    chosen = [
        k
        for k in KINDS
        if not names or k.program.rpartition("/")[2] in names or k.__name__ in names
    ]
    rows = []
    for kind in chosen:
        rows.append(compare(Tool(), kind))
        print(rows[-1].line(), flush=True)
    if "--write" in sys.argv[1:]:
        path = HERE.parents[1] / "docs" / "servers.md"
        path.write_text(table.page(rows))
    return 1 if any(row.differs() for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
