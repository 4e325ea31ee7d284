# SPDX-License-Identifier: Apache-2.0
"""Columns of numbers and a header as one blob: what unpack.js takes apart again.

The blob is gzip of: length of the header (uint32), header (JSON), columns. A column of n values in
k bytes is k planes of n bytes, the lowest byte of each value first: like with like, which gzip is
good at.
"""

from __future__ import annotations

import base64
import gzip
import json
import struct

import numpy as np

from asynctls_dashboards import stats


class Pack:
    """Collects columns under names."""

    def __init__(self):
        self.columns: dict[str, dict] = {}
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, name: str, values: np.ndarray, delta: bool = False, log: int = 0) -> None:
        """Add int64 values.

        delta: store differences. log: store only the bucket, so many to the octave; values below 1
        become 0.
        """
        values = np.asarray(values, np.int64)
        how = {"n": len(values), "at": self.size}
        if log:
            values = np.where(values < 1, 0, 1 + stats.bucket(values, log))
            how["log"] = log
        if delta:
            values = np.diff(values, prepend=0)
            how["delta"] = 1
        if len(values) and values.min() < 0:
            values = np.where(values < 0, -2 * values - 1, 2 * values)
            how["sign"] = 1
        top = int(values.max()) if len(values) else 0
        how["bytes"] = width = (top.bit_length() + 7) // 8
        planes = np.ascontiguousarray(values, "<i8").view(np.uint8).reshape(-1, 8)[:, :width]
        part = np.ascontiguousarray(planes.T).tobytes()
        self.columns[name] = how
        self.parts.append(part)
        self.size += len(part)

    def blob(self, header: dict) -> bytes:
        """All of it, in base64: no character of it can end the element that holds it."""
        words = json.dumps(header | {"columns": self.columns}, separators=(",", ":"))
        words = words.encode("utf-8", "replace")
        raw = struct.pack("<I", len(words)) + words + b"".join(self.parts)
        return base64.b64encode(gzip.compress(raw, 7, mtime=0))
