"""Known answers of some items, as a label set: what a consensus on labels of any kind is held
against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.core.columns import blank
from reliabel.core.kinds import is_labels, kind_for, layout_of
from reliabel.core.labels import Classes, Grouped, Labels, MultiLabel, Numbers, Votes
from reliabel.core.orders import Comparisons
from reliabel.core.short_repr import by_fields


@dataclass(frozen=True, eq=False)
class KnownAnswers:
    """``labels`` has one label (one group) a known item, ``item`` (k,) says which item of the
    votes that is.
    """

    labels: Labels
    item: NDArray[np.integer[Any]]

    __repr__ = by_fields


def known_answers(gold: Any, n: int) -> KnownAnswers | None:
    """Known answers from a label set with a row for each of n items, of which those without a
    label are unknown; None for what methods take as evidence (arrays, classes and numbers).

    Raises ValueError for label sets of another length.
    """
    if isinstance(gold, KnownAnswers):
        return gold
    if not is_labels(gold) or isinstance(gold, Classes | Numbers):
        return None
    if len(gold) != n:
        raise ValueError(
            f"gold needs a label for each of the {n:,} items (unknown ones included), got "
            f"{len(gold):,}"
        )
    layout = layout_of(gold)
    rows = np.arange(n)
    if isinstance(gold, MultiLabel):
        rows = np.flatnonzero((gold.y >= 0).any(1))
    elif layout.starts is None:
        rows = np.flatnonzero(~blank(kind_for(gold).cells_of(gold, slice(0, n))))
    return KnownAnswers(gold.take(rows), rows)


def of_all_items(known: KnownAnswers, n: int) -> Grouped[Any]:
    """Known answers that are groups as a label set of all n items, empty where nothing is known.

    >>> one = Grouped(Classes([0, 1]), [0, 2])
    >>> of_all_items(KnownAnswers(one, np.array([1])), 3).offsets.tolist()
    [0, 0, 2, 2]
    """
    order = np.argsort(known.item, kind="stable")
    labels: Any = known.labels.take(order)
    count = np.zeros(n, dtype=np.int64)
    count[known.item[order]] = np.diff(labels.offsets)
    return Grouped(labels.units, np.append(0, np.cumsum(count)))


def better_of_pairs(known: KnownAnswers, votes: Votes[Comparisons]) -> NDArray[np.integer[Any]]:
    """(n,) the place of the better thing of each pair that was compared, by known strengths of
    things; -1 where these are unknown or equal.

    >>> votes = Votes([0, 1], [0, 0], Comparisons([0, 1], [1, 2], [0, 0]), n=2, w=1)
    >>> better_of_pairs(KnownAnswers(Numbers([2.0, 5.0]), np.array([0, 1])), votes).tolist()
    [1, -1]
    """
    strength, numbers = np.full(votes.labels.n, np.nan), known.labels
    if isinstance(numbers, Numbers):
        strength[known.item] = numbers.y
    left, right = votes.labels.left, votes.labels.right
    ahead = strength[left] - strength[right]
    better = np.where(ahead > 0, left, np.where(ahead < 0, right, -1))
    found = np.full(votes.n, -1)
    found[votes.item] = better
    return found
