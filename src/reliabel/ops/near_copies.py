"""Groups of items that are the same or nearly so.

Exact copies are equal texts, equal files or equal features.  Other copies are candidates that a
second test confirms.  Candidates are feature neighbours; texts that are equal but for case, spaces
and punctuation; where there are no features, texts that share min-wise hashes; pictures with like
perceptual hashes, mirrored or not, and neighbours of which one may be a part of the other.  The
second test: texts by the shingles they share, pictures by their pixels, anything else by being far
nearer than usual, both globally and locally, and nearer than chance would bring items together.

A group is one item and those confirmed as near to it, so that a chain of small steps never joins
unlike items.  What is counted are items, never pairs.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import Rated, current, tell
from reliabel.ops import minhash
from reliabel.ops.copies import overlap as shared
from reliabel.ops.copies import plain, same_pictures, same_rows, same_texts, shingles, sort_of
from reliabel.ops.neighbours import reach
from reliabel.ops.picture_copies import PIXELS, Pixels, opened

CHANCE = 0.003  # share of the items whose nearest may come within the radius by chance
SAMPLED = 2000  # items that tell how far nearest neighbours usually are apart
# Neighbours of each picture that are tried as its whole or its part, up to so many usual distances.
WHOLES, FAR = 2, 1.5
LOOKS = 1024  # pairs of a block of work
A_LOOK = 2e6  # floating-point operations that comparing two texts or pictures is taken for
# two items and their distance -> their similarity, 0 if the second test rejects them, and what one
# is to the other
Look = Callable[[int, int, float], tuple[float, str]]
Links = dict[int, dict[int, tuple[float, str]]]


@dataclass(frozen=True, eq=False)
class Group:
    """Items that are copies of one of them: "exact", or what all of them are to it, else "near"."""

    items: tuple[int, ...]
    kind: str
    alike: float  # how alike the least alike of them is to the item in the middle
    parts: Mapping[str, int] = field(default_factory=dict)  # how many are what, exact ones left out


@dataclass(frozen=True, eq=False)
class Copies:
    """The groups by their first item, the first exact copy of each item (n,), and how they were
    found.
    """

    groups: list[Group]
    first: Ints
    info: dict[str, Any]

    def member(self, n: int) -> Bools:
        """(n,) whether an item has a copy."""
        there = np.zeros(n, dtype=bool)
        for group in self.groups:
            there[list(group.items)] = True
        return there


def copies(
    n: int,
    items: Sequence[Any] | Mapping[str, Any] | None,
    neighbours: Neighbours | None,
    features: Floats | None,
    *,
    threshold: float = 0.13,
    overlap: float = 0.8,
    nearest: int = 20,
) -> Copies:
    """All groups of copies among n items.

    threshold: near = nearer than this share of the usual distance to the nearest neighbour.
    overlap: share of shingles that near texts have in common.
    nearest: neighbours that are tested.

    >>> found = copies(3, ["Lost my card", "lost  my card!", "top up"], None, None)
    >>> found.groups[0].items, found.groups[0].kind
    ((0, 1), 'recased')
    """
    sort = sort_of(items)
    first = _copies(n, sort, items, neighbours, features)
    usual = 0.0 if neighbours is None else _usual(neighbours)
    info: dict[str, Any] = {"usual": usual, "radius": 0.0, "checked": sort}
    links: Links = defaultdict(dict)
    crowded, seen = set[int](), Counter[str]()
    look: Look | None = None
    if sort == "texts":
        look = _ByText(items, overlap)
        seen["words"] = _same_words(items, first, look, links)
        if neighbours is None:
            seen["shingles"] = _by_shingles(items, first, look, links)
    elif sort == "pictures":
        pictures = opened(items)  # type: ignore[arg-type]
        pixels = Pixels(pictures)
        look = _by_pixels(pixels)
        seen["hash"] = _by_hash(pixels, first, links)
        info["unread"] = int((~pictures.read).sum())
    if neighbours is not None:
        radius = info["radius"] = _radius(sort, threshold, usual, neighbours)
        look = look or _by_distance(neighbours, radius, usual, features if sort == "rows" else None)
        near = neighbours.nearest(nearest)
        seen["neighbours"], crowded = _by_neighbours(
            *(near, first, radius, look, sort in ("texts", "pictures"), links)
        )
        if sort == "pictures":
            seen["crops"] = _by_crops(near, first, FAR * usual, pixels, links)
    crowd = (
        _crowd(reach(features), info["radius"], first, look)
        if features is not None and crowded and look is not None
        else None
    )
    groups = _groups(first, list(_stars(links, crowded, crowd)))
    info |= {
        "crowded": len(crowded),
        "recall": None if neighbours is None else neighbours.recall,
        "pairs": dict(seen),
        "items": sum(len(group.items) for group in groups),
    }
    return Copies(groups, first, info)


def _copies(
    n: int, sort: str, items: Any, neighbours: Neighbours | None, features: Floats | None
) -> Ints:
    """(n,) the first exact copy of each item; blank texts are copies of none."""
    row = np.arange(n)
    if sort == "texts":
        return np.where([str(item).strip() != "" for item in items], same_texts(items), row)
    if sort == "pictures":
        return same_pictures(items)
    if features is not None:
        return same_rows(features)
    if neighbours is None:
        return row
    return np.asarray(
        np.minimum(
            row,
            np.where((neighbours.distance == 0) & (neighbours.index >= 0), neighbours.index, n).min(
                1
            ),
        )
    )


def _radius(sort: str, threshold: float, usual: float, neighbours: Neighbours) -> float:
    """The distance up to which neighbours are candidates."""
    if sort == "texts":
        return max(0.75 * usual, 0.05)
    if sort == "pictures":
        return threshold * usual
    return min(threshold, float(CHANCE ** (2 / _dimensions(neighbours)))) * usual


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


@dataclass(frozen=True, eq=False)
class _ByText:
    """Texts by the shingles that they share, at least ``least`` of them."""

    items: Any
    least: float
    known: dict[int, tuple[str, frozenset[str]]] = field(default_factory=dict)

    def __call__(self, a: int, b: int, distance: float) -> tuple[float, str]:
        (words, one), (others, other) = self._part(a), self._part(b)
        if not words or words == others:
            return float(bool(words)), "recased"
        share = shared(one, other)
        return (share, "near") if share >= self.least else (0.0, "")

    def _part(self, item: int) -> tuple[str, frozenset[str]]:
        if item not in self.known:
            words = plain(str(self.items[item]))
            self.known[item] = words, shingles(words)
        return self.known[item]

    def __reduce__(self) -> tuple[Any, ...]:
        """What is known stays behind."""
        return _ByText, (self.items, self.least)


def _by_pixels(pixels: Pixels) -> Look:
    """Neighbours by features may differ more in their pixels than those by hashes alone."""
    return lambda a, b, distance: pixels.compare(a, b, PIXELS)


def _by_distance(
    neighbours: Neighbours, radius: float, usual: float, features: Floats | None
) -> Look:
    """Near globally and locally: within half the distance at which the lists of both items end;
    and near in length as well as in direction, where ``features`` are those of table rows.

    If a list ends inside the radius, many copies and a dense region cannot be told apart, so only a
    tenth of the radius is used there.
    """
    last = (
        neighbours.distance[:, -1]
        if neighbours.distance.shape[1] >= 10
        else np.full(len(neighbours.index), np.inf)
    )
    bound = np.where(last <= radius, radius / 10, np.minimum(radius, last / 2))

    most = radius / (usual or 1.0) * _usual_square(neighbours, features)

    def look(a: int, b: int, distance: float) -> tuple[float, str]:
        near = distance < min(bound[a], bound[b])
        if near and features is not None:  # rows far from all others have one direction
            near = bool(_square(features, a, b) <= most)
        return (1 - distance / (usual or 1.0), "near") if near else (0.0, "")

    return look


def _usual_square(neighbours: Neighbours, features: Floats | None) -> float:
    """The median squared difference of the features of items and of their nearest neighbours that
    are no copies, of a few thousand items.
    """
    if features is None:
        return np.inf
    every = np.unique(np.linspace(0, len(features) - 1, SAMPLED).astype(np.int64))
    place = (neighbours.distance[every] > 0).argmax(1)
    near = neighbours.index[every, place]
    found = [_square(features, a, b) for a, b in zip(every.tolist(), near.tolist(), strict=True)]
    apart = [square for square, other in zip(found, near.tolist(), strict=True) if other >= 0]
    apart = [square for square in apart if square > 0]
    return float(np.median(apart)) if apart else np.inf


def _square(features: Floats, a: int, b: int) -> float:
    step = np.asarray(features[a], dtype=np.float64) - np.asarray(features[b], dtype=np.float64)
    return float((step**2).sum())


def _same_words(items: Any, first: Ints, look: Look, links: Links) -> int:
    """Link texts that are equal but for case, spaces and punctuation to the first of them."""
    rows = np.flatnonzero(first == np.arange(len(first)))
    keys = [_key(str(items[row])) for row in rows]
    same = same_texts(keys)
    again = [(int(rows[s]), int(rows[i])) for i, s in enumerate(same) if s < i and keys[i]]
    return sum(_link(a, b, look(a, b, 0.0), links) for a, b in again)


def _key(text: str) -> str:
    """A quick form of ``plain``, which confirms it."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _by_shingles(items: Any, first: Ints, look: Look, links: Links) -> int:
    rows = np.flatnonzero(first == np.arange(len(first)))
    rows = rows[[str(items[row]).strip() != "" for row in rows]]
    pairs, _ = minhash.alike([plain(str(items[row])) for row in rows])
    return _linked([(a, b, 0.0) for a, b in rows[pairs].tolist()], look, links, A_LOOK)


