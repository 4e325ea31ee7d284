# SPDX-License-Identifier: Apache-2.0
"""The command: a picture of each kind, files and folders, and what it says when it cannot."""

import contextlib
import io
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import warnings

import fixture

from asynctls_dashboards import KINDS, axes, cli, units

SIGNATURES = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


def plot(*args: str) -> tuple[int, str, str]:
    """Exit status, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = cli.main(["plot", *args])
        except SystemExit as exit:
            status = exit.code
    return status, out.getvalue(), err.getvalue()


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=fixture.FOLDER)

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def assert_picture(self, path: str):
        with open(path, "rb") as picture:
            self.assertTrue(picture.read(8).startswith(SIGNATURES[path.rsplit(".", 1)[1]]), path)

    def test_every_kind_of_every_size(self):
        for database in (fixture.small(), fixture.typical(), fixture.crowded()):
            with self.subTest(database), warnings.catch_warnings():
                warnings.simplefilter("error")
                out = self.path(os.path.basename(database))
                status, printed, said = plot("-i", database, "-o", out, "--dpi", "50")
                self.assertEqual(status, 0, said)
                drawn = {os.path.basename(line).split(".")[0] for line in printed.splitlines()}
                passed_over = {line.split(": ")[2] for line in said.splitlines()}
                self.assertEqual(drawn | passed_over | {"diff"}, set(KINDS))
                self.assertLessEqual(passed_over, {"tail", "little"})  # which need more jobs
                for line in printed.splitlines():
                    self.assert_picture(line)

    def test_formats_and_themes(self):
        for name in ("a.svg", "a.pdf"):
            status, printed, _ = plot(
                "-i", fixture.typical(), "-k", "timeline", "-o", self.path(name), "--theme", "dark"
            )
            self.assertEqual((status, printed.strip()), (0, self.path(name)))
            self.assert_picture(self.path(name))

    def test_svg_carries_caption_and_texts(self):
        plot(
            "-i",
            fixture.typical(),
            "-k",
            "latency",
            "-o",
            self.path("a.svg"),
            "--title",
            "a <b> & $c$",
        )
        with open(self.path("a.svg"), encoding="utf-8") as picture:
            text = picture.read()
        self.assertIn("Half of the jobs take at most", text)
        self.assertIn("a &lt;b&gt; &amp; $c$", text)
        self.assertIn("time since the recording began (ms)", text)
        self.assertIn("12 events LOST", text)

    def test_default_folder_lies_beside_the_database(self):
        os.link(fixture.small(), self.path("trace.db"))
        status, printed, _ = plot("-i", self.folder, "-k", "phases", "--dpi", "50")
        self.assertEqual((status, printed.strip()), (0, self.path("plots/phases.png")))

    def test_one_unfinished_job_alone(self):
        database = fixture.by_hand("alone", [(10, 5, None)], end_ns=1000)
        status, printed, said = plot(
            "-i", database, "-o", self.folder, "-k", "timeline,inflight,latency", "--dpi", "50"
        )
        self.assertEqual(status, 0)
        self.assertEqual(len(printed.splitlines()), 2)
        self.assertIn("latency", said)

    def test_no_jobs_leaves_nothing_behind(self):
        status, printed, said = plot("-i", fixture.empty(), "-o", self.folder)
        self.assertEqual((status, printed, len(said.splitlines())), (3, "", 1))
        self.assertIn("no jobs", said)
        self.assertEqual(os.listdir(self.folder), [])

    def test_errors(self):
        not_one = self.path("not.db")
        with open(not_one, "w", encoding="utf-8") as file:
            file.write("this is not a database, whatever its name says\n" * 100)
        other = self.path("other.db")
        con = sqlite3.connect(other)
        con.execute("PRAGMA user_version = 99")
        con.close()
        small = fixture.small()
        for status, word, args in (
            (3, "no such recording", ("-i", self.path("nowhere"))),
            (3, "asynctls analyze", ("-i", self.folder)),
            (3, "not a database", ("-i", not_one)),
            (3, "schema 99", ("-i", other)),
            (2, "there is no 'pie'", ("-i", small, "-k", "pie")),
            (
                2,
                "one file cannot hold",
                ("-i", small, "-k", "phases,latency", "-o", self.path("x.png")),
            ),
            (2, "must end in", ("-i", small, "-k", "phases", "-o", self.path("x.gif"))),
            (2, "does not run forward", ("-i", small, "--time", "2s,1s")),
            (2, "not a duration", ("-i", small, "--time", "1,2")),
            (2, "not a duration", ("-i", small, "--min", "5")),
            (4, "x.png", ("-i", small, "-k", "phases", "-o", "/proc/none/x.png")),
        ):
            with self.subTest(args):
                found, printed, said = plot(*args)
                self.assertEqual((found, printed), (status, ""))
                self.assertIn(word, said)

    def test_program_hands_over(self):
        program = os.environ.get("ASYNCTLS")
        if not program:
            self.skipTest("ASYNCTLS does not name the program")
        # a file in the current folder must not stand in for a module
        with open(self.path("numpy.py"), "w", encoding="utf-8") as file:
            file.write("raise SystemExit('the wrong numpy')\n")
        env = {**os.environ, "ASYNCTLS_PYTHON": sys.executable}
        done = subprocess.run(
            [program, "plot", "-i", fixture.small(), "-k", "phases", "-o", "x.png"],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "x.png\n", ""))
        self.assert_picture(self.path("x.png"))


class Words(unittest.TestCase):
    def test_durations(self):
        for ns, text in (
            (0, "0 ns"),
            (7, "7 ns"),
            (999, "999 ns"),
            (1000, "1 µs"),
            (1234, "1.23 µs"),
            (59_960, "60 µs"),
            (999_999, "1 ms"),
            (4_100_000, "4.1 ms"),
            (19.84e9, "19.8 s"),
            (310e9, "310 s"),
            (3600e9, "3600 s"),
        ):
            self.assertEqual(units.duration(ns), text)

    def test_shares_do_not_round_to_all_or_nothing(self):
        self.assertEqual(units.percent(0.83), "83 %")
        self.assertEqual(units.percent(0.9999), "> 99.9 %")
        self.assertEqual(units.percent(0.0001), "< 0.1 %")
        self.assertEqual((units.percent(0), units.percent(1)), ("0 %", "100 %"))

    def test_labels_are_kept_apart(self):
        self.assertEqual(axes.push_apart([0.1, 0.5], 0.1), [0.1, 0.5])
        moved = axes.push_apart([0.97, 0.98, 0.99], 0.1)
        self.assertTrue(all(b - a >= 0.0999 for a, b in zip(moved, moved[1:])))
        self.assertLessEqual(moved[-1], 1.0)

    def test_command_in_short(self):
        line = "/usr/sbin/nginx -c /tmp/x/nginx.conf -g 'daemon off;'"
        self.assertEqual(units.command(line, 60), "nginx -c …/nginx.conf -g 'daemon off;'")

    def test_hostile_text_is_made_plain(self):
        self.assertEqual(units.plain("a\x1b[31m\nb", 20), "a·[31m·b")
        self.assertEqual(len(units.plain("x" * 500, 48)), 48)


if __name__ == "__main__":
    unittest.main()
