"""Candidate sets: one class of an item is true, and a vote leaves a choice of classes ("dog or
wolf", "not spam").

The precision of a worker's (a function's) set is the chance that the true class is in it.  It is
judged by the other votes on the item, as in ``precision_model``, from which it differs in what is
shrunk: a wide set is right by chance already, so that a worker is compared with how much the sets
leave open.  A vote with a yes leaves the classes with a yes; one without leaves all that have no
"no", and one with a "no" to all says nothing.
Assumes that votes are independent given the class, and that a wrong set is as likely to hold any
other class.  Weak where most workers leave out the same true class.
Cost: O(v k) per iteration, memory O(n k + sets of a worker x k).
Paper: our own; for one-class sets the precision model of labelling functions.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Ints, MultiLabel, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.choices import choices_of, log_table, one_class, right_by_others, summed_by_item

ALSO = ("partial_labels",)
ANSWERS = "candidates"
RIGHT, RARITY, NEAR = 0.7, 0.25, 1e-4  # as in the precision model


def aggregate(
    votes: Votes[MultiLabel],
    *,
    gold: Ints | None = None,
    strength: float = 0.3,
    iterations: int = 20,
) -> Consensus[Soft]:
    """The chance of each class of each item.

    gold: (n,) the true class where it is known, -1 elsewhere, or a table (n, k) with one yes where
        it is known.
    strength: what is known beforehand of a set, and of a worker's other sets, counts as much as
        this share of the items with votes.
    ``info`` holds "precision" (w,), the chance that the true class is among those that a worker
    leaves possible, "chance" (w,), that of sets drawn at random, and "balance" (k,), how frequent
    the classes are.  ``skill`` is how far precision is above chance, as the share of right votes
    of a worker who names one of k equal classes.

    >>> y = MultiLabel([[1, 0, 0], [-1, 0, -1], [0, -1, -1]])  # "the first", "not the second", ...
    >>> found = aggregate(Votes([0, 1, 1], [0, 0, 1], y, n=3, w=2))
    >>> found.labels.p.argmax(1).tolist()[:2]
    [0, 2]
    """
    said, gold = choices_of(votes), one_class(gold)
    n, k = votes.n, votes.labels.k
    several = np.bincount(said.item, minlength=n)
    size = said.possible.sum(1)
    share = np.zeros((n, k))
    for c in range(k):
        share[:, c] = np.bincount(said.item, (said.possible[:, c] / size)[said.answer], minlength=n)
    voted = several > 0
    share[voted] /= several[voted][:, None]
    balance = 0.9 * share[voted].mean(0) + 0.1 / k if voted.any() else np.full(k, 1 / k)
    base = balance**RARITY / (balance**RARITY).sum()
    chance = np.clip(said.possible @ base, 1e-6, 1 - 1e-6)  # of a set, without any vote
    odds = RIGHT / (1 - RIGHT) * max(k - 1, 1) * chance / (1 - chance)
    prior = np.clip(odds / (1 + odds), 0.001, 0.999)  # RIGHT for one class of k equal ones
    weight = max(strength * int(voted.sum()), 1e-9)
    precision, use = np.maximum(prior, chance), several[said.item] > 1
    for _ in range(iterations):
        log = log_table(said, precision, base, chance)
        score = np.log(base) + summed_by_item(said, log, n)
        right = right_by_others(said, log, score, gold)
        checked = use if gold is None else use | (gold[said.item] >= 0)
        count = len(said.function)
        cast = np.bincount(said.answer[checked], minlength=count)
        hit: Floats = np.bincount(said.answer[checked], right[checked], count).astype(float)
        before = precision
        own = chance + (1 - chance) * _gain(said.function, hit, cast, chance, prior, weight)
        precision = np.clip((hit + weight * own) / (cast + weight), chance, 0.999)
        if np.abs(precision - before).max(initial=0) < NEAR:
            break
    score = np.log(base) + summed_by_item(said, log_table(said, precision, base, chance), n)
    score[~voted] = np.log(balance)
    p = np.exp(score - score.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    if gold is not None:
        p[gold >= 0] = np.eye(k)[gold[gold >= 0]]
    mine = np.bincount(votes.worker, minlength=votes.w).astype(float)
    mine[mine == 0] = np.nan
    right = np.bincount(votes.worker, precision[said.answer], votes.w) / mine
    random = np.bincount(votes.worker, chance[said.answer], votes.w) / mine
    skill = 1 / k + (1 - 1 / k) * (right - random) / np.maximum(1 - random, 1e-9)
    info = {"precision": right, "chance": random, "balance": balance}
    return Consensus(Soft(p, votes.labels.names), skill, info=info)


def _gain(
    function: Ints,
    hit: Floats,
    cast: Ints,
    chance: Floats,
    prior: Floats,
    weight: float,
) -> Floats:
    """(answers,) how far above chance, 1 being always right, a worker's other sets are, shrunk to
    what is known beforehand: a person who leaves a choice seldom leaves the same one again.
    """
    size = int(function.max(initial=-1)) + 1
    above, room = hit - cast * chance, cast * (1 - chance)
    others = [np.bincount(function, part, size)[function] - part for part in (above, room)]
    usual = (prior - chance) / (1 - chance)
    return np.asarray(np.clip((others[0] + weight * usual) / (others[1] + weight), 0, 0.999))
