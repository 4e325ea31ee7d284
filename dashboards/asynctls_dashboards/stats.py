# SPDX-License-Identifier: Apache-2.0
"""The arithmetic behind the plots, on numpy arrays; no SQL, no drawing."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Sequence

import numpy as np

SUB_BUCKETS = 32  # per octave: buckets are at most 1/32 = 3.2 % wide


def bucket(values: np.ndarray, per_octave: int = SUB_BUCKETS) -> np.ndarray:
    """Index of the log-linear bucket of each value (>= 1)."""
    mantissa, exponent = np.frexp(np.maximum(values, 1).astype(np.float64))
    return (exponent - 1).astype(np.int64) * per_octave + ((2 * mantissa - 1) * per_octave).astype(
        np.int64
    )


def bucket_start(index: np.ndarray, per_octave: int = SUB_BUCKETS) -> np.ndarray:
    """Lower bound of a bucket; the upper one is bucket_start(index + 1)."""
    index = np.asarray(index)
    return np.ldexp(1.0 + (index % per_octave) / per_octave, index // per_octave)


def edges(start: int, end: int, count: int) -> np.ndarray:
    """Bounds of count equal columns over [start, end]."""
    return np.linspace(start, end, count + 1)


def column_of(times: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """The column of each time; times outside fall into the first or the last one."""
    width = (bounds[-1] - bounds[0]) / (len(bounds) - 1)
    found = ((times - bounds[0]) / width).astype(np.int64)
    return np.clip(found, 0, len(bounds) - 2)


def round_edges(span: tuple[int, int], most: float) -> np.ndarray:
    """Bounds of columns of a round width (1, 2 or 5 times a power of ten ns) over span, about so
    many at most."""
    wanted = (span[1] - span[0]) / most
    base = 10 ** np.floor(np.log10(wanted))
    width = next(base * step for step in (1, 2, 5, 10) if base * step >= wanted * 0.999)
    first = np.floor(span[0] / width)
    return (first + np.arange(int(np.ceil(span[1] / width - first)) + 1)) * width


def cells(
    column: np.ndarray, columns: int, values: np.ndarray, per_octave: int
) -> tuple[np.ndarray, np.ndarray]:
    """How many values are in each bucket and column, [bucket, column]; and the bounds of the
    buckets."""
    if not len(values):
        return np.zeros((0, columns), np.int64), np.ones(1)
    row = bucket(values, per_octave)
    first, rows = int(row.min()), int(row.max()) - int(row.min()) + 1
    found = np.bincount((row - first) * columns + column, minlength=rows * columns)
    return found.reshape(-1, columns), bucket_start(first + np.arange(rows + 1), per_octave)


def line_columns(jobs: int) -> int:
    """Into how many columns to cut time for lines of quantiles: about 1000 jobs to each, for a p99
    that is more than noise, but some columns where there are fewer jobs."""
    return int(np.clip(jobs // 1000, max(1, min(12, jobs // 100)), 240))


def needed(q: float) -> int:
    """How many values a column must have for this quantile to be more than noise: 1 / (1 - q)."""
    return 1 if q >= 1 else max(1, int(np.ceil(1 / (1 - q) - 1e-9)))


def quantiles_by_column(
    column: np.ndarray, values: np.ndarray, columns: int, quantiles: tuple[float, ...]
) -> np.ndarray:
    """Nearest-rank quantiles [quantile, column]; NaN where there are fewer values than needed()."""
    order = np.lexsort((values, column))
    ordered = values[order]
    count = np.bincount(column, minlength=columns)
    first = np.concatenate(([0], np.cumsum(count)[:-1]))
    result = np.full((len(quantiles), columns), np.nan)
    for row, q in enumerate(quantiles):
        enough = count >= needed(q)
        rank = np.maximum(np.ceil(q * count - 1e-9).astype(np.int64), 1) - 1
        result[row, enough] = ordered[(first + rank)[enough]]
    return result


def quantile(values: np.ndarray, q: float) -> int:
    """Nearest-rank quantile: a value that occurs."""
    rank = max(int(np.ceil(q * len(values) - 1e-9)), 1) - 1
    return int(np.partition(values, rank)[rank])


def spread(
    start: np.ndarray, end: np.ndarray, weights: Sequence[np.ndarray], bounds: np.ndarray
) -> np.ndarray:
    """How much of each interval's weight falls into each column, summed: [weight, column].

    Weight is spread evenly over its interval; with end - start for weight it is the time covered,
    so that dividing by a column's width gives the mean number of intervals open. Each interval is a
    ramp; the sum of ramps at a bound T is sum r (T - start) over those started less sum r (T - end)
    over those ended, with r = weight / length.
    """
    length = np.maximum(end - start, 1)
    total = np.zeros((len(weights), len(bounds)))
    since = bounds - bounds[0]
    for sign, at in ((1, start), (-1, start + length)):
        order = np.argsort(at, kind="stable")
        at = at[order]
        n = np.searchsorted(at, bounds, side="right")
        at = at - bounds[0]
        stretch = length[order]
        for row, weight in enumerate(weights):
            rate = weight[order] / stretch
            total[row] += sign * since * _running(rate, n)
            rate *= at
            total[row] -= sign * _running(rate, n)
    return np.maximum(np.diff(total), 0.0)


def _running(values: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Sums of the first n values, for each n."""
    return np.concatenate(([0.0], np.cumsum(values)))[n]


