# SPDX-License-Identifier: Apache-2.0
"""asynctls html without a browser: what is in the page, how large it gets, and that names stay
data."""

import base64
import contextlib
import gzip
import io
import json
import os
import re
import shutil
import sqlite3
import struct
import tempfile
import unittest
from unittest import mock

import fixture
import make_db
import numpy as np

from asynctls_dashboards import cli, recording, stats, style
from asynctls_dashboards.db import PHASES, Database
from asynctls_dashboards.filters import NO_FILTERS
from asynctls_dashboards.page import build, collect, pack

HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror=alert(1)>"


def make(*args: str) -> tuple[int, str, str]:
    """Exit status, the page (if any), words."""
    out, err = io.StringIO(), io.StringIO()
    path = os.path.join(tempfile.mkdtemp(dir=fixture.FOLDER), "report.html")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = cli.main(["html", "-o", path, *args])
        except SystemExit as exit:
            status = exit.code
    if not os.path.exists(path):
        return status, "", err.getvalue()
    with open(path, encoding="utf-8") as page:
        return status, page.read(), err.getvalue()


def unpack(page: str) -> tuple[dict, dict[str, np.ndarray]]:
    """Header and columns, as unpack.js reads them."""
    blob = re.search(r'id="data">([^<]*)<', page).group(1)
    raw = gzip.decompress(base64.b64decode(blob))
    size = struct.unpack("<I", raw[:4])[0]
    header, body = json.loads(raw[4 : 4 + size]), raw[4 + size :]
    columns = {}
    for name, how in header["columns"].items():
        n, width, at = how["n"], how["bytes"], how["at"]
        planes = np.frombuffer(body[at : at + n * width], np.uint8).reshape(width, n)
        values = sum(
            (plane.astype(np.int64) << 8 * k for k, plane in enumerate(planes)),
            np.zeros(n, np.int64),
        )
        if how.get("sign"):
            values = np.where(values % 2, -(values + 1) // 2, values // 2)
        if how.get("delta"):
            values = np.cumsum(values)
        if how.get("log"):
            low, high = (
                stats.bucket_start(np.maximum(values - 1, 0) + k, how["log"]) for k in (0, 1)
            )
            values = np.where(values == 0, 0, (low + high) / 2)
        columns[name] = values
    return header, columns


def query(path: str, sql: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(path)) as con:
        return con.execute(sql).fetchall()


class Data(unittest.TestCase):
    def test_loops_as_in_sql(self):
        path = fixture.typical()
        loops = unpack(make("-i", path)[1])[0]["loops"]
        found = {(sum(row["parts"][:3]), row["parts"][3], row["turns"]) for row in loops["rows"]}
        self.assertEqual(found, set(query(path, "SELECT turn_ns, wait_ns, turns FROM v_loop")))
        for row in loops["rows"]:
            for part, share in zip(row["parts"], row["shares"], strict=True):
                together = sum(share) * loops["width"] / 1000
                self.assertAlmostEqual(
                    together / sum(row["parts"]), part / sum(row["parts"]), delta=0.02
                )

    def test_small_recordings_are_kept_exactly(self):
        path = fixture.typical()
        status, page, said = make("-i", path)
        self.assertEqual(status, 0, said)
        header, columns = unpack(page)
        t0 = Database(path).meta.t0_ns
        rows = query(
            path,
            f"SELECT job_id, ts_ns - {t0}, busy_ns, offload_ns, notify_ns, requeue_ns, pauses "
            "FROM v_job ORDER BY ts_ns, job_id",
        )
        names = ("id", "start", *PHASES, "pauses")
        found = np.stack([columns[name] for name in names], axis=1)
        self.assertEqual(sorted(map(tuple, found.tolist())), sorted(rows))
        self.assertEqual(columns["slices"].sum(), query(path, "SELECT COUNT(*) FROM v_slice")[0][0])
        self.assertEqual(len(columns["loose"]), 3)
        self.assertEqual(header["lost"]["events"], 12)
        self.assertEqual(header["summary"]["jobs"], len(rows))
        ops = query(
            path, "SELECT sum(service_ns), count(*) FROM v_engine_op WHERE job_id NOT NULL"
        )[0]
        self.assertEqual((columns["eng_service"].sum() - ops[1], len(columns["eng_job"])), ops)

    def test_large_ones_are_rounded_then_sampled(self):
        path = fixture.crowded()
        with mock.patch.object(collect, "EXACT_JOBS", 1000):
            _, page, _ = make("-i", path)
            header, columns = unpack(page)
            total = query(path, "SELECT sum(offload_ns) FROM v_job WHERE dur_ns >= 0")[0][0]
            whole = np.delete(columns["offload"], columns["loose"]).sum()
            self.assertAlmostEqual(whole / total, 1, delta=0.01)
            self.assertEqual((header["share"], len(columns["start"])), (1, 8000))
            with Database(path) as db:
                header, packed = collect.collect(db, NO_FILTERS, budget=30_000, redact=False)
                size = len(packed.blob(header))
        self.assertGreater(header["share"], 1)
        self.assertLess(size, len(page) / 2)  # of which the page itself is a part
        self.assertEqual(header["summary"]["jobs"], 8000)

    def test_sample_keeps_the_slowest_and_the_count(self):
        path = fixture.crowded()
        with mock.patch.object(collect, "EXACT_JOBS", 1000), mock.patch.object(
            collect, "SLOWEST", 50
        ):
            with Database(path) as db:
                jobs, _ = collect.read(db)
                some = collect.sample(jobs, 7)
        self.assertEqual(some.frame["dur_ns"].max(), jobs.frame["dur_ns"].max())
        self.assertAlmostEqual(some.weight.sum() / len(jobs), 1, delta=0.01)
        self.assertEqual(
            sorted(some.frame["job_id"][some.keep]), sorted(jobs.frame["job_id"][jobs.keep])
        )

    def test_columns_of_any_range_survive(self):
        packed = pack.Pack()
        columns = {
            "a": np.array([0, -5, 2**45, 7]),
            "b": np.array([], np.int64),
            "c": np.zeros(9, np.int64),
        }
        for name, values in columns.items():
            packed.add(name, values, delta=name == "a")
        page = f'<script id="data">{packed.blob({}).decode()}</script>'
        for name, values in unpack(page)[1].items():
            self.assertEqual(values.tolist(), columns[name].tolist())

    def test_second_database(self):
        _, page, _ = make("-i", fixture.typical(), "--diff", fixture.crowded())
        header, _ = unpack(page)
        self.assertEqual(header["other"]["summary"]["jobs"], 8000)
        self.assertEqual(header["self"]["summary"]["jobs"], 400)
        self.assertEqual(sum(header["other"]["hist"][""][1]), 7998)


class Page(unittest.TestCase):
    def test_asks_no_address_for_anything(self):
        _, page, _ = make("-i", fixture.small())
        self.assertRegex(page, r"default-src 'none'; script-src 'sha256-")
        self.assertNotRegex(page, r"https?://|@import|url\(|<link|src=")
        for colour in style.PHASE_COLOURS.values():
            self.assertIn(colour, page)

    def test_hostile_names_are_data(self):
        path = os.path.join(fixture.FOLDER, "hostile.db")
        hostile(path)
        _, page, _ = make("-i", path, "--title", HOSTILE)
        self.assertNotIn("hacked", page)
        self.assertEqual(page.count("<script"), 2)
        header, _ = unpack(page)
        self.assertIn(HOSTILE, header["title"])
        self.assertIn(HOSTILE, header["kinds"][1]["sni"])

    def test_redact(self):
        path = os.path.join(fixture.FOLDER, "redact.db")
        hostile(path)
        header, _ = unpack(make("-i", path, "--redact")[1])
        self.assertEqual((header["program"], header["command"], header["host"]), ("p", "p", ""))
        self.assertEqual(header["kinds"][1]["sni"], "name 1")
        self.assertEqual([row["note"] for row in header["findings"]], [""])
        self.assertNotIn(fixture.FOLDER, header["label"])

    def test_words_when_it_cannot(self):
        self.assertEqual(make("-i", "/nowhere")[0], 3)
        status, _, said = make("-i", fixture.empty())
        self.assertEqual(status, 3)
        self.assertIn("no jobs", said)
        self.assertEqual(make("-i", fixture.small(), "--max-size", "1k")[0], 2)
        self.assertEqual(make("-i", fixture.small(), "--diff", "/nowhere")[0], 3)

    @unittest.skipUnless(os.environ.get("ASYNCTLS"), "needs ASYNCTLS, the program that analyzes")
    def test_of_many_jobs_some_stand_for_all(self):
        path = fixture.recorded()
        exact, _ = unpack(make("-i", path)[1])
        with mock.patch.multiple(collect, MOST_READ=8, SLOWEST=3), mock.patch.object(
            recording, "LIMIT", 0
        ):
            header, columns = unpack(make("-i", path)[1])
        self.assertLess(len(columns["start"]), exact["summary"]["jobs"])
        self.assertAlmostEqual(
            sum(columns["weight"]), exact["summary"]["jobs"], delta=header["share"] * 3
        )
        for name in ("jobs", "finished", "paused", "phases", "max"):
            self.assertEqual(header["summary"][name], exact["summary"][name])

    def test_filters(self):
        header, columns = unpack(make("-i", fixture.typical(), "--min", "5ms")[1])
        want = query(fixture.typical(), "SELECT count(*) FROM v_job WHERE dur_ns >= 5000000")[0][0]
        self.assertEqual(len(columns["start"]), want)
        self.assertIn("at least", header["filters"])


class Script(unittest.TestCase):
    def test_modules_agree(self):
        names = build.in_order(build.ENTRY, [])
        source = {name: build.text(f"{name}.js") for name in names}
        exported = {(name, what) for name in names for what in build.EXPORT.findall(source[name])}
        imported = set()
        for name in names:
            for wanted, other in build.IMPORT.findall(source[name]):
                imported |= {(other, what) for what in re.findall(r"\w+", wanted)}
        self.assertEqual(imported, exported)
        files = {file for file in os.listdir(os.path.dirname(build.__file__)) if file[-3:] == ".js"}
        self.assertEqual({f"{name}.js" for name in names}, files)
        self.assertNotRegex(build.joined(), r"(?m)^(import|export)\b")

    def test_no_circles(self):
        circle = {"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}
        with mock.patch.object(build, "text", circle.get), self.assertRaises(ValueError) as found:
            build.joined("a")
        self.assertIn("a b a", str(found.exception))


def hostile(path: str) -> None:
    """A recording whose names try to be markup, with a server name per connection and findings."""
    shutil.copy(fixture.small(), path)
    with contextlib.closing(sqlite3.connect(path)) as con:
        con.execute("UPDATE thread SET name = ?", (HOSTILE,))
        con.execute("UPDATE process SET name = ?", (HOSTILE,))
        con.execute(
            "UPDATE meta SET value = ? WHERE key IN ('command', 'engine')", (f"p {HOSTILE}",)
        )
        con.execute("INSERT INTO string VALUES (1, ?)", (HOSTILE,))
        con.execute("UPDATE conn SET name = 1")
        rule = (1, "x", "X", "some title", "why", "fix")
        make_db.insert(con, "rule", "rule_id name code title why fix", [rule])
        finding = (1, 1, "", HOSTILE, 2)
        make_db.insert(con, "finding", "finding_id rule_id detail note count", [finding])
        examples = [(1, seq, job) for seq, job in enumerate((3, 5))]
        make_db.insert(con, "finding_example", "finding_id seq job_id", examples)
        con.commit()


if __name__ == "__main__":
    unittest.main()
