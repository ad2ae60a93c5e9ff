"""Errors in boxes of pictures: missing, shifted, of another class, doubled, too large and bogus
ones, at stated shares.

Assumes that errors fall evenly on boxes; people miss small and covered objects more often, so that
methods look better here.  Weak where a picture is full: a bogus box that finds no free place is
left out, and ``planted`` counts what was done.
Cost: O(boxes), with the pairs of boxes of a picture for bogus ones.  Paper: Murrugarra-Llerena,
Kirsten, Jung. Can we trust bounding box annotations for object detection? CVPR workshops 2022
(kinds of errors); Tkachenko, Thyagarajan, Mueller. ObjectLab: automated diagnosis of mislabeled
images in object detection data. 2023.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.results import Corrupted
from reliabel.ops.match import iou, overlaps
from reliabel.ops.noise import another, checked, picked

KINDS = ("", "missing", "shifted", "wrong class", "doubled", "too large", "bogus")
FAR = 0.7  # a moved box overlaps what it was by at most so much: less is no error that anyone sees
FREE = 0.1  # a bogus box overlaps any other by less than this
TRIES = 20


def corrupt(
    labels: Grouped[Boxes],
    *,
    sizes: Any = None,
    noise_matrix: Floats | None = None,
    rng: Generator,
    rate: float = 0.1,
    missing: float = 1.0,
    shifted: float = 1.0,
    wrong_class: float = 1.0,
    doubled: float = 1.0,
    too_large: float = 1.0,
    bogus: float = 1.0,
    shift: float = 0.3,
) -> Corrupted:
    """Plant errors, as many as a share ``rate`` of the boxes, each box with at most one; a missing
    box is no longer there, doubled and bogus ones are new, so ``wrong`` is about the boxes as they
    are now.  Crowds are left alone.

    sizes: boxes are kept within their pictures; without it, within the furthest edges of any box.
    noise_matrix: other classes are drawn from its rows; without it all are equally likely.
    missing, shifted, wrong_class, doubled, too_large, bogus: the parts of the errors, in any unit.
    shift: each side of a shifted box moves by up to this share of the box.
    info: "kinds", the kind of error of each box; "twin", the row that a doubled box repeats, else
        -1; "missing", the boxes taken away (label set); "planted", how many of each kind, which is
        fewer than asked for where there is no room, and "realised_rate"; "log", each edit with its
        picture, row, kind, and what was there before and is there now.

    >>> both = Boxes([[5, 5, 25, 20], [30, 10, 50, 40]], [0, 1], ["car", "dog"])
    >>> made = corrupt(Grouped(both, [0, 1, 2]), sizes=[[60, 60], [60, 60]], rate=0.5,
    ...     rng=np.random.default_rng(0), missing=0, shifted=0, doubled=0, too_large=0, bogus=0)
    >>> made.labels.units.y.tolist(), made.wrong.tolist(), made.info["planted"]["wrong class"]
    ([1, 1], [True, False], 1)
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must be a share of the boxes from 0 to 1, got {rate}")
    parts = np.array([missing, shifted, wrong_class, doubled, too_large, bogus], dtype=float)
    if not (parts >= 0).all() or not parts.sum() > 0:
        raise ValueError(
            "missing, shifted, wrong_class, doubled, too_large and bogus must be parts of 0 or "
            f"more, not all 0; got {parts.tolist()}"
        )
    units, item = labels.units, labels.item
    able = (units.y >= 0) & np.isfinite(units.xyxy).all(1)
    able &= (units.xyxy[:, 2:] > units.xyxy[:, :2]).all(1)
    able &= ~units.crowd if units.crowd is not None else True
    given = rng.permutation(np.flatnonzero(able))
    ends = np.round(np.cumsum(parts / parts.sum() * round(rate * len(given)))).astype(int)
    counts = np.diff([0, *ends])
    if units.k < 2:
        counts[2] = 0
    room = _room(units.xyxy[able], sizes, len(labels))[item]
    kind, xyxy, y = np.zeros(len(units), dtype=np.int64), units.xyxy.copy(), units.y.copy()

    large, at = _scaled(units.xyxy[given], room[given], rng)
    wide = np.flatnonzero(at)[: counts[4]]  # those that have room
    kind[given[wide]], xyxy[given[wide]] = 5, large[wide]
    rest = given[kind[given] == 0]
    cuts = np.split(rest, np.cumsum(counts[:4]))
    kind[cuts[0]], kind[cuts[1]], kind[cuts[2]] = 1, 2, 3
    xyxy[cuts[1]] = _jittered(units.xyxy[cuts[1]], room[cuts[1]], shift, rng)
    y[cuts[2]] = _another(y[cuts[2]], units.k, noise_matrix, rng)
    twin = cuts[3]
    place, near, named = _bogus(labels, given, room, int(counts[5]), rng)
    new_item = np.concatenate([item[twin], place])
    new_xyxy = np.concatenate([_nudged(units.xyxy[twin], room[twin], rng), near])
    new_y = np.concatenate([units.y[twin], named])
    return _result(labels, kind, xyxy, y, twin, (new_item, new_xyxy, new_y), rate)