@dataclass
class Band:
    """Per column: fewest, most and time-weighted mean of a count."""

    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray


def open_intervals(start: np.ndarray, end: np.ndarray, bounds: np.ndarray) -> Band:
    """How many of the intervals [start, end) are open, per column."""
    times = np.concatenate((start, end))
    step = np.repeat(np.array([1, -1], np.int8), (len(start), len(end)))
    order = np.argsort(times, kind="stable")
    times, step = times[order], step[order]
    # what happens in the same nanosecond is one change, else it would look like a dip or a peak
    first = np.flatnonzero(np.concatenate(([True], times[1:] != times[:-1])))
    times = times[first]
    level = np.concatenate(([0], np.cumsum(np.add.reduceat(step, first, dtype=np.int64)), [0]))
    at = np.searchsorted(times, bounds, side="right")
    last = np.searchsorted(times, bounds, side="left")
    pairs = np.stack((at[:-1], np.maximum(last[1:], at[:-1]) + 1), axis=1).ravel()
    low = np.minimum.reduceat(level, pairs)[::2]
    high = np.maximum.reduceat(level, pairs)[::2]
    mean = spread(start, end, [end - start], bounds)[0] / np.diff(bounds)
    return Band(low, high, np.clip(mean, low, high))


def pack_lanes(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Lane of each interval: greedy, the lowest one that is free, none overlapping."""
    lanes = np.zeros(len(start), np.int64)
    free: list[int] = []
    taken: list[tuple[int, int]] = []  # (end, lane)
    made = 0
    for i in np.argsort(start, kind="stable"):
        while taken and taken[0][0] <= start[i]:
            heapq.heappush(free, heapq.heappop(taken)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lane, made = made, made + 1
        lanes[i] = lane
        heapq.heappush(taken, (int(end[i]), lane))
    return lanes


@dataclass
class Bands:
    """Jobs from the fastest to the slowest, cut at percentiles: mean ns in each phase."""

    label: list[str]
    jobs: np.ndarray
    mean: np.ndarray  # [band, phase], ns


CUTS = (0.0, 0.5, 0.9, 0.99, 0.999)


def percentile_bands(dur: np.ndarray, phases: np.ndarray) -> Bands:
    """Mean phases by percentile of duration; a band of fewer than 10 jobs joins the one below."""
    order = np.argsort(dur, kind="stable")
    cuts = band_cuts(len(dur))
    mean = [phases[order[at:end]].mean(axis=0) for _, at, end in cuts]
    jobs = np.array([end - at for _, at, end in cuts])
    return Bands([cut[0] for cut in cuts], jobs, np.array(mean).reshape(-1, phases.shape[1]))


def band_cuts(n: int) -> list[tuple[str, int, int]]:
    """Bands of n sorted jobs: name, first, and the one after the last."""
    starts = [(int(np.ceil(q * n)), q) for q in CUTS]
    starts = [(at, q) for at, q in starts if q == 0.0 or n - at >= 10]
    ends = [*starts[1:], (n, 1.0)]
    return [(band_name(q, up), at, end) for (at, q), (end, up) in zip(starts, ends) if end > at]


def band_name(low: float, high: float) -> str:
    """A percentile band in words."""
    if low == 0.0:
        return "all jobs" if high == 1.0 else f"fastest {high * 100:g} %"
    if high == 1.0:
        return f"slowest {round((1 - low) * 100, 6):g} %"
    return f"p{low * 100:g} to p{high * 100:g}"
