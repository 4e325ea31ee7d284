# SPDX-License-Identifier: Apache-2.0
"""asynctls plot: options, one picture after the other. Hands over to page for asynctls html."""

from __future__ import annotations

import argparse
import functools
import importlib
import os
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO, Callable

from asynctls_dashboards import KINDS

ALL = "all"  # diff only if there is a second recording
FORMATS = ("png", "svg", "pdf")
EXIT_OK, EXIT_USAGE, EXIT_TRACE, EXIT_ENVIRONMENT = 0, 2, 3, 4


def say(text: str, label: str = "") -> None:
    """Words for people, as the other commands say them."""
    colour = label and sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    shown = f"\033[31m{label}: \033[0m" if colour else f"{label}: " if label else ""
    print(f"asynctls: {shown}{text}", file=sys.stderr)


def window(text: str) -> tuple[float, float]:
    """--time A,B in seconds since the start."""
    try:
        start, end = (float(part.rstrip("s")) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not START,END in seconds") from None
    if not 0 <= start < end < 1e9:
        raise argparse.ArgumentTypeError(f"'{text}' does not run forward from 0 or later")
    return start, end


def span_ns(text: str) -> int:
    """A duration such as 5ms, in ns."""
    for suffix, scale in (("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)):
        if text.endswith(suffix):
            break
    else:
        raise argparse.ArgumentTypeError(f"'{text}' has no unit: ns, us, ms or s")
    try:
        return round(float(text[: -len(suffix)]) * scale)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a duration such as 5ms") from None


def kinds(text: str) -> list[str]:
    """--kind a,b or all."""
    wanted = [ALL] if text == ALL else [name for name in text.split(",") if name]
    for name in wanted:
        if name not in (*KINDS, ALL):
            raise argparse.ArgumentTypeError(
                f"there is no '{name}'; there are {', '.join(KINDS)}, all"
            )
    return list(dict.fromkeys(wanted))


def add_filters(p: argparse.ArgumentParser) -> None:
    """The options that choose jobs, the same for every command."""
    only = p.add_argument_group("only jobs that ...")
    only.add_argument(
        "--time",
        type=window,
        metavar="A,B",
        help="are open between A and B, in seconds since the start",
    )
    only.add_argument("--pid", type=int)
    only.add_argument("--tid", type=int)
    only.add_argument("--conn", type=int)
    only.add_argument("--op", help="handshake, read, write, shutdown")
    only.add_argument("--outcome", help="finished, unfinished, ...")
    only.add_argument(
        "--min", type=span_ns, metavar="DURATION", help="take at least so long, such as 5ms"
    )
    only.add_argument("--max", type=span_ns, metavar="DURATION", help="take at most so long")


def filters_of(args: argparse.Namespace):
    """What add_filters()'s options ask for."""
    from asynctls_dashboards.db import Filters

    return Filters(
        args.time, args.pid, args.tid, args.conn, args.op, args.outcome, args.min, args.max
    )


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
        help="FILE.png, .svg or .pdf for one kind, else a folder; default plots/ beside the database",
    )
    p.add_argument("--format", choices=FORMATS, help="in a folder; default png")
    p.add_argument("--dpi", type=int, default=150, help="default 150: 1500 pixels wide")
    p.add_argument("--theme", choices=("light", "dark"), default="light")
    p.add_argument("--diff", metavar="DIR|trace.db", help="a second recording, for kind diff")
    p.add_argument("--title", help="words instead of what was recorded")
    add_filters(p)
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


def write_whole(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Let write() fill a file of that name: it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(
        prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent
    )
    try:
        with os.fdopen(handle, "wb") as out:
            write(out)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def save(figure, path: Path, dpi: int, title: str, caption: str) -> None:
    """Write the picture. The caption goes along as the description."""
    form = path.suffix[1:].lower()
    words = {"Title": title, "Subject" if form == "pdf" else "Description": caption}
    if form == "svg":
        words["Date"] = None
    write_whole(path, lambda out: figure.savefig(out, format=form, dpi=dpi, metadata=words))


def draw(kind: str, db, filters, path: Path, args: argparse.Namespace) -> None:
    """One picture."""
    from asynctls_dashboards import sheet, style, units

    module = importlib.import_module(f"asynctls_dashboards.{kind}")
    more = (args.other,) if kind == "diff" else ()
    data = module.load(db, filters, *more)
    caption = module.caption(data)
    version = os.environ.get("ASYNCTLS_VERSION", "")
    with style.theme(args.theme):
        foot = sheet.footer(db.meta, db.count(filters), filters, version)
        subtitle = functools.partial(sheet.recorded, db.meta)
        if args.title is not None:
            subtitle = functools.partial(units.plain, args.title)
        figure = sheet.sheet(module.TITLE, subtitle, caption, foot)
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

    filters = filters_of(args)
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
            draw(kind, db, filters, path, args)
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
    """`asynctls plot ARGS`, called with ["plot", ARGS]; also html."""
    if argv[:1] == ["html"]:
        from asynctls_dashboards.page import command

        return command.main(argv[1:])
    if argv[:1] != ["plot"]:
        say("the dashboards know two commands: plot, html", "error")
        return EXIT_USAGE
    args = parser().parse_args(argv[1:])
    import logging
    import warnings

    warnings.filterwarnings("ignore", message="Glyph .* missing")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its notes are not for our users
    return run(args)
