# SPDX-License-Identifier: Apache-2.0
"""The numbers behind percentile, tail, ecdf, throughput, little, loops, pauses, queue, critical,
icicle."""

import os
import shutil
import sqlite3
import unittest

import fixture
import make_db
import numpy as np

from asynctls_dashboards import (
    critical,
    ecdf,
    evidence,
    icicle,
    inflight,
    little,
    loopdelay,
    occupancy,
    pauses,
    percentile,
    phases,
    queue,
    stats,
    tail,
    throughput,
    timeline,
)
from asynctls_dashboards.db import Database, DataError, NoData
from asynctls_dashboards.distribution import Values
from asynctls_dashboards.filters import Filters


def sql(path: str, query: str):
    con = sqlite3.connect(path)
    try:
        return con.execute(query).fetchone()
    finally:
        con.close()


CHEAP = make_db.code("reason", "below-min-cost")


def add_operations(path: str, rows: list[tuple]) -> None:
    """(job, ts since the start, queue, service, reason) by RSA signing on thread 2."""
    con = sqlite3.connect(path)
    worker = (2, 1, 101, "worker", make_db.code("role", "engine"))
    make_db.insert(con, "thread", make_db.THREAD, [worker])
    t0 = con.execute("SELECT value FROM meta WHERE key = 't0_ns'").fetchone()[0]
    operations = [
        (i, job, None, 2, *make_db.RSA_SIGN, t0 + ts, queued, service, 1, reason)
        for i, (job, ts, queued, service, reason) in enumerate(rows, 1)
    ]
    make_db.insert(con, "engine_op", make_db.OPERATION, operations)
    make_db.sum_operations(con)
    con.commit()
    con.close()


class Percentile(unittest.TestCase):
    def test_curve_is_of_nearest_ranks_and_ends_with_ten_beyond(self):
        values = np.random.default_rng(1).permutation(10_000) + 1
        c = percentile.curve("all", Values(values))
        for odds, ns in list(zip(c.odds, c.ns, strict=True))[1::37]:
            self.assertEqual(ns, stats.quantile(values, 1 - 1 / odds))
        self.assertAlmostEqual(c.odds[-1], 1000)
        self.assertEqual((values > c.ns[-1]).sum(), 10)
        self.assertTrue((c.low <= c.ns).all() and (c.ns <= c.high).all())

    def test_marks(self):
        data = percentile.load(Database(fixture.crowded()))
        self.assertEqual([percentile.nines(p) for p, _ in data.marks], ["p50", "p90", "p99"])
        self.assertEqual(data.marks[0][1], data.median)


class Tail(unittest.TestCase):
    def test_excess_is_over_the_fast_half(self):
        jobs = [(i * 100, 10, 80, 5, 5, 0) for i in range(90)]
        jobs += [(10_000 + i * 2000, 10, 80, 5, 900, 0) for i in range(10)]
        data = tail.load(Database(fixture.by_hand("excess", jobs)))
        np.testing.assert_allclose(data.excess[-1], (0, 0, 0, 895))
        self.assertIn("100 % of what they take longer is requeue", tail.caption(data))

    def test_few_jobs_have_no_tail(self):
        with self.assertRaisesRegex(NoData, "too few"):
            tail.load(Database(fixture.small()))


class Ecdf(unittest.TestCase):
    def test_shares(self):
        values, share = Values(np.array([5, 1, 3, 3])).steps(ecdf.POINTS)
        self.assertEqual(values.tolist(), [1, 3, 3, 5])
        self.assertEqual(share.tolist(), [0.25, 0.5, 0.75, 1.0])

    def test_thinning_keeps_both_ends(self):
        values, share = Values(np.arange(1, 50_001)).steps(ecdf.POINTS)
        self.assertLessEqual(len(values), ecdf.POINTS)
        self.assertEqual((values[0], values[-1], share[-1]), (1, 50_000, 1.0))