def _by_hash(pixels: Pixels, first: Ints, links: Links) -> int:
    pairs, _ = pixels.pictures.pairs_by_hash()
    found = [(a, b, 0.0) for a, b in _once(first, pairs)]
    return _linked(found, lambda a, b, distance: pixels.compare(a, b, pixels.bound), links, A_LOOK)


def _by_crops(near: Neighbours, first: Ints, most: float, pixels: Pixels, links: Links) -> int:
    """Link pictures to neighbours that are a part or the whole of them."""
    close = near.nearest(WHOLES)
    row, column = np.nonzero((close.distance <= most) & (close.index >= 0))
    pairs = _once(first, np.stack([row, close.index[row, column]], axis=1))
    pairs = [(a, b) for a, b in pairs if b not in links.get(a, {})]
    both = np.array(pairs + [(b, a) for a, b in pairs], dtype=np.int64).reshape(-1, 2)
    found = pixels.crops(both)
    return sum(_link(a, b, (alike, "cropped"), links) for (a, b), alike in found.items())


def _by_neighbours(
    near: Neighbours, first: Ints, radius: float, look: Look, by_content: bool, links: Links
) -> tuple[int, set[int]]:
    """Link confirmed neighbours, copies counted once; and the items whose whole list is near."""
    row, column = np.nonzero((near.distance <= radius) & (near.index >= 0))
    left, right, distance = first[row], first[near.index[row, column]], near.distance[row, column]
    low, high = np.minimum(left, right), np.maximum(left, right)
    _, once = np.unique(low * len(first) + high, return_index=True)
    once = once[low[once] != high[once]]
    pairs = list(zip(*(of[once].tolist() for of in (low, high, distance)), strict=True))
    found = _linked(pairs, look, links, A_LOOK if by_content else 0.0)
    full = (
        near.distance[:, -1] <= radius
        if near.distance.shape[1] >= 10
        else np.zeros(len(first), dtype=bool)
    )
    return found, set(first[full].tolist()) & set(links)


