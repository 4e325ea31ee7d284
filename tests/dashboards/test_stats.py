# SPDX-License-Identifier: Apache-2.0
"""The arithmetic, against slow and obvious ways of doing the same."""

import random
import unittest

import numpy as np

from asynctls_dashboards import stats


def intervals(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = random.Random(seed)
    start = np.array([rng.randrange(0, 1000) for _ in range(n)])
    return start, start + np.array([rng.randrange(1, 120) for _ in range(n)])


class Buckets(unittest.TestCase):
    def test_value_lies_in_its_bucket(self):
        values = np.array([1, 2, 3, 31, 32, 33, 999, 1000, 10**6, 10**9, 2**40 - 1, 2**40])
        for fine in (4, 16, 32):
            index = stats.bucket(values, fine)
            self.assertTrue((stats.bucket_start(index, fine) <= values).all())
            self.assertTrue((values < stats.bucket_start(index + 1, fine)).all())

    def test_buckets_are_at_most_so_wide_as_they_say(self):
        index = np.arange(10 * 32, 11 * 32)
        width = stats.bucket_start(index + 1) / stats.bucket_start(index) - 1
        self.assertLessEqual(width.max(), 1 / 32 + 1e-12)

    def test_coarse_buckets_are_unions_of_fine_ones(self):
        values = np.arange(1, 5000)
        self.assertTrue((stats.bucket(values, 32) // 8 == stats.bucket(values, 4)).all())


class Quantiles(unittest.TestCase):
    def test_nearest_rank(self):
        values = np.arange(1, 101)
        self.assertEqual(stats.quantile(values, 0.5), 50)
        self.assertEqual(stats.quantile(values, 0.99), 99)
        self.assertEqual(stats.quantile(values, 1.0), 100)
        self.assertEqual(stats.quantile(np.array([7]), 0.5), 7)

    def test_per_column_as_one_by_one(self):
        rng = np.random.default_rng(1)
        column, values = rng.integers(0, 5, 3000), rng.integers(1, 10**6, 3000)
        found = stats.quantiles_by_column(column, values, 6, (0.5, 0.99, 1.0))
        for c in range(5):
            for row, q in enumerate((0.5, 0.99, 1.0)):
                self.assertEqual(found[row, c], stats.quantile(values[column == c], q))
        self.assertTrue(np.isnan(found[:, 5]).all())

    def test_no_p99_of_fewer_than_a_hundred(self):
        found = stats.quantiles_by_column(np.zeros(99, int), np.arange(99), 1, (0.5, 0.99))
        self.assertEqual(found[0, 0], 49)
        self.assertTrue(np.isnan(found[1, 0]))


class Open(unittest.TestCase):
    def test_band_as_counted_at_every_ns(self):
        start, end = intervals(60, 3)
        at = np.arange(0, 1200)
        level = ((start[:, None] <= at) & (at < end[:, None])).sum(axis=0)
        bounds = stats.edges(0, 1200, 24)
        band = stats.open_intervals(start, end, bounds)
        for c in range(24):
            here = level[c * 50 : (c + 1) * 50]
            self.assertEqual((band.low[c], band.high[c]), (here.min(), here.max()))
            self.assertAlmostEqual(band.mean[c], here.mean(), places=9)

    def test_end_and_start_in_the_same_ns_is_no_dip(self):
        band = stats.open_intervals(np.array([0, 10]), np.array([10, 20]), stats.edges(0, 20, 1))
        self.assertEqual((band.low[0], band.high[0]), (1, 1))

    def test_spread_keeps_the_sum(self):
        start, end = intervals(200, 5)
        weight = np.arange(200) * 1.0
        parts = stats.spread(start, end, [weight, end - start], stats.edges(0, 1200, 7))
        self.assertAlmostEqual(parts[0].sum(), weight.sum(), places=6)
        self.assertAlmostEqual(parts[1].sum(), (end - start).sum(), places=6)

    def test_spread_puts_the_halves_of_a_straddler_on_both_sides(self):
        parts = stats.spread(
            np.array([5]), np.array([15]), [np.array([8.0])], stats.edges(0, 20, 2)
        )
        np.testing.assert_allclose(parts[0], (4.0, 4.0))


class Lanes(unittest.TestCase):
    def test_no_two_in_a_lane_at_once_and_no_lane_too_many(self):
        start, end = intervals(300, 7)
        lane = stats.pack_lanes(start, end)
        for i in range(lane.max() + 1):
            order = np.argsort(start[lane == i])
            self.assertTrue((start[lane == i][order][1:] >= end[lane == i][order][:-1]).all())
        peak = stats.open_intervals(start, end, stats.edges(0, 1200, 1)).high[0]
        self.assertEqual(lane.max() + 1, peak)


class Bands(unittest.TestCase):
    def test_all_jobs_once_from_fast_to_slow(self):
        dur = np.random.default_rng(2).permutation(20_000) + 1
        phases = np.stack((dur // 2, dur - dur // 2), axis=1)
        bands = stats.percentile_bands(dur, phases)
        self.assertEqual(bands.jobs.tolist(), [10_000, 8000, 1800, 180, 20])
        self.assertAlmostEqual((bands.mean.sum(axis=1) * bands.jobs).sum(), dur.sum(), places=3)
        self.assertEqual(bands.label[0], "fastest 50 %")
        self.assertEqual(bands.label[-1], "slowest 0.1 %")

    def test_few_jobs_are_one_band(self):
        bands = stats.percentile_bands(np.array([3, 1, 2]), np.array([[3], [1], [2]]))
        self.assertEqual((bands.label, bands.jobs.tolist()), (["all jobs"], [3]))


if __name__ == "__main__":
    unittest.main()