class Throughput(unittest.TestCase):
    def test_every_job_ends_once(self):
        path = fixture.typical()
        data = throughput.load(Database(path))
        self.assertEqual(data.totals, {"finished": 397, "unfinished": 3})
        seconds = (data.bounds[1] - data.bounds[0]) / 1e9
        self.assertAlmostEqual(data.ended["finished"].sum() * seconds, 397)
        self.assertAlmostEqual(data.started.sum() * seconds, 400)

    def test_columns_are_round(self):
        bounds = stats.round_edges((3_000_000, 15_000_000_000), 200)
        width = bounds[1] - bounds[0]
        self.assertEqual(width, 100_000_000)
        self.assertEqual(bounds[0] % width, 0)
        self.assertGreaterEqual(bounds[-1], 15_000_000_000)


class Little(unittest.TestCase):
    def test_a_steady_load_obeys(self):
        jobs = [(i * 10, 10, 20, 0, 0, 0) for i in range(4000)]  # always three open
        data = little.load(Database(fixture.by_hand("steady", jobs)))
        np.testing.assert_allclose(data.expected[1:-1], 3.0, rtol=0.03)
        np.testing.assert_allclose(data.open[1:-1], 3.0, rtol=1e-6)
        self.assertIn("consistent", little.caption(data))

    def test_lossy_intervals_are_marked(self):
        data = little.load(Database(fixture.crowded()))
        middle = (data.bounds[:-1] + data.bounds[1:]) / 2
        inside = (middle >= data.lost.ts[0]) & (middle < data.lost.ts[0] + data.lost.dur[0])
        self.assertTrue(data.lossy[inside].all())
        self.assertLess(data.lossy.sum(), len(data.lossy) / 4)


def mixed() -> str:
    """Every third connection is of another version."""
    path = os.path.join(fixture.FOLDER, "mixed.db")
    shutil.copy(fixture.typical(), path)
    con = sqlite3.connect(path)
    con.execute("UPDATE conn SET version = 771 WHERE conn_id % 3 = 0")
    con.commit()
    con.close()
    return path


class Pauses(unittest.TestCase):
    def test_rows_as_in_sql(self):
        path = fixture.crowded()
        data = pauses.load(Database(path))
        self.assertEqual([row.name for row in data.rows], ["0", "1", "2"])
        for row in data.rows:
            want = sql(
                path,
                "SELECT COUNT(*), MAX(dur_ns) FROM v_job "
                f"WHERE dur_ns >= 0 AND pauses = {row.name}",
            )
            self.assertEqual((row.jobs, row.most), want)

    def test_by_version(self):
        path = mixed()
        data = pauses.load(Database(path))
        self.assertEqual([row.name.split()[0] for row in data.kinds], ["0x0304", "0x0303"])
        for row, version in zip(data.kinds, (772, 771), strict=True):
            want = sql(
                path,
                "SELECT COUNT(*), AVG(pauses) FROM v_job JOIN v_conn USING (conn_id) "
                f"WHERE v_job.dur_ns >= 0 AND version = {version}",
            )
            self.assertEqual((row.jobs, round(row.mean, 9)), (want[0], round(want[1], 9)))


class Queue(unittest.TestCase):
    def test_by_hand(self):
        path = fixture.by_hand("queue", [(0, 10, 90, 0, 0, 0), (0, 20, 80, 0, 0, 0)])
        add_operations(path, [(1, 10, 0, 40, None), (2, 20, 30, 50, None), (2, 5, None, 7, CHEAP)])
        data = queue.load(Database(path))
        self.assertEqual((data.operations, data.in_place), (2, 1))
        self.assertEqual((data.waiting.high.max(), data.working.high.max()), (1, 1))
        self.assertEqual(data.span, (10, 100))
        self.assertAlmostEqual(data.busy, 1.0)
        self.assertIn("1 operation done in place", queue.caption(data))

    def test_nothing_queued_says_how_many_in_place(self):
        path = fixture.by_hand("placed", [(0, 10, 0, 0, 0, 0)])
        add_operations(path, [(1, 2, None, 5, CHEAP)])
        with self.assertRaisesRegex(NoData, "1 operation done in place"):
            queue.load(Database(path))


