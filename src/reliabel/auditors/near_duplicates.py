"""Near duplicates: groups of items that are equal or nearly so, with conflicting labels or in
several splits first.

Exact copies are equal texts, equal files or equal features. Near copies are feature neighbours that
a second test confirms: texts by the shingles they share, pictures by their pixels, anything else by
being far nearer than usual, both globally and locally, and nearer than chance would bring items
together (in tables with few columns, much nearer). A group is one item and those confirmed as near
to it, so that a chain of small steps never joins unlike items. Weak if features hide what differs
(a number, a name) and there is no text or picture to compare.
Cost: O(n nearest) and one test of each candidate pair; a group larger than the neighbour lists is
compared with all items. Memory O(n nearest).
Paper: Groger, Lionetti, Gottfrois et al. Intrinsic self-supervision for data quality audits.
NeurIPS 2024 datasets and benchmarks; shingles: Broder, On the resemblance and containment of
documents. SEQUENCES 1997.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Grouped, Ints, Labels, Strs
from reliabel.core.results import Faults
from reliabel.core.run import track
from reliabel.ops.copies import overlap as shared
from reliabel.ops.copies import plain, same_pictures, same_rows, same_texts, shingles, sort_of
from reliabel.ops.neighbours import reach
from reliabel.ops.pictures import load

STATUS = "default"
FINDS = "duplicate"
CHANCE = 0.003  # share of the items whose nearest may come within the radius by chance
# Pictures resized to 32 x 32 are similar if their grey levels differ by less than this (root mean
# square, of 255).
SIDE, PIXELS = 32, 20.0
# two items and their distance -> their similarity, 0 if the second test rejects them
Similarity = Callable[[int, int, float], float]
# copies of one item and what is near to it; how alike the least alike of them is
Star = tuple[list[int], float]


def audit(
    labels: Labels,
    *,
    neighbours: Neighbours,
    items: Sequence[Any] | Mapping[str, Any] | None = None,
    split: Strs | None = None,
    features: Floats | None = None,
    threshold: float = 0.13,
    overlap: float = 0.8,
    nearest: int = 20,
) -> Faults:
    """Groups of copies ("exact" or "near").

    The score rises with similarity, with conflicting labels, and if a group is in several splits.

    threshold: near = nearer than this share of the usual distance to the nearest neighbour.
    overlap: share of shingles that near texts have in common.
    nearest: neighbours that are tested.
    info: items concerned, conflicts and leakage between splits.

    >>> near = Neighbours(np.array([[1], [0], [1]]), np.array([[0.0], [0.0], [0.8]]))
    >>> texts = ["I lost my card", "I lost my card", "Top up"]
    >>> found = audit(Classes(np.array([0, 1, 1])), neighbours=near, items=texts)
    >>> found.items, found.kind, found.score.tolist(), found.why[0]
    ([(0, 1)], ['exact'], [0.8], "seen 2 times with 2 different labels ('0' 1, '1' 1)")
    """
    sort = sort_of(items)
    first = _copies(sort, items, neighbours, features)
    usual = _usual(neighbours)
    radius = max(0.75 * usual, 0.05) if sort == "texts" else threshold * usual
    if sort not in ("texts", "pictures"):
        radius = min(threshold, CHANCE ** (2 / _dimensions(neighbours))) * usual
    look = (
        _by_text(items, overlap)
        if sort == "texts"
        else _by_pixels(items, radius)
        if sort == "pictures"
        else _by_distance(neighbours, radius, usual)
    )
    links, crowded = _links(neighbours.nearest(nearest), first, radius, look)
    crowd = (
        _crowd(reach(features), radius, first, look) if features is not None and crowded else None
    )
    stars = list(_stars(links, crowded, crowd))
    taken = {member for star, _ in stars for member in star}
    stars += [
        ([int(c)], 1.0)
        for c in np.flatnonzero(np.bincount(first, minlength=len(first)) > 1)
        if int(c) not in taken
    ]
    info = {
        "usual": usual,
        "radius": radius,
        "checked": sort,
        "crowded": len(crowded),
        "recall": neighbours.recall,
    }
    return _faults(labels, split, first, stars, info)


def _copies(sort: str, items: Any, neighbours: Neighbours, features: Floats | None) -> Ints:
    """(n,) the first exact copy of each item; blank texts are copies of none."""
    row = np.arange(len(neighbours.index))
    if sort == "texts":
        return np.where([str(item).strip() != "" for item in items], same_texts(items), row)
    if sort == "pictures":
        return same_pictures(items)
    if features is not None:
        return same_rows(features)
    return np.asarray(
        np.minimum(
            row,
            np.where(
                (neighbours.distance == 0) & (neighbours.index >= 0), neighbours.index, len(row)
            ).min(1),
        )
    )


def _usual(neighbours: Neighbours) -> float:
    """The median distance to the nearest neighbour that is not a copy."""
    apart = np.array(
        neighbours.distance[:, :1].min(1, initial=np.inf)
    )  # the nearest; further ones are looked at only behind copies
    behind = np.flatnonzero(apart <= 0)
    apart[behind] = np.where(
        neighbours.distance[behind] > 0, neighbours.distance[behind], np.inf
    ).min(1)
    apart = apart[np.isfinite(apart)]
    return float(np.median(apart)) if len(apart) else 0.0


def _dimensions(neighbours: Neighbours) -> float:
    """The intrinsic dimension around an item, by the two-nearest-neighbours estimate (median)."""
    if neighbours.distance.shape[1] < 2:
        return 2.0
    nearest, second = neighbours.distance[:, 0], neighbours.distance[:, 1]
    known = (nearest > 0) & np.isfinite(second)
    ratio = float(np.median(np.log(second[known] / nearest[known]))) if known.sum() >= 20 else 0.0
    return 2 * math.log(2) / ratio if ratio > 0 else math.inf


def _by_text(items: Any, least: float) -> Similarity:
    known: dict[int, frozenset[str]] = {}

    def part(item: int) -> frozenset[str]:
        if item not in known:
            known[item] = shingles(plain(str(items[item])))
        return known[item]

    def look(a: int, b: int, distance: float) -> float:
        share = shared(part(a), part(b)) if part(a) != {""} else 0.0
        return share if share >= least else 0.0

    return look


def _by_pixels(items: Any, radius: float) -> Similarity:
    known: dict[int, Any] = {}

    def pixels(item: int) -> Any:
        if item not in known:
            loaded = load(items[item], SIDE)[0]
            known[item] = None if loaded is None else loaded.astype(np.float32)
        return known[item]

    def look(a: int, b: int, distance: float) -> float:
        if distance >= radius or pixels(a) is None or pixels(b) is None:
            return 0.0
        apart = float(np.sqrt(np.mean((pixels(a) - pixels(b)) ** 2)))
        return 1 - apart / 255 if apart < PIXELS else 0.0

    return look


def _by_distance(neighbours: Neighbours, radius: float, usual: float) -> Similarity:
    """Near globally and locally: within half the distance at which the lists of both items end.

    If a list ends inside the radius, many copies and a dense region cannot be told apart, so only a
    tenth of the radius is used there.
    """
    last = (
        neighbours.distance[:, -1]
        if neighbours.distance.shape[1] >= 10
        else np.full(len(neighbours.index), np.inf)
    )
    bound = np.where(last <= radius, radius / 10, np.minimum(radius, last / 2))

    def look(a: int, b: int, distance: float) -> float:
        return 1 - distance / (usual or 1.0) if distance < min(bound[a], bound[b]) else 0.0

    return look


def _links(
    near: Neighbours, first: Ints, radius: float, look: Similarity
) -> tuple[dict[int, dict[int, float]], set[int]]:
    """Confirmed pairs, copies counted once, and the items whose whole list is near."""
    row, column = np.nonzero((near.distance <= radius) & (near.index >= 0))
    left, right, distance = first[row], first[near.index[row, column]], near.distance[row, column]
    low, high = np.minimum(left, right), np.maximum(left, right)
    _, once = np.unique(low * len(first) + high, return_index=True)
    links: dict[int, dict[int, float]] = defaultdict(dict)
    for at in track("near duplicates", once[low[once] != high[once]].tolist()):
        a, b = int(low[at]), int(high[at])
        alike = look(a, b, float(distance[at]))
        if alike > 0:
            links[a][b] = links[b][a] = alike
    full = (
        near.distance[:, -1] <= radius
        if near.distance.shape[1] >= 10
        else np.zeros(len(first), dtype=bool)
    )
    return links, set(first[full].tolist()) & set(links)


def _crowd(
    far: Callable[[int], Floats], radius: float, first: Ints, look: Similarity
) -> Callable[[int], dict[int, float]]:
    def of(centre: int) -> dict[int, float]:
        distance = far(centre)
        close = [
            int(i) for i in np.flatnonzero(distance <= radius) if first[i] == i and i != centre
        ]
        return {i: alike for i in close if (alike := look(centre, i, float(distance[i]))) > 0}

    return of


def _stars(
    links: dict[int, dict[int, float]],
    crowded: set[int],
    crowd: Callable[[int], dict[int, float]] | None,
) -> Iterator[Star]:
    """The item with most links and the items linked to it, repeatedly among the remaining items."""
    taken: set[int] = set()
    for centre in sorted(links, key=lambda item: (-len(links[item]), item)):
        if centre in taken:
            continue
        around = crowd(centre) if crowd is not None and centre in crowded else links[centre]
        members = {item: alike for item, alike in around.items() if item not in taken}
        if members:
            taken |= {centre, *members}
            yield sorted([centre, *members]), min(members.values())


def _faults(
    labels: Labels, split: Strs | None, first: Ints, stars: list[Star], info: dict[str, Any]
) -> Faults:
    members: dict[int, list[int]] = defaultdict(list)
    centre = {item: star[0] for star, _ in stars for item in star}
    for item, copy in enumerate(first.tolist()):
        if copy in centre:
            members[centre[copy]].append(item)
    found, kind, score, why, conflicts, across = [], [], [], [], [], []
    leaks: Counter[tuple[str, str, str]] = Counter()
    for star, alike in sorted(stars):
        group = members[star[0]]
        words = Counter(word for item in group if (word := _word(labels, item)) is not None)
        parts = sorted({str(split[item]) for item in group}) if split is not None else []
        conflict, leak = len(words) > 1, len(parts) > 1
        for seen, of in permutations(parts, 2):
            count = sum(str(split[item]) == of for item in group) if split is not None else 0
            leaks["items", of, seen] += count
            leaks["conflicts", of, seen] += count * conflict
        found.append(tuple(group))
        kind.append("exact" if len(star) == 1 else "near")
        score.append(0.5 * alike + 0.3 * conflict + 0.2 * leak)
        why.append(_sentence(kind[-1], len(group), alike, words, parts))
        conflicts.append(conflict)
        across.append(leak)
    size = Counter(str(word) for word in split) if split is not None else Counter()
    leakage = [
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
    info |= {
        "items": sum(map(len, found)),
        "conflict": np.array(conflicts, dtype=bool),
        "across": np.array(across, dtype=bool),
        "leakage": leakage,
    }
    return Faults(found, kind, np.array(score, dtype=float), why, info=info)


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


def _sentence(kind: str, size: int, alike: float, words: Counter[str], splits: list[str]) -> str:
    others = f"{size - 1} other{'s' * (size > 2)}"
    seen = (
        f"seen {size} times"
        if kind == "exact"
        else f"nearly the same as {others} ({100 * alike:.0f} % alike)"
    )
    counts = ", ".join(f"{word[:30]!r} {count}" for word, count in words.most_common(4))
    labels = f" with {len(words)} different labels ({counts})" if len(words) > 1 else ""
    return seen + labels + (f", in {' and in '.join(splits)}" if len(splits) > 1 else "")
