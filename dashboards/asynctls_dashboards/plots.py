# SPDX-License-Identifier: Apache-2.0
"""asynctls plot: its options, and one picture after the other."""

from __future__ import annotations

import argparse
import functools
import importlib
import os
import sys
from pathlib import Path

from asynctls_dashboards import KINDS, filters
from asynctls_dashboards.console import (
    EXIT_ENVIRONMENT,
    EXIT_OK,
    EXIT_TRACE,
    EXIT_USAGE,
    say,
    write_whole,
)

ALL = "all"  # diff only if there is a second recording
FORMATS = ("png", "svg", "pdf")


def kinds(text: str) -> list[str]:
    """--kind a,b or all."""
    wanted = [ALL] if text == ALL else [name for name in text.split(",") if name]
    for name in wanted:
        if name not in (*KINDS, ALL):
            raise argparse.ArgumentTypeError(
                f"there is no '{name}'; there are {', '.join(KINDS)}, all"
            )
    return list(dict.fromkeys(wanted))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="asynctls plot",
        description="Draw a recording's database as pictures. Prints the files written.",
        allow_abbrev=False,
    )
    p.add_argument(
        "-i",
        "--input",
        default="asynctls.data",
        metavar="DIR|trace.db",
        help="default asynctls.data",
    )
    p.add_argument(
        "-k",
        "--kind",
        type=kinds,
        default="all",
        help=f"{', '.join(KINDS)}; several with commas; default all",
    )
    p.add_argument(
        "-o",
        "--output",
        metavar="FILE|DIR",
        help="FILE.png, .svg or .pdf for one kind, else a folder; "
        "default plots/ beside the database",
    )
    p.add_argument("--format", choices=FORMATS, help="in a folder; default png")
    p.add_argument("--dpi", type=int, default=150, help="default 150: 1500 pixels wide")
    p.add_argument("--theme", choices=("light", "dark"), default="light")
    p.add_argument("--diff", metavar="DIR|trace.db", help="a second recording, for kind diff")
    p.add_argument("--title", help="words instead of what was recorded")
    filters.add_options(p)
    return p


def targets(args: argparse.Namespace, database: Path) -> dict[str, Path]:
    """Which file for which kind."""
    out = Path(args.output) if args.output else database.parent / "plots"
    suffix = out.suffix[1:].lower()
    folder = not args.output or args.output.endswith("/") or out.is_dir() or not suffix
    if not folder and (len(args.kind) == 1 or suffix in FORMATS):
        if suffix not in FORMATS:
            raise ValueError(f"{out}: the name must end in .png, .svg or .pdf")
        if len(args.kind) > 1:
            raise ValueError(
                f"{out}: one file cannot hold {len(args.kind)} plots; give a folder, or one --kind"
            )
        return {args.kind[0]: out}
    return {kind: out / f"{kind}.{args.format or 'png'}" for kind in args.kind}


def save(figure, path: Path, dpi: int, title: str, caption: str) -> None:
    """Write the picture. The caption goes along as the description."""
    form = path.suffix[1:].lower()
    words = {"Title": title, "Subject" if form == "pdf" else "Description": caption}
    if form == "svg":
        words["Date"] = None
    write_whole(path, lambda out: figure.savefig(out, format=form, dpi=dpi, metadata=words))


def draw(kind: str, db, wanted: filters.Filters, path: Path, args: argparse.Namespace) -> None:
    """One picture."""
    from asynctls_dashboards import layout, style, units

    module = importlib.import_module(f"asynctls_dashboards.{kind}")
    more = {"other": args.other} if kind == "diff" else {}
    data = module.load(db, wanted, **more)
    caption = module.caption(data)
    version = os.environ.get("ASYNCTLS_VERSION", "")
    with style.theme(args.theme):
        foot = layout.footer(db.meta, db.count(wanted), wanted, version)
        subtitle = functools.partial(layout.recorded, db.meta)
        if args.title is not None:
            subtitle = functools.partial(units.plain, args.title)
        figure = layout.figure(module.TITLE, subtitle, caption, foot)
        module.plot(data, figure)
        save(figure, path, args.dpi, module.TITLE, caption)


def progress(number: int, total: int, kind: str) -> None:
    """Which picture is being made, on a line of the terminal that the next words take over."""
    if total > 1 and sys.stderr.isatty():
        print(
            f"\r\033[Kplot {number} of {total}: {kind} ...\r", end="", file=sys.stderr, flush=True
        )


def run(args: argparse.Namespace) -> int:
    """Draw all that was asked for; what has no data is named and passed over if there is more."""
    from asynctls_dashboards.db import Database, DataError, NoData, NoJobs

    wanted = filters.of_options(args)
    if ALL in args.kind:
        args.kind = [kind for kind in KINDS if kind != "diff" or args.diff]
    try:
        db = Database(args.input)
        args.other = Database(args.diff) if args.diff else None
        files = targets(args, db.path)
    except DataError as error:
        say(f"plot: {error}", "error")
        return EXIT_TRACE
    except ValueError as error:
        say(f"plot: {error}", "error")
        return EXIT_USAGE
    drawn = 0
    for number, (kind, path) in enumerate(files.items(), 1):
        progress(number, len(files), kind)
        try:
            draw(kind, db, wanted, path, args)
        except NoJobs as error:
            say(f"plot: {error}", "error")
            return EXIT_TRACE
        except NoData as error:
            say(f"plot: {kind}: {error}", "error" if len(files) == 1 else "")
            continue
        except DataError as error:
            say(f"plot: {kind}: {error}", "error")
            return EXIT_TRACE
        except OSError as error:
            say(f"plot: {path}: {error.strerror or error}", "error")
            return EXIT_ENVIRONMENT
        drawn += 1
        print(path, flush=True)
    if len(files) > 1 and sys.stderr.isatty():
        print("\033[K", end="", file=sys.stderr)
    return EXIT_OK if drawn else EXIT_TRACE


def main(argv: list[str]) -> int:
    """`asynctls plot ARGV`."""
    args = parser().parse_args(argv)
    import logging
    import warnings

    warnings.filterwarnings("ignore", message="Glyph .* missing")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its notes are not for our users
    return run(args)
