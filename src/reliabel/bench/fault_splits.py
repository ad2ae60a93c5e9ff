"""Faults of splits and of the order of rows, planted for the suite faults: sorted rows, class
counts, groups in several splits, drift.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.fault_texts import news
from reliabel.bench.fault_worlds import FEW, N, Planted, World, asked, by_class, by_kind
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints

TEST = 0.2  # of the items that are in the test split
WIDE, CLASSES = 16, 10  # numbers and classes of a made item
DRIFT = 3.0  # of the features from the first row to the last, where the noise is 1
NEAR = 10  # neighbours
MEMBERS, LEAK = 5, 0.02  # items of a group; groups in both splits
LATE, OFTEN = 0.7, 8  # time after which an item is that much more often in the test split
FACTS = 8  # columns that do not drift
_BY_CLASS = ("sorted by class",)
COUNTED = 20  # classes of the world of class counts


@lru_cache(maxsize=2)
def drifting(n: int) -> tuple[Ints, Floats, Neighbours]:
    """Classes (n,), a hidden time (n,) and the neighbours of made items that drift with it."""
    from reliabel.ops.neighbours import nearest

    rng = np.random.default_rng(0)
    y, time = rng.integers(CLASSES, size=n), rng.random(n)
    centre, way = rng.normal(size=(CLASSES, WIDE)), rng.normal(size=WIDE)
    x = centre[y] + DRIFT * time[:, None] * way / np.linalg.norm(way)
    return y, time, nearest((x + rng.normal(size=x.shape)).astype(np.float32), j=NEAR)


def in_order(neighbours: Neighbours, order: Ints) -> Neighbours:
    """The neighbours of rows that stand in another order."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return Neighbours(place[neighbours.index[order]], neighbours.distance[order])


def sorted_rows(
    kinds: tuple[str, ...], data: Path | None, rng: np.random.Generator, quick: bool
) -> World:
    """Made items in the order of their classes ("sorted by class"), of a hidden time ("order"), or
    of both.
    """
    n = FEW if quick else N
    y, time, neighbours = drifting(n)
    keys: list[Any] = [time if "order" in " ".join(kinds) else rng.random(n)]
    keys += [y] if "sorted by class" in kinds else []
    order = np.lexsort(keys)
    shuffled = rng.permutation(n)
    after, before = (
        by_kind(asked("row_order", Classes(y[rows]), neighbours=in_order(neighbours, rows)), kinds)
        for rows in (order, shuffled)
    )
    planted = [(frozenset([place]), kind) for place, kind in enumerate(kinds)]
    return World("made", n, "row_order", planted, after, before)


def sorted_texts(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Headlines in the order of their topics."""
    y, _ = news(data)
    neighbours = _news_neighbours(data)
    order = np.lexsort([rng.random(len(y)), y])
    after, before = (
        by_kind(
            asked("row_order", Classes(y[rows]), neighbours=in_order(neighbours, rows)), _BY_CLASS
        )
        for rows in (order, rng.permutation(len(y)))
    )
    planted = [(frozenset([0]), _BY_CLASS[0])]
    return World("ag_news", len(y), "row_order", planted, after, before)


@lru_cache(maxsize=1)
def _news_neighbours(data: Path | None) -> Neighbours:
    from reliabel.ops.neighbours import nearest

    return nearest(news(data)[1], j=NEAR)


def class_counts(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Twenty classes, of which one has a few items, one is rare, one is missing in the training
    split, and one is twice as common in the test split.
    """
    n = FEW if quick else N
    few, rare, unseen, common = rng.permutation(COUNTED)[:4]
    share = np.full(COUNTED, 1.0)
    share[[few, rare]] = 0
    y = rng.choice(COUNTED, n, p=share / share.sum())
    split = np.where(rng.random(n) < TEST, "test", "train")
    test = np.flatnonzero(split == "test")
    y[rng.choice(test, len(test) // 10, replace=False)] = common
    gone = np.flatnonzero((y == unseen) & (split == "train"))
    y[gone] = rng.choice(np.flatnonzero(share * (np.arange(COUNTED) != unseen)), len(gone))
    rows = rng.permutation(np.flatnonzero((y != unseen) & (y != common)))
    y[rows[:6]] = few
    y[rows[6 : 6 + max(12, n // COUNTED // 20)]] = rare
    planted: list[Planted] = [
        (frozenset([int(c)]), kind)
        for c, kind in (
            (few, "few items"),
            (rare, "rare"),
            (unseen, "not in train"),
            (common, "shares differ"),
        )
    ]
    labels = Classes(y, tuple(map(str, range(COUNTED))))
    call = by_class(asked("class_counts", labels, split=split), y)
    return World("made", n, "class_counts", planted, call)


def leaking_groups(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Groups of about five items that stay in one split, but for two in a hundred."""
    n = FEW if quick else N
    group = np.unique(rng.integers(n // MEMBERS, size=n), return_inverse=True)[1]
    many = int(group.max()) + 1
    split = np.where((rng.random(many) < TEST)[group], "test", "train")
    before = split.copy()
    several = np.flatnonzero(np.bincount(group) > 1)
    planted: list[Planted] = []
    for one in rng.choice(several, round(LEAK * many), replace=False).tolist():
        rows = np.flatnonzero(group == one)
        moved = rng.choice(rows, rng.integers(1, len(rows)), replace=False)
        split[moved] = np.where(split[moved] == "test", "train", "test")
        planted.append((frozenset(rows.tolist()), "group"))
    y = Classes(np.zeros(n, dtype=np.int64))
    after, before_call = (
        asked("group_leakage", y, split=part, groups=group) for part in (split, before)
    )
    return World("made", n, "group_leakage", planted, after, before_call)


def drift(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Made items put into the test split twice as often if they are of one class, have one value of
    a column or a large number in another, and eight times as often if they come late, which the
    features show; eight columns have no part in it.
    """
    n = FEW if quick else N
    _, time, neighbours = drifting(n)
    y = rng.integers(CLASSES, size=n)  # not the classes that the features show
    columns = {
        "place": np.array(["north", "east", "south", "west"])[rng.integers(4, size=n)],
        "dose": rng.lognormal(size=n),
        **{f"fact {c}": rng.normal(size=n) for c in range(FACTS)},
    }
    more = np.stack([y == rng.integers(CLASSES), columns["place"] == "east", columns["dose"] > 1])
    often = 2.0 ** more.sum(0) * np.where(time > LATE, OFTEN, 1)
    odds = TEST / (1 - TEST) * often / often.mean()
    split = np.where(rng.random(n) < odds / (1 + odds), "test", "train")
    kinds = ("labels", "place", "dose", "features")
    after, before = (
        by_kind(
            asked("split_drift", Classes(y), split=part, columns=columns, neighbours=neighbours),
            kinds,
        )
        for part in (split, rng.permutation(split))
    )
    planted = [(frozenset([place]), kind) for place, kind in enumerate(kinds)]
    return World("made", n, "split_drift", planted, after, before)