def add_loop(path: str, waits: list[tuple], turns: list[int], wait_ns: int) -> None:
    """Waits (job, done, ready or None, resume) since the start, and the turns of thread 1."""
    con = sqlite3.connect(path)
    t0 = con.execute("SELECT value FROM meta WHERE key = 't0_ns'").fetchone()[0]
    rows = [
        (job, 1, t0 + done - 1, t0 + done, ready and t0 + ready, t0 + resume)
        for job, done, ready, resume in waits
    ]
    make_db.insert(con, "job_wait", "job_id seq pause_ts done_ts ready_ts resume_ts", rows)
    sums = (len(turns), sum(turns), max(turns, default=0), wait_ns)
    con.execute("UPDATE thread SET turns=?, turn_ns=?, turn_max_ns=?, wait_ns=? WHERE utid=1", sums)
    turn = make_db.code("metric", "turn")
    make_db.insert(con, "hist", make_db.HIST, [(turn, 1, make_db.bucket(ns), 1) for ns in turns])
    con.commit()
    con.close()


class LoopDelay(unittest.TestCase):
    def test_turns_end_where_a_job_is_resumed(self):
        path = fixture.by_hand("turns", [(0, 10, 200, 0, 0, 1)] * 6)
        # the first two are told together; 3 while they are resumed; of 6 nothing shows
        waits = [(1, 50, 100, 110), (2, 60, 101, 120), (3, 70, 115, 130)]
        waits += [(4, 80, 140, 150), (5, 90, 141, 160), (6, 95, None, 170)]
        add_loop(path, waits, [10], 0)
        data = loopdelay.load(Database(path))
        self.assertEqual((data.completions, data.turns, data.most, data.unseen), (5, 3, 2, 1))
        self.assertEqual(data.cells.sum(axis=0).tolist(), [1, 4])
        self.assertEqual(data.medians.tolist(), [60, 60])
        self.assertIn("1 completion left out", loopdelay.caption(data))

    def test_filter_leaves_the_others_in_the_turn(self):
        path = fixture.by_hand("chosen", [(0, 10, 200, 0, 0, 1), (1, 10, 300, 0, 0, 1)])
        add_loop(path, [(1, 50, 100, 110), (2, 60, 101, 120)], [10], 0)
        data = loopdelay.load(Database(path), Filters(min_ns=250))
        self.assertEqual((data.completions, data.together), (1, 2))

    def test_grows(self):
        jobs = [(i, 10, 2000, 0, 0, 1) for i in range(200)]
        waits = [(i, i * 100, i * 100 + 5, i * 100 + 10) for i in range(1, 101)]
        waits += [(i, 20_000, 20_001, 20_010 + 10 * i) for i in range(101, 201)]
        path = fixture.by_hand("grows", jobs)
        add_loop(path, waits, [10], 0)
        data = loopdelay.load(Database(path))
        self.assertEqual((data.most, int(data.cells.sum())), (100, 200))
        self.assertIn(
            "where a turn has 1 to 1.51 µs where it has 90 to 106", loopdelay.caption(data)
        )

    def test_nothing_seen(self):
        path = fixture.by_hand("unseen", [(0, 10, 80, 0, 0, 1)])
        add_loop(path, [(1, 50, None, 110)], [10], 0)
        with self.assertRaisesRegex(NoData, "learnt"):
            loopdelay.load(Database(path))

    def test_sizes_each_have_a_bucket(self):
        bounds = loopdelay.size_bounds(1000)
        self.assertEqual(bounds[:9].tolist(), list(range(1, 10)))
        self.assertGreater(bounds[-1], 1000)
        self.assertLessEqual(bounds[-2], 1000)


