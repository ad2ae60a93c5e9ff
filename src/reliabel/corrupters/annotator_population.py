"""A population of annotators: several people of different kinds label each item, and every vote
becomes a row.

Careful people err a quarter as often as ordinary ones; biased people have, for each class, one
wrong class that all their errors go to; spammers answer at random or always the same.  Assumes that
people err independently and alike on all items of a class.  Weak as a model of hard items.
Cost: O(n each + workers k^2).
Paper: Kazai, Kamps, Milic-Frayling. Worker types and personality traits in crowdsourcing relevance
labels. CIKM 2011; Hung et al. An evaluation of aggregation techniques in crowdsourcing. WISE 2013
(the kinds; their shares and the scaling are ours).
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Votes
from reliabel.core.results import Corrupted
from reliabel.ops.noise import how_many, picked, realised

CAREFUL, BIASED = 0.2, 0.2  # shares of the workers who are no spammers
LESS = 0.25  # of an ordinary worker's errors, that a careful one makes
KINDS = ("ordinary", "careful", "biased", "random spammer", "constant spammer")


def corrupt(
    labels: Classes,
    *,
    rng: Generator,
    rate: float = 0.2,
    each: int = 3,
    workers: int = 20,
    spammers: float = 0.1,
) -> Corrupted:
    """Let ``each`` of ``workers`` people label every item; the result has a row a vote, ``index``
    says of which item.

    ``info`` holds "votes", the same as ``Votes``; "worker" (m,), who gave each row; "kind" and
    "error" of each worker (their expected share of wrong votes).  An item without a label keeps one
    row without a vote, whose worker is -1.

    rate: expected share of wrong votes.  each: votes an item, by different people.
    spammers: share of the workers who spam, every second one at random; fewer where they alone
        would exceed ``rate``.

    >>> labels, rng = Classes(np.arange(60) % 3), np.random.default_rng(0)
    >>> made = corrupt(labels, rng=rng, rate=0.3, each=4, workers=8)
    >>> made.index[:5].tolist(), made.info["kind"].count("careful"), made.info["votes"].w
    ([0, 0, 0, 0, 1], 1, 8)
    """
    _check(each, workers, spammers)
    how_many(labels.y, labels.k, rate)  # refuses what is no share
    k, known = labels.k, np.flatnonzero(labels.y >= 0)
    balance = np.bincount(labels.y[known], minlength=k) / max(len(known), 1)
    kind, error, chance = _population(workers, rate, spammers, balance, rng)
    worker = rng.permuted(np.tile(np.arange(workers), (len(known), 1)), axis=1)[:, :each].ravel()
    item = np.repeat(known, each)
    said = picked(chance[worker, labels.y[item]], rng) if len(item) else item
    index = np.concatenate([item, np.flatnonzero(labels.y < 0)])
    order = np.argsort(index, kind="stable")
    nobody = np.full(len(index) - len(item), -1)
    y, who = np.concatenate([said, nobody])[order], np.concatenate([worker, nobody])[order]
    true = np.asarray(labels.y[index[order]], dtype=np.int64)
    votes = Votes(item, worker, Classes(said, labels.names), n=len(labels), w=workers)
    info = {"asked": rate, "kind": kind, "error": error, "worker": who, "votes": votes}
    info |= {"cells": {"worker": [None if w < 0 else w for w in who.tolist()]}}
    info |= realised(true, y, k)
    return Corrupted(Classes(y, labels.names), index[order], y != true, info)


def _check(each: int, workers: int, spammers: float) -> None:
    if workers < 1 or not 1 <= each <= workers:
        raise ValueError(
            f"each must be between 1 and the number of workers, who give one vote an item; got "
            f"each {each} and workers {workers}"
        )
    if not 0 <= spammers <= 1:
        raise ValueError(f"spammers must be a share between 0 and 1, got {spammers!r}")


def _population(
    workers: int, rate: float, spammers: float, balance: Floats, rng: Generator
) -> tuple[list[str], Floats, Floats]:
    """The kind, the expected share of wrong votes and the noise matrix (k, k) of each worker.

    Raises ValueError for a rate that the honest workers cannot reach.
    """
    spam = _spammers(round(spammers * workers), balance, rng)
    wrong = [float(balance @ (1 - np.diag(matrix))) for _, matrix in spam]
    while spam and (sum(wrong) > rate * workers or not rate):
        spam, wrong = spam[:-1], wrong[:-1]
    kind, share = _honest(workers - len(spam))
    base = (rate * workers - sum(wrong)) / max(share.sum(), 1e-12)
    if base > 1 + 1e-9:
        most = (share.sum() + sum(wrong)) / workers
        raise ValueError(
            f"a rate of {rate:g} would need ordinary workers to be wrong more often than always; "
            f"the most these {workers} workers can give is {most:.3g}"
        )
    error = np.clip(base, 0, 1) * share
    honest = [_matrix(word, e, len(balance), rng) for word, e in zip(kind, error, strict=True)]
    matrices = np.array([*honest, *(matrix for _, matrix in spam)])
    return [*kind, *(word for word, _ in spam)], np.concatenate([error, wrong]), matrices


def _spammers(count: int, balance: Floats, rng: Generator) -> list[tuple[str, Floats]]:
    """Kind and noise matrix of each spammer; the one class of a constant spammer is drawn by how
    many items it has.
    """
    k = len(balance)
    even = balance if balance.sum() else np.full(k, 1 / k)
    always = np.eye(k)[rng.choice(k, count, p=even)]
    return [
        (KINDS[3 + place % 2], np.tile(always[place] if place % 2 else np.full(k, 1 / k), (k, 1)))
        for place in range(count)
    ]


def _honest(count: int) -> tuple[list[str], Floats]:
    """The kind of each worker who is no spammer, and how often they err beside an ordinary one."""
    careful, biased = round(CAREFUL * count), round(BIASED * count)
    ordinary = count - careful - biased
    kind = [*["ordinary"] * ordinary, *["careful"] * careful, *["biased"] * biased]
    return kind, np.array([LESS if word == "careful" else 1.0 for word in kind])


def _matrix(kind: str, error: float, k: int, rng: Generator) -> Floats:
    """The noise matrix of an honest worker: errors go to all other classes alike, or to one."""
    if kind == "biased" and k > 1:
        other = np.eye(k)[(np.arange(k) + rng.integers(1, k, k)) % k]
    else:
        other = (1 - np.eye(k)) / max(k - 1, 1)
    return np.asarray((1 - error) * np.eye(k) + error * other)
