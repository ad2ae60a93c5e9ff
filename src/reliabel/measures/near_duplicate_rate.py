"""Near-duplicate rate: the share of the items that have a copy, exact or near.

Counts items, not pairs, as the auditor ``near_duplicates`` finds them: ten copies of one item are
ten items. Weak as that auditor is: features may hide what differs, and a template with a name or
a number of its own is nearly the same as the others.
Cost: O(n) to find exact copies, and one test of each candidate pair. Memory O(n neighbours).
Paper: Groger, Lionetti, Gottfrois et al. Intrinsic self-supervision for data quality audits.
NeurIPS 2024 datasets and benchmarks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Floats, Labels
from reliabel.core.results import Measure
from reliabel.ops.near_copies import copies
from reliabel.ops.neighbours import nearest

STATUS = "optional"
ONE_OF = ("neighbours", "items", "features")
ALSO = ("duplicate_rate",)
NEAREST = 20  # neighbours that are tested, as by the auditor
EXACT = "no interval: all items were looked at, so that the share is no estimate"


def measure(
    labels: Labels,
    *,
    neighbours: Neighbours | None = None,
    items: Sequence[Any] | Mapping[str, Any] | None = None,
    features: Floats | None = None,
    threshold: float = 0.13,
    overlap: float = 0.8,
) -> Measure:
    """The share of items with a copy; NaN where there are no items or nothing to compare them by.

    neighbours: made of ``features`` where they are not given.
    threshold: near = nearer than this share of the usual distance to the nearest neighbour.
    overlap: share of shingles that near texts have in common.
    ``parts`` holds "groups", how many groups there are; "by_kind", how many items stand in groups
    of each kind (as ``near_duplicates`` names them); and "surplus", the share that would go if one
    item of each group stayed. ``info`` holds "copied" (n,), whether an item has a copy.

    >>> from reliabel.core.labels import Classes
    >>> texts = ["lost my card", "Lost my card!", "top up", "a new phone"]
    >>> found = measure(Classes(np.zeros(4, int)), items=texts)
    >>> found.value, found.parts["by_kind"], found.parts["surplus"]
    (0.5, {'recased': 2}, 0.25)
    """
    n = len(labels)
    if not n or (neighbours is None and items is None and features is None):
        why = "there are no items" if not n else "give items, features or neighbours to compare"
        return Measure(np.nan, np.nan, np.nan, info={"why": f"no number: {why}"})
    if neighbours is None and features is not None and n > 1:
        neighbours = nearest(features, j=min(NEAREST, n - 1))
    found = copies(n, items, neighbours, features, threshold=threshold, overlap=overlap)
    copied = found.member(n)
    by_kind: dict[str, int] = {}
    for group in found.groups:
        by_kind[group.kind] = by_kind.get(group.kind, 0) + len(group.items)
    parts = {
        "groups": len(found.groups),
        "by_kind": by_kind,
        "surplus": (int(copied.sum()) - len(found.groups)) / n,
    }
    info = {
        "why": EXACT,
        "copied": copied,
        "checked": found.info["checked"],
        "recall": found.info["recall"],
    }
    return Measure(float(copied.mean()), np.nan, np.nan, parts, info)
