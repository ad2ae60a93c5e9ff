"""Joining the scores of several auditors by their ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Floats


class MeanRank:
    """Mean of the relative ranks over the auditors that score a unit, NaN where none does; made for
    any rows when they are asked for.

    A relative rank goes from 0 (least) to 1 (most) over the units that an auditor scores, ties
    shared.  Only the sorted scores of each auditor stand in memory.

    >>> MeanRank([np.array([0.1, 0.9, 0.9, np.nan]), np.array([0.5, 0.2, 0.1, np.nan])])[:].tolist()
    [0.5, 0.625, 0.375, nan]
    """

    def __init__(self, scores: Sequence[Floats]) -> None:
        self.scores = scores
        self.sorted = [_sorted(score) for score in scores]

    def __len__(self) -> int:
        return len(self.scores[0])

    def __getitem__(self, rows: Any) -> Floats:
        """The mean ranks of some rows (a slice or indices)."""
        parts = [np.asarray(score[rows]) for score in self.scores]
        total, many = np.zeros(len(parts[0])), np.zeros(len(parts[0]))
        for part, known in zip(parts, self.sorted, strict=True):
            scored = ~np.isnan(part)
            total[scored] += _ranks(part[scored], known)
            many += scored
        return np.where(many > 0, total / np.maximum(many, 1), np.nan)


def relative(score: Floats) -> Floats:
    """Ranks from 0 (least) to 1 (most), ties shared; NaN stays NaN.

    >>> relative(np.array([0.1, 0.9, 0.9, np.nan])).tolist()
    [0.0, 0.75, 0.75, nan]
    """
    return MeanRank([score])[:]


def mean_rank(scores: Sequence[Floats]) -> Floats:
    """Mean of the relative ranks over the auditors that score a unit; NaN where none does."""
    return MeanRank(scores)[:]


def _sorted(score: Floats) -> Floats:
    known = np.array(score)
    known.sort()  # NaN comes last
    return known[: len(known) - int(np.isnan(known).sum())]


def _ranks(score: Floats, known: Floats) -> Floats:
    """Ranks of scores among the sorted ``known`` ones, which hold them."""
    order = np.argsort(score, kind="stable")  # searching in order is several times faster
    ranks: Floats = np.empty(len(score))
    low = np.searchsorted(known, score[order], side="left")
    high = np.searchsorted(known, score[order], side="right")
    ranks[order] = 0.5 * (low + high + 1) - 1
    return ranks / max(len(known) - 1, 1)