def _linked(
    pairs: list[tuple[int, int, float]], look: Look, links: Links, operations: float
) -> int:
    """Link the pairs (two items and their distance) that the look confirms; how many are new."""
    found, done = [0], [0]

    def work(block: list[tuple[int, int, float]]) -> list[tuple[float, str]]:
        return [look(*pair) for pair in block]

    def keep(seen: list[tuple[float, str]]) -> None:
        some = pairs[done[0] : done[0] + len(seen)]
        found[0] += sum(_link(a, b, one, links) for (a, b, _), one in zip(some, seen, strict=True))
        done[0] += len(seen)
        tell("near duplicates", done[0], len(pairs))

    blocks = [pairs[start : start + LOOKS] for start in range(0, len(pairs), LOOKS)]
    current().executor(Rated(work, operations * LOOKS), blocks, keep)
    return found[0]


def _once(first: Ints, pairs: Ints) -> list[tuple[int, int]]:
    """The pairs of first copies, each once, the smaller first."""
    ends = np.sort(first[pairs], axis=1)
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    return [(int(a), int(b)) for a, b in ends]


def _link(a: int, b: int, seen: tuple[float, str], links: Links) -> bool:
    """Note a pair unless it was rejected, or is known; True if it is new."""
    if seen[0] <= 0 or b in links.get(a, {}):
        return False
    links[a][b] = links[b][a] = seen
    return True


def _crowd(
    far: Callable[[int], Floats], radius: float, first: Ints, look: Look
) -> Callable[[int], dict[int, tuple[float, str]]]:
    def of(centre: int) -> dict[int, tuple[float, str]]:
        distance = far(centre)
        close = [
            int(i) for i in np.flatnonzero(distance <= radius) if first[i] == i and i != centre
        ]
        seen = {i: look(centre, i, float(distance[i])) for i in close}
        return {i: found for i, found in seen.items() if found[0] > 0}

    return of


def _stars(
    links: Links,
    crowded: set[int],
    crowd: Callable[[int], dict[int, tuple[float, str]]] | None,
) -> Iterator[tuple[int, dict[int, tuple[float, str]]]]:
    """The item with most links and the items linked to it, repeatedly among the remaining items."""
    taken: set[int] = set()
    for centre in sorted(links, key=lambda item: (-len(links[item]), item)):
        if centre in taken:
            continue
        around = crowd(centre) | links[centre] if crowd and centre in crowded else links[centre]
        members = {item: seen for item, seen in around.items() if item not in taken}
        if members:
            taken |= {centre, *members}
            yield centre, members


def _groups(first: Ints, stars: Sequence[tuple[int, dict[int, tuple[float, str]]]]) -> list[Group]:
    """Each star with the exact copies of its items, and the exact copies that are in no star."""
    same: dict[int, list[int]] = defaultdict(list)
    several = np.bincount(first, minlength=len(first))[first] > 1
    for item in np.flatnonzero(several).tolist():
        same[int(first[item])].append(item)
    found = []
    for centre, members in stars:
        parts = Counter(kind for _, kind in members.values())
        kind = next(iter(parts)) if len(parts) == 1 else "near"
        whole = sorted(i for one in (centre, *members) for i in same.pop(one, [one]))
        found.append(Group(tuple(whole), kind, min(a for a, _ in members.values()), parts))
    found += [Group(tuple(group), "exact", 1.0) for group in same.values()]
    return sorted(found, key=lambda group: group.items)
