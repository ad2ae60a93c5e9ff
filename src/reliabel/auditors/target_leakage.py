"""Target leakage: a column, or a pair of columns, that gives the label away.

Each column is cut into at most 256 values or quantiles, and the label is predicted from them by the
counts of the other folds, that of many numbers by the nearest one too; a pair by the joint counts
of 24 values each.  Assumes that labels are
mostly right: with ten labels in a hundred wrong no column reaches .99.  Weak if three columns give
the label away together, or two by their difference alone; a column that is simply that good is
reported too, only people can tell.  Columns that name or count the rows are left out.
Cost: O(n classes) a column, and O(n) a pair of the 30 most telling columns.
Paper: Kaufman, Rosset, Perlich, Stitelman. Leakage in data mining: formulation, detection, and
avoidance. ACM TKDD 6 (2012).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.stats import rankdata

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Faults
from reliabel.core.run import track
from reliabel.core.short_repr import by_fields
from reliabel.ops.table_columns import as_column, codes, names_rows, numbers

STATUS = "default"
FINDS = "target leakage"
FOLDS = 5
LEVELS, JOINT = 256, 24  # values that a column is cut into, alone and in a pair
PAIRED = 30  # columns whose pairs are looked at
SCREEN = 4000  # rows on which a pair is looked at first
NEARLY = 0.04  # by which it may fall short of the share there
ENOUGH, EACH = 30, 5  # labelled rows, and rows of the second class, from which anything is said
SHOWN = 5  # rows that a fault names as examples


@dataclass(frozen=True, eq=False, repr=False)
class _Rows:
    """The labelled rows that are looked at: ``y`` (m,) codes, ``fold`` (m,), and the share of the
    commonest class.
    """

    y: Ints
    k: int
    fold: Ints
    base: float

    __repr__ = by_fields


def audit(
    labels: Classes,
    *,
    columns: Mapping[str, Any],
    rng: Generator,
    share: float = 0.99,
    pairs: bool = True,
    most: int = 20_000,
) -> Faults:
    """One fault a column or pair that predicts the label nearly always.

    The gain is (accuracy - base) / (1 - base), where base is the share of the commonest class; of
    two classes also the area under the curve counts.

    share: the gain or the area from which a column gives the label away.
    pairs: whether pairs of columns are looked at.
    most: rows, drawn at random, that are looked at.
    info: "gain", column -> its gain alone; "identifiers", columns left out; "accuracy" of a naive
        Bayes model on all columns, and "without" those reported (NaN where nothing is).
    Raises ValueError for a share that is not between 0 and 1.

    >>> y, n = np.arange(200) % 2, np.arange(200)
    >>> table = {"paid": np.where(y, 30.0, 12.0), "age": n // 2 % 40, "row": n}
    >>> said = audit(Classes(y), columns=table, rng=np.random.default_rng(0))
    >>> said.where, said.info["identifiers"]
    ([{'column': 'paid'}], ('row',))
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must lie between 0 and 1, got {share!r}")
    table = {str(name): as_column(values) for name, values in columns.items()}
    chosen = np.flatnonzero(labels.y >= 0)
    if len(chosen) > most:
        chosen = np.sort(rng.choice(chosen, most, replace=False))
    rows = _rows(labels, chosen, rng)
    info: dict[str, Any] = {"share": share, "rows": len(chosen), "identifiers": (), "gain": {}}
    if rows is None:
        why = "too few labelled rows, or rows of a second class, to tell"
        return Faults([], [], np.zeros(0), [], where=[], info={**info, "why": why})
    parts = {name: column[chosen] for name, column in table.items()}
    named = tuple(name for name, column in parts.items() if names_rows(column))
    kept = {name: column for name, column in parts.items() if name not in named}
    alone = {name: _alone(kept[name], rows) for name in track("target leakage", list(kept))}
    leaks = [name for name, (gain, area) in alone.items() if max(gain, area) >= share]
    gains = {name: gain for name, (gain, _) in alone.items()}
    rest = sorted(set(gains) - set(leaks), key=lambda name: -gains[name])[:PAIRED]
    both = _pairs({name: kept[name] for name in rest}, rows, gains, share) if pairs else {}
    told = _told(kept, rows, leaks)
    examples = tuple(chosen[:SHOWN].tolist())
    single = [
        f"column {name!r} alone predicts the label: {_in_words(*alone[name], rows)}; naive Bayes "
        f"on all columns is right in {told['all']:.1%}, without it in {told[name]:.1%}"
        for name in leaks
    ]
    double = [
        f"columns {a!r} and {b!r} together predict the label: {_accuracy(gain, rows.base):.1%} are "
        f"right, with one of them at most {_accuracy(max(gains[a], gains[b]), rows.base):.1%}"
        for (a, b), gain in both.items()
    ]
    score = [max(alone[name]) for name in leaks] + list(both.values())
    return Faults(
        [examples] * len(score),
        ["column"] * len(leaks) + ["pair of columns"] * len(both),
        np.clip(np.array(score, dtype=float), 0, 1),
        [*single, *double],
        where=[{"column": name} for name in leaks] + [{"columns": list(pair)} for pair in both],
        info={
            **info,
            "gain": gains,
            "identifiers": named,
            "accuracy": told.get("all", np.nan),
            "without": told.get("none", np.nan),
        },
    )


def _rows(labels: Classes, chosen: Ints, rng: Generator) -> _Rows | None:
    y = labels.y[chosen]
    count = np.sort(np.bincount(y, minlength=2))[::-1]
    if len(y) < ENOUGH or count[1:].sum() < EACH:
        return None
    return _Rows(y, labels.k, rng.permutation(len(y)) % FOLDS, float(count[0] / len(y)))


def _alone(column: np.ndarray[Any, Any], rows: _Rows) -> tuple[float, float]:
    """The gain of a column, and the area under the curve where there are two classes, else 0."""
    p = _chances(*codes(column, LEVELS), rows)
    gain = _gain(p.argmax(1) == rows.y, rows.base)
    line = numbers(column)
    if line is not None and len(np.unique(line[~np.isnan(line)])) >= LEVELS:
        gain = max(gain, _gain(_nearest(line, rows) == rows.y, rows.base))
    present = np.flatnonzero(np.bincount(rows.y, minlength=rows.k))
    if len(present) != 2:
        return gain, 0.0
    positive = rows.y == present[1]
    rank, many = rankdata(p[:, present[1]]), int(positive.sum())
    area = (rank[positive].sum() - many * (many + 1) / 2) / (many * (len(rank) - many))
    return gain, float(area)


def _chances(code: Ints, size: int, rows: _Rows) -> Floats:
    """(m, k) the chances of the classes by the counts of the other folds, and one count more by the
    shares of the classes.
    """
    shape = (FOLDS, size, rows.k)
    cell = (rows.fold * size + code) * rows.k + rows.y
    count = np.bincount(cell, minlength=FOLDS * size * rows.k).reshape(shape)
    others = count.sum(0) - count
    prior = others.sum(1) / np.maximum(others.sum((1, 2))[:, None], 1)
    p = others[rows.fold, code] + prior[rows.fold]
    return np.asarray(p / p.sum(1, keepdims=True))


def _coarse(column: np.ndarray[Any, Any]) -> tuple[Ints, int]:
    """The values as codes; of many numbers so few that each has rows enough for its chances."""
    fine = codes(column, LEVELS)
    many = numbers(column) is not None and len(np.unique(fine[0])) > LEVELS // 2
    return codes(column, JOINT) if many else fine


def _nearest(line: Floats, rows: _Rows) -> Ints:
    """(m,) the class of the nearest number in the other folds; that of a missing one is the
    commonest among those missing there.
    """
    said = np.empty(len(line), dtype=np.int64)
    known = ~np.isnan(line)
    for fold in range(FOLDS):
        mine, others = rows.fold == fold, np.flatnonzero((rows.fold != fold) & known)
        others = others[np.argsort(line[others], kind="stable")]
        asked = np.flatnonzero(mine & known)
        place = np.searchsorted(line[others], line[asked])
        left, right = np.maximum(place - 1, 0), np.minimum(place, len(others) - 1)
        nearer = line[others[right]] - line[asked] < line[asked] - line[others[left]]
        said[asked] = rows.y[others[np.where(nearer, right, left)]]
        lost = np.bincount(rows.y[(rows.fold != fold) & ~known], minlength=rows.k)
        said[mine & ~known] = lost.argmax()
    return said


def _gain(right: np.ndarray[Any, Any], base: float) -> float:
    return float((right.mean() - base) / (1 - base))


def _accuracy(gain: float, base: float) -> float:
    return base + gain * (1 - base)


def _in_words(gain: float, area: float, rows: _Rows) -> str:
    said = f"{_accuracy(gain, rows.base):.1%} are right, {rows.base:.1%} by the commonest class"
    return f"{said}, area under the curve {area:.3f}" if area else said


def _pairs(
    table: Mapping[str, Any], rows: _Rows, gains: Mapping[str, float], share: float
) -> dict[tuple[str, str], float]:
    """Pair -> its gain, for pairs that give the label away and halve the errors of the better."""
    coded = {name: codes(column, JOINT) for name, column in table.items()}
    few = slice(min(len(rows.y), SCREEN))
    found: dict[tuple[str, str], float] = {}
    for a, b in combinations(coded, 2):
        joint = coded[a][0] * coded[b][1] + coded[b][0]
        size = coded[a][1] * coded[b][1]
        count = np.bincount(joint[few] * rows.k + rows.y[few], minlength=size * rows.k)
        best = count.reshape(size, rows.k).max(1).sum() / len(rows.y[few])
        if (best - rows.base) / (1 - rows.base) < share - NEARLY:
            continue
        gain = _gain(_chances(joint, size, rows).argmax(1) == rows.y, rows.base)
        if gain >= share and 1 - gain <= (1 - max(gains[a], gains[b])) / 2:
            found[a, b] = gain
    return found


def _told(table: Mapping[str, Any], rows: _Rows, leaks: list[str]) -> dict[str, float]:
    """Accuracy of a naive Bayes model on "all" columns, without each leak, and with "none"."""
    if not leaks:
        return {}
    prior = np.log(np.bincount(rows.y, minlength=rows.k) / len(rows.y) + 1e-9)
    line = {
        name: np.log(_chances(*_coarse(column), rows) + 1e-9) - prior
        for name, column in table.items()
    }
    whole = prior + np.sum(list(line.values()), axis=0)
    none = prior + np.sum([line[name] for name in line if name not in leaks], axis=0)
    without = {name: whole - line[name] for name in leaks}
    return {
        name: float((score.argmax(1) == rows.y).mean())
        for name, score in {"all": whole, "none": none, **without}.items()
    }
