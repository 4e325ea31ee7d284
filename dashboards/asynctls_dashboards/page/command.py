# SPDX-License-Identifier: Apache-2.0
"""asynctls html: options, and the page written whole or not at all."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from asynctls_dashboards import console, filters

OVERHEAD = 150_000  # bytes of the page without data, about


def size(text: str) -> int:
    """A size such as 8M, in bytes."""
    scale = {"k": 1000, "m": 1_000_000, "g": 1_000_000_000}.get(text[-1:].lower())
    try:
        found = int(float(text[:-1] if scale else text) * (scale or 1))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a size such as 8M") from None
    if found < 300_000:
        raise argparse.ArgumentTypeError(f"'{text}' is too little for a page: at least 300k")
    return found


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="asynctls html",
        description="Make one self-contained page to explore a recording with. Prints its name.",
        allow_abbrev=False,
    )
    source = "asynctls.data"
    p.add_argument(
        "-i", "--input", default=source, metavar="DIR|trace.db", help=f"default {source}"
    )
    p.add_argument("-o", "--output", metavar="FILE", help="default report.html beside the database")
    p.add_argument("--diff", metavar="DIR|trace.db", help="a second recording to compare with")
    p.add_argument("--title", default="", help="words instead of what was recorded")
    p.add_argument(
        "--redact", action="store_true", help="leave out host, arguments and server names"
    )
    p.add_argument(
        "--max-size",
        type=size,
        default="8M",
        help="of the file; jobs are rounded, then sampled, to fit; default 8M",
    )
    filters.add_options(p)
    return p


def make(args: argparse.Namespace) -> bytes:
    """The page's bytes. Raises DataError."""
    from asynctls_dashboards.db import Database
    from asynctls_dashboards.page import build, collect, facts

    with Database(args.input) as db:
        header, pack = collect.collect(
            db,
            filters.of_options(args),
            budget=args.max_size - OVERHEAD,
            redact=args.redact,
            title=args.title,
        )
        header["label"] = "A" if args.redact else str(args.input)
        header["other"] = None
        if args.diff:
            with Database(args.diff) as second:
                header["other"] = facts.other(second, "B" if args.redact else str(args.diff))
            header["self"] = facts.other(db, header["label"])
    return build.page(pack.blob(header), os.environ.get("ASYNCTLS_VERSION", ""))


def main(argv: list[str]) -> int:
    """`asynctls html ARGV`."""
    args = parser().parse_args(argv)
    from asynctls_dashboards.db import DataError, find

    try:
        path = Path(args.output) if args.output else find(args.input).parent / "report.html"
        if path.is_dir():
            path = path / "report.html"
        made = make(args)
    except DataError as error:
        console.say(f"html: {error}", "error")
        return console.EXIT_TRACE
    try:
        console.write_whole(path, lambda out: out.write(made))
    except OSError as error:
        console.say(f"html: {path}: {error.strerror or error}", "error")
        return console.EXIT_ENVIRONMENT
    print(path)
    return console.EXIT_OK
