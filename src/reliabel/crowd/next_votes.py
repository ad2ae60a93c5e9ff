"""Which items need more votes, how many, which worker to ask, and when to stop.

The value of m more votes is the expected rise of the probability of the best class; one vote often
cannot change the best class, so up to five votes are looked ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import factorial
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.chunks import spans

CLASSES = 3  # likeliest classes of an item that are kept apart; the others are merged


@dataclass(frozen=True, eq=False)
class NextVotes:
    """The items to ask for more votes on, best first: ``item`` (b,), how many ``votes`` it needs,
    the expected ``gain`` in accuracy per vote, and the ``worker`` to ask first (-1: nobody left).
    """

    item: Ints
    votes: Ints
    gain: Floats
    worker: Ints
    need: Ints  # (n,) votes that every item needs, 0 for none
    value: Floats  # (n,) expected gain in accuracy per vote, for every item
    stop: Bools  # (n,) items that need no further vote
    # (n,) why: "sure", "not worth it", "enough votes", or "" where one more is worth its price
    why: tuple[str, ...]

    __repr__ = by_fields


def next_votes(
    votes: Votes[Classes],
    posterior: Floats,
    confusion: Floats,
    *,
    budget: int = 100,
    error: float = 0.05,
    price: float = 1e-4,
    cap: int = 15,
    ahead: int = 5,
    cost: Floats | None = None,
    most: int | None = None,
) -> NextVotes:
    """The items worth another vote, given the workers' matrices (w, true, voted).

    budget: how many items to name.
    error: stop when the best class has a probability above 1 - error (needs a calibrated
        posterior).
    price: gain in accuracy that one vote must bring.
    cap: votes that an item may have.
    ahead: votes to look ahead.
    cost: (w,) relative price of a vote of each worker.
    most: items to give to one worker.
    """
    size = np.bincount(votes.item, minlength=votes.n)
    given = np.bincount(votes.worker, minlength=votes.w)
    crowd = (
        np.einsum("j,jab->ab", given / max(given.sum(), 1), confusion)
        if given.sum()
        else confusion.mean(0)
    )
    sure, full = posterior.max(1) >= 1 - error, size >= cap
    gain, needed = np.zeros(votes.n), np.ones(votes.n, dtype=np.int64)
    asked = np.flatnonzero(~sure & ~full)
    gain[asked], needed[asked] = _look_ahead(posterior[asked], crowd, ahead)
    cheap = gain < price
    why = np.select([full, sure, cheap], ["enough votes", "sure", "not worth it"], "")
    open_items = np.flatnonzero(why == "")
    picked = open_items[np.argsort(-gain[open_items], kind="stable")[:budget]]
    worker = _ask(
        votes, posterior, confusion, picked, np.ones(votes.w) if cost is None else cost, most
    )
    return NextVotes(
        picked,
        needed[picked],
        gain[picked],
        worker,
        np.where(why == "", needed, 0),
        gain,
        why != "",
        tuple(why.tolist()),
    )


def expected_gain(posterior: Floats, confusion: Floats, m: int) -> Floats:
    """(n,) the expected rise of the probability of the best class after m votes by workers with
    this confusion matrix (true, voted).

    >>> p, a = np.array([[0.9, 0.1], [0.7, 0.3]]), np.array([[0.8, 0.2], [0.2, 0.8]])
    >>> [expected_gain(p, a, m).round(3).tolist() for m in (1, 2, 3)]
    [[0.0, 0.1], [0.028, 0.164], [0.044, 0.196]]
    """
    top = np.argsort(-posterior, axis=1, kind="stable")[:, :CLASSES]
    p, matrix = _reduced(posterior, confusion, top)
    log, after = np.log(np.maximum(matrix, 1e-300)), np.zeros(len(p))
    for picks in combinations_with_replacement(range(matrix.shape[2]), m):
        times = np.bincount(picks, minlength=matrix.shape[2])
        ways = factorial(m) / np.prod([factorial(int(t)) for t in times])
        after += ways * (p * np.exp(log @ times)).max(1)
    return np.asarray(np.maximum(after - p.max(1), 0))


def _look_ahead(posterior: Floats, crowd: Floats, ahead: int) -> tuple[Floats, Ints]:
    """The best gain per vote over 1 .. ``ahead`` votes, and the number of votes that has it."""
    gain, needed = np.zeros(len(posterior)), np.ones(len(posterior), dtype=np.int64)
    for start, stop in spans(len(posterior), 64):
        block = posterior[start:stop]
        each = np.stack([expected_gain(block, crowd, m) / m for m in range(1, ahead + 1)])
        best = (each > each.max(0) - 1e-12).argmax(0)
        gain[start:stop], needed[start:stop] = each.max(0), best + 1
    return gain, needed


def _reduced(posterior: Floats, confusion: Floats, top: Ints) -> tuple[Floats, Floats]:
    """Probabilities (n, c) of the top classes and of the rest merged, and the confusion matrices
    (n, c, c) between them.
    """
    row = np.arange(len(posterior))[:, None]
    kept = posterior[row, top]
    matrix = confusion[top[:, :, None], top[:, None, :]]
    if top.shape[1] == posterior.shape[1]:
        return kept, matrix
    rest = posterior.copy()
    rest[row, top] = 0
    weight = rest.sum(1)
    votes_of_rest = np.divide(
        rest @ confusion, weight[:, None], out=np.zeros_like(rest), where=weight[:, None] > 0
    )[row, top]
    last = np.concatenate([votes_of_rest, 1 - votes_of_rest.sum(1, keepdims=True)], axis=1)
    matrix = np.concatenate([matrix, 1 - matrix.sum(2, keepdims=True)], axis=2)
    matrix = np.concatenate([matrix, last[:, None, :]], axis=1)
    return np.concatenate([kept, weight[:, None]], axis=1), matrix


def _ask(
    votes: Votes[Classes],
    posterior: Floats,
    confusion: Floats,
    picked: Ints,
    cost: Floats,
    most: int | None,
) -> Ints:
    """For each item the worker whose vote brings most for its cost, among those who have not voted
    on it; ties in gain are broken by mutual information.
    """
    if not len(picked):
        return np.empty(0, dtype=np.int64)
    w, k = votes.w, votes.labels.k
    voted = _voted(votes, picked)
    entropy = -(confusion * np.log(np.maximum(confusion, 1e-300))).sum(2)  # (w, true)
    chosen, load = np.full(len(picked), -1), np.zeros(w, dtype=np.int64)
    step = max(1, 2_000_000 // (w * k))
    for start in range(0, len(picked), step):
        stop = start + step
        p = posterior[picked[start:stop]]
        best = np.stack([(p[:, :, None] * matrix).max(1).sum(1) for matrix in confusion], axis=1)
        answer = np.stack([p @ matrix for matrix in confusion], axis=1)  # (items, w, voted)
        information = -(answer * np.log(np.maximum(answer, 1e-300))).sum(2) - p @ entropy.T
        value = (best - p.max(1, keepdims=True) + 1e-3 * information) / cost
        value[voted[start:stop].toarray() > 0] = -np.inf
        for place, row in enumerate(value, start):
            row[load >= (most if most is not None else len(picked))] = -np.inf
            if np.isfinite(row).any():
                chosen[place] = row.argmax()
                load[chosen[place]] += 1
    return chosen


def _voted(votes: Votes[Classes], picked: Ints) -> Any:
    """Sparse 0/1 (picked, w): who has voted on which of the picked items."""
    place = np.full(votes.n, -1)
    place[picked] = np.arange(len(picked))
    here = place[votes.item] >= 0
    return csr_array(
        (np.ones(int(here.sum())), (place[votes.item[here]], votes.worker[here])),
        shape=(len(picked), votes.w),
    )
