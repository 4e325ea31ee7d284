# SPDX-License-Identifier: Apache-2.0
"""Plots from the analysis's own sums say what plots from single jobs say."""

import os
import unittest
from unittest import mock

import fixture
import numpy as np

from asynctls_dashboards import dense, ecdf, heatmap, icicle, inflight, percentile, throughput
from asynctls_dashboards.db import NO_FILTERS, Database, Filters


@unittest.skipUnless(os.environ.get("ASYNCTLS"), "needs ASYNCTLS, the program that analyzes")
class Dense(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = Database(fixture.recorded())

    def pair(self, module):
        """What the module loads from jobs, and from sums."""
        exact = module.load(self.db, NO_FILTERS)
        with mock.patch.object(dense, "LIMIT", 0):
            return exact, module.load(self.db, NO_FILTERS)

    def test_sums_are_for_many_jobs_without_filters(self):
        self.assertFalse(dense.wanted(self.db, NO_FILTERS))
        with mock.patch.object(dense, "LIMIT", 0):
            self.assertTrue(dense.wanted(self.db, NO_FILTERS))
            self.assertFalse(dense.wanted(self.db, Filters(op="handshake")))
            self.assertFalse(dense.wanted(Database(fixture.small()), NO_FILTERS))

    def test_percentiles_within_a_bucket(self):
        exact, summed = self.pair(percentile)
        for (p, ns), (q, near) in zip(exact.marks, summed.marks):
            self.assertEqual(p, q)
            self.assertAlmostEqual(near / ns, 1, delta=0.016)
        self.assertEqual(exact.curves[0].jobs, summed.curves[0].jobs)
        self.assertEqual(exact.curves[0].most, summed.curves[0].most)

    def test_phases_within_a_bucket(self):
        exact, summed = self.pair(ecdf)
        self.assertEqual((exact.jobs, exact.evidence), (summed.jobs, summed.evidence))
        for (p50, _), (near, _) in zip(exact.middle, summed.middle):
            self.assertAlmostEqual(near, p50, delta=1 + 0.016 * p50)

    def test_in_flight(self):
        exact, summed = self.pair(inflight)
        self.assertEqual(exact.band.high.max(), summed.band.high.max())
        area = [(d.band.mean * np.diff(d.bounds)).sum() for d in (exact, summed)]
        self.assertAlmostEqual(area[1] / area[0], 1, delta=0.01)

    def test_throughput_counts_every_job(self):
        exact, summed = self.pair(throughput)
        self.assertEqual(exact.totals["finished"], summed.totals["finished"])
        seconds = (summed.bounds[1] - summed.bounds[0]) / 1e9
        self.assertAlmostEqual(summed.started.sum() * seconds, self.db.meta.jobs)

    def test_heat_counts_every_job(self):
        exact, summed = self.pair(heatmap)
        self.assertEqual(exact.cells.sum(), summed.cells.sum())
        self.assertEqual(exact.overall[2], summed.overall[2])

    def test_icicle_adds_up_what_the_operations_took(self):
        data = icicle.load(self.db)
        self.assertEqual(data.jobs, self.db.meta.jobs)


if __name__ == "__main__":
    unittest.main()