def _result(
    labels: Grouped[Boxes],
    kind: Ints,
    xyxy: Floats,
    y: Ints,
    twin: Ints,
    new: tuple[Ints, Floats, Ints],
    rate: float,
) -> Corrupted:
    """The boxes with the new ones at the end of their pictures, and the log of edits."""
    units, item, m = labels.units, labels.item, len(labels.units)
    new_kind = np.where(np.arange(len(new[0])) < len(twin), 4, 6)
    before = np.concatenate([np.arange(m), twin, np.full(len(new[0]) - len(twin), -1)])
    all_item, all_xyxy = np.concatenate([item, new[0]]), np.concatenate([xyxy, new[1]])
    all_y, all_kind = np.concatenate([y, new[2]]), np.concatenate([kind, new_kind])
    kept = np.flatnonzero(all_kind != 1)
    kept = kept[np.argsort(all_item[kept], kind="stable")]
    crowd = None if units.crowd is None else np.append(units.crowd, np.zeros(len(new[0]), bool))
    score = None if units.score is None else np.append(units.score, np.full(len(new[0]), np.nan))
    made = Boxes(
        all_xyxy[kept],
        all_y[kept],
        units.names,
        score=None if score is None else score[kept],
        crowd=None if crowd is None else crowd[kept],
    )
    row_now = np.full(len(all_kind), -1)
    row_now[kept] = np.arange(len(kept))
    edits = np.flatnonzero(all_kind)
    log = [
        {
            "item": int(all_item[j]),
            "row": int(row_now[j]) if row_now[j] >= 0 else None,
            "kind": KINDS[all_kind[j]],
            "before": None if before[j] < 0 else _told(units, int(before[j])),
            "after": None if row_now[j] < 0 else _told(made, int(row_now[j])),
        }
        for j in edits
    ]  # errors, not boxes
    gone = np.flatnonzero(kind == 1)
    count = np.bincount(all_kind, minlength=len(KINDS))
    info = {
        "asked": rate,
        "kinds": np.array(KINDS)[all_kind[kept]].tolist(),
        "missing": Grouped(units.take(gone), _offsets(item[gone], len(labels))),
        "planted": {name: int(count[code]) for code, name in enumerate(KINDS) if code},
        "realised_rate": float(count[1:].sum() / max(int((units.y >= 0).sum()), 1)),
        "twin": np.where(all_kind[kept] == 4, row_now[before[kept]], -1),
        "log": log,
    }
    offsets = _offsets(all_item[kept], len(labels))
    return Corrupted(Grouped(made, offsets), np.arange(len(labels)), all_kind[kept] > 0, info)


def _told(units: Boxes, row: int) -> dict[str, Any]:
    return {"class": units.names[units.y[row]], "box": units.xyxy[row].round(2).tolist()}


def _offsets(item: Ints, n: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(item, minlength=n))])


