"""SimiFeat: neighbours vote on the label in many rounds, each on a random part of the data, and
what loses in at least half of its rounds is flagged.

Assumes features in which near items share a class.  Weak where classes overlap and for rare
classes, which the classes around them outvote.  The rule "rank" flags, of each class, as many as
the noise transition matrix says are wrong: given, or by high-order consensus, which counts too many
where neighbours often differ in class or people err on hard items.  ``neighbour_vote`` is one round
on everything, with more voters.
Cost: O(rounds n neighbours), memory O(n k); the matrix O(n + k^4) for each of some 300 steps.
Paper: Zhu, Dong, Liu. Detecting corrupted labels without training a model to predict. ICML 2022.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.core.run import track
from reliabel.ops.chunks import cut, rows
from reliabel.ops.high_order_consensus import MOST, fitted, triples
from reliabel.ops.neighbour_votes import cosine_votes
from reliabel.ops.noise import checked

SHARE = 0.9  # of the items that take part in a round
LIMITS = (0.05, 0.95)  # a share of wrong labels of 0 or of 1 in a class is taken for one of these
SPARE = 5  # neighbours looked at, times those that vote: some are not in the round, or unlabelled
RULES = ("rank", "vote")
_VOTE = (None, "the vote")


def audit(
    labels: Classes,
    *,
    neighbours: Neighbours,
    rng: Generator,
    noise_matrix: Floats | None = None,
    rule: str = "rank",
    nearest: int = 10,
    rounds: int = 21,
) -> Suspicion:
    """Score = 1 - votes for the given class / length of the vector of votes, the mean over rounds;
    flag where (rounds flagged + 1) / (rounds + 2) is at least one half.

    rule: "rank" flags in each round the worst items of each class, as many as are wrong by the
        matrix; "vote" those for which another class has more votes.  With more than 100 classes, or
        too few items, "rank" without a matrix is "vote".
    nearest: how many vote, the item itself among them.
    info: the "rule" that was used, the "wrong_share" (k,) of each given class and its "source".

    >>> y = np.array([0, 0, 0, 1, 1, 1, 1, 0])
    >>> step, row = np.arange(1, 4), np.arange(8)[:, None]
    >>> around = Neighbours(row // 4 * 4 + (row + step) % 4, np.full((8, 3), 0.1))
    >>> found = audit(Classes(y), neighbours=around, rng=np.random.default_rng(0), rule="vote")
    >>> found.flag.nonzero()[0].tolist(), found.suggest.y.tolist()
    ([3, 7], [0, 0, 0, 0, 1, 1, 1, 1])
    """
    if rule not in RULES:
        raise ValueError(f"rule must be 'rank' or 'vote', got {rule!r}")
    if nearest < 2 or rounds < 1:
        raise ValueError(
            f"nearest must be at least 2 and rounds at least 1, got {nearest!r} and {rounds!r}"
        )
    wrong, source = _wrong_shares(labels, neighbours, noise_matrix) if rule == "rank" else _VOTE
    n, y = len(labels), labels.y
    near = neighbours.nearest(SPARE * nearest)
    seen, flagged, score = np.zeros(n), np.zeros(n), np.zeros(n)
    votes: Floats = np.zeros((n, labels.k))
    for _ in track("rounds", range(rounds)):
        inside = rng.random(n) < SHARE if rounds > 1 else np.ones(n, dtype=bool)
        said, off, lost = _one_round(labels, near, inside, nearest)
        judged = inside & ~np.isnan(off)
        out = lost if wrong is None else _worst(y, np.where(judged, off, np.nan), wrong)
        seen, flagged = seen + judged, flagged + (judged & out)
        score, votes = score + np.where(judged, off, 0), votes + inside[:, None] * said
    score = np.divide(score, seen, out=np.full(n, np.nan), where=seen > 0)
    flag = (flagged > 0) & ((flagged + 1) / (seen + 2) >= 0.5)
    best = np.where(votes.any(1), votes.argmax(1), -1) if labels.k else np.full(n, -1)
    suggest = np.where((y >= 0) & ~flag, y, best)
    info = {
        "rule": rule if wrong is not None else "vote",
        "rounds": rounds,
        "wrong_share": wrong,
        "source": source,
        "recall": neighbours.recall,
    }
    return Suspicion(score, flag, Classes(suggest, labels.names), info=info)


def table(labels: Classes, *, neighbours: Neighbours) -> Floats:
    """(n, k) log share of the votes of the nine nearest labelled items, drawn towards even shares
    as if by one more: one round on everything, in which the item itself has no vote.
    """
    index = neighbours.nearest(SPARE * 10).index
    there = (index >= 0) & (np.where(index >= 0, labels.y[index], -1) >= 0)
    index = np.where(there & (np.cumsum(there, axis=1) <= 9), index, -1)
    distance = neighbours.distance[:, : index.shape[1]]
    votes = cosine_votes(labels.y, labels.k, index, distance)
    share = (votes + 1 / max(labels.k, 1)) / (votes.sum(1, keepdims=True) + 1)
    return np.asarray(np.log(share))


def _one_round(
    labels: Classes, near: Neighbours, inside: Bools, nearest: int
) -> tuple[Floats, Floats, Bools]:
    """(n, k) votes for each class, of the items inside; the score of each label, NaN where there is
    none or nobody votes; and whether another class has more votes.
    """
    y = np.where(inside, labels.y, -1)
    blocks = cut(labels.y, near.index, near.distance, k=max(labels.k, near.index.shape[1], 1))
    return rows(lambda block: _judge(y, labels.k, nearest - 1, *block.read()), blocks)


def _judge(
    labels: Ints, k: int, others: int, y: Ints, index: Ints, distance: Floats
) -> tuple[Floats, Floats, Bools]:
    there = (index >= 0) & (np.where(index >= 0, labels[index], -1) >= 0)
    place = np.cumsum(there, axis=1)
    votes = cosine_votes(labels, k, np.where(there & (place <= others), index, -1), distance)
    known, at = np.flatnonzero(y >= 0), np.arange(len(y))
    some: Bools = place.max(1, initial=0) > 0
    if len(known) and some.any():
        # the item itself counts as if at distance 2 a - b of its two nearest a and b, so that it
        # does not outweigh them
        first, second = (np.argmax(place == rank, axis=1) for rank in (1, 2))
        a = np.where(some, distance[at, first], 1.0)
        b = np.where((place == 2).any(1), distance[at, second], a)
        votes[known, y[known]] += np.clip(1 - (2 * a - b), 0, 1)[known] * some[known]
    length = np.sqrt((votes**2).sum(1))
    judged = (y >= 0) & (length > 0)
    own = votes[at, np.maximum(y, 0)] if k else length
    off = 1 - np.divide(own, length, out=np.full(len(y), np.nan), where=judged)
    return votes, off, judged & (votes.max(1, initial=0) > own)


def _worst(y: Ints, off: Floats, wrong: Floats) -> Bools:
    """The items of each class with the largest score, as many as the class has wrong ones."""
    out = np.zeros(len(y), dtype=bool)
    for label, share in enumerate(wrong):
        mine = np.flatnonzero((y == label) & ~np.isnan(off))
        count = round(share * len(mine))
        if count:
            least = np.partition(off[mine], len(mine) - count)[len(mine) - count]
            # items as good as the last one are flagged only where another class has votes
            out[mine[(off[mine] >= least) & (off[mine] > 0)]] = True
    return out


def _wrong_shares(
    labels: Classes, neighbours: Neighbours, matrix: Floats | None
) -> tuple[Floats | None, str]:
    """(k,) the share of each given class that is wrong, and where it comes from; None where it
    cannot be told.
    """
    k, y = labels.k, labels.y
    given = np.bincount(y[y >= 0], minlength=k) / max(int((y >= 0).sum()), 1)
    if matrix is not None:
        t = checked(matrix, k)
        balance = np.maximum(np.linalg.lstsq(t.T, given, rcond=None)[0], 0)
        return _wrong(balance, t), "noise_matrix"
    if k > MOST:
        return None, f"the vote, because high-order consensus takes at most {MOST} classes"
    three = triples(y, neighbours) if neighbours.index.shape[1] > 1 else np.empty((3, 0), int)
    if three.shape[1] < 10 * max(k, 1):
        return None, "the vote, because fewer than ten items a class have two labelled neighbours"
    balance, t, _ = fitted(three, k)
    return _wrong(balance, t), "high-order consensus"


def _wrong(balance: Floats, t: Floats) -> Floats:
    """(k,) the chance that a given label is wrong: one less p(c) T(c, c) over p(given c)."""
    given = balance @ t
    right = np.divide(balance * np.diag(t), given, out=np.ones(len(t)), where=given > 0)
    share = 1 - right
    share[share <= 0], share[share >= 1] = LIMITS
    return np.asarray(share)
