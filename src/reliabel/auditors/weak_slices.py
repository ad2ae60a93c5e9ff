"""Weak slices: groups of items on which the model agrees with the labels clearly less often than
elsewhere.

Slices are the values of single columns and pairs of them (numbers in five bins), clusters of the
features, and the two classes that the model thinks likeliest.  Clusters are the items nearest to an
item, for each item and at growing sizes, so that neither place nor size must be guessed.  A slice
counts if its share of disagreement is that much higher than could come about by choosing as many
items at random; a pair of columns must be weaker than the slices of both its columns too.  The
share of false discoveries is held at the level stated.  Slices are ordered by the disagreement that
is certain: the lower end of an interval that holds for all slices at once.  Assumes that the
probabilities are out of fold.  Whether the model is weak in a slice or the labels are wrong there,
people must look.
Cost: O(n) for each pair of columns, O(n d regions) for the clusters.  Memory O(n d), and a tenth
of the items for each region that is weak.
Paper: Chung, Kraska, Polyzotis, Tae, Whang. Automated data slicing for model validation. TKDE 2019;
Kulldorff. A spatial scan statistic. Communications in Statistics 1997;
Zhang, Assuncao, Kulldorff. Spatial scan statistics adjusted for multiple clusters. Journal of
Probability and Statistics 2010;
Benjamini, Hochberg. Controlling the false discovery rate. JRSS B 1995.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.stats import hypergeom

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Faults
from reliabel.ops.agreement import significant, wilson
from reliabel.ops.column_values import column_values

STATUS = "optional"
FINDS = "weak slice"
ALSO = ("underperforming_groups",)
BINS = 5  # of a column of numbers
COLUMNS = 30  # whose pairs are looked at
FEWEST = 10  # items of a slice
LARGEST = 0.5  # of the items: a larger group is no slice
SAME = 0.5  # share of common items (Jaccard) above which two slices are told as one
TOLD = 10  # slices in info, weak or not
REGION, BLOCK = 0.1, 32  # of the items: a larger region is none; regions looked at together


@dataclass(frozen=True, eq=False)
class _Cut:
    """The labelled items cut into slices: ``code`` (m,), -1 = in none."""

    kind: str
    code: Ints
    words: Any  # code -> what the slice is
    parents: tuple[Ints, ...] = ()  # codes of the cuts that this one refines


@dataclass(frozen=True, eq=False)
class _Slice:
    """What a slice is, its items and disagreements, by how much the agreement is lower inside, the
    chance of that, and which of the labelled items it holds.
    """

    kind: str
    words: str
    size: int
    bad: int
    weaker: float
    p: float
    held: Callable[[], Ints]

    @cached_property
    def rows(self) -> Ints:
        return self.held()


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
    regions: int = 10_000,
    most: int = 20,
) -> Faults:
    """One fault a weak slice, worst first: its kind is "column", "columns", "cluster" or
    "confusion", and its score the difference between the agreement elsewhere and inside.

    level: share of false discoveries.  gap: by how much the agreement must be lower.
    share: of the items that a slice holds at least (and ten).
    regions: items around which clusters are looked for, drawn at random where there are more.
    most: slices of each kind that are told.

    >>> rng = np.random.default_rng(0)
    >>> p = np.repeat([[0.9, 0.1]], 400, axis=0)
    >>> y, source = np.zeros(400, int), np.array(["web"] * 360 + ["desk"] * 40)
    >>> y[360:380] = 1
    >>> found = audit(Classes(y, ("a", "b")), probs=p, rng=rng, columns={"source": source})
    >>> found.kind, found.why[0][:70]
    (['column'], "where source = 'desk' the model agrees with 50 % of the labels (40 ite")
    """
    _check(level, gap, share, regions, most)
    known = np.flatnonzero((labels.y >= 0) & np.isfinite(probs).all(1))
    y = labels.y[known]
    wrong = np.asarray(probs[known].argmax(1) != y)
    own = probs[known, y]
    least = max(FEWEST, int(np.ceil(share * len(known))))
    cuts = [*_by_columns(columns, known), *_by_confusion(probs[known], labels.names)]
    tested = _tested(cuts, wrong, least, gap)
    clusters, others = _Regions(features, known, labels, wrong, least, gap).weakest(regions, rng)
    tested += clusters
    found = _weak(tested, others, level)
    told = _distinct(found, wrong, gap, most)
    mean = float(own.mean()) if len(own) else np.nan
    return Faults(
        [tuple(known[one.rows[np.argsort(own[one.rows], kind="stable")]].tolist()) for one in told],
        [one.kind for one in told],
        np.array([min(one.weaker, 1.0) for one in told]),
        [_sentence(one, wrong, own, mean) for one in told],
        info={
            "tests": len(tested) + others,
            "weakest": [
                {"slice": one.words, "weaker": one.weaker, "p": one.p}
                for one in sorted(tested, key=lambda one: (one.p, -one.weaker))[:TOLD]
            ],
            "weak": len(found),
            "agreement": float(1 - wrong.mean()) if len(wrong) else np.nan,
        },
    )


def _check(level: float, gap: float, share: float, regions: int, most: int) -> None:
    if not 0 < level < 1 or not 0 <= gap < 1 or not 0 <= share < 1 or regions < 0 or most < 1:
        raise ValueError(
            "level, gap and share must lie between 0 and 1, regions be 0 or more and most 1 or "
            f"more, got level={level}, gap={gap}, share={share}, regions={regions}, most={most}"
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


class _Regions:
    """The clusters of the features: of each of some items those nearest to it."""

    def __init__(
        self,
        features: Floats | None,
        known: Ints,
        labels: Classes,
        wrong: Bools,
        least: int,
        gap: float,
    ) -> None:
        self.wrong, self.gap = wrong, max(gap, 1e-12)
        self.y, self.names = labels.y[known], labels.names
        there = features is not None and len(features) > known.max(initial=-1)
        x = np.asarray(features)[known].reshape(len(known), -1) if there else np.empty((0, 1))
        self.whole = np.flatnonzero(np.isfinite(x).all(1))
        self.x = x[self.whole].astype(np.float32)
        self.square = (self.x**2).sum(1)
        top = min(max(REGION * len(known), 2 * least), LARGEST * len(known), len(self.whole) - 1)
        steps = int(2 * np.log2(max(top / least, 0.5))) + 1  # each size is 1.4 times that before
        self.size = np.unique((least * 2 ** (np.arange(steps) / 2)).astype(np.int64))
        self.chance = [  # of at least as many disagreements in each size
            hypergeom.sf(np.arange(-1, size), len(wrong), int(wrong.sum()), size)
            for size in self.size.tolist()
        ]

    def weakest(self, many: int, rng: Generator) -> tuple[list[_Slice], int]:
        """Each region that is weaker by the gap, at the size at which that is least likely by
        chance; and the number of all other regions and sizes.
        """
        found: list[_Slice] = []
        if not len(self.size):
            return found, 0
        start = rng.permutation(len(self.x))[:many]
        for some in np.split(start, range(BLOCK, len(start), BLOCK)):
            rows, far = self._nearest(self.x[some], int(self.size[-1]) + 1)
            found += [one for near in zip(rows, far, strict=True) for one in self._of(*near)]
        return found, len(start) * len(self.size) - len(found)

    def _nearest(self, centre: Floats, many: int) -> tuple[Ints, Floats]:
        """(b, many) places of the rows nearest to each centre, the nearest first, and how far."""
        far = self.square - 2 * centre @ self.x.T
        near = np.sort(np.argpartition(far, many - 1, axis=1)[:, :many], axis=1)
        far = np.take_along_axis(far, near, 1)
        order = np.argsort(far, axis=1, kind="stable")
        return self.whole[np.take_along_axis(near, order, 1)], np.take_along_axis(far, order, 1)

    def _of(self, rows: Ints, far: Floats) -> Iterator[_Slice]:
        """The region of these rows, the nearest first, if it is weak at a size at which it ends
        where distances differ.
        """
        n, errors = len(self.wrong), int(self.wrong.sum())
        bad = self.wrong[rows].cumsum()[self.size - 1]
        weaker = bad / self.size - (errors - bad) / (n - self.size)
        weak = np.flatnonzero((far[self.size] > far[self.size - 1]) & (weaker >= self.gap))
        if len(weak):
            p = [float(self.chance[at][bad[at]]) for at in weak.tolist()]
            at = int(weak[int(np.argmin(p))])
            inside = rows[: self.size[at]].astype(np.int32)
            held, words = partial(np.sort, inside), self._words(inside)
            counts = len(inside), int(bad[at])
            yield _Slice("cluster", words, *counts, float(weaker[at]), min(p), held)

    def _words(self, rows: Ints) -> str:
        count = np.bincount(self.y[rows])
        name, share = self.names[int(count.argmax())], 100 * count.max() / len(rows)
        return f"items lie close together ({share:.0f} % of them labelled {name!r})"


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
            rows = partial(_rows_of, cut.code, c)
            counts = int(size[c]), int(bad[c])
            tested.append(_Slice(cut.kind, str(cut.words[c]), *counts, weaker, p, rows))
    return tested


def _rows_of(code: Ints, c: int) -> Ints:
    return np.flatnonzero(code == c)


def _weak(tested: list[_Slice], others: int, level: float) -> list[_Slice]:
    """The slices that are significantly weak, beside ``others`` that are not; those first of which
    the largest share of disagreement is certain, for all of them at once.
    """
    p = np.append([one.p for one in tested], np.ones(others))
    found = [one for one, flag in zip(tested, significant(p, level), strict=False) if flag]
    bad, size = (np.array([getattr(one, name) for one in found]) for name in ("bad", "size"))
    sure = wilson(bad, size, 1 - level / max(len(p), 1))[0]
    return [found[at] for at in np.argsort(-sure, kind="stable").tolist()]


def _chance(cut: _Cut, c: int, wrong: Bools, bad: int, size: int) -> float:
    """The chance of as many disagreements among items drawn from all, or from a parent slice."""
    chances = [hypergeom.sf(bad - 1, len(wrong), int(wrong.sum()), size)]
    if cut.parents:
        row = int(np.argmax(cut.code == c))
        for code in cut.parents:
            parent = code == code[row]
            chances.append(hypergeom.sf(bad - 1, int(parent.sum()), int(wrong[parent].sum()), size))
    return float(max(chances))


def _distinct(found: list[_Slice], wrong: Bools, gap: float, most: int) -> list[_Slice]:
    """The first slices of each kind, without those that hold about the same items as one before and
    clusters that are not weak without those before.
    """
    told: list[_Slice] = []
    masks: list[Bools] = []
    count = Counter[str]()
    free = np.ones(len(wrong), dtype=bool)  # in no cluster that is told
    least = max((one.p for one in found), default=0.0)
    for one in found:
        if count[one.kind] == most or (
            one.kind == "cluster" and not _still_weak(one, wrong, free, gap, least)
        ):
            continue
        mask = np.zeros(len(wrong), dtype=bool)
        mask[one.rows] = True
        if all((mask & other).sum() <= SAME * (mask | other).sum() for other in masks):
            told.append(one)
            masks.append(mask)
            count[one.kind] += 1
            free &= ~mask | (one.kind != "cluster")
    return told


def _still_weak(one: _Slice, wrong: Bools, free: Bools, gap: float, least: float) -> bool:
    """Whether most of a cluster is free, and weak among all that is free."""
    rest = one.rows[free[one.rows]]
    if len(rest) <= SAME * one.size:
        return False
    n, errors, bad = int(free.sum()), int(wrong[free].sum()), int(wrong[rest].sum())
    weaker = bad / len(rest) - (errors - bad) / max(n - len(rest), 1)
    return weaker >= gap and bool(hypergeom.sf(bad - 1, n, errors, len(rest)) <= least)


def _sentence(one: _Slice, wrong: Bools, own: Floats, mean: float) -> str:
    inside = 1 - float(wrong[one.rows].mean())
    return (
        f"where {one.words} the model agrees with {100 * inside:.0f} % of the labels "
        f"({len(one.rows):,} items), elsewhere with {100 * (inside + one.weaker):.0f} %; its mean "
        f"probability of the given label is {float(own[one.rows].mean()):.2f}, of all {mean:.2f}"
    )
