"""How sure free-text answers are because several workers gave the same one.

A worker's answer is exactly right with a chance of his own.  Two right answers are the same, two
wrong ones hardly ever, so that answers that coincide are likely right.  This is the one-coin model
of votes on classes, with as many classes as there are texts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.free_text import Texts
from reliabel.core.labels import Floats, Ints, Votes
from reliabel.ops.word_tokens import tokens_of

AGAIN = 0.05  # the chance that a wrong answer is the same as another wrong one
SHRUNK = 4  # answers of the crowd beside a worker's own
ROUNDS = 20


def same_answers(texts: Sequence[str], item: Ints) -> Ints:
    """(v,) a number for each answer, equal for answers of an item that have the same words."""
    tokens = tokens_of(texts)
    size = np.diff(tokens.offsets)
    row = np.repeat(np.arange(len(texts)), size)
    with np.errstate(over="ignore"):  # a hash of the words in their order
        step = np.uint64(0x9E3779B97F4A7C15)
        place = (np.arange(len(row)) - np.repeat(tokens.offsets[:-1], size)).astype(np.uint64)
        power = (2 * place + np.uint64(1)) * step
        mixed = (tokens.code.astype(np.uint64) + np.uint64(1)) * power
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        total = np.concatenate([[np.uint64(0)], np.cumsum(mixed, dtype=np.uint64)])
        key = total[tokens.offsets[1:]] - total[tokens.offsets[:-1]]
    order = np.lexsort((key, item))
    new = (np.diff(item[order]) != 0) | (np.diff(key[order]) != 0)
    found = np.empty(len(texts), dtype=np.int64)
    found[order] = np.concatenate([[0], np.cumsum(new)])[: len(texts)]
    return found


def chance_of_coinciding(
    votes: Votes[Texts], texts: Sequence[str], vote: Ints
) -> tuple[Floats, Floats]:
    """(n,) the chance that the chosen answer of each item is exactly right, NaN where there is
    none, and (w,) the chance that a worker's answer is.

    vote: (n,) the place of the chosen answer, -1 for none.

    >>> said = ["a", "A.", "b", "c"]
    >>> votes = Votes([0, 0, 0, 1], [0, 1, 2, 0], Texts(said), n=2, w=3)
    >>> chance_of_coinciding(votes, said, np.array([0, 3]))[0].round(1).tolist()
    [1.0, 0.7]
    """
    item, worker, n, w = votes.item, votes.worker, votes.n, votes.w
    answer = same_answers(texts, item)
    kinds = int(answer.max(initial=-1)) + 1
    owner = np.zeros(kinds, dtype=np.int64)
    owner[answer] = item
    several = np.bincount(item, minlength=n)[item] > 1
    count = np.bincount(worker[several], minlength=w)
    right = np.full(w, 0.5)
    for _ in range(ROUNDS):
        odds, whole = _odds(right[worker], answer, owner, n)
        chance = odds[answer] / (1 + whole[item])
        hit = np.bincount(worker[several], chance[several], w)
        crowd = float(chance[several].mean()) if several.any() else 0.5
        before, right = right, np.clip((hit + SHRUNK * crowd) / (count + SHRUNK), 0.01, 0.99)
        if np.abs(right - before).max(initial=0) < 1e-4:
            break
    odds, whole = _odds(right[worker], answer, owner, n)
    p = np.full(n, np.nan)
    there = np.flatnonzero(vote >= 0)
    p[there] = odds[answer[vote[there]]] / (1 + whole[there])
    return p, right


def _odds(right: Floats, answer: Ints, owner: Ints, n: int) -> tuple[Floats, Floats]:
    """Odds against "no answer is right": of each distinct answer, and of all of an item's."""
    score = np.log(right / (1 - right)) - np.log(AGAIN)
    total = np.bincount(answer, score, len(owner)) + np.log(AGAIN)
    odds: Floats = np.exp(np.clip(total, -50, 50))
    return odds, np.bincount(owner, odds, n).astype(float)
