# SPDX-License-Identifier: Apache-2.0
"""The numbers behind each plot: by hand for small ones, against plain SQL for larger ones."""

import sqlite3
import unittest
from unittest import mock

import fixture
import make_db
import numpy as np

from asynctls_dashboards import heatmap, inflight, jobs, latency, phases, timeline
from asynctls_dashboards.db import Database, DataError, NoJobs
from asynctls_dashboards.filters import Filters


def sql(path: str, query: str):
    con = sqlite3.connect(path)
    try:
        return con.execute(query).fetchone()
    finally:
        con.close()


class Reading(unittest.TestCase):
    def test_times_are_since_the_start(self):
        path = fixture.by_hand("since", [(50, 10, 20, 1, 2, 3)], t0_ns=10**15)
        frame = Database(path).jobs("ts_ns", "dur_ns")
        self.assertEqual((frame["ts_ns"][0], frame["dur_ns"][0]), (50, 36))

    def test_no_jobs_is_said(self):
        with self.assertRaisesRegex(NoJobs, "has no jobs"):
            latency.load(Database(fixture.empty()))
        with self.assertRaisesRegex(NoJobs, "no job matches .op read."):
            latency.load(Database(fixture.small()), Filters(op="read"))

    def test_filters(self):
        path = fixture.typical()
        db = Database(path)
        count = lambda **f: len(db.jobs("job_id", filters=Filters(**f))["job_id"])
        self.assertEqual(
            count(pid=4101), sql(path, "SELECT COUNT(*) FROM v_job WHERE pid = 4101")[0]
        )
        self.assertEqual(count(outcome="unfinished"), 3)
        longer = sql(path, "SELECT COUNT(*) FROM v_job WHERE dur_ns >= 4000000")[0]
        self.assertEqual(count(min_ns=4_000_000), longer)

    def test_a_window_holds_what_touches_it(self):
        made = [(0, 10, 0, 0, 0, 0), (5, 10, 0, 0, 0, 0), (30, 10, 0, 0, 0, 0), (40, 1, None)]
        db = Database(fixture.by_hand("window", made, end_ns=100))
        frame = db.jobs("job_id", filters=Filters(time=(10, 30)))
        self.assertEqual(frame["job_id"].tolist(), [2])
        frame = db.jobs("job_id", filters=Filters(time=(60, 70)))
        self.assertEqual(frame["job_id"].tolist(), [4])  # it is still open then

    def test_folder_without_database_names_the_remedy(self):
        with self.assertRaisesRegex(DataError, "asynctls analyze -i"):
            Database(fixture.FOLDER)

    def test_texts_are_indices_into_names(self):
        db = Database(fixture.typical())
        names = db.names("outcome")
        frame = db.jobs("job_id", "outcome", "dur_ns")
        for code, dur in zip(frame["outcome"], frame["dur_ns"], strict=True):
            self.assertEqual(names[code] == "unfinished", dur == -1)


class Latency(unittest.TestCase):
    def test_overall_by_hand(self):
        made = [(i * 100, 10, 10 * i, 1, 1, 1) for i in range(1, 11)]
        data = latency.load(Database(fixture.by_hand("latency", made)))
        self.assertEqual(data.overall, (13 + 50, 113, 113))
        self.assertIn("at most 63 ns", latency.caption(data))
        self.assertNotIn("99 %", latency.caption(data))

    def test_unfinished_are_apart(self):
        made = [(0, 5, 5, 5, 5, 5), (10, 5, None)]
        data = latency.load(Database(fixture.by_hand("open", made, end_ns=500)))
        self.assertEqual(data.jobs, 1)
        self.assertEqual(data.open_age.tolist(), [490])


class Heatmap(unittest.TestCase):
    def test_every_finished_job_is_in_one_cell(self):
        path = fixture.crowded()
        data = heatmap.load(Database(path))
        finished = sql(path, "SELECT COUNT(*) FROM v_job WHERE dur_ns >= 0")[0]
        self.assertEqual(data.heat.cells.sum(), finished)
        self.assertEqual(len(data.heat.levels), data.heat.cells.shape[0] + 1)
        self.assertEqual(len(data.heat.bounds), data.heat.cells.shape[1] + 1)

    def test_two_kinds_of_job_are_two_peaks(self):
        counts = np.array([0, 2, 60, 100, 70, 3, 0, 0, 4, 30, 5, 0])
        self.assertEqual(heatmap.modes(counts), [3, 9])


class Phases(unittest.TestCase):
    def test_totals_as_in_sql(self):
        path = fixture.typical()
        data = phases.load(Database(path))
        sums = ", ".join(f"SUM({name}_ns)" for name in ("busy", "offload", "notify", "requeue"))
        want = sql(path, f"SELECT {sums}, SUM(dur_ns) FROM v_job WHERE dur_ns >= 0")
        self.assertEqual(data.total.tolist(), list(want[:4]))
        self.assertEqual(int(data.total.sum()), want[4])

    def test_caption_names_what_the_slow_ones_wait_for(self):
        made = [(i * 100, 10, 80, 5, 5, 0) for i in range(90)]
        made += [(10_000 + i * 2000, 10, 80, 5, 900, 0) for i in range(10)]
        words = phases.caption(phases.load(Database(fixture.by_hand("tail", made))))
        self.assertIn("In the slowest 10 % requeue makes up 90 %", words)


