"""Label contradictions: items whose labels break a rule that nearly all other items keep, such as
"dog" without "animal", or "day" and "night" together.

The rules are mined from the labels (identical, implied and exclusive classes, beyond chance over
all pairs), so that no model is needed. Assumes that most labels are right. An item that breaks a
rule may be a real exception; what more than one item in twenty breaks is no rule. Weak for classes
with fewer than twenty items, and blind where a label is missing everywhere.
Cost: O(n k^2) for the counts, O(n) a rule. Memory O(k^2) and a block.
Paper: Nguyen, Kim. The cleaning of the iMet 2020 labels. CVPR workshop FGVC8 (2021), which adds
what is implied; the tests of the rules are ours.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reliabel.core.labels import Bools, MultiLabel
from reliabel.core.results import Faults
from reliabel.ops.taxonomy import relations

STATUS = "default"
FINDS = "label contradiction"
ALSO = ("label_rules", "implied_labels")


def audit(labels: MultiLabel) -> Faults:
    """One fault a rule that is broken: its items, kind "implied label missing" or "exclusive labels
    together", and for the first the label to add as suggestion; score = the share of the items that
    keep the rule.  Unknown cells break no rule.

    >>> y = np.repeat([[1, 1], [0, 1], [0, 0]], 40, axis=0)
    >>> y[3, 1] = 0
    >>> found = audit(MultiLabel(y, ("dog", "animal")))
    >>> found.items, found.why
    ([(3,)], ["1 item has 'dog' without 'animal', which 39 of 40 items with 'dog' have"])
    """
    y, names = labels.y, labels.names
    found = relations(y)
    yes, no = y == 1, y == 0
    rows, kinds, scores, why, where = [], [], [], [], []
    suggest: list[str | None] = []
    for a, b, kind, broken, kept, of in _rules(
        yes, no, found.same | found.implies, found.exclusive
    ):
        rows.append(tuple(np.flatnonzero(broken).tolist()))
        kinds.append(kind)
        scores.append(kept / of)
        many = f"{len(rows[-1])} item{'s have' if len(rows[-1]) > 1 else ' has'}"
        where.append({"classes": [names[a], names[b]]})
        if kind == MISSING:
            suggest.append(f"add {names[b]}")
            why.append(
                f"{many} {names[a]!r} without {names[b]!r}, which {kept:,} of {of:,} items with "
                f"{names[a]!r} have"
            )
        else:
            suggest.append(None)
            why.append(
                f"{many} {names[a]!r} and {names[b]!r}, which {kept:,} of {of:,} items with "
                f"{names[a]!r} have not"
            )
    return Faults(rows, kinds, np.array(scores, dtype=float), why, where, suggest)


MISSING, TOGETHER = "implied label missing", "exclusive labels together"


def _rules(
    yes: Bools, no: Bools, implies: Bools, exclusive: Bools
) -> Iterator[tuple[int, int, str, Bools, int, int]]:
    """The rules that are broken: two classes, the kind, (n,) the items that break it, how many keep
    it, and how many it is about.
    """
    for a, b in np.argwhere(implies).tolist():
        broken = yes[:, a] & no[:, b]
        if broken.any():
            kept = int((yes[:, a] & yes[:, b]).sum())
            yield a, b, MISSING, broken, kept, kept + int(broken.sum())
    for a, b in np.argwhere(np.triu(exclusive)).tolist():
        broken = yes[:, a] & yes[:, b]
        if broken.any():
            kept = int((yes[:, a] & no[:, b]).sum())
            yield a, b, TOGETHER, broken, kept, kept + int(broken.sum())
