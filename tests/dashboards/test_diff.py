# SPDX-License-Identifier: Apache-2.0
"""The numbers behind diff and quality, and the package as a notebook uses it."""

import os
import subprocess
import sys
import tempfile
import unittest

import fixture
import numpy as np
import test_page

from asynctls_dashboards import diff, quality
from asynctls_dashboards.db import Database, NoData
from asynctls_dashboards.filters import Filters


def steady(name: str, busy: int, offload: int) -> str:
    """500 jobs of about those phases, no two of the same length."""
    jobs = [(i * 1000, busy + i % 7, offload + i, 0, 0, 5) for i in range(500)]
    return fixture.by_hand(name, jobs)


class Diff(unittest.TestCase):
    def test_twice_as_slow(self):
        a = Database(steady("a", 1000, 100_000))
        b = Database(steady("b", 1000, 200_000))
        data = diff.load(a, other=b)
        p, ratio, low, high = data.marks[0]
        self.assertEqual(p, 0.5)
        self.assertTrue(1.98 < low <= ratio <= high < 2.01)
        gain = data.b.phases - data.a.phases
        self.assertAlmostEqual(gain[1], 100_000)
        self.assertAlmostEqual(np.delete(gain, 1).sum(), 0)
        self.assertIn("100 µs more in offload", diff.caption(data))

    def test_the_same_is_unchanged(self):
        data = diff.load(Database(fixture.typical()), other=Database(fixture.typical()))
        self.assertTrue((data.ratio == 1).all())
        self.assertTrue(((data.low <= 1) & (data.high >= 1)).all())
        self.assertIn("p50 unchanged", diff.caption(data))

    def test_ratio_is_that_of_the_quantiles(self):
        paths = fixture.typical(), fixture.crowded()
        data = diff.load(Database(paths[0]), other=Database(paths[1]))
        want = []
        for path in paths:
            dur = [
                r[0]
                for r in test_page.query(
                    path, "SELECT dur_ns FROM v_job WHERE dur_ns >= 0 ORDER BY 1"
                )
            ]
            want.append(dur[int(np.ceil(len(dur) * 0.9)) - 1])
        self.assertEqual(data.marks[1][:2], (0.9, want[1] / want[0]))

    def test_alone_it_says_what_it_needs(self):
        with self.assertRaisesRegex(NoData, "--diff"):
            diff.load(Database(fixture.small()))


class Quality(unittest.TestCase):
    def test_events_of_jobs_and_lost_ones_add_up(self):
        path = fixture.typical()
        data = quality.load(Database(path))
        seconds = (data.bounds[1] - data.bounds[0]) / 1e9
        want = test_page.query(path, "SELECT sum(1 + (dur_ns >= 0) + 2 * pauses) FROM v_job")[0][0]
        self.assertAlmostEqual(data.rate.sum() * seconds, want)
        self.assertAlmostEqual(data.lost_rate.sum() * seconds, 12)
        self.assertIn("12 events LOST", quality.caption(data))

    def test_a_window_shows_its_own(self):
        path = fixture.typical()
        end = Database(path).meta.duration_ns // 2
        data = quality.load(Database(path), Filters(time=(0, end)))
        self.assertLess(data.jobs, 400)
        self.assertEqual(data.span, (0, end))


NOTEBOOK = """
import asynctls_dashboards as d
from asynctls_dashboards import db, heatmap, style
assert "matplotlib.pyplot" not in __import__("sys").modules
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
data = heatmap.load(db.Database({path!r}))
with style.theme("light"):
    heatmap.plot(data, plt.figure(layout="constrained"))
    plt.savefig({out!r})
print(heatmap.caption(data))
assert d.KINDS[0] == "timeline"
"""


class Notebook(unittest.TestCase):
    def test_as_its_documentation_says(self):
        out = os.path.join(tempfile.mkdtemp(dir=fixture.FOLDER), "n.png")
        code = NOTEBOOK.format(path=fixture.typical(), out=out)
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn("ms", run.stdout)
        self.assertGreater(os.path.getsize(out), 5000)


if __name__ == "__main__":
    unittest.main()
