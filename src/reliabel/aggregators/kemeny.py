"""Kemeny: the ranking that goes against the fewest votes on pairs of things.

It is the likeliest ranking where each vote turns each pair round with the same chance.  Assumes
that all workers are alike; ``mallows`` weighs them.  Votes may rank some of the things only.
Cost: of an item with m things O(2^m m) time and memory up to 15 things, for which the ranking is
exact; beyond that O(m^2) for each round of a search that moves one thing at a time.  For thousands
of things, comparisons and ``bradley_terry`` are the better way.
Paper: Kemeny. Mathematics without numbers. Daedalus 88 (1959); Young. Condorcet's theory of voting.
APSR 82 (1988).
"""

from __future__ import annotations

from reliabel.core.labels import Votes
from reliabel.core.orders import Rankings
from reliabel.core.results import Consensus
from reliabel.ops.kemeny import best_orders
from reliabel.ops.rankings import questions

ALSO = ("kemeny_young",)
STATUS = "default"
SKILL = False


def aggregate(votes: Votes[Rankings]) -> Consensus[Rankings]:
    """One ranking an item, of all things that its votes rank.

    Where several are equally good, things with lower numbers come first.  ``info`` holds "cost"
    (n,), how many votes on pairs each ranking goes against, "bound", the number that no ranking can
    stay below, "exact", whether it is known that none is better, and "agreement", from 1 where no
    vote on a pair is gone against to -1.

    >>> told = Rankings.of(["a > b > c > d"] * 3 + ["b > a > c > d"] * 2 + ["d > c > b > a"] * 2)
    >>> found = aggregate(Votes([0] * 7, range(7), told, n=1, w=7))
    >>> found.labels.order.tolist(), found.info["cost"].tolist(), found.info["exact"].tolist()
    ([1, 0, 2, 3], [13.0], [True])
    """
    labels, info = best_orders(questions(votes))
    info["p"][:] = float("nan")  # the votes' own weight is not known here
    return Consensus(labels, info=info)
