"""Weak slices: groups of items on which the model agrees with the labels clearly less often than
elsewhere.

Slices are the values of single columns and pairs of them (numbers in five bins), clusters of the
features, and the two classes that the model thinks likeliest.  A slice counts if its share of
disagreement is that much higher than could come about by choosing as many items at random; a pair
of columns must be weaker than the slices of both its columns too.  The share of false discoveries
is held at the level stated.  Assumes that the probabilities are out of fold.  Whether the model is
weak in a slice or the labels are wrong there, people must look.
Cost: O(n) for each pair of columns, O(n d clusters) for the clusters.  Memory O(n).
Paper: Chung, Kraska, Polyzotis, Tae, Whang. Automated data slicing for model validation. TKDE 2019;
Benjamini, Hochberg. Controlling the false discovery rate. JRSS B 1995.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.stats import hypergeom

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Faults
from reliabel.ops.agreement import significant
from reliabel.ops.column_values import column_values
from reliabel.ops.principal_axes import principal_axes

STATUS = "optional"
FINDS = "weak slice"
ALSO = ("underperforming_groups",)
BINS = 5  # of a column of numbers
COLUMNS = 30  # whose pairs are looked at
FEWEST = 10  # items of a slice
LARGEST = 0.5  # of the items: a larger group is no slice
SAME = 0.5  # share of common items (Jaccard) above which two slices are told as one
TOLD = 10  # slices in info, weak or not
AXES, ROUNDS, SAMPLE = 50, 20, 20_000  # of the clusters


@dataclass(frozen=True, eq=False)
class _Cut:
    """The labelled items cut into slices: ``code`` (m,), -1 = in none."""

    kind: str
    code: Ints
    words: Any  # code -> what the slice is
    parents: tuple[Ints, ...] = ()  # codes of the cuts that this one refines


@dataclass(frozen=True, eq=False)
class _Slice:
    """A slice of a cut, by how much the agreement is lower inside, and the chance of that."""

    cut: _Cut
    place: int
    weaker: float
    p: float

    @property
    def kind(self) -> str:
        return self.cut.kind

    @property
    def words(self) -> str:
        return str(self.cut.words[self.place])

    @cached_property
    def rows(self) -> Ints:
        return np.flatnonzero(self.cut.code == self.place)


def audit(
    labels: Classes,
    *,
    probs: Floats,
    rng: Generator,
    columns: Any = None,
    features: Floats | None = None,
    level: float = 0.05,
    gap: float = 0.05,
    share: float = 0.005,
    clusters: int = 40,
    most: int = 20,
) -> Faults:
    """One fault a weak slice, worst first: its kind is "column", "columns", "cluster" or
    "confusion", and its score the difference between the agreement elsewhere and inside.

    level: share of false discoveries.  gap: by how much the agreement must be lower.
    share: of the items that a slice holds at least (and ten).
    clusters: of the features.  most: slices that are told.

    >>> rng = np.random.default_rng(0)
    >>> p = np.repeat([[0.9, 0.1]], 400, axis=0)
    >>> y, source = np.zeros(400, int), np.array(["web"] * 360 + ["desk"] * 40)
    >>> y[360:380] = 1
    >>> found = audit(Classes(y, ("a", "b")), probs=p, rng=rng, columns={"source": source})
    >>> found.kind, found.why[0][:70]
    (['column'], "where source = 'desk' the model agrees with 50 % of the labels (40 ite")
    """
    _check(level, gap, share, clusters, most)
    known = np.flatnonzero((labels.y >= 0) & np.isfinite(probs).all(1))
    y = labels.y[known]
    wrong = np.asarray(probs[known].argmax(1) != y)
    own = probs[known, y]
    least = max(FEWEST, int(np.ceil(share * len(known))))
    cuts = [
        *_by_columns(columns, known),
        *_by_clusters(features, known, clusters, least, rng),
        *_by_confusion(probs[known], labels.names),
    ]
    tested = _tested(cuts, wrong, least, gap)
    found = _weak(tested, level)
    told = _distinct(found, len(known))[:most]
    mean = float(own.mean()) if len(own) else np.nan
    return Faults(
        [tuple(known[one.rows[np.argsort(own[one.rows], kind="stable")]].tolist()) for one in told],
        [one.kind for one in told],
        np.array([min(one.weaker, 1.0) for one in told]),
        [_sentence(one, wrong, own, mean) for one in told],
        info={
            "tests": len(tested),
            "weakest": [
                {"slice": one.words, "weaker": one.weaker, "p": one.p}
                for one in sorted(tested, key=lambda one: (one.p, -one.weaker))[:TOLD]
            ],
            "weak": len(found),
            "agreement": float(1 - wrong.mean()) if len(wrong) else np.nan,
            "clusters": [np.bincount(c.code).tolist() for c in cuts if c.kind == "cluster"],
        },
    )


def _check(level: float, gap: float, share: float, clusters: int, most: int) -> None:
    if not 0 < level < 1 or not 0 <= gap < 1 or not 0 <= share < 1 or clusters < 0 or most < 1:
        raise ValueError(
            "level, gap and share must lie between 0 and 1, clusters be 0 or more and most 1 or "
            f"more, got level={level}, gap={gap}, share={share}, clusters={clusters}, most={most}"
        )


def _by_columns(columns: Any, known: Ints) -> Iterator[_Cut]:
    """A cut for each column and for each pair of columns."""
    values = list(column_values(columns, BINS))
    codes = [(one, one.code[known]) for one in values if len(one.code) > known.max(initial=-1)]
    for one, code in codes:
        told = [f"{one.name} {words}" for words in one.words]
        yield _Cut("column", code, told)
    for (a, first), (b, second) in combinations(codes[:COLUMNS], 2):
        width = len(b.words)
        both = np.where((first >= 0) & (second >= 0), first * width + second, -1)
        told = [f"{a.name} {left} and {b.name} {right}" for left in a.words for right in b.words]
        yield _Cut("columns", both, told, (first, second))


def _by_clusters(
    features: Floats | None, known: Ints, clusters: int, least: int, rng: Generator
) -> Iterator[_Cut]:
    """A cut by k-means on principal axes, with fewer clusters where there are few items."""
    many = min(clusters, len(known) // (2 * least))
    if features is None or many < 2 or len(features) <= known.max(initial=-1):
        return
    x = np.asarray(features).reshape(len(features), -1)
    z = principal_axes(x, AXES, rng=rng)[known].astype(float)
    whole = np.flatnonzero(np.isfinite(z).all(1))
    if len(whole) < 2 * least:
        return
    centre = _centres(z[rng.permutation(whole)[:SAMPLE]], many, rng)
    code = np.full(len(z), -1, dtype=np.int64)
    code[whole] = _nearest(z[whole], centre)
    yield _Cut("cluster", code, [f"features lie in cluster {c + 1} of {many}" for c in range(many)])


def _centres(z: Floats, many: int, rng: Generator) -> Floats:
    """Lloyd's algorithm from rows that are drawn far apart."""
    chosen = [int(rng.integers(len(z)))]
    far = ((z - z[chosen[0]]) ** 2).sum(1)
    while len(chosen) < many:
        weight = far if far.sum() > 0 else np.ones(len(z))
        chosen.append(int(rng.choice(len(z), p=weight / weight.sum())))
        far = np.minimum(far, ((z - z[chosen[-1]]) ** 2).sum(1))
    centre = z[chosen]
    for _ in range(ROUNDS):
        code = _nearest(z, centre)
        belongs = np.eye(many)[code]
        size = belongs.sum(0)
        moved = np.where(size[:, None] > 0, belongs.T @ z / np.maximum(size, 1)[:, None], centre)
        if np.allclose(moved, centre):
            break
        centre = moved
    return centre


