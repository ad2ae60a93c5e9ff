"""Votes that leave a choice of classes, as answers: which classes each leaves possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints, MultiLabel, Votes
from reliabel.core.short_repr import by_fields

AT_A_TIME = 2**21  # numbers of a table of votes by classes that is worked on at a time


@dataclass(frozen=True, eq=False)
class Choices:
    """Votes as answers: ``item`` (v,), ``answer`` (v,) the place of function and set among the
    distinct ones, which classes each leaves possible, and whose it is.
    """

    item: Ints
    answer: Ints
    possible: Bools  # (answers, k)
    function: Ints  # (answers,)

    __repr__ = by_fields


def one_class(gold: Ints | None) -> Ints | None:
    """(n,) the class where it is known, of classes or of a table of yes and no."""
    if gold is None or gold.ndim == 1:
        return gold
    yes = gold == 1
    return np.asarray(np.where(yes.sum(1) == 1, yes.argmax(1), -1))


def choices_of(votes: Votes[MultiLabel]) -> Choices:
    """Votes as answers; a vote with a yes leaves the classes with a yes, one without all that have
    no "no".
    """
    y = votes.labels.y
    yes = (y == 1).any(1)
    possible = np.where(yes[:, None], y == 1, y != 0)
    possible[~possible.any(1)] = True  # "none of them" tells no class from another
    rows = np.concatenate([votes.worker[:, None], possible], axis=1)
    distinct, answer = np.unique(rows, axis=0, return_inverse=True)
    return Choices(
        votes.item, answer.ravel(), distinct[:, 1:].astype(bool), distinct[:, 0].astype(np.int64)
    )


def log_table(said: Choices, precision: Floats, base: Floats, chance: Floats) -> Floats:
    """(answers, k) what an answer adds to the log chance of each class."""
    inside = np.log(precision / chance)
    outside = np.log((1 - precision) / (1 - chance))
    return np.where(said.possible, inside[:, None], outside[:, None])


def summed_by_item(said: Choices, log: Floats, n: int) -> Floats:
    """(n, k) the sum of a table (answers, k) over the answers of each item."""
    return np.stack(
        [np.bincount(said.item, log[said.answer, c], n) for c in range(log.shape[1])], axis=1
    )


def right_by_others(said: Choices, log: Floats, score: Floats, gold: Ints | None) -> Floats:
    """(v,) the chance by the other votes on its item that a vote leaves the true class possible."""
    found = np.empty(len(said.item))
    step = max(AT_A_TIME // max(score.shape[1], 1), 1)
    for start in range(0, len(found), step):
        here = slice(start, start + step)
        answer = said.answer[here]
        rest = score[said.item[here]] - log[answer]
        p = np.exp(rest - rest.max(1, keepdims=True))
        found[here] = (p * said.possible[answer]).sum(1) / p.sum(1)
    if gold is not None:
        known = gold[said.item] >= 0
        found[known] = said.possible[said.answer[known], gold[said.item[known]]]
    return found
