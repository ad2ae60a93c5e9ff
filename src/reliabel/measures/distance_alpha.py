"""Krippendorff's alpha of answers that are no plain class: 1 minus the mean distance of two votes
on one item over that of two votes by chance.

The distance is that of the kind: of comparisons whether both prefer the same thing, of rankings
the share of pairs in another order, of texts the cosine of words, of spans and masks the words or
pixels of the same class (Dice), of boxes the overlap of matched boxes of one class.  Chance is that
of votes on different items, and for comparisons and rankings that of a coin.
Assumes workers are interchangeable, and that the number of votes of an item does not depend on the
votes.  Weak with a handful of items, from which chance is hard to tell; of boxes and masks chance
is near 1, so that alpha is little less than the mean overlap of two workers.
Cost: the distances of the pairs of votes on an item, of 200,000 at most (20,000 of masks), and of
as many by chance.
Paper: Krippendorff. Content Analysis, 3rd edition, 2013; for any distance: Braylan, Alonso, Lease.
Measuring annotator agreement generally for complex annotation tasks. WWW 2022.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.free_text import Texts
from reliabel.core.labels import Floats, Grouped, Ints, Spans, Votes
from reliabel.core.objects import Boxes, Regions
from reliabel.core.orders import Comparisons, Rankings
from reliabel.core.results import Measure
from reliabel.ops.agreement import sorted_pairs, with_interval
from reliabel.ops.vote_distances import Distance, distance_of

STATUS = "default"
AGREEMENT_RANK = 3
SHOWN_AS = "Krippendorff's alpha"
PAIRS, OF_MASKS = 200_000, 20_000  # of votes on one item, and of votes by chance
ALONE = 4  # votes on other items that each vote is compared with


def measure(
    votes: Votes[Comparisons | Rankings | Texts]
    | Votes[Grouped[Spans]]
    | Votes[Grouped[Boxes]]
    | Votes[Grouped[Regions]],
    *,
    rng: Generator,
) -> Measure:
    """Agreement beyond chance: 1 is perfect, 0 is chance, below 0 is systematic disagreement; NaN
    where all votes are equal.

    ``parts`` holds "items" and "votes" that count, and the mean distance of two votes on an item,
    "observed", and by chance, "expected".

    >>> said = Texts(["the cat sat", "the cat sat", "a dog", "a dog ran", "no", "no"])
    >>> v = Votes([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], said, n=3, w=2)
    >>> round(measure(v, rng=np.random.default_rng(0)).value, 2)
    0.94
    """
    apart, by_chance = distance_of(votes)
    masks = isinstance(votes.labels, Grouped) and isinstance(votes.labels.units, Regions)
    most = OF_MASKS if masks else PAIRS
    a, b, _ = sorted_pairs(votes.item, votes.n, rng, most)
    far = apart(a, b)
    known = np.isfinite(far)
    item, far = votes.item[a[known]], far[known]
    pairs = np.bincount(item, minlength=votes.n)
    size = np.bincount(votes.item, minlength=votes.n).astype(float)
    keep = np.flatnonzero(pairs)
    # an item counts as much as its votes, whatever the number of their pairs
    observed = (size * np.bincount(item, far, votes.n) / np.maximum(pairs, 1))[keep]
    expected = (
        size * by_chance if by_chance is not None else _by_chance(apart, votes, keep, most, rng)
    )
    sums = observed, np.stack([expected[keep], size[keep]], axis=1)
    whole = float(size[keep].sum())
    parts = {
        "items": len(keep),
        "votes": int(whole),
        "observed": float(observed.sum() / whole) if len(keep) else np.nan,
        "expected": float(expected[keep].sum() / whole) if len(keep) else np.nan,
    }
    return with_interval(_alpha, sums, rng, parts)


def _by_chance(apart: Distance, votes: Votes[Any], keep: Ints, most: int, rng: Generator) -> Floats:
    """(n,) the sum over an item's votes of their mean distance to votes on other items."""
    held = np.zeros(votes.n, dtype=bool)
    held[keep] = True
    rows = np.flatnonzero(held[votes.item])
    found = np.zeros(votes.n)
    if len(keep) < 2:
        return found
    some = rng.permutation(rows)[: most // ALONE]
    one = np.repeat(some, ALONE)
    two = rows[rng.integers(len(rows), size=len(one))]
    others = votes.item[one] != votes.item[two]
    one, two = one[others], two[others]
    far, item = apart(one, two), votes.item[one]
    many = np.bincount(item, minlength=votes.n)
    mean = np.bincount(item, far, votes.n) / np.maximum(many, 1)
    usual = float(far.mean()) if len(far) else 0.0
    size = np.bincount(votes.item, minlength=votes.n)
    return np.asarray(size * np.where(many > 0, mean, usual))


def _alpha(sums: tuple[Floats, ...]) -> Floats:
    observed, expected = sums[0], sums[1][:, 0]
    none = np.full(len(expected), np.nan)
    return np.asarray(1 - np.divide(observed, expected, out=none, where=expected > 1e-12))
