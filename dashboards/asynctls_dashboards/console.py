# SPDX-License-Identifier: Apache-2.0
"""What the commands share: words for people, exit statuses, files written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO, Callable

EXIT_OK, EXIT_USAGE, EXIT_TRACE, EXIT_ENVIRONMENT = 0, 2, 3, 4


def say(text: str, label: str = "") -> None:
    """Words for people, as the other commands say them."""
    colour = label and sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    shown = f"\033[31m{label}: \033[0m" if colour else f"{label}: " if label else ""
    print(f"asynctls: {shown}{text}", file=sys.stderr)


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
