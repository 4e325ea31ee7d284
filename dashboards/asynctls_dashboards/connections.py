# SPDX-License-Identifier: Apache-2.0
"""Connections by what was negotiated: version, cipher, resumed or not, side, server name."""

from __future__ import annotations

from typing import Optional

import numpy as np

from asynctls_dashboards import units
from asynctls_dashboards.db import Database, id_lists, indices

NAME = 120  # characters of any one name
SIDES = ("unknown", "client", "server")
MOST_KINDS = 4000  # the rest is shown as not known


def lookup(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key, 0 for those without."""
    if not len(keys):
        return np.zeros(len(wanted), np.int64)
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
    found = order[at]
    return np.where(keys[found] == wanted, values[found], 0)


def kinds(db: Database, conn: np.ndarray, few: bool = False) -> tuple[np.ndarray, list[dict]]:
    """Connections told apart by what was negotiated: the kind of each conn, and what the kinds are.

    few: conn holds few of the recording's connections, so that not all should be read.
    """
    fields = ("version", "cipher", "resumed", indices("side", SIDES, 0))
    wanted = ("conn_id", *(f"COALESCE({f}, 0)" for f in fields))
    chosen = np.unique(conn) if few else None
    ids, *values = db.keyed(wanted, "v_conn", "conn_id", chosen)
    asked, names = _server_names(db, chosen)
    values.append(lookup(*asked, ids))
    if not len(ids):
        return np.zeros(len(conn), np.int64), [{}]
    packed = np.zeros(len(ids), np.int64)  # one number each: rows would take ten times as long
    for column, top in zip(values, (1 << 16, 1 << 16, 2, len(SIDES), 1 << 28)):
        packed = packed * top + np.clip(column, 0, top - 1)
    _, first, place, many = np.unique(
        packed, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(-many, kind="stable")[:MOST_KINDS]
    rank = np.zeros(len(many), np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    found = [{}]
    for k in order:
        kind = _kind(db, int(ids[first[k]]))
        found.append(kind | {"sni": names[values[4][first[k]]]})
    return lookup(ids, rank[place], conn), found


def _kind(db: Database, conn: int) -> dict[str, str]:
    """What was negotiated on a connection, in words."""
    sql = "SELECT version_name, cipher_name, resumed, side FROM v_conn WHERE conn_id = ?"
    row = db.rows(sql, (conn,))[0]
    texts = ("" if value is None else units.plain(str(value), NAME) for value in row)
    return dict(zip(("version", "cipher", "resumed", "side"), texts))


def _server_names(
    db: Database, chosen: Optional[np.ndarray]
) -> tuple[tuple[np.ndarray, np.ndarray], list[str]]:
    """Connections that asked for a server name, the place of each one's name, and the names."""
    names: dict[str, int] = {"": 0}
    sql = "SELECT conn_id, server_name FROM v_conn WHERE server_name <> ''"
    if chosen is None:
        rows = db.rows(sql)
    else:
        rows = [r for ids in id_lists(chosen) for r in db.rows(f"{sql} AND conn_id IN ({ids})")]
    place = [names.setdefault(units.plain(str(name), NAME), len(names)) for _, name in rows]
    return (np.array([row[0] for row in rows], np.int64), np.array(place, np.int64)), list(names)


def redacted(kinds: list[dict]) -> list[dict]:
    """The same without the names that clients sent."""
    names: dict[str, str] = {"": ""}
    for kind in kinds:
        if "sni" in kind:
            kind["sni"] = names.setdefault(kind["sni"], f"name {len(names)}")
    return kinds


def several(db: Database) -> bool:
    """True if connections differ in version or cipher: much quicker than to tell them apart."""
    other = " OR ".join(
        f"{c} IS NOT (SELECT {c} FROM v_conn LIMIT 1)" for c in ("version", "cipher")
    )
    return bool(db.rows(f"SELECT 1 FROM v_conn WHERE {other} LIMIT 1"))


def by_name(db: Database, conn: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Version and cipher of each connection as an index into names; the commonest first."""
    if not several(db):
        return np.zeros(len(conn), np.int64), ["all connections"]
    kind, found = kinds(db, conn)
    words = [" ".join(k.get(part, "") for part in ("version", "cipher")).strip() for k in found]
    names = list(dict.fromkeys(word or "not known" for word in words))
    place = np.array([names.index(word or "not known") for word in words])
    code = place[kind]
    many = np.bincount(code, minlength=len(names))
    order = np.argsort(-many, kind="stable")
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    return rank[code], [names[i] for i in order if many[i]]
