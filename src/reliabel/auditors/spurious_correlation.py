"""Spurious correlation: a simple property that should say nothing of the label, such as brightness,
size, length or source, gives it away.

Looks at pictures (brightness, contrast, sharpness, colour, size, shape, and the grey levels in 16
places, where a watermark shows), at texts (length, capitals, digits) and at every column of facts
beside them.  A property counts by how well it tells one class from the others, or all
classes, out of fold and balanced over the classes, so that a common class earns nothing.  Columns
that are the items themselves are no such facts.  Assumes that no such property is the cause of the
label: people must judge that.  Blind to what takes several properties together.
Cost: reads up to ``most`` items; O(properties (most + bins classes) permutations).
Paper: Geirhos et al. Shortcut learning in deep neural networks. Nature Machine Intelligence 2020;
Bergsma. A bias-correction for Cramer's V and Tschuprow's T. Journal of the Korean Statistical
Society 2013.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Faults
from reliabel.core.run import track
from reliabel.ops.column_values import ColumnValues, binned, column_values, columns_of
from reliabel.ops.copies import sort_of
from reliabel.ops.dependence_of_tables import cramers_v
from reliabel.ops.folds import fold_of
from reliabel.ops.permuted import family_p
from reliabel.ops.simple_properties import properties_of

STATUS = "optional"
FINDS = "spurious correlation"
ALSO = ("shortcuts",)
BINS, FOLDS = 16, 5
FEWEST = 10  # items of a class that can be told from the others
NAMED = 10  # items that a fault names
SMALL = {"permutations": 19}


@dataclass(frozen=True, eq=False)
class _Told:
    """How well a property tells: all classes (``every``), the class that it tells best, and how
    many of that class are found and of the others are taken for it.
    """

    every: float
    best: int
    hit: float
    false: float

    @property
    def strength(self) -> float:
        return max(self.every, self.hit - self.false)


def audit(
    labels: Classes,
    *,
    rng: Generator,
    items: Any = None,
    columns: Any = None,
    level: float = 0.05,
    least: float = 0.5,
    most: int = 5000,
    permutations: int = 99,
) -> Faults:
    """One fault a property, strongest first.  The score is the larger of two numbers, 0 by chance
    and 1 for a perfect tell: how far balanced accuracy over all classes rises from chance to 1, and
    the share of the class told best that is found less the share of others taken for it.

    level: chance of any false alarm, by ``permutations`` of the labels.
    least: score from which it is told.
    most: items that are looked at, drawn at random.
    info: "properties", of each its score, p, balanced accuracy, and of categories Cramer's V.

    >>> y = np.repeat([0, 1, 2], 40)
    >>> source = np.where(y == 1, "web", "desk")
    >>> labels, rng = Classes(y, ("ape", "bee", "cat")), np.random.default_rng(0)
    >>> found = audit(labels, rng=rng, columns={"source": source, "row": y * 0 + 1})
    >>> found.kind, found.score.tolist(), found.why[0][:45]
    (['source'], [1.0], "source alone tells 'bee' from the other class")
    """
    if not 0 < level < 1 or not 0 <= least <= 1 or most < 1 or permutations < 1:
        raise ValueError(
            "level and least must lie between 0 and 1, most and permutations be 1 or more, got "
            f"level={level}, least={least}, most={most}, permutations={permutations}"
        )
    rows = np.flatnonzero(labels.y >= 0)
    rows = np.sort(rng.choice(rows, most, replace=False)) if len(rows) > most else rows
    used, y = np.unique(labels.y[rows], return_inverse=True)
    values = _values(items, columns, rows)
    if len(used) < 2 or len(rows) < FEWEST * 2 or not values:
        return Faults([], [], np.empty(0), [], info={"properties": {}, "items": len(rows)})
    tables = _Tables(values, fold_of(y, folds=FOLDS, rng=rng), len(used))
    told = tables.told(y)
    shuffled = [
        [one.strength for one in tables.told(rng.permutation(y))]
        for _ in track("spurious correlation", range(permutations))
    ]
    strength = np.array([one.strength for one in told])
    p = family_p(strength, np.array(shuffled))
    names = [labels.names[c] for c in used.tolist()]
    found = np.flatnonzero((p <= level) & (strength >= least))
    found = found[np.argsort(-strength[found], kind="stable")]
    return Faults(
        [_examples(values[f], told[f], y, rows) for f in found],
        [values[f].name for f in found],
        np.clip(strength[found], 0, 1),
        [_sentence(values[f].name, told[f], names) for f in found],
        info={"properties": _table(values, told, p, y), "items": len(rows)},
    )


def _values(items: Any, columns: Any, rows: Ints) -> list[ColumnValues]:
    """The properties of some items, in bins."""
    found: list[ColumnValues] = []
    if sort_of(items) in ("texts", "pictures"):
        for name, number in properties_of([items[row] for row in rows.tolist()]).items():
            made = binned(name, number, BINS) if np.isfinite(number).any() else None
            found += [] if made is None else [made]
    own = set(items) if isinstance(items, Mapping) else set()
    beside = {
        name: np.asarray(column, dtype=object)[rows]
        for name, column in columns_of(columns).items()
        if name not in own and len(column) > rows.max(initial=-1)
    }
    return found + list(column_values(beside, BINS))


class _Tables:
    """Counts of (fold, bin, class) for each property, and what they say of the classes."""

    def __init__(self, values: list[ColumnValues], fold: Ints, k: int) -> None:
        self.k = k
        self.values = values
        self.bins = [len(one.words) + 1 for one in values]  # the last one: no value
        self.cell = [
            (fold * b + np.where(one.code >= 0, one.code, b - 1)) * k
            for one, b in zip(values, self.bins, strict=True)
        ]

    def told(self, y: Ints) -> list[_Told]:
        """What each property tells of these labels."""
        return [
            self._one(np.bincount(cell + y, minlength=FOLDS * b * self.k).reshape(-1, b, self.k))
            for cell, b in zip(self.cell, self.bins, strict=True)
        ]

    def _one(self, count: Ints) -> _Told:
        """count: (folds, bins, k)."""
        whole = count.sum(0)
        size = np.maximum(whole.sum(0), 1)
        train = whole - count
        rate = train / np.maximum(train.sum(1, keepdims=True), 1)
        stump = self._balanced(count, rate, size)
        normal = self._balanced(count, _normal(train), size)
        chance = 1 / self.k
        every = (max(stump, normal) - chance) / (1 - chance)
        others = train.sum(2, keepdims=True) - train
        away = others / np.maximum(others.sum(1, keepdims=True), 1)
        mine = rate > away
        hit = (count * mine).sum((0, 1)) / size
        rest = count.sum(2, keepdims=True) - count
        false = (rest * mine).sum((0, 1)) / np.maximum(size.sum() - size, 1)
        gain = np.where(whole.sum(0) >= FEWEST, hit - false, -1.0)
        best = int(gain.argmax())
        return _Told(float(every), best, float(hit[best]), float(false[best]))

    def _balanced(self, count: Ints, like: Floats, size: Ints) -> float:
        """Balanced accuracy of the class that is likeliest in each bin."""
        top = like.argmax(2)
        right = np.take_along_axis(count, top[:, :, None], 2)[:, :, 0]
        hits = np.zeros(self.k)
        np.add.at(hits, top.ravel(), right.ravel())
        return float((hits / size).mean())


def _normal(train: Ints) -> Floats:
    """(folds, bins, k) log density of each class's normal distribution over the numbers of the
    bins, which are in order.
    """
    place = np.arange(train.shape[1], dtype=float)[None, :, None]
    size = np.maximum(train.sum(1, keepdims=True), 1)
    mean = (train * place).sum(1, keepdims=True) / size
    variance = (train * (place - mean) ** 2).sum(1, keepdims=True) / size + 0.1
    return np.asarray(-0.5 * ((place - mean) ** 2 / variance + np.log(variance)))


def _examples(value: ColumnValues, told: _Told, y: Ints, rows: Ints) -> tuple[int, ...]:
    """Items of the class that the property tells best, in the values commonest for it."""
    mine = np.flatnonzero(y == told.best)
    count = np.bincount(value.code[mine] + 1)
    order = np.argsort(-count[value.code[mine] + 1], kind="stable")
    return tuple(rows[mine[order[:NAMED]]].tolist())


def _sentence(name: str, told: _Told, names: list[str]) -> str:
    if told.hit - told.false >= told.every and len(names) > 2:
        return (
            f"{name} alone tells {names[told.best]!r} from the other classes: "
            f"{100 * told.hit:.0f} % of its items are found, {100 * told.false:.0f} % of the "
            "others are taken for it"
        )
    chance = 1 / len(names)
    return (
        f"{name} alone predicts the class: balanced accuracy "
        f"{100 * (chance + told.every * (1 - chance)):.0f} %, by chance {100 * chance:.0f} %"
    )


def _table(
    values: list[ColumnValues], told: list[_Told], p: Floats, y: Ints
) -> dict[str, dict[str, float]]:
    k = int(y.max()) + 1
    return {
        value.name: {
            "score": one.strength,
            "p": float(chance),
            "balanced_accuracy": 1 / k + one.every * (1 - 1 / k),
            **({} if value.scale else {"cramers_v": cramers_v(value.code, y)}),
        }
        for value, one, chance in zip(values, told, p, strict=True)
    }
