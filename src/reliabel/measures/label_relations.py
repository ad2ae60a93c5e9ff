"""Label relations: which classes are one and the same, imply, exclude or overlap each other, where
an item may have several.

From how often classes occur together, beyond chance over all pairs, and from names that say the
same or stand below one another ("animal/dog"). Assumes that most labels are right: a rule that one
item in twenty breaks is still found, a weaker one is not. Weak for classes with fewer than twenty
items. Labels that are missing everywhere hide what a class implies.
Cost: O(n k^2). Memory O(k^2) and a block.
Paper: Uijlings, Mensink, Ferrari. The missing link: finding label relations across datasets. ECCV
(2022); the tests within one data set are ours.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Bools, MultiLabel
from reliabel.core.results import Measure
from reliabel.ops.taxonomy import Relations, by_name, reduced, relations

STATUS = "default"
ALSO = ("class_relations", "label_taxonomy")


def measure(labels: MultiLabel) -> Measure:
    """The number of related pairs of classes; of classes that imply one another in a row only the
    nearest are counted.

    ``parts`` holds "pairs", a mapping each with "a", "b", the "kind" ("identical", "subsumed": a
    implies b, "exclusive", "overlapping", "same name", "name below"), the shares "b_given_a" and
    "a_given_b", and how many "items" of a there are; and "share" (k, k), the share of the items of
    the class of the row that have that of the column.

    >>> y = np.repeat([[1, 1, 0], [0, 1, 0], [0, 0, 1]], 40, axis=0)
    >>> found = measure(MultiLabel(y, ("dog", "animal", "house")))
    >>> [(pair["a"], pair["kind"], pair["b"]) for pair in found.parts["pairs"]]
    [('dog', 'subsumed', 'animal'), ('animal', 'exclusive', 'house'), ('dog', 'exclusive', 'house')]
    """
    found = relations(labels.y)
    same, below = by_name(labels.names)
    told = found.same | found.implies | found.implies.T | found.overlapping
    kinds = {
        "identical": np.triu(found.same),
        "subsumed": reduced(found.implies),
        "exclusive": np.triu(found.exclusive),
        "overlapping": np.triu(found.overlapping),
        "same name": np.triu(same & ~told),
        "name below": below & ~told,
    }
    pairs = [
        pair for kind, which in kinds.items() for pair in _pairs(kind, which, found, labels.names)
    ]
    info = {
        "why": "no interval: the number of pairs beyond chance; each pair has its own counts",
        "kinds": {kind: int(which.sum()) for kind, which in kinds.items()},
    }
    return Measure(float(len(pairs)), np.nan, np.nan, {"pairs": pairs, "share": found.share}, info)


def _pairs(
    kind: str, which: Bools, found: Relations, names: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The pairs of one kind, those with the most items first."""
    rows, columns = np.nonzero(which)
    if kind not in ("subsumed", "name below"):  # the more frequent class first
        more = found.many[rows, columns] >= found.many[columns, rows]
        rows, columns = np.where(more, rows, columns), np.where(more, columns, rows)
    order = np.argsort(-found.many[rows, columns], kind="stable")
    return [
        {
            "a": names[a],
            "b": names[b],
            "kind": kind,
            "b_given_a": float(found.share[a, b]),
            "a_given_b": float(found.share[b, a]),
            "items": int(found.many[a, b]),
        }
        for a, b in zip(rows[order].tolist(), columns[order].tolist(), strict=True)
    ]