def _room(xyxy: Floats, sizes: Any, n: int) -> Floats:
    """(n, 4) the edges that boxes of each picture are kept within."""
    if sizes is None:
        edge = xyxy[:, 2:].max(0) if len(xyxy) else np.zeros(2)
        return np.tile(np.concatenate([[0, 0], edge]), (n, 1))
    high, wide = np.asarray(sizes, dtype=float).T
    return np.stack([np.zeros(n), np.zeros(n), wide, high], 1)


def _within(xyxy: Floats, room: Floats) -> Floats:
    """Boxes cut to their pictures, at least two pixels on each side."""
    least = np.minimum(2, room[:, 2:] - room[:, :2])
    start = np.clip(xyxy[:, :2], room[:, :2], room[:, 2:] - least)
    end = np.clip(xyxy[:, 2:], start + least, room[:, 2:])
    return np.concatenate([start, end], 1)


def _jittered(xyxy: Floats, room: Floats, shift: float, rng: Generator) -> Floats:
    """Each side moved by chance, the first of several tries that is far enough from what it was."""
    best, at = xyxy.copy(), np.ones(len(xyxy))
    side = np.tile(xyxy[:, 2:] - xyxy[:, :2], 2)
    for _ in range(TRIES):
        moved = _within(xyxy + rng.uniform(-shift, shift, xyxy.shape) * side, room).round(2)
        now = iou(moved, xyxy)
        better = (at > FAR) & (now < at)
        best[better], at[better] = moved[better], now[better]
    return best


def _scaled(xyxy: Floats, room: Floats, rng: Generator) -> tuple[Floats, Any]:
    """Boxes a fifth to a half of their sides larger on each side, and which are much larger."""
    side = xyxy[:, 2:] - xyxy[:, :2]
    more = rng.uniform(0.2, 0.5, (len(xyxy), 4)) * np.tile(side, 2) * np.array([-1, -1, 1, 1])
    large = _within(xyxy + more, room).round(2)
    return large, iou(large, xyxy) <= FAR


def _nudged(xyxy: Floats, room: Floats, rng: Generator) -> Floats:
    """Almost the same boxes: each side moved by up to a twenty-fifth."""
    side = np.tile(xyxy[:, 2:] - xyxy[:, :2], 2)
    return _within(xyxy + rng.uniform(-0.04, 0.04, xyxy.shape) * side, room).round(2)


def _another(y: Ints, k: int, noise_matrix: Floats | None, rng: Generator) -> Ints:
    if noise_matrix is None:
        return another(y, k, rng)
    others = checked(noise_matrix, k) * ~np.eye(k, dtype=bool)
    chance = others[y]
    none = chance.sum(1) == 0
    chance[none] = 1.0 - np.eye(k)[y[none]]
    return picked(chance, rng)


def _bogus(
    labels: Grouped[Boxes], given: Ints, room: Floats, many: int, rng: Generator
) -> tuple[Ints, Floats, Ints]:
    """Picture, box and class of boxes on nothing: the class and size of another box, at a place of
    a picture with boxes where it overlaps none.
    """
    units, item = labels.units, labels.item
    if not many or not len(given):
        return np.empty(0, dtype=np.int64), np.empty((0, 4)), np.empty(0, dtype=np.int64)
    host = rng.choice(given, TRIES * many)  # its picture
    like = rng.choice(given, TRIES * many)  # its class and size
    side = units.xyxy[like, 2:] - units.xyxy[like, :2]
    space = room[host, 2:] - room[host, :2]
    start = room[host, :2] + rng.random(side.shape) * np.maximum(space - side, 0)
    box = np.concatenate([start, start + side], 1).round(2)
    order = np.argsort(item[host], kind="stable")
    place, box, like = item[host][order], box[order], like[order]
    offsets = _offsets(place, len(labels))
    near = overlaps(box, offsets, units.xyxy, labels.offsets, FREE)
    free: Bools = np.asarray((side[order] <= space[order]).all(1))
    free[near.mine] = False
    twice = overlaps(box, offsets, box, offsets)  # two new ones that meet: the first stays
    free[twice.mine[(twice.other < twice.mine) & free[twice.other]]] = False
    chosen = np.sort(rng.permutation(np.flatnonzero(free))[:many])
    return place[chosen], box[chosen], units.y[like[chosen]]