def _nearest(z: Floats, centre: Floats) -> Ints:
    return np.asarray(((centre**2).sum(1) - 2 * z @ centre.T).argmin(1))


def _by_confusion(probs: Floats, names: tuple[str, ...]) -> Iterator[_Cut]:
    """A cut by the two likeliest classes, in either order."""
    k = probs.shape[1]
    if k < 3 or not len(probs):
        return
    two = np.sort(np.argpartition(-probs, 1, axis=1)[:, :2], axis=1)
    pairs, code = np.unique(two[:, 0] * k + two[:, 1], return_inverse=True)
    told = [
        f"the model wavers between {names[pair // k]!r} and {names[pair % k]!r}"
        for pair in pairs.tolist()
    ]
    yield _Cut("confusion", code, told)


def _tested(cuts: list[_Cut], wrong: Bools, least: int, gap: float) -> list[_Slice]:
    """Every slice of the size wanted; one that is not weaker by ``gap`` has a chance of 1."""
    tested: list[_Slice] = []
    n, errors = len(wrong), int(wrong.sum())
    for cut in cuts:
        inside = cut.code >= 0
        size = np.bincount(cut.code[inside])
        bad = np.bincount(cut.code[inside & wrong], minlength=len(size))
        for c in np.flatnonzero((size >= least) & (size <= LARGEST * n)).tolist():
            weaker = float(bad[c] / size[c] - (errors - bad[c]) / (n - size[c]))
            p = 1.0
            if weaker >= max(gap, 1e-12):
                p = _chance(cut, c, wrong, int(bad[c]), int(size[c]))
            tested.append(_Slice(cut, c, weaker, p))
    return tested


def _weak(tested: list[_Slice], level: float) -> list[_Slice]:
    """The slices that are significantly weak, the least likely by chance first."""
    flags = significant(np.array([one.p for one in tested]), level)
    found = [one for one, flag in zip(tested, flags, strict=True) if flag]
    return sorted(found, key=lambda one: (one.p, -one.weaker))


def _chance(cut: _Cut, c: int, wrong: Bools, bad: int, size: int) -> float:
    """The chance of as many disagreements among items drawn from all, or from a parent slice."""
    chances = [hypergeom.sf(bad - 1, len(wrong), int(wrong.sum()), size)]
    if cut.parents:
        row = int(np.argmax(cut.code == c))
        for code in cut.parents:
            parent = code == code[row]
            chances.append(hypergeom.sf(bad - 1, int(parent.sum()), int(wrong[parent].sum()), size))
    return float(max(chances))


def _distinct(found: list[_Slice], n: int) -> list[_Slice]:
    """The slices without those that hold about the same items as one before."""
    told: list[_Slice] = []
    masks: list[Bools] = []
    for one in found:
        mask = np.zeros(n, dtype=bool)
        mask[one.rows] = True
        shared = [(mask & other).sum() / (mask | other).sum() for other in masks]
        if max(shared, default=0.0) <= SAME:
            told.append(one)
            masks.append(mask)
    return told


def _sentence(one: _Slice, wrong: Bools, own: Floats, mean: float) -> str:
    inside = 1 - float(wrong[one.rows].mean())
    return (
        f"where {one.words} the model agrees with {100 * inside:.0f} % of the labels "
        f"({len(one.rows):,} items), elsewhere with {100 * (inside + one.weaker):.0f} %; its mean "
        f"probability of the given label is {float(own[one.rows].mean()):.2f}, of all {mean:.2f}"
    )
