"""Near duplicates: groups of items that are equal or nearly so, with conflicting labels or in
several splits first.

Exact copies are equal texts, equal files or equal features. Other copies are candidates that a
second test confirms: texts by the shingles they share, pictures by their pixels, anything else by
being far nearer than usual, both globally and locally, and nearer than chance would bring items
together (in tables with few columns, much nearer; and near in their values, not in direction
alone). Candidates are feature neighbours; for texts also those equal but for case, spaces and
punctuation, and min-wise hashes where there are no features; for pictures also perceptual hashes,
mirrored or not, and neighbours of which one may be a part of the other. A group is one item and
those confirmed as near to it, so that a chain of small steps never joins unlike items. Weak if
features hide what differs (a number, a name) and there is no text or picture to compare; a picture
that was cropped and mirrored is found only if the features bring both together; crops that keep
less than 70 % of a side are not looked for.
Cost: O(n nearest) and one test of each candidate pair; pictures are opened once more, and the
windows of each are compared with two neighbours; a group larger than the neighbour lists is
compared with all items. Memory O(n nearest), and 272 bytes a picture.
Paper: Groger, Lionetti, Gottfrois et al. Intrinsic self-supervision for data quality audits.
NeurIPS 2024 datasets and benchmarks; shingles: Broder, On the resemblance and containment of
documents. SEQUENCES 1997; Zauner, Implementation and benchmarking of perceptual image hash
functions. 2010.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Grouped, Labels, Strs
from reliabel.core.results import Faults
from reliabel.ops.near_copies import Copies, Group, copies

STATUS = "default"
FINDS = "duplicate"
ONE_OF = ("neighbours", "items", "features")
ALSO = ("perceptual_hash",)
SAID = {  # kind -> what the others are
    "near": "nearly the same as {others}",
    "recased": "the same words as {others}, with other case, spaces or punctuation",
    "recompressed": "the same picture as {others}, saved again",
    "resized": "the same picture as {others} in another size",
    "mirrored": "the mirror image of {others}",
    "cropped": "a part of {others}, or the whole",
}


def audit(
    labels: Labels,
    *,
    neighbours: Neighbours | None = None,
    items: Sequence[Any] | Mapping[str, Any] | None = None,
    split: Strs | None = None,
    features: Floats | None = None,
    threshold: float = 0.13,
    overlap: float = 0.8,
    nearest: int = 20,
) -> Faults:
    """Groups of copies: "exact", "recased" (texts), "recompressed", "resized", "mirrored" or
    "cropped" (pictures), or "near"; a group of several kinds is "near".

    The score rises with similarity, with conflicting labels, and if a group is in several splits.

    threshold: near = nearer than this share of the usual distance to the nearest neighbour.
    overlap: share of shingles that near texts have in common.
    nearest: neighbours that are tested.
    info: "items", how many items have a copy; "conflict" and "across" (groups,), whether labels
        differ and whether splits do; "leakage", for each pair of splits how many items of the one
        have a copy in the other; "clean" (n,), the items without a copy in another split: score a
        model on the clean items of the test split; "pairs", how many pairs each search brought.

    >>> near = Neighbours(np.array([[1], [0], [1]]), np.array([[0.0], [0.0], [0.8]]))
    >>> texts = ["I lost my card", "I lost my card", "Top up"]
    >>> found = audit(Classes(np.array([0, 1, 1])), neighbours=near, items=texts)
    >>> found.items, found.kind, found.score.tolist(), found.why[0]
    ([(0, 1)], ['exact'], [0.8], "seen 2 times with 2 different labels ('0' 1, '1' 1)")
    """
    found = copies(
        len(labels),
        items,
        neighbours,
        features,
        threshold=threshold,
        overlap=overlap,
        nearest=nearest,
    )
    return _faults(labels, split, found)


def _faults(labels: Labels, split: Strs | None, found: Copies) -> Faults:
    score, why, conflicts, across = [], [], [], []
    leaks: Counter[tuple[str, str, str]] = Counter()
    clean = np.ones(len(found.first), dtype=bool)
    for group in found.groups:
        words = Counter(word for item in group.items if (word := _word(labels, item)) is not None)
        inside = Counter(str(split[item]) for item in group.items) if split is not None else {}
        parts = sorted(inside)
        conflict, leak = len(words) > 1, len(parts) > 1
        for seen, of in permutations(parts, 2):
            leaks["items", of, seen] += inside[of]
            leaks["conflicts", of, seen] += inside[of] * conflict
        clean[list(group.items)] = not leak
        score.append(0.5 * group.alike + 0.3 * conflict + 0.2 * leak)
        why.append(_sentence(group, words, parts))
        conflicts.append(conflict)
        across.append(leak)
    info = found.info | {
        "conflict": np.array(conflicts, dtype=bool),
        "across": np.array(across, dtype=bool),
        "leakage": _leakage(leaks, split),
    }
    if split is not None:
        info["clean"] = clean
    return Faults(
        [group.items for group in found.groups],
        [group.kind for group in found.groups],
        np.array(score, dtype=float),
        why,
        info=info,
    )


def _leakage(leaks: Counter[tuple[str, str, str]], split: Strs | None) -> list[dict[str, Any]]:
    """For each pair of splits: the items of the one with a copy in the other, and how many of them
    stand in a group with different labels.
    """
    size = Counter(str(word) for word in split) if split is not None else Counter()
    return [
        {
            "of": of,
            "seen_in": seen,
            "items": count,
            "share": count / size[of],
            "conflicts": leaks["conflicts", of, seen],
        }
        for (what, of, seen), count in sorted(leaks.items())
        if what == "items"
    ]


def _word(labels: Labels, item: int) -> str | None:
    """The label of an item in words, for kinds that have one that can be compared."""
    if isinstance(labels, Classes):
        return None if labels.y[item] < 0 else labels.names[labels.y[item]]
    part: Any = labels.take(np.array([item]))
    y = np.asarray(getattr(part.units if isinstance(part, Grouped) else part, "y", None))
    return (
        None
        if y.dtype.kind not in "iuf" or not y.size or (y != y).any()
        else " ".join(map(str, y.ravel().tolist()))
    )


def _sentence(group: Group, words: Counter[str], splits: list[str]) -> str:
    size = len(group.items)
    others = f"{size - 1} other{'s' * (size > 2)}"
    seen = f"seen {size} times"
    if group.kind != "exact":
        mixed = ", ".join(f"{n} {kind}" for kind, n in sorted(group.parts.items()))
        told = f"; {mixed}" if len(group.parts) > 1 else ""
        seen = f"{SAID[group.kind].format(others=others)} ({100 * group.alike:.0f} % alike{told})"
    counts = ", ".join(f"{word[:30]!r} {count}" for word, count in words.most_common(4))
    labels = f" with {len(words)} different labels ({counts})" if len(words) > 1 else ""
    return seen + labels + (f", in {' and in '.join(splits)}" if len(splits) > 1 else "")
