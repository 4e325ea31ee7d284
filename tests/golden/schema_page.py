#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""schema_page.py SCHEMA_SQL PAGE: asynctls-schema(5) tells every view with all its columns, and no others."""
import re
import sqlite3
import sys


def documented(page):
    """View -> columns, from the paragraphs that begin with *v_...*."""
    found = {}
    for match in re.finditer(r"^((?:\*v_\w+\*,? ?)+): ((?:_\w+_,?\s)+)", page, re.M):
        for view in re.findall(r"\*(v_\w+)\*", match[1]):
            found[view] = re.findall(r"_(\w+)_(?=[,\s])", match[2])
    return found


def made(schema):
    """View -> columns, from the schema itself; and its number."""
    con = sqlite3.connect(":memory:")
    con.executescript(schema)
    names = [row[0] for row in con.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")]
    views = {n: [row[1] for row in con.execute(f"PRAGMA table_info({n})")] for n in names}
    return views, con.execute("PRAGMA user_version").fetchone()[0]


def main():
    with open(sys.argv[1], encoding="utf-8") as sql, open(sys.argv[2], encoding="utf-8") as scd:
        (views, number), page = made(sql.read()), scd.read()
    told = documented(page)
    wrong = [
        name for name in sorted(views.keys() | told.keys()) if views.get(name) != told.get(name)
    ]
    for name in wrong:
        print(f"{name}: is {views.get(name)}, the page says {told.get(name)}")
    if f"page describes schema {number}." not in page.replace("\n", " "):
        wrong.append("number")
        print(f"the page does not describe schema {number}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
