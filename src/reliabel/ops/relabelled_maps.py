"""Class maps relabelled pixel by pixel, picture by picture, and what that says of each region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.reasons import percent
from reliabel.core.results import Suspicion
from reliabel.core.run import current, tell
from reliabel.core.short_repr import by_fields
from reliabel.ops.regions import class_parts, painted

BLOCK = 8  # pictures worked on at once
# (item, (h, w) classes as given, -1 = none) -> classes as they should be (None: nothing is known of
# the picture), and what else is noted of it
Rule = Callable[[int, Ints], "tuple[Ints | None, Any]"]


@dataclass(frozen=True, eq=False)
class Relabelled:
    """What became of class maps.

    share: (m,) of the pixels of each region that can be seen, those that get another class; NaN
        where none can be seen or nothing is known of the picture.
    best: (m,) the class that most of its pixels have now, -1 = none.
    labels: the class maps as they are now, a region for each connected part of a class.
    moved: (k + 1, k + 1) pixels by class before (row) and after; the last is no class.
    unknown: the pictures with regions of which nothing is known.  notes: (n,) what the rule noted
        of each picture, None for those without regions.
    """

    share: Floats
    best: Ints
    labels: Grouped[Regions]
    moved: Ints
    unknown: tuple[int, ...]
    notes: tuple[Any, ...]

    __repr__ = by_fields


def relabelled(labels: Grouped[Regions], rule: Rule, label: str = "pictures") -> Relabelled:
    """The class maps of all pictures under a rule, and how each region fares."""
    n, o = len(labels), labels.offsets
    parts: list[tuple[Any, ...]] = []

    def work(block: tuple[int, int]) -> list[tuple[Any, ...]]:
        rows = [np.arange(o[item], o[item + 1]) for item in range(*block)]
        return [
            _one(labels.units.take(mine), item, rule)
            for item, mine in zip(range(*block), rows, strict=True)
        ]

    def keep(found: list[tuple[Any, ...]]) -> None:
        parts.extend(found)
        tell(label, len(parts), n)

    blocks = [(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK)]
    current().executor(work, blocks, keep)
    k = labels.units.k
    counts = np.array([len(part[2]) for part in parts], dtype=np.int64)
    return Relabelled(
        _chain([part[0] for part in parts], float),
        _chain([part[1] for part in parts], np.int64),
        Grouped(_regions(parts, labels.units.names), np.concatenate([[0], np.cumsum(counts)])),
        sum((part[5] for part in parts), np.zeros((k + 1, k + 1), dtype=np.int64)),
        tuple(item for item, part in enumerate(parts) if part[8] is False),
        tuple(part[9] for part in parts),
    )


def suspicion(
    labels: Grouped[Regions], found: Relabelled, least: float, where: str, info: dict[str, Any]
) -> Suspicion:
    """What an auditor says that relabels pixels: score = the share of a region's pixels that get
    another class, flag = ``least`` or more of them, suggestion = the class of most of them.

    Kinds: "wrong class" where most pixels get another one, "extent" where a part does.  Areas that
    hold many objects (crowd) and regions without a class have no score.
    where: by what, in words that follow "a third of its pixels become 'bus'".
    info: what else the auditor says; the class maps ("relabelled"), the pixels that changed, by
        class before and after ("changed"), and those of each class before and after ("pixels") are
        added.
    """
    units = labels.units
    judged = units.y >= 0
    if units.crowd is not None:
        judged &= ~np.asarray(units.crowd)
    score = np.where(judged, found.share, np.nan)
    flag = np.nan_to_num(score) >= least
    best = np.where(np.isnan(score), units.y, found.best)
    other = flag & (best != units.y)
    kind = np.where(other, "wrong class", np.where(flag, "extent", ""))
    names = (*units.names, "no region")
    why = [""] * len(score)
    for row in np.flatnonzero(flag).tolist():
        to = f" become {names[best[row]]!r}" if other[row] else " do not belong to it"
        why[row] = f"{percent(score[row])} of its pixels{to} {where}"
    suggest = Regions(
        *(best, units.start, units.length, units.offsets, units.size, units.names, units.crowd)
    )
    moved = found.moved
    off = [(a, b) for a, b in np.argwhere(moved).tolist() if a != b]
    info = {
        **info,
        "why": why,
        "relabelled": found.labels,
        "changed": {f"{names[a]} -> {names[b]}": int(moved[a, b]) for a, b in off},
        "pixels": {
            name: (int(moved[c].sum()), int(moved[:, c].sum()))
            for c, name in enumerate(units.names)
        },
    }
    return Suspicion(score, flag, Grouped(suggest, labels.offsets), kind.tolist(), info)


def _one(regions: Regions, item: int, rule: Rule) -> tuple[Any, ...]:
    """Share and best class of each region of a picture; class, starts and lengths of the new parts;
    pixels moved; runs and sizes of the new parts; whether anything is known; the note.
    """
    m, k = len(regions), regions.k
    none = np.zeros(0, dtype=np.int64)
    moved = np.zeros((k + 1, k + 1), dtype=np.int64)
    if not m:
        sizes = np.zeros((0, 2), np.int64)
        return np.zeros(0), none, none, none, none, moved, none, sizes, None, None
    size = regions.size[0]
    top = painted(regions, size, np.arange(m))
    given = np.append(regions.y, -1)[top]  # place -1 is the last
    found, note = rule(item, given)
    known = found is not None
    made = given if found is None else found
    if regions.crowd is not None:  # nothing is known of them
        made = np.where(np.append(regions.crowd, False)[top], given, made)
    seen = top.ravel() >= 0
    row, after = top.ravel()[seen], made.ravel()[seen]
    count = np.bincount(row * (k + 1) + after % (k + 1), minlength=m * (k + 1)).reshape(m, k + 1)
    total = count.sum(1)
    same = np.bincount(row[after == given.ravel()[seen]], minlength=m)
    share = np.where((total > 0) & known, 1 - same / np.maximum(total, 1), np.nan)
    best = np.where(total > 0, count.argmax(1), k)
    runs, y = class_parts(made)
    pairs = given.ravel() % (k + 1) * (k + 1) + made.ravel() % (k + 1)
    moved += np.bincount(pairs, minlength=(k + 1) ** 2).reshape(k + 1, k + 1)
    sizes = np.broadcast_to(size, (len(y), 2))
    lengths = np.diff(runs.offsets)
    best = np.where(best == k, -1, best)
    spans = runs.start, runs.length
    return share, best, y, *spans, moved, lengths, sizes, known, note


def _regions(parts: list[tuple[Any, ...]], names: tuple[str, ...]) -> Regions:
    y, start, length, runs = (_chain([part[at] for part in parts], np.int64) for at in (2, 3, 4, 6))
    sizes = np.concatenate([np.zeros((0, 2), np.int64), *(part[7] for part in parts)])
    return Regions(y, start, length, np.concatenate([[0], np.cumsum(runs)]), sizes, names)


def _chain(parts: list[Any], dtype: Any) -> Any:
    return np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype)
