"""Precision model: a vote counts by its precision, the chance that the class it names is the true
one; an abstention carries no information.

Assumes sources that mostly vote for one class (rules, labelling functions).  Models of skill fail
on them: whenever such a source votes, it votes for the same class whatever the true one.  A
source is compared with the other sources of its class: how often others agree with it depends on
how many sources can name the class, so that across classes agreement says little of precision.
Sources that give the same answer on the same items far more often than the class explains are taken
for one.  Weak where sources have few items in common: the prior of .7 then decides.  Its
probabilities are rough.
Cost: O(v k) per iteration, memory O(n k + w k); once O(pairs of votes on an item) and O((w k)^2).
Paper: Ratner, De Sa, Wu, Selsam, Re. Data programming. NIPS 2016, for the setting; Ratner et al.
Training complex models with multi-task weak supervision. AAAI 2019, for accuracies from agreement;
modelling P(true | vote) instead of P(vote | true) is our own.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.firing import copies_as_one
from reliabel.ops.precision import Precisions, precisions

ALSO = ("label_model", "weak_supervision")
STATUS = "optional"


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    right: float = 0.7,
    strength: float = 0.3,
    rarity: float = 0.25,
    within: bool = True,
    against: bool = False,
    copies: bool = True,
    iterations: int = 20,
    tol: float = 1e-4,
) -> Consensus[Soft]:
    """Alternate the precision of each source's votes, estimated from the other votes on the same
    items, and the classes.

    right, strength: the prior's precision, and its weight as a share of the items with votes; it is
        strong on purpose, since votes alone mislead.
    rarity: a vote's precision is measured against the frequency of its class to this power: at 1
        votes for rare classes count most, which is exact where votes show the true frequencies; at
        0 all classes count alike.
    within: compare a source's votes with the other votes for the same class only, whose mean
        precision is ``right`` (or what gold shows); else with all votes.
    against: let votes count against the class they name where their precision is low; else a class
        that all votes on an item name is always the likeliest.
    copies: take near copies of one another for one source (up to 3,000 sources times classes).
    ``info`` holds "precision" (w, k), the chance that the class is true where the source names it,
    "balance" (k,), and "group" (w,), the source that each is taken for.  There is no objective, so
    ``trace`` is empty.

    >>> item, worker = np.array([0, 1, 4, 1, 2, 3, 4]), np.array([0, 0, 0, 1, 1, 2, 2])
    >>> v = Votes(item, worker, Classes(np.array([1, 1, 1, 1, 1, 0, 0])), n=6, w=3)
    >>> plain = {"rarity": 1.0, "within": False, "against": True, "iterations": 1}
    >>> aggregate(v, strength=0.4, **plain).labels.p[:, 1].round(6).tolist()
    [0.6, 0.738462, 0.8, 0.533333, 0.446512, 0.68]
    """

    def fit(some: Votes[Classes]) -> Precisions:
        return precisions(
            some,
            gold,
            right=right,
            strength=strength,
            rarity=rarity,
            within=within,
            against=against,
            iterations=iterations,
            tol=tol,
        )

    group: Ints = np.arange(votes.w)
    found = fit(votes)
    if copies:
        single, group = copies_as_one(votes, found.posterior)
        found = found if single is votes else fit(single)
    precision = found.precision[group]
    k = votes.labels.k
    cast = np.bincount(votes.worker * k + votes.labels.y, minlength=votes.w * k).reshape(-1, k)
    mine = cast.sum(1)
    skill = np.divide((cast * precision).sum(1), mine, out=np.full(votes.w, np.nan), where=mine > 0)
    info = {"precision": precision, "balance": found.balance, "group": group}
    return Consensus(Soft(found.posterior, votes.labels.names), skill, info=info)
