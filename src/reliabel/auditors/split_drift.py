"""Drift between splits: labels, facts about the items, or the items themselves differ between two
splits (train and test) by more than chance.

Compares each pair of splits in the shares of classes, in every column of facts, in the length of
texts, and in the features: whether the nearest neighbours of an item are in its own split more
often than if items had been put into splits at random.  All of it is compared with splits drawn
anew, whole groups at a time where groups are given.  A test set may differ on purpose.  Weak for
small splits; blind to drift that the features do not show.
Cost: O(permutations (columns n + edges)), with at most 20,000 items' edges.  Memory O(n).
Paper: Rabanser, Gunnemann, Lipton. Failing loudly: an empirical study of methods for detecting
dataset shift. NeurIPS 2019; neighbours: Schilling. Multivariate two-sample tests based on nearest
neighbors. JASA 1986.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Classes, Floats, Ints, Strs
from reliabel.core.results import Faults
from reliabel.core.run import track
from reliabel.ops.column_values import ColumnValues, binned, column_values, columns_of
from reliabel.ops.copies import sort_of
from reliabel.ops.dependence_of_tables import chi_square
from reliabel.ops.permuted import family_p

STATUS = "optional"
FINDS = "drift"
ALSO = ("dataset_drift",)
BINS = 10  # of numbers
FEWEST = 10  # items of a split that is compared
SPLITS = 4  # the largest ones, whose pairs are compared
NEAREST, EDGES = 10, 20_000  # neighbours of an item; items whose neighbours are looked at
STRADDLE = 0.05  # share of groups in both splits, from which groups were not kept together
NAMED = 10  # items that a fault names
SMALL = {"permutations": 39}


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two splits: their items ``rows`` (m,), which of them are ``second`` (m,), and the groups
    (m,) that move together.
    """

    names: tuple[str, str]
    rows: Ints
    second: Bools
    group: Ints
    straddling: float  # share of the groups given that are in both splits

    def drawn(self, rng: Generator) -> Bools:
        """The items of the second split if groups were put into splits at random."""
        count = int(self.group.max()) + 1
        share = np.bincount(self.group, self.second, count) / np.bincount(
            self.group, minlength=count
        )
        return np.asarray((share > 0.5)[rng.permutation(count)][self.group])


def audit(
    labels: Classes,
    *,
    split: Strs,
    rng: Generator,
    columns: Any = None,
    items: Any = None,
    neighbours: Neighbours | None = None,
    groups: Ints | None = None,
    level: float = 0.05,
    permutations: int = 199,
) -> Faults:
    """One fault for each difference between two splits: its kind is "labels", "features", or the
    name of the column, and its score how large it is from 0 to 1 (Cramer's V; for features how far
    the share of neighbours in the same split rises from chance to all).

    level: chance of any false alarm.  permutations: of the splits.
    info: "tests", of each its size and p; "straddling", the share of groups in both splits (with a
    twentieth or more, groups are not looked at).

    >>> y, split = np.repeat([0, 1, 0, 1], [60, 20, 20, 20]), np.repeat(["train", "test"], [80, 40])
    >>> labels, rng = Classes(y, ("cat", "dog")), np.random.default_rng(0)
    >>> found = audit(labels, split=split, rng=rng)
    >>> found.kind, found.why
    (['labels'], ["'dog' makes 50 % of test and 25 % of train"])
    """
    if not 0 < level < 1 or permutations < 1:
        raise ValueError(
            "level must lie between 0 and 1 and permutations be 1 or more, got "
            f"level={level}, permutations={permutations}"
        )
    values = _values(labels, columns, items)
    found: list[tuple[float, str, str, tuple[int, ...]]] = []
    tests: dict[str, dict[str, float]] = {}
    pairs = _pairs(np.asarray(split), groups)
    for pair in pairs:
        parts = [_Table(one, pair) for one in values]
        near = None if neighbours is None else _Near.of(neighbours, pair, rng)
        there = near is not None and len(near.left)
        measured: list[_Table | _Near] = [*parts, *([near] if near is not None and there else [])]
        if not measured:
            continue
        seen = np.array([part.value(pair.second) for part in measured])
        drawn = np.array(
            [
                [part.value(second) for part in measured]
                for second in (pair.drawn(rng) for _ in track("drift", range(permutations)))
            ]
        )
        every = np.vstack([seen, drawn])  # as seen and as drawn are scaled alike
        every = (every - every.mean(0)) / np.maximum(every.std(0), 1e-12)
        p = family_p(every[0], every[1:])
        p = np.minimum(p * len(pairs), 1.0)
        for part, chance in zip(measured, p.tolist(), strict=True):
            size = part.size(pair)
            tests[f"{part.name}: {' and '.join(pair.names)}"] = {"size": size, "p": chance}
            if chance <= level:
                found.append((size, part.name, part.told(pair), part.examples(pair)))
    found.sort(key=lambda one: (-one[0], one[1]))
    return Faults(
        [one[3] for one in found],
        [one[1] for one in found],
        np.array([min(max(one[0], 0.0), 1.0) for one in found]),
        [one[2] for one in found],
        info={
            "tests": tests,
            "straddling": {" and ".join(pair.names): pair.straddling for pair in pairs},
        },
    )