class Occupancy(unittest.TestCase):
    def test_parts_by_hand(self):
        path = fixture.by_hand("loop", [(0, 300, 500, 0, 0, 100)])
        add_loop(path, [], [200, 400], 400)
        con = sqlite3.connect(path)
        t0 = con.execute("SELECT value FROM meta WHERE key = 't0_ns'").fetchone()[0]
        op = (1, None, None, 1, *make_db.RSA_SIGN, t0 + 300, None, 50, 1, CHEAP)  # in no job
        make_db.insert(con, "engine_op", make_db.OPERATION, [op])
        uses = [(make_db.BUSY, 0, 300), (make_db.BUSY, 800, 100), (make_db.PLACE, 300, 50)]
        uses += [(make_db.TURN, 0, 200), (make_db.TURN, 600, 400), (make_db.WAITING, 200, 400)]
        spans = [(1, use, t0 + at, dur) for use, at, dur in uses]
        make_db.insert(con, "lane", make_db.LANE, make_db.lanes(spans, 1000))
        con.commit()
        con.close()
        data = occupancy.load(Database(path))
        (loop,) = data.loops
        self.assertEqual(loop.parts, (400, 50, 150, 400))
        shares = (loop.shares * np.diff(data.bounds)).sum(axis=1)
        self.assertAlmostEqual(shares[0], 400, delta=8)  # a column more or less
        self.assertAlmostEqual(shares[1], 50, delta=8)
        self.assertAlmostEqual(shares[3], 400, delta=8)
        self.assertEqual((data.counts.sum(), loop.longest), (2, 400))
        words = "40 % in fibres, 5 % on operations in place, 15 % other work and 40 % waiting"
        self.assertIn(words, occupancy.caption(data))

    def test_as_in_sql(self):
        path = fixture.typical()
        data = occupancy.load(Database(path))
        self.assertEqual(len(data.loops), 2)
        for loop in data.loops:
            want = sql(
                path,
                "SELECT SUM(dur_ns) FROM v_slice "
                f"WHERE phase = 'busy' AND dur_ns > 0 AND utid = {loop.utid}",
            )[0]
            turn, wait = sql(path, f"SELECT turn_ns, wait_ns FROM v_loop WHERE utid = {loop.utid}")
            self.assertEqual(loop.parts[0], min(want, turn))
            self.assertEqual((sum(loop.parts[:3]), loop.parts[3]), (turn, wait))
            self.assertLessEqual(loop.shares.sum(axis=0).max(), 1 + 1e-6)
            together = (loop.shares * np.diff(data.bounds)).sum(axis=1)
            for part, share in zip(loop.parts, together, strict=True):
                self.assertAlmostEqual(share / sum(loop.parts), part / sum(loop.parts), delta=0.01)
        self.assertEqual(data.counts.sum(), sql(path, "SELECT SUM(turns) FROM v_loop")[0])

    def test_one_thread_of_them(self):
        data = occupancy.load(Database(fixture.typical()), Filters(pid=4101))
        self.assertEqual([loop.name for loop in data.loops], ["nginx 4101"])

    def test_no_loop(self):
        with self.assertRaisesRegex(NoData, "no event loop"):
            occupancy.load(Database(fixture.by_hand("none", [(0, 10, 1, 1, 1, 1)])))


class Critical(unittest.TestCase):
    def test_slowest_job_and_its_causes(self):
        # the second waits in requeue while the first runs
        path = fixture.by_hand("critical", [(60, 5, 5, 1, 1, 30), (0, 10, 50, 5, 60, 5)])
        add_operations(path, [(2, 10, 20, 30, None)])
        data = critical.load(Database(path))
        self.assertEqual((data.job_id, data.dur, data.of), (2, 130, 2))
        self.assertEqual([s.dur for s in data.steps], [10, 50, 5, 60, 5])
        self.assertIn("20 ns in the queue, 30 ns of work", data.steps[1].cause)
        self.assertIn("1 other job for 30 ns", data.steps[3].cause)
        self.assertIn("46 % of it requeue", critical.caption(data))

    def test_steps_tile_the_job(self):
        data = critical.load(Database(fixture.typical()))
        self.assertEqual(sum(step.dur for step in data.steps), data.dur)
        for before, after in zip(data.steps, data.steps[1:]):
            self.assertEqual(before.start + before.dur, after.start)

    def test_connection_can_be_chosen(self):
        data = critical.load(Database(fixture.typical()), Filters(conn=17))
        self.assertEqual((data.conn_id, data.of), (17, 1))


