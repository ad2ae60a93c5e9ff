"""Leakage by group: a patient, document, video or user whose items stand in several splits.

A model that has seen a group while training knows more of it than of a new one, so that a test on
the same group says too much. Needs the group of each item, and the split. Copies of one item in
several splits are found by ``near_duplicates``, which needs no groups. Assumes that a group is
meant to stay together: where classes or batches are given as groups, all of them "leak".
Cost: O(n log n). Memory O(n).
Paper: Kapoor, Narayanan. Leakage and the reproducibility crisis in machine-learning-based science.
Patterns 4 (2023).
"""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np

from reliabel.core.labels import Ints, Labels, Strs
from reliabel.core.results import Faults

STATUS = "optional"  # runs where groups are given, which no default auditor reads
FINDS = "leak"
ALSO = ("leakage_by_group",)


def audit(labels: Labels, *, split: Strs, groups: Ints) -> Faults:
    """One fault ("group") for each group with items in several splits, those of which most items
    would have to move first.

    The score is the share of the group outside the split that holds most of it, doubled.
    info: "groups", how many there are in several splits, and "of", how many with two items or more;
        "leakage", for each pair of splits how many items of the one belong to a group in the other;
        "clean" (n,), the items whose group is in one split alone.

    >>> from reliabel.core.labels import Classes
    >>> split = np.array(["train", "train", "test", "test"])
    >>> found = audit(Classes(np.zeros(4, int)), split=split, groups=np.array([7, 7, 7, 8]))
    >>> found.items, found.why[0]
    ([(0, 1, 2)], 'group 7 is in several splits: 2 of its items in train, 1 in test')
    """
    known = _known(groups)
    names, code = np.unique(np.asarray(split).astype(str), return_inverse=True)
    rows = np.flatnonzero(known)
    order = rows[np.argsort(np.asarray(groups)[rows], kind="stable")]
    ends = np.flatnonzero(np.diff(np.asarray(groups)[order])) + 1
    parts = [part for part in np.split(order, ends) if len(part) > 1]
    leaks: Counter[tuple[str, str]] = Counter()
    clean = np.ones(len(code), dtype=bool)
    found: list[tuple[float, tuple[int, ...], str]] = []
    for part in parts:
        count = np.bincount(code[part], minlength=len(names))
        there = np.flatnonzero(count)
        if len(there) < 2:
            continue
        clean[part] = False
        for of, seen in permutations(there.tolist(), 2):
            leaks[str(names[of]), str(names[seen])] += int(count[of])
        score = float(2 * (1 - count.max() / count.sum()))
        told = _sentence(groups[part[0]], names, count)
        found.append((min(score, 1.0), tuple(part.tolist()), told))
    found.sort(key=lambda one: (-one[0], one[1]))
    size = Counter(names[code].tolist())
    leakage = [
        {"of": of, "seen_in": seen, "items": items, "share": items / size[of]}
        for (of, seen), items in sorted(leaks.items())
    ]
    info = {"groups": len(found), "of": len(parts), "leakage": leakage, "clean": clean}
    return Faults(
        [items for _, items, _ in found],
        ["group"] * len(found),
        np.array([score for score, _, _ in found], dtype=float),
        [why for _, _, why in found],
        info=info,
    )


def _known(groups: Ints) -> np.ndarray:
    """Which items have a group: -1 and NaN are none."""
    given = np.asarray(groups)
    return np.asarray((given == given) & (given != -1))


def _sentence(group: object, names: np.ndarray, count: Ints) -> str:
    order = [place for place in np.argsort(-count, kind="stable") if count[place]]
    first, *rest = (f"{count[place]} of its items in {names[place]}" for place in order)
    others = ", ".join(one.replace(" of its items", "") for one in rest)
    return f"group {group} is in several splits: {first}, {others}"
