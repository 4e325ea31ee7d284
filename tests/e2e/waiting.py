# SPDX-License-Identifier: Apache-2.0
"""Waiting for what another process does: as long as that takes, but never for ever."""
import errno
import os
import select
import time

PATIENCE = 30  # seconds after which a wait was in vain


def until(condition, patience=PATIENCE):
    """Wait until the condition holds. Returns what it yields then."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience} s in vain")
        time.sleep(0.01)
    return found


def read_some(fd, patience=PATIENCE, size=4096):
    """Wait until a file descriptor is readable, and read from it; b"" at its end."""
    if not select.select([fd], [], [], max(patience, 0))[0]:
        raise TimeoutError("nothing was said")
    return os.read(fd, size)


def read_line(stream, patience=PATIENCE):
    """The next line of a pipe, or "" at its end. Nothing is read ahead, so the rest may be read otherwise."""
    deadline = time.monotonic() + patience
    line = b""
    while not line.endswith(b"\n"):
        byte = read_some(stream.fileno(), deadline - time.monotonic(), 1)
        if not byte:
            break
        line += byte
    return line.decode()


def read_until(stream, words, patience=PATIENCE):
    """Read lines until one holds the words. Returns all of them."""
    text = ""
    while words not in text:
        line = read_line(stream, patience)
        assert line, f"{words!r} was never said, but {text!r}"
        text += line
    return text


class Gate:
    """A FIFO at which a program waits by reading from it, until it is opened, once."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        path.chmod(0o666)

    def __str__(self):
        return str(self.path)

    def open(self):
        """Wait for the program to come to the gate, and let it through."""
        os.close(until(self._enter))

    def _enter(self):
        try:
            return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            assert error.errno == errno.ENXIO, error  # nobody reads
            return None
