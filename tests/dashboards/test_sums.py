# SPDX-License-Identifier: Apache-2.0
"""Plots from the analysis's own sums say what plots from single jobs say."""

import importlib
import io
import os
import unittest
from unittest import mock

import fixture
import numpy as np
from matplotlib.figure import Figure

from asynctls_dashboards import (
    KINDS,
    ecdf,
    heatmap,
    icicle,
    inflight,
    latency,
    loopdelay,
    occupancy,
    pauses,
    percentile,
    phases,
    quality,
    queue,
    recording,
    style,
    tail,
    throughput,
    timeline,
)
from asynctls_dashboards.db import Database, NoData
from asynctls_dashboards.filters import NO_FILTERS, Filters


@unittest.skipUnless(os.environ.get("ASYNCTLS"), "needs ASYNCTLS, the program that analyzes")
class Sums(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = Database(fixture.recorded())

    def pair(self, module):
        """What the module loads from jobs, and from sums."""
        exact = module.load(self.db, NO_FILTERS)
        with mock.patch.object(recording, "LIMIT", 0):
            return exact, module.load(self.db, NO_FILTERS)

    def test_sums_are_for_many_jobs_without_filters(self):
        self.assertFalse(recording.summed(self.db, NO_FILTERS))
        with mock.patch.object(recording, "LIMIT", 0):
            self.assertTrue(recording.summed(self.db, NO_FILTERS))
            self.assertFalse(recording.summed(self.db, Filters(op="handshake")))

    def test_percentiles_within_a_bucket(self):
        exact, summed = self.pair(percentile)
        for (p, ns), (q, near) in zip(exact.marks, summed.marks, strict=True):
            self.assertEqual(p, q)
            self.assertAlmostEqual(near / ns, 1, delta=0.016)
        self.assertEqual(exact.curves[0].jobs, summed.curves[0].jobs)
        self.assertEqual(exact.curves[0].most, summed.curves[0].most)

    def test_phases_within_a_bucket(self):
        exact, summed = self.pair(ecdf)
        self.assertEqual((exact.jobs, exact.evidence), (summed.jobs, summed.evidence))
        for (p50, _), (near, _) in zip(exact.middle, summed.middle, strict=True):
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
        self.assertEqual(exact.heat.cells.sum(), summed.heat.cells.sum())
        self.assertEqual(exact.overall[2], summed.overall[2])

    def test_latency(self):
        exact, summed = self.pair(latency)
        self.assertEqual((exact.jobs, summed.heat.cells.sum()), (summed.jobs, exact.jobs))
        self.assertEqual(exact.overall[2], summed.overall[2])
        for ns, near in zip(exact.overall[:2], summed.overall[:2], strict=True):
            self.assertAlmostEqual(near / ns, 1, delta=0.016)
        self.assertEqual(exact.open_start.tolist(), summed.open_start.tolist())

    def test_phases_and_tail_add_up(self):
        exact, summed = self.pair(phases)
        self.assertEqual(exact.total.tolist(), summed.total.tolist())
        self.assertEqual(exact.quantiles[:, 2].tolist(), summed.quantiles[:, 2].tolist())
        self.assertEqual(exact.evidence, summed.evidence)
        self.assertEqual(exact.jobs, summed.jobs)
        self.assertEqual(summed.bands.jobs.sum(), exact.jobs)
        exact, summed = self.pair(tail)
        self.assertEqual(exact.bands.label, summed.bands.label)
        self.assertEqual(exact.bands.jobs.tolist(), summed.bands.jobs.tolist())
        whole = exact.bands.mean.sum()
        for band, near in zip(exact.bands.mean, summed.bands.mean, strict=True):
            for ns, sum_ns in zip(band, near, strict=True):
                self.assertAlmostEqual(sum_ns / whole, ns / whole, delta=0.02)

    def test_occupancy_adds_up(self):
        data = occupancy.load(self.db, NO_FILTERS)
        self.assertEqual(len(data.loops), self.db.rows("SELECT COUNT(*) FROM v_loop")[0][0])
        for loop in data.loops:
            sql = "SELECT SUM(dur_ns) FROM v_slice WHERE phase = 'busy' AND utid = ?"
            busy = self.db.rows(sql, (loop.utid,))[0][0] or 0
            turn = self.db.rows("SELECT turn_ns FROM v_loop WHERE utid = ?", (loop.utid,))[0][0]
            self.assertEqual(loop.parts[0], min(busy, turn))

    def test_pauses(self):
        exact, summed = self.pair(pauses)
        self.assertEqual((exact.jobs, exact.mean), (summed.jobs, summed.mean))
        for row, near in zip(exact.rows, summed.rows, strict=True):
            self.assertEqual((row.name, row.jobs), (near.name, near.jobs))
            self.assertAlmostEqual(near.p50, row.p50, delta=1 + 0.016 * row.p50)

    def test_icicle(self):
        exact, summed = self.pair(icicle)
        self.assertEqual((exact.jobs, exact.root.ns), (summed.jobs, summed.root.ns))
        for op, near in zip(exact.root.children, summed.root.children, strict=True):
            self.assertEqual(
                [(n.name, n.ns) for n in op.children], [(n.name, n.ns) for n in near.children]
            )
        self.assertEqual(exact.evidence, summed.evidence)

    def test_queue(self):
        exact, summed = self.pair(queue)
        self.assertEqual(
            (exact.operations, exact.in_place, exact.workers),
            (summed.operations, summed.in_place, summed.workers),
        )
        self.assertEqual(exact.waiting.high.max(), summed.waiting.high.max())
        pairs = zip(exact.queue + exact.service, summed.queue + summed.service, strict=True)
        for ns, near in pairs:
            self.assertAlmostEqual(near, ns, delta=1 + 0.016 * ns)

    def test_timeline(self):
        with mock.patch.object(timeline, "choose", lambda *_: "share"):
            exact, summed = self.pair(timeline)
        self.assertEqual(exact.whole.tolist(), summed.whole.tolist())
        self.assertEqual((exact.peak, exact.evidence), (summed.peak, summed.evidence))
        names = [[(t.name, t.jobs) for t in data.threads] for data in (exact, summed)]
        self.assertEqual(*names)
        few = len(exact.slow["dur_ns"])  # of so few jobs not all
        self.assertGreater(few, 0)
        slow = [data.slow["dur_ns"][:few].tolist() for data in (exact, summed)]
        self.assertEqual(*slow)

    def test_quality_has_as_many_events(self):
        exact, summed = self.pair(quality)
        seconds = [data.bounds[1] - data.bounds[0] for data in (exact, summed)]
        rates = [data.rate.sum() for data in (exact, summed)]
        events = [rate * width for rate, width in zip(rates, seconds, strict=True)]
        self.assertAlmostEqual(events[1] / events[0], 1, delta=0.05)

    def test_loop_delay_of_an_excerpt(self):
        exact, summed = self.pair(loopdelay)
        self.assertEqual(exact.cells.tolist(), summed.cells.tolist())  # all jobs are within it
        self.assertIn("in the middle of the recording", loopdelay.caption(summed))

    def test_every_kind_draws_from_sums(self):
        passed_over = {}
        with mock.patch.object(recording, "LIMIT", 0), style.theme("light"):
            for kind in set(KINDS) - {"diff"}:
                module = importlib.import_module(f"asynctls_dashboards.{kind}")
                try:
                    data = module.load(self.db, NO_FILTERS)
                except NoData as error:
                    passed_over[kind] = str(error)
                    continue
                figure = Figure(layout="constrained")
                module.plot(data, figure)
                figure.savefig(io.BytesIO(), dpi=40)
                self.assertTrue(module.caption(data))
        self.assertEqual(set(passed_over), {"little"})  # this recording is small

    def test_single_jobs_are_not_read(self):
        """But for the few that a view finds by an index."""
        read = ("critical", "loopdelay", "diff")  # one job, an excerpt, and what has no sums
        with mock.patch.object(recording, "LIMIT", 0), mock.patch.object(
            Database, "jobs", side_effect=AssertionError("all jobs are read")
        ), mock.patch.object(Database, "slices", side_effect=AssertionError("slices are read")):
            for kind in set(KINDS) - set(read):
                with self.subTest(kind):
                    try:
                        importlib.import_module(f"asynctls_dashboards.{kind}").load(self.db)
                    except NoData as error:
                        self.assertRegex(str(error), "too few|too short")


if __name__ == "__main__":
    unittest.main()
