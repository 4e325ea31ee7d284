# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser: zooms, filters, clicks through to a job; its numbers are SQL's."""

import contextlib
import csv
import io
import os
import shutil
import sqlite3
import sys
import tempfile
import unittest

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    print("skipped: no Selenium (Debian: python3-selenium)", file=sys.stderr)
    sys.exit(77)

import fixture
import test_page

from asynctls_dashboards import stats, units
from asynctls_dashboards.db import Database
from asynctls_dashboards.page import build

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if not BROWSER or not DRIVER:
    print("skipped: no Chromium (Debian: chromium, chromium-driver)", file=sys.stderr)
    sys.exit(77)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
FLAGS += ["--disable-dev-shm-usage", "--window-size=1400,1300"]
PATIENCE = 60  # seconds


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        options = webdriver.ChromeOptions()
        options.binary_location = BROWSER
        home = tempfile.mkdtemp(dir=fixture.FOLDER)
        for flag in [*FLAGS, f"--user-data-dir={home}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.driver = webdriver.Chrome(service=Service(DRIVER), options=options)

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()

    def tearDown(self):
        logged = [entry["message"] for entry in self.driver.get_log("browser")]
        self.assertEqual(logged, [])

    def page(self, database: str, fragment: str = "", *more: str) -> str:
        """Make a page, open it, and return its path."""
        path = os.path.join(tempfile.mkdtemp(dir=fixture.FOLDER), "report.html")
        status, page, said = test_page.make("-i", database, *more)
        self.assertEqual(status, 0, said)
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)
        self.driver.get("about:blank")
        self.driver.get(f"file://{path}{fragment}")
        self.settled(0)
        return path

    def drawn(self) -> int:
        return int(self.driver.execute_script("return document.body.dataset.drawn || 0"))

    def settled(self, past: int) -> None:
        """Wait until the page has drawn itself more often than that."""
        self.until(lambda: self.drawn() > past)

    def until(self, test) -> None:
        waiting = WebDriverWait(self.driver, PATIENCE, poll_frequency=0.02)
        waiting.until(lambda _: test(), "the page does not get there")

    def after(self, act) -> None:
        """Do something, and wait for the page to show it."""
        past = self.drawn()
        act()
        self.settled(past)

    def find(self, selector: str):
        return self.driver.find_element("css selector", selector)

    def text(self, selector: str) -> str:
        return self.driver.execute_script(
            "return document.querySelector(arguments[0]).textContent", selector
        )

    def listed(self) -> int:
        return int(self.find("#jobs").get_attribute("data-total"))

    def type(self, text: str) -> None:
        self.after(lambda: self.find("#search").send_keys(text))

    def press(self, key: str) -> None:
        ActionChains(self.driver).send_keys(key).perform()

    def tiles(self) -> dict[str, str]:
        script = (
            "return [...document.querySelectorAll('#tiles div')]"
            ".map(d => [d.children[0].textContent, d.children[1].textContent])"
        )
        return dict(self.driver.execute_script(script))

    def test_figures_are_those_of_sql(self):
        path = fixture.typical()
        self.page(path)
        dur = [r[0] for r in test_page.query(path, "SELECT dur_ns FROM v_job WHERE dur_ns >= 0")]
        tiles = self.tiles()
        self.assertEqual(tiles["jobs"], "400")
        for label, q in (("p50", 0.5), ("p99", 0.99), ("slowest", 1.0)):
            want = units.duration(stats.quantile(stats.np.array(dur), q))
            self.assertEqual(tiles[label], want)
        self.assertEqual((tiles["events lost"], tiles["without an end"]), ("12", "3"))
        self.assertIn("12 events lost", self.find("#alarm").text)
        self.assertIn(f"p50 {tiles['p50']}", self.text("#curves .answer"))
        self.assertIn(f"p99 {tiles['p99']}", self.text("#heat .answer"))
        peak = test_page.query(
            path,
            "SELECT max(n) FROM (SELECT sum(d) OVER (ORDER BY t, d) AS n FROM "
            "(SELECT ts_ns AS t, 1 AS d FROM v_job UNION ALL "
            "SELECT ts_ns + dur_ns, -1 FROM v_job WHERE dur_ns >= 0))",
        )[0][0]
        self.assertIn(f"at most {peak} open", self.text("#flight .answer"))
        turn, wait = test_page.query(
            path, "SELECT turn_ns, wait_ns FROM v_loop ORDER BY busy_share"
        )[-1]
        self.assertIn(f"{units.percent(wait / (turn + wait))} waiting", self.text("#loops .answer"))

    def test_window_filter_and_search(self):
        path = fixture.typical()
        t0 = Database(path).meta.t0_ns
        a, b = 20_000_000, 60_000_000
        self.page(path, f"#w={a}-{b}")
        touch = f"ts_ns - {t0} < {b} AND (dur_ns < 0 OR ts_ns + dur_ns - {t0} > {a})"
        count = "SELECT count(*) FROM v_job WHERE "
        self.assertEqual(self.listed(), test_page.query(path, count + touch)[0][0])
        self.type("requeue>200us")
        want = test_page.query(path, f"{count}{touch} AND requeue_ns > 200000")[0][0]
        self.assertTrue(0 < want)
        self.assertEqual(self.listed(), want)
        self.after(lambda: self.find("#reset").click())
        self.assertEqual(self.listed(), 400)
        self.type("requeue>200")
        self.assertEqual(self.find("#search").get_attribute("aria-invalid"), "true")
        self.type("us")
        self.assertEqual(self.find("#search").get_attribute("aria-invalid"), "false")
        self.after(lambda: self.find("#reset").click())
        self.find("details[data-key=thread] summary").click()
        box = self.find("details[data-key=thread] label")
        thread = box.find_element("css selector", "bdi").text
        self.after(box.click)
        want = test_page.query(path, f"{count} pid = {thread.split()[1]}")[0][0]
        self.assertEqual(self.listed(), want)
        self.assertIn("thread=", self.driver.current_url)
        self.press(Keys.ESCAPE)

    def test_durations(self):
        path = os.path.join(os.path.dirname(__file__), "..", "data", "durations.txt")
        with open(path, encoding="utf-8") as file:
            rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
        want = {text: None if ns == "-" else int(ns) for text, ns in rows}
        self.assertGreater(len(want), 30)
        parse = "return arguments[0].map((text) => modules.duration.parseDuration(text));"
        self.driver.get("about:blank")
        found = self.driver.execute_script(build.joined("duration") + parse, list(want))
        self.assertEqual(dict(zip(want, found, strict=True)), want)

    def test_zoom_pan_and_address(self):
        self.page(fixture.crowded())
        self.assertEqual(self.find("#timeline").get_attribute("data-mode"), "shares")
        before = self.text("#window")
        for _ in range(14):
            self.after(lambda: self.press("w"))
        self.assertNotEqual(self.text("#window"), before)
        self.assertEqual(self.find("#timeline").get_attribute("data-mode"), "lanes")
        here = self.text("#window")
        self.after(lambda: self.press("d"))
        self.assertNotEqual(self.text("#window"), here)
        here, address = self.text("#window"), self.driver.current_url
        self.driver.get("about:blank")
        self.driver.get(address)
        self.settled(0)
        self.assertEqual(self.text("#window"), here)
        canvas = self.find("#timeline canvas")
        wheel = (
            "arguments[0].dispatchEvent(new WheelEvent('wheel', {deltaY: 150, cancelable: true}))"
        )
        self.after(lambda: self.driver.execute_script(wheel, canvas))
        self.assertNotEqual(self.text("#window"), here)
        self.after(lambda: self.press("0"))
        self.assertEqual(self.text("#window"), before)
        self.after(lambda: self.press("t"))
        self.assertIn("theme=", self.driver.current_url)

    def test_cell_to_job(self):
        path = fixture.typical()
        self.page(path)
        canvas = self.find("#heat canvas")
        spot = self.driver.execute_script(
            """const [c, tip] = [arguments[0], document.getElementById("tip")];
            const box = c.getBoundingClientRect();
            for (let y = 10; y < box.height - 20; y += 5) {
                for (let x = 100; x < box.width - 20; x += 7) {
                    const at = { clientX: box.left + x, clientY: box.top + y };
                    c.dispatchEvent(new PointerEvent("pointermove", at));
                    if (/jobs? of/.test(tip.textContent))
                        return [x - box.width / 2, y - box.height / 2, tip.textContent];
                }
            }""",
            canvas,
        )
        move = ActionChains(self.driver).move_to_element_with_offset(canvas, *map(round, spot[:2]))
        self.after(move.click().perform)
        self.assertEqual(self.listed(), int(spot[2].split("\n")[1].split(" job")[0]))
        self.check_card(path)
        row = self.find("#jobs tbody tr")
        self.assertEqual(row.get_attribute("class"), "now")  # the cell's slowest
        self.after(lambda: self.find("#uncell").click())
        self.after(lambda: self.driver.find_elements("css selector", "#jobs tbody tr")[3].click())
        self.check_card(path)
        self.after(lambda: self.press(Keys.ENTER))
        self.assertEqual(self.find("#timeline").get_attribute("data-mode"), "lanes")

    def check_card(self, path: str) -> None:
        """The card's steps are the job's slices."""
        job = int(self.text("#card b").split()[1])
        steps = self.driver.execute_script(
            "return [...document.querySelectorAll('#card .fall > b')]"
            ".map(b => [b.textContent, b.nextSibling.textContent])"
        )
        rows = test_page.query(
            path,
            f"SELECT phase, dur_ns FROM v_slice WHERE job_id = {job} AND dur_ns >= 0 ORDER BY seq",
        )
        want = [[phase, units.duration(dur)] for phase, dur in rows]
        self.assertEqual(steps[: len(want)], want)

    def test_hostile_names_stay_text(self):
        path = os.path.join(fixture.FOLDER, "hostile-browser.db")
        test_page.hostile(path)
        self.page(path, "#job=3", "--title", test_page.HOSTILE)
        self.assertIsNone(self.driver.execute_script("return window.hacked"))
        self.assertEqual(self.driver.execute_script("return document.images.length"), 0)
        self.assertEqual(self.text("h1"), test_page.HOSTILE)
        self.assertIn(test_page.HOSTILE, self.text("#card"))
        self.assertIn(test_page.HOSTILE, self.text("#findings"))
        self.after(lambda: self.find("#findings button").click())
        self.assertEqual(self.text("#card b"), "Job 3")
        self.after(lambda: self.find("#findings button").click())
        self.assertEqual(self.text("#card b"), "Job 5")
        self.type(test_page.HOSTILE.split()[0])
        self.assertEqual(self.find("#search").get_attribute("aria-invalid"), "true")

    @unittest.skipUnless(os.environ.get("ASYNCTLS"), "needs ASYNCTLS, the program that analyzes")
    def test_recorded_trace(self):
        path = fixture.recorded()
        self.page(path)
        jobs, most = test_page.query(path, "SELECT count(*), max(dur_ns) FROM v_job")[0]
        self.assertEqual(self.listed(), jobs)
        tiles = self.tiles()
        self.assertEqual((tiles["jobs"], tiles["slowest"]), (f"{jobs:,}", units.duration(most)))
        share = "SELECT phase, share FROM v_phase_stats ORDER BY share DESC LIMIT 1"
        phase, part = test_page.query(path, share)[0]
        self.assertEqual(tiles[f"of the jobs' time is {phase}"], units.percent(part))
        self.after(lambda: self.find("#jobs tbody tr").click())
        self.check_card(path)
        slowest = "SELECT job_id FROM v_job ORDER BY dur_ns DESC LIMIT 1"
        job = test_page.query(path, slowest)[0][0]
        self.assertEqual(self.text("#card b"), f"Job {job}")

    def test_table_as_csv(self):
        path = os.path.join(fixture.FOLDER, "formula.db")
        shutil.copy(fixture.typical(), path)
        with contextlib.closing(sqlite3.connect(path)) as con:
            con.execute("UPDATE thread SET name = '=1+1,\"x'")
            con.commit()
        self.page(path)
        self.driver.execute_script(
            """Object.defineProperty(navigator, "clipboard", { value: undefined });
            document.execCommand = () => { window.copied = document.activeElement.value; };"""
        )
        self.after(lambda: self.find("th[data-key=id] button").click())
        self.after(lambda: self.find("th[data-key=id] button").click())
        self.find("#csv").click()
        self.until(lambda: self.driver.execute_script("return window.copied"))
        rows = list(csv.DictReader(io.StringIO(self.driver.execute_script("return copied"))))
        want = test_page.query(
            path, "SELECT job_id, dur_ns, offload_ns, pauses, outcome FROM v_job ORDER BY job_id"
        )
        keys = ("id", "dur_ns", "offload_ns", "pauses", "outcome")
        self.assertEqual(
            [tuple(r[k] for k in keys) for r in rows], [tuple(map(str, w)) for w in want]
        )
        self.assertTrue(rows[0]["thread"].startswith("'=1+1,\"x"))

    def test_pins_and_measures(self):
        self.page(fixture.typical())
        self.after(lambda: self.press("p"))
        self.assertIn("pins=", self.driver.current_url)
        canvas = self.find("#timeline canvas")
        drag = ActionChains(self.driver).key_down(Keys.SHIFT)
        drag.move_to_element_with_offset(canvas, -200, 0).click_and_hold().move_by_offset(300, 0)
        drag.release().key_up(Keys.SHIFT).perform()
        self.assertIn("finished job", self.text("#ruler"))
        self.press(Keys.ESCAPE)
        self.assertFalse(self.find("#ruler").is_displayed())

    def test_compared(self):
        self.page(fixture.typical(), "", "--diff", fixture.crowded())
        table = self.text("#diff table")
        self.assertIn("8,000", table)
        durations = sqlite3.connect(fixture.crowded()).execute(
            "SELECT dur_ns FROM v_job WHERE dur_ns >= 0"
        )
        dur = stats.np.array([row[0] for row in durations])
        self.assertIn(units.duration(stats.quantile(dur, 0.99)), table)
        label = self.find("#pair canvas").get_attribute("aria-label")
        self.assertIn(f"{units.duration(stats.quantile(dur, 0.99))} in B", label)

    def test_what_a_screen_reader_is_told(self):
        self.page(fixture.typical(), "", "--diff", fixture.small())
        tree = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        named = {}
        for node in (node for node in tree if not node.get("ignored")):
            role = node["role"]["value"]
            named.setdefault(role, []).append(node.get("name", {}).get("value", ""))
        for role in ("button", "searchbox", "combobox", "image", "navigation", "columnheader"):
            self.assertTrue(named.get(role) or role == "combobox", role)
            for name in named.get(role, [])[:200]:
                self.assertTrue(name.strip() or role == "columnheader", f"a {role} without a name")
        headings = named["heading"]
        for panel in ("Timeline", "Latency", "In flight", "Jobs", "Percentiles", "Compared"):
            self.assertIn(panel, headings)

    def test_a_job_by_keys_alone(self):
        self.page(fixture.typical())
        row = self.find("#jobs tbody tr")
        self.driver.execute_script("arguments[0].focus()", row)
        self.after(lambda: self.press(Keys.ENTER))
        self.assertTrue(self.find("#card").is_displayed())
        self.assertEqual(self.find("#card").get_attribute("aria-live"), "polite")
        self.assertIn("job", self.text("#card").lower())

    def test_printed(self):
        self.page(fixture.typical())
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        try:
            for selector in ("nav", ".actions", "#overview .brush", "#jobs"):
                self.assertFalse(self.find(selector).is_displayed(), selector)
            for selector in ("#timeline canvas", "#heat canvas", "#about"):
                self.assertTrue(self.find(selector).is_displayed(), selector)
        finally:
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    def test_one_job_and_many_sizes(self):
        for path in (fixture.small(), fixture.by_hand("one", [(5, 10, 20, 30, 40, 50)])):
            self.page(path)
            self.after(lambda: self.find("#jobs tbody tr").click())
            self.check_card(path)


if __name__ == "__main__":
    unittest.main()
