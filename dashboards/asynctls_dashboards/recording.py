# SPDX-License-Identifier: Apache-2.0
"""Where plots get their numbers: the jobs themselves, or what the analysis added up over all of
them.

Both answer the same questions, so that a plot need not know which it has. The sums hold all jobs,
each to within a bucket of time or duration; they are taken where there are so many that to read
each would take too long, and no filter is set.
"""

from __future__ import annotations

from typing import Iterable

from asynctls_dashboards.db import Database
from asynctls_dashboards.filters import NO_FILTERS, Filters
from asynctls_dashboards.jobs import Jobs
from asynctls_dashboards.operations import EachOperation, Operations, SummedOperations
from asynctls_dashboards.source import Source
from asynctls_dashboards.sums import Sums

LIMIT = 2_000_000  # jobs; above this the sums are taken


def summed(db: Database, filters: Filters) -> bool:
    """True if the sums are taken instead of the jobs."""
    return filters == NO_FILTERS and db.meta.jobs > LIMIT


def jobs(
    db: Database, filters: Filters, *columns: str, if_conns_differ: Iterable[str] = ()
) -> Source:
    """The jobs that the filters let through. columns are all that the questions to come need of
    single jobs, to be read together when the first is asked; some only if connections differ."""
    if summed(db, filters):
        return Sums(db)
    return Jobs(db, filters, columns, if_conns_differ=if_conns_differ)


def operations(db: Database, filters: Filters) -> Operations:
    """The engine operations of those jobs, and, without filters, those of no job."""
    return SummedOperations(db) if summed(db, filters) else EachOperation(db, filters)
