# SPDX-License-Identifier: Apache-2.0
"""What holds for the package as a whole: imports, durations, and distributions of either kind."""

import ast
import os
import unittest

import numpy as np

import asynctls_dashboards
from asynctls_dashboards import durations
from asynctls_dashboards.distribution import Buckets, Values, together

PACKAGE = os.path.dirname(asynctls_dashboards.__file__)
LIST = os.path.join(os.path.dirname(__file__), "..", "data", "durations.txt")


def modules() -> dict[str, str]:
    """Names of all modules of the package, and their files."""
    found = {}
    for folder, _, files in os.walk(PACKAGE):
        for file in (file for file in files if file.endswith(".py")):
            path = os.path.join(folder, file)
            parts = os.path.relpath(path, os.path.dirname(PACKAGE))[: -len(".py")].split(os.sep)
            found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imported(path: str, known: dict[str, str]) -> set[str]:
    """The modules of the package that a file imports, anywhere in it."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= inside & known.keys() or {node.module}
    return names & known.keys()


class Imports(unittest.TestCase):
    def test_there_is_no_circle(self):
        known = modules()
        left = {name: imported(path, known) for name, path in known.items()}
        self.assertIn("asynctls_dashboards.db", left["asynctls_dashboards.jobs"])
        while leaves := [name for name, needs in left.items() if not needs & left.keys()]:
            for name in leaves:
                del left[name]
        self.assertEqual(left, {})


class Durations(unittest.TestCase):
    def test_as_listed(self):
        with open(LIST, encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file if not line.startswith("#")]
        told = [line.split("\t") for line in lines if line]
        self.assertGreater(len(told), 30)
        for text, want in told:
            with self.subTest(text):
                if want == "-":
                    self.assertRaises(ValueError, durations.parse, text)
                else:
                    self.assertEqual(durations.parse(text), int(want))


class Distributions(unittest.TestCase):
    values = np.random.default_rng(3).integers(1, 50, 1000)

    def buckets(self, values: np.ndarray, **more) -> Buckets:
        """So narrow that nothing is lost."""
        return Buckets(*np.unique(values, return_counts=True), **more)

    def test_either_kind_says_the_same(self):
        single, counted = Values(self.values), self.buckets(self.values)
        self.assertEqual(single.count, counted.count)
        for q in (0.0001, 0.5, 0.99, 1.0):
            self.assertEqual(single.quantile(q), counted.quantile(q))
        ranks = np.arange(single.count)
        self.assertEqual(single.at(ranks).tolist(), counted.at(ranks).tolist())
        self.assertEqual(single.at(ranks).tolist(), sorted(self.values.tolist()))

    def test_the_largest_may_be_known_exactly(self):
        counted = self.buckets(self.values, largest=77)
        self.assertEqual(
            (counted.quantile(1.0), counted.quantile(0.5)), (77, np.median(self.values))
        )

    def test_no_value_is_above_the_largest(self):
        values = Buckets(np.array([10, 20]), np.array([5, 5]), largest=19).at(np.arange(10))
        self.assertEqual(values.tolist(), [10] * 5 + [19] * 5)

    def test_parts_put_together(self):
        both = together([self.buckets(self.values[:300]), self.buckets(self.values[300:])])
        self.assertEqual(both.count, len(self.values))
        self.assertEqual(both.quantile(0.9), Values(self.values).quantile(0.9))

    def test_of_nothing(self):
        none = np.empty(0, np.int64)
        for empty in (Values(none), Buckets(none, none)):
            self.assertEqual((empty.count, empty.quantile(0.5)), (0, 0))


if __name__ == "__main__":
    unittest.main()
