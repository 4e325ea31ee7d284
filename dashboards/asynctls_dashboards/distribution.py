# SPDX-License-Identifier: Apache-2.0
"""A distribution of durations (ns), of single values or of values counted in buckets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Optional

import numpy as np


class Distribution(ABC):
    """What can be asked of either kind. count is how many values there are."""

    count: int

    @abstractmethod
    def at(self, ranks: np.ndarray) -> np.ndarray:
        """The values of these ranks, ns; rank 0 is the smallest, and count - 1 the largest."""

    @abstractmethod
    def steps(self, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Values in ns, ascending, and the share of all that are no larger; single values are
        thinned to at most so many, evenly by share."""

    @abstractmethod
    def counted(self) -> tuple[np.ndarray, Optional[np.ndarray]]:
        """Values in ns, and how often each counts; None: once."""

    def quantile(self, q: float) -> int:
        """Nearest-rank quantile, ns: a value that occurs, or stands for its bucket; 0 if none."""
        if not self.count:
            return 0
        rank = max(int(np.ceil(q * self.count - 1e-9)), 1) - 1
        return int(self.at(np.array([rank]))[0])


class Values(Distribution):
    """Single values, in any order."""

    def __init__(self, values: np.ndarray):
        self._values = values
        self._sorted = False
        self.count = len(values)

    def at(self, ranks: np.ndarray) -> np.ndarray:
        if len(ranks) == 1 and not self._sorted:  # much quicker than to sort
            return np.partition(self._values, ranks[0])[ranks]
        if not self._sorted:
            self._values, self._sorted = np.sort(self._values), True
        return self._values[ranks]

    def steps(self, most: int) -> tuple[np.ndarray, np.ndarray]:
        last = self.count - 1
        ranks = np.unique(np.linspace(0, last, min(self.count, most)).astype(np.int64))
        return self.at(ranks), (ranks + 1) / self.count

    def counted(self) -> tuple[np.ndarray, Optional[np.ndarray]]:
        return self._values, None


class Buckets(Distribution):
    """Counts of values, each to within half a bucket of middle, which ascends."""

    def __init__(self, middle: np.ndarray, counts: np.ndarray, largest: Optional[int] = None):
        """largest is the largest value exactly, if that is known."""
        self._middle, self._counts = middle, counts
        self._upto = np.cumsum(counts)
        self._largest = largest
        self.count = int(self._upto[-1]) if len(middle) else 0

    def at(self, ranks: np.ndarray) -> np.ndarray:
        values = self._middle[np.searchsorted(self._upto, np.asarray(ranks) + 1)]
        if self._largest is None:
            return values
        # the middle of the last bucket may be larger
        last = np.asarray(ranks) == self.count - 1
        return np.where(last, self._largest, np.minimum(values, self._largest))

    def steps(self, most: int) -> tuple[np.ndarray, np.ndarray]:
        return self._middle, self._upto / max(self.count, 1)

    def counted(self) -> tuple[np.ndarray, Optional[np.ndarray]]:
        return self._middle, self._counts


def together(parts: list[Buckets]) -> Buckets:
    """The values of all of them."""
    middle, counts = (np.concatenate(both) for both in zip(*(part.counted() for part in parts)))
    order = np.argsort(middle, kind="stable")
    return Buckets(middle[order], counts[order])