def _pairs(split: Any, groups: Ints | None) -> list[_Pair]:
    """The pairs of the largest splits; unnamed items are in none."""
    names, code, size = np.unique(split.astype(str), return_inverse=True, return_counts=True)
    able = [c for c in np.argsort(-size, kind="stable") if size[c] >= FEWEST and names[c]]
    found = []
    for a, b in combinations([int(c) for c in able[:SPLITS]], 2):
        rows = np.flatnonzero((code == a) | (code == b))
        group, straddling = np.arange(len(rows)), 0.0
        if groups is not None and len(groups) == len(split):
            own = np.asarray(groups)[rows]
            alone = np.asarray(own < 0) if own.dtype.kind in "iu" else np.zeros(len(own), bool)
            ids = np.unique(own, return_inverse=True)[1]
            ids = np.where(alone, ids.max(initial=0) + 1 + np.arange(len(ids)), ids)
            ids = np.unique(ids, return_inverse=True)[1]
            straddling = _straddling(ids, code[rows] == b)
            group = ids if straddling < STRADDLE else group
        found.append(
            _Pair((str(names[a]), str(names[b])), rows, code[rows] == b, group, straddling)
        )
    return found


def _straddling(group: Ints, second: Bools) -> float:
    """The share of groups in both splits; where there are many, groups say nothing of how items
    came into splits.
    """
    share = np.bincount(group, second) / np.bincount(group)
    return float(((share > 0) & (share < 1)).mean())


def _values(labels: Classes, columns: Any, items: Any) -> list[ColumnValues]:
    """The labels, the columns, and the length of texts, as codes."""
    found = [ColumnValues("labels", labels.y, tuple(map(repr, labels.names)), False)]
    table = dict(columns_of(items)) if isinstance(items, Mapping) else {}
    table |= columns_of(columns)
    found += [one for one in column_values(table, BINS) if len(one.code) == len(labels)]
    if sort_of(items) == "texts":
        long = np.array([len(str(item)) for item in items], dtype=float)
        length = binned("length in characters", long, BINS)
        found += [] if length is None else [length]
    return found


class _Table:
    """How the values of a column are spread over two splits."""

    def __init__(self, column: ColumnValues, pair: _Pair) -> None:
        self.name, self.words = column.name, column.words
        self.code = np.where(column.code < 0, len(column.words), column.code)[pair.rows]

    def count(self, second: Bools) -> Ints:
        """(2, values) with the unknown ones last."""
        k = len(self.words) + 1
        return np.bincount(self.code + k * second, minlength=2 * k).reshape(2, k)

    def value(self, second: Bools) -> float:
        return chi_square(self.count(second))

    def size(self, pair: _Pair) -> float:
        """Cramer's V, which for two splits is the root of chi-square over the items."""
        return float(np.sqrt(self.value(pair.second) / len(self.code)))

    def most(self, pair: _Pair) -> tuple[int, Floats]:
        """The value whose share is most raised in the second split, and its share in each."""
        share = self.count(pair.second) / self.count(pair.second).sum(1, keepdims=True)
        top = int((share[1] - share[0]).argmax())
        return top, share[:, top]

    def told(self, pair: _Pair) -> str:
        top, share = self.most(pair)
        first, second = pair.names
        word = "no value" if top == len(self.words) else self.words[top]
        if self.name == "labels":
            word = "no label" if top == len(self.words) else word
            what = f"{word} makes"
        else:
            what = f"{self.name} {word if top < len(self.words) else 'is unknown'} in"
        return f"{what} {100 * share[1]:.0f} % of {second} and {100 * share[0]:.0f} % of {first}"

    def examples(self, pair: _Pair) -> tuple[int, ...]:
        """Items of the second split with that value."""
        top, _ = self.most(pair)
        return tuple(pair.rows[(self.code == top) & pair.second][:NAMED].tolist())


class _Near:
    """Pairs of neighbours (edges,) within two splits."""

    name = "features"

    def __init__(self, left: Ints, right: Ints) -> None:
        self.left, self.right = left, right

    @classmethod
    def of(cls, neighbours: Neighbours, pair: _Pair, rng: Generator) -> _Near:
        """The pairs of at most 20,000 items; members of a group are no evidence."""
        place = np.full(len(neighbours.index) + 1, -1)
        place[pair.rows] = np.arange(len(pair.rows))
        some = np.arange(len(pair.rows))
        if len(some) > EDGES:
            some = np.sort(rng.choice(some, EDGES, replace=False))
        near = neighbours.nearest(NEAREST).index[pair.rows[some]]
        other = place[near]  # -1, no neighbour, takes the last place, which is -1
        left = np.repeat(some, near.shape[1]).reshape(near.shape)
        good = (other >= 0) & (pair.group[left] != pair.group[np.maximum(other, 0)])
        return cls(left[good], other[good])

    def value(self, second: Bools) -> float:
        """The share of neighbours in the same split beyond that by chance."""
        return self._same(second) - _by_chance(second)

    def size(self, pair: _Pair) -> float:
        return self.value(pair.second) / max(1 - _by_chance(pair.second), 1e-12)

    def _same(self, second: Bools) -> float:
        return float((second[self.left] == second[self.right]).mean())

    def told(self, pair: _Pair) -> str:
        first, second = pair.names
        return (
            f"{100 * self._same(pair.second):.0f} % of the nearest neighbours are in the same of "
            f"{first} and {second}, {100 * _by_chance(pair.second):.0f} % if items had been put "
            "there at random"
        )

    def examples(self, pair: _Pair) -> tuple[int, ...]:
        """Items of the second split with most neighbours in it."""
        same = pair.second[self.left] & pair.second[self.right]
        count = np.bincount(self.left[same], minlength=len(pair.rows))
        order = np.argsort(-count, kind="stable")[:NAMED]
        return tuple(pair.rows[order].tolist())


def _by_chance(second: Bools) -> float:
    """The chance that two items are in the same split."""
    share = float(second.mean())
    return share**2 + (1 - share) ** 2
