# SPDX-License-Identifier: Apache-2.0
"""Numbers as words: units with explicit suffixes, and text from the trace made safe to print."""

from __future__ import annotations

import math

UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))


def duration(ns: float, digits: int = 3) -> str:
    """1234567 -> "1.23 ms"."""
    if ns <= 0:
        return "0 ns" if ns == 0 else "-" + duration(-ns, digits)
    ns = float(f"{ns:.{digits}g}")  # 999.9 us rounds up into the next unit
    for scale, unit in UNITS:
        if ns >= scale:
            break
    value = ns / scale
    decimals = max(0, digits - 1 - math.floor(math.log10(value)))
    text = f"{value:.{decimals}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {unit}"


def number(value: float) -> str:
    """1234567 -> "1,234,567"; fractions to three digits."""
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def count(n: int, noun: str) -> str:
    """ "1 job", "2 jobs"."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def percent(share: float) -> str:
    """0.832 -> "83 %"; never 0 % or 100 % unless it is."""
    value = 100 * share
    if 0 < value < 0.1:
        return "< 0.1 %"
    if 0 < value < 1 or 99 < value < 100:
        text = f"{value:.1f}"
        return {"100.0": "> 99.9 %", "1.0": "1 %"}.get(text, f"{text} %")
    return f"{value:.0f} %"


def command(line: str, limit: int) -> str:
    """A command line in short: the program's name, paths cut down to their last part."""
    words = []
    for i, word in enumerate(line.split()):
        last = word.rstrip("/").rsplit("/", 1)[-1]
        words.append(word if "/" not in word or not last else last if i == 0 else f"…/{last}")
    return plain(" ".join(words), limit)


def operation(crypto: str, alg: str, bits: int) -> str:
    """An engine operation's name: "sign rsa 2048"."""
    return f"{crypto} {alg}" + (f" {bits}" if bits else "")


def plain(text: str, limit: int) -> str:
    """Text from the trace for printing: no control characters, at most limit of them."""
    text = "".join(c if c.isprintable() else "·" for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