class Inflight(unittest.TestCase):
    def test_by_hand(self):
        made = [(0, 10, 20, 5, 5, 10), (25, 10, 20, 5, 5, 10), (100, 1, None)]
        data = inflight.load(Database(fixture.by_hand("inflight", made, end_ns=200)))
        self.assertEqual(data.band.high.max(), 2)
        self.assertEqual(data.band.high[-1], 1)  # the one that never finished
        times, level = data.steps
        self.assertEqual(
            list(zip(times[:4].tolist(), level[:4].tolist(), strict=True)),
            [(0, 1), (25, 2), (50, 1), (75, 0)],
        )
        self.assertEqual(data.unfinished, 1)

    def test_mean_is_time_in_jobs_by_time(self):
        path = fixture.storm("--jobs", "900", "--clients", "9")
        data = inflight.load(Database(path))
        total, first, last = sql(
            path, "SELECT SUM(dur_ns), MIN(ts_ns), MAX(ts_ns + dur_ns) FROM v_job"
        )
        mean = np.average(data.band.mean, weights=np.diff(data.bounds))
        self.assertAlmostEqual(mean, total / (last - first), places=6)


class Pools(unittest.TestCase):
    def loaded(self, *pools: tuple):
        path = fixture.by_hand("pools", [(0, 10, 20, 5, 5, 10), (5, 10, 20, 8, 0, 10)])
        con = sqlite3.connect(path)
        con.execute("UPDATE thread SET jobs = 2")
        make_db.insert(con, "pool", "pool_id ts dur max_jobs utid", [(*pool, 1) for pool in pools])
        con.commit()
        con.close()
        return inflight.load(Database(path))

    def test_the_largest_of_a_threads_pools_is_the_limit(self):
        data = self.loaded((1, 1000, 5, 2), (2, 1005, -1, 4))
        self.assertEqual(data.pools.limit, 4)
        self.assertIn("The thread's pool holds 4 jobs.", inflight.caption(data))

    def test_all_in_use(self):
        self.assertIn("all of them were in use", inflight.caption(self.loaded((1, 1000, -1, 2))))

    def test_no_limit(self):
        for pools in ((), ((1, 1000, -1, 0),), ((1, 1000, 5, 2), (2, 1005, -1, 0))):
            data = self.loaded(*pools)
            self.assertEqual(data.pools.limit, 0)
            self.assertNotIn("pool", inflight.caption(data))


class Timeline(unittest.TestCase):
    def test_bars_when_there_is_room(self):
        data = timeline.load(Database(fixture.typical()))
        self.assertEqual(data.mode, "lanes")
        self.assertEqual([thread.lanes for thread in data.threads], [8, 8])
        self.assertEqual(data.unfinished, 3)
        self.assertTrue((data.bars.slices["dur_ns"] >= 0).all())
        for i in range(data.jobs):  # bars of a job tile it
            mine = data.bars.slices["job"] == i
            covered = int(data.bars.slices["dur_ns"][mine].sum())
            self.assertEqual(covered, data.bars.end[i] - data.bars.start[i])

    def test_few_jobs_far_apart_are_drawn_from_their_own_start(self):
        made = [(i * 10**9, 10, 100, 5, 5, 0) for i in range(5)]
        self.assertEqual(timeline.load(Database(fixture.by_hand("far", made))).mode, "aligned")

    def test_arrows_go_from_wake_to_resume(self):
        # the second has no requeue, the third is never resumed
        made = [(0, 10, 20, 5, 5, 10), (5, 10, 20, 8, 0, 10), (7, 10, 20, 3, None, None)]
        job, wake, resume = timeline.waits(timeline.load(Database(fixture.by_hand("arrows", made))))
        self.assertEqual(job.tolist(), [0, 1])
        self.assertEqual(wake.tolist(), [30, 35])
        self.assertEqual(resume.tolist(), [40, 43])

    def test_shares_add_up_and_are_exact(self):
        path = fixture.crowded()
        data = timeline.load(Database(path))
        self.assertEqual(data.mode, "share")
        for thread in data.threads:
            some = ~np.isnan(thread.shares[0])
            np.testing.assert_allclose(thread.shares[:, some].sum(axis=0), 1.0)
        # one column against SQL: time of each phase that falls into it, thread 1
        c = 100
        low, high = (int(b) + data_t0(path) for b in data.bounds[c : c + 2])
        rows = sqlite3.connect(path).execute(
            "SELECT s.phase, SUM(MIN(s.ts_ns + s.dur_ns, ?2) - MAX(s.ts_ns, ?1)) FROM v_slice s "
            "JOIN v_job j USING (job_id) WHERE j.utid = 1 AND s.dur_ns >= 0 "
            "AND s.ts_ns < ?2 AND s.ts_ns + s.dur_ns > ?1 GROUP BY 1",
            (low, high),
        )
        time = dict(rows.fetchall())
        want = [
            time.get(name, 0) / sum(time.values())
            for name in ("busy", "offload", "notify", "requeue")
        ]
        np.testing.assert_allclose(data.threads[0].shares[:, c], want, atol=1e-5)

    def test_spreading_jobs_comes_close_to_adding_slices(self):
        db = Database(fixture.storm("--jobs", "30000", "--clients", "4"))
        exact = timeline.load(db)
        with mock.patch.object(jobs, "EXACT_JOBS", 0):
            near = timeline.load(db)
        self.assertLess(np.nanmean(np.abs(exact.threads[0].shares - near.threads[0].shares)), 0.02)

    def test_slowest_are_the_slowest(self):
        path = fixture.crowded()
        data = timeline.load(Database(path), Filters(outcome="finished"))
        cut = sql(path, "SELECT dur_ns FROM v_job ORDER BY 1 DESC LIMIT 1 OFFSET 499")[0]
        self.assertEqual(len(data.slow["dur_ns"]), 500)
        self.assertEqual(data.slow["dur_ns"].min(), cut)


def data_t0(path: str) -> int:
    return sql(path, "SELECT value FROM v_meta WHERE key = 't0_ns'")[0]


if __name__ == "__main__":
    unittest.main()
