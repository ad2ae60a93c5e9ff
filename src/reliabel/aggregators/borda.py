"""Borda: things in the order of how often votes put them above another thing.

Assumes that all workers are alike and that things which a ranking leaves out are neither better nor
worse.  Weak where many votes rank some of the things only, and these are the better ones.  It is
not moved by a few odd votes as little as ``kemeny`` is, but needs no search.
Cost: O(m^2) for a vote that ranks m things.
Paper: de Borda. Memoire sur les elections au scrutin. 1781; partial rankings: Dwork, Kumar, Naor,
Sivakumar. Rank aggregation methods for the web. WWW 2001.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Votes
from reliabel.core.orders import Rankings
from reliabel.core.results import Consensus
from reliabel.ops.kemeny import by_points, points
from reliabel.ops.rankings import (
    agreement,
    cost_of,
    least_cost,
    preferences,
    questions,
    table_cells,
)

SKILL = False


def aggregate(votes: Votes[Rankings]) -> Consensus[Rankings]:
    """Order the things of each item by the share of votes on their pairs that put them above.

    Of things with equal shares the one with the lower number comes first.  ``info`` holds "share",
    that share for each place of the rankings; "cost" (n,), how many votes on pairs each ranking
    goes against, "bound", the number that no ranking can stay below, and "agreement" (n,), from 1
    where no vote on a pair is gone against to -1.

    >>> told = Rankings.of(["a > b > c > d"] * 3 + ["b > a > c > d"] * 2 + ["d > c > b > a"] * 2)
    >>> found = aggregate(Votes(np.zeros(7, int), np.arange(7), told, n=1, w=7))
    >>> found.labels.order.tolist(), found.info["cost"].tolist()
    ([1, 0, 2, 3], [13.0])
    """
    asked = questions(votes)
    share = np.empty(len(asked.things))
    order = np.empty(len(asked.things), dtype=np.int64)
    cost, bound, pairs = np.zeros((3, votes.n))
    for many, items in asked.alike(table_cells):
        above = preferences(asked, items, many)
        slots, places = by_points(above), asked.starts[items][:, None] + np.arange(many)
        order[places] = asked.things[asked.starts[items][:, None] + slots]
        share[places] = np.take_along_axis(points(above), slots, 1)
        cost[items], bound[items] = cost_of(slots, above), least_cost(above)
        pairs[items] = above.sum((1, 2))
    info = {
        "share": share,
        "cost": cost,
        "bound": bound,
        "agreement": agreement(cost, pairs),
        "p": np.full(votes.n, np.nan),
    }
    labels = Rankings(order, asked.starts, votes.labels.n, votes.labels.names)
    return Consensus(labels, info=info)