class Icicle(unittest.TestCase):
    def test_levels_add_up(self):
        path = fixture.typical()
        data = icicle.load(Database(path))
        self.assertEqual(
            data.root.ns, sql(path, "SELECT SUM(dur_ns) FROM v_job WHERE dur_ns >= 0")[0]
        )
        for op in data.root.children:
            self.assertEqual(sum(part.ns for part in op.children), op.ns)
            for part in op.children:
                self.assertLessEqual(sum(leaf.ns for leaf in part.children), part.ns)

    def test_engine_as_in_sql(self):
        path = fixture.typical()
        data = icicle.load(Database(path))
        offload = next(p for p in data.root.children[0].children if p.name == "offload")
        work = next(leaf for leaf in offload.children if leaf.kind == "work")
        want = sql(
            path,
            "SELECT SUM(service_ns) FROM v_engine_op JOIN v_job USING (job_id) "
            "WHERE reason IS NULL AND dur_ns >= 0",
        )
        self.assertEqual(work.ns, want[0])

    def test_by_connection(self):
        path = mixed()
        data = icicle.load(Database(path))
        self.assertTrue(data.by_conn)
        (op,) = data.root.children
        for version, nodes in ((771, op.children[1]), (772, op.children[0])):
            where = (
                f"dur_ns >= 0 AND conn_id IN (SELECT conn_id FROM v_conn WHERE version = {version})"
            )
            self.assertEqual(nodes.ns, sql(path, f"SELECT SUM(dur_ns) FROM v_job WHERE {where}")[0])
            (offload,) = [part for part in nodes.children if part.name == "offload"]
            work = sum(leaf.ns for leaf in offload.children if leaf.kind == "work")
            where = where.replace("conn_id", "v_job.conn_id", 1)
            want = "SELECT SUM(service_ns) FROM v_engine_op JOIN v_job USING (job_id)"
            self.assertEqual(
                work,
                sql(
                    path,
                    f"{want} WHERE reason IS NULL AND {where}",
                )[0],
            )
        self.assertIn("takes", icicle.caption(data))

    def test_filtered(self):
        path = fixture.typical()
        whole = icicle.load(Database(path))
        half = icicle.load(Database(path), Filters(pid=4100))
        self.assertLess(half.jobs, whole.jobs)
        self.assertLess(half.root.ns, whole.root.ns)


class Evidence(unittest.TestCase):
    def test_phases_that_run_together_are_named(self):
        path = fixture.by_hand("doubt", [(i * 200, 10, 90, 40, 0, 5) for i in range(4)])
        con = sqlite3.connect(path)
        seen = make_db.code("evidence", "untold") | make_db.code("evidence", "done")
        con.execute("UPDATE job SET evidence = ? WHERE job_id = 1", (seen,))
        con.commit()
        con.close()
        db = Database(path)
        want = evidence.Evidence(paused=4, untold=1, merged=0)
        self.assertEqual(evidence.count(db.jobs("doubt")["doubt"]), want)
        words = "25 % of the jobs that paused nothing shows when the event loop learnt"
        for module in (timeline, phases, ecdf, icicle):
            self.assertIn(words, module.caption(module.load(db)))
        self.assertIn(
            "requeue is in here", critical.load(db, Filters(time=(0, 100))).steps[2].cause
        )

    def test_bits_are_known_by_name(self):
        path = fixture.by_hand("moved", [(i * 200, 10, 90, 40, 0, 5) for i in range(4)])
        con = sqlite3.connect(path)
        con.execute("UPDATE enum SET code = 1 << 20 WHERE (domain, name) = ('evidence', 'untold')")
        con.execute("UPDATE job SET evidence = 1 << 20 WHERE job_id > 1")
        con.commit()
        self.assertEqual(evidence.count(Database(path).jobs("doubt")["doubt"]).untold, 3)
        con.execute("DELETE FROM enum WHERE domain = 'evidence'")
        con.commit()
        con.close()
        with self.assertRaisesRegex(DataError, "no evidence named untold"):
            Database(path).jobs("doubt")

    def test_nothing_is_said_when_all_was_seen(self):
        self.assertEqual(evidence.sentence(evidence.Evidence(paused=10, untold=0, merged=0)), "")


class Refused(unittest.TestCase):
    def test_refused_starts_are_marks_and_not_jobs(self):
        path = fixture.by_hand("refused", [(0, 10, 10, 1, 1, 1), (50, 2, 0, 0, 0, 0)])
        con = sqlite3.connect(path)
        refused = make_db.code("outcome", "no_jobs")
        con.execute("UPDATE job SET outcome = ?, pauses = 0 WHERE job_id = 2", (refused,))
        con.commit()
        con.close()
        data = inflight.load(Database(path))
        self.assertEqual((data.jobs, data.refused.tolist()), (1, [50]))
        self.assertIn("1 start refused", inflight.caption(data))


if __name__ == "__main__":
    unittest.main()
