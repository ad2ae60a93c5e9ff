"""Errors in masks of pictures: another shape or class, missing and merged ones, at stated shares,
or as the levels of COCO-N have them.

Assumes that errors fall evenly on objects.  A picture whose regions cover each pixel once is a
class map and stays one: what a region loses goes to the nearest others, what it gains the others
lose; in other pictures each mask is changed by itself.  Weak on objects of few pixels, which a
change leaves as they were (then it does not count) or empties (then they are missing).
Cost: O(pixels around each changed object).
Paper: Grad, Kimhi, Halika, Baskin. Benchmarking label noise in instance segmentation: spatial noise
matters. arXiv:2406.10891, 2024 (COCO-N; its code keeps boxes and areas as they were, here all is
made anew).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.ndimage import distance_transform_edt

from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.results import Corrupted
from reliabel.core.run import track
from reliabel.ops import mask_noise
from reliabel.ops.mask_noise import apart
from reliabel.ops.noise import another
from reliabel.ops.regions import Runs, areas, boxes, joined, mask_of, mask_runs, owners, painted

KINDS = (
    *("", "eroded", "dilated", "shifted", "approximated", "jittered", "polygon"),
    *("missing", "merged", "wrong class", "resized"),
)
GONE, MERGED, OTHER, RESIZED = 7, 8, 9, 10
CHANGES = (  # kind -> how a mask of it comes about, by its number
    *(None, mask_noise.eroded, mask_noise.dilated, mask_noise.shifted, mask_noise.approximated),
    *(mask_noise.jittered, mask_noise.polygon, None, None, None, mask_noise.resized),
)
# COCO-N: kind -> share of the objects and strength in pixels; share whose class is drawn anew
LEVELS = {
    "easy": ({4: (0.2, 5), 5: (0.2, 2), RESIZED: (0.2, 3)}, 0.2),
    "medium": ({4: (0.25, 10), 5: (0.25, 3), RESIZED: (0.25, 5)}, 0.3),
    "hard": ({4: (0.3, 15), 5: (0.3, 4), RESIZED: (0.3, 7)}, 0.4),
}


def corrupt(
    labels: Grouped[Regions],
    *,
    rng: Generator,
    rate: float = 0.1,
    eroded: float = 1.0,
    dilated: float = 1.0,
    shifted: float = 1.0,
    approximated: float = 1.0,
    jittered: float = 1.0,
    polygon: float = 1.0,
    missing: float = 1.0,
    merged: float = 1.0,
    wrong_class: float = 1.0,
    radius: float = 3.0,
    tolerance: float = 5.0,
    deviation: float = 2.0,
    level: str = "",
) -> Corrupted:
    """Plant errors, as many as a share ``rate`` of the regions, each with at most one; regions that
    are missing, merged into another or left without a pixel are no longer there, so ``wrong`` is
    about the regions as they are now.  Crowds and rows without a class are left alone.

    eroded, dilated, shifted, approximated (fewer corners), jittered (corners moved), polygon (of
        eight corners), missing, merged (with a neighbour), wrong_class: the parts of the errors, in
        any unit.
    radius: pixels of erosion, dilation and shifts.  tolerance: pixels, of the rule that drops
        corners (Douglas, Peucker).  deviation: pixels, of corners moved by chance.
    level: "easy", "medium" or "hard" plants those of COCO-N instead: an object is approximated,
        jittered, or eroded or dilated, and beside that the class of some is drawn anew from all,
        its own among them.
    info: "kinds", the kind of error of each region; "row", the row that each had; "missing", the
        regions taken away (label set); "planted", how many of each kind; "realised_rate";
        "overlap" and "displacement", the mean intersection over union with the true mask and the
        mean distance of the two edges in pixels, of regions with another shape, by kind and by
        class; "realised_matrix" [true, given] of the regions that are left; "log", each edit with
        its picture, row, kind, and what was there before and is there now.

    >>> from reliabel.ops.regions import masks_runs
    >>> runs = masks_runs([np.pad(np.ones((8, 8), bool), 4), np.pad(np.ones((6, 6), bool), 5)])
    >>> sizes = [[16, 16]] * 2
    >>> both = Regions([0, 1], runs.start, runs.length, runs.offsets, sizes, ["car", "dog"])
    >>> zero = dict.fromkeys(("eroded", "shifted", "approximated", "jittered", "polygon"), 0.0)
    >>> zero |= dict.fromkeys(("missing", "merged", "wrong_class"), 0.0)
    >>> rng = np.random.default_rng(0)
    >>> made = corrupt(Grouped(both, [0, 1, 2]), rng=rng, rate=0.5, radius=1, **zero)
    >>> made.wrong.tolist(), made.info["overlap"]["dilated"], made.labels.units.area.tolist()
    ([True, False], 0.6667, [96, 36])
    """
    units = labels.units
    kind, strength, y = _drawn(
        labels,
        rng,
        (rate, level),
        [eroded, dilated, shifted, approximated, jittered, polygon, missing, merged, wrong_class],
        (radius, tolerance, deviation),
    )
    parts: list[Runs] = []
    for item in track("pictures", range(len(labels))):
        rows = np.arange(labels.offsets[item], labels.offsets[item + 1])
        if (kind[rows] > 0).any():
            parts.append(_picture(units.take(rows), rows, kind, strength, rng))
        else:
            mine = units.take(rows)
            parts.append(Runs(mine.start, mine.length, mine.offsets))
    counts = np.concatenate([np.zeros(0, np.int64), *(np.diff(part.offsets) for part in parts)])
    offsets = np.concatenate([[0], np.cumsum(counts)])
    start, length = (
        np.concatenate([np.zeros(0, np.int64), *(getattr(part, name) for part in parts)])
        for name in ("start", "length")
    )
    whole = Regions(y, start, length, offsets, units.size, units.names, units.crowd, units.score)
    return _result(labels, whole, kind, rate)


def _drawn(
    labels: Grouped[Regions],
    rng: Generator,
    asked: tuple[float, str],
    parts: list[float],
    strengths: tuple[float, float, float],
) -> tuple[Ints, Floats, Ints]:
    """(m,) the kind of error of each region, its strength in pixels, and the classes."""
    units, (rate, level) = labels.units, asked
    weight = np.array(parts, dtype=float)
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must be a share of the regions from 0 to 1, got {rate}")
    if not (weight >= 0).all() or not weight.sum() > 0:
        raise ValueError(
            "eroded, dilated, shifted, approximated, jittered, polygon, missing, merged and "
            f"wrong_class must be parts of 0 or more, not all 0; got {parts}"
        )
    if level not in ("", *LEVELS):
        raise ValueError(f"level must be easy, medium or hard (of COCO-N), got {level!r}")
    able = (units.y >= 0) & (areas(units) > 0)
    if units.crowd is not None:
        able &= ~np.asarray(units.crowd)
    given = rng.permutation(np.flatnonzero(able))
    kind, y = np.zeros(len(units), dtype=np.int64), np.array(units.y)
    if level:
        shares, flips = LEVELS[level]
        edges = np.cumsum([share for share, _ in shares.values()])
        at = np.searchsorted(edges, rng.random(len(given)), side="right")
        kind[given] = np.array([*shares, 0])[at]
        pixels: dict[int, float] = {sort: size for sort, (_, size) in shares.items()}
        anew = given[rng.random(len(given)) < flips]
        y[anew] = rng.integers(0, units.k, len(anew))
        kind[(kind == 0) & (y != units.y)] = OTHER
    else:
        ends = np.round(np.cumsum(weight / weight.sum() * round(rate * len(given)))).astype(int)
        counts = np.diff([0, *ends])
        if units.k < 2:
            counts[OTHER - 1] = 0
        cuts = np.split(given, np.cumsum(counts))
        for sort, rows in enumerate(cuts[: len(counts)], start=1):
            kind[rows] = sort
        other = np.flatnonzero(kind == OTHER)
        y[other] = another(y[other], units.k, rng)
        radius, tolerance, deviation = strengths
        pixels = {1: radius, 2: radius, 3: radius, 4: tolerance, 5: deviation}
    strength = np.array([pixels.get(int(sort), 0.0) for sort in range(len(KINDS))])
    return kind, strength[kind], y


def _picture(regions: Regions, rows: Ints, kind: Ints, strength: Floats, rng: Generator) -> Runs:
    """The runs of one picture with its errors; ``kind`` becomes 0 where nothing could change, and
    "missing" where no pixel is left.
    """
    m, size = len(regions), tuple(regions.size[0].tolist())
    made: dict[int, Bools] = {}  # regions that change, and those that go
    for row in rng.permutation(np.flatnonzero(kind[rows])).tolist():
        sort, mask = int(kind[rows[row]]), mask_of(regions, row, size)
        change: Any = CHANGES[sort]
        if row in made:  # taken by a neighbour
            continue
        if change is not None:
            crop, after = _around(mask, strength[rows[row]]), mask.copy()
            after[crop] = change(mask[crop], float(strength[rows[row]]), rng)
            if (after == mask).all():
                kind[rows[row]] = 0
            else:
                made[row] = after
        elif sort == GONE:
            made[row] = np.zeros_like(mask)
        elif sort == MERGED:
            near = _neighbour(regions, row, kind[rows], made)
            kind[rows[row]] = 0 if near is None else MERGED
            if near is not None:
                made[row] = mask | mask_of(regions, near, size)
                made[near], kind[rows[near]] = np.zeros_like(mask), GONE
    owner = painted(regions, size, np.arange(m))
    is_map = bool((owner >= 0).all()) and int(areas(regions).sum()) == owner.size
    runs = _map_runs(owner, made, m) if is_map else _runs(regions, made)
    kind[rows[(areas(runs) == 0) & (areas(regions) > 0)]] = GONE
    return runs


def _runs(regions: Regions, made: dict[int, Bools]) -> Runs:
    """The runs of regions of which some have other masks now."""
    new = {row: mask_runs(mask) for row, mask in made.items()}
    old = ~np.isin(owners(regions), list(made))
    owner = [owners(regions)[old], *(np.full(len(one.start), row) for row, one in new.items())]
    start = [regions.start[old], *(one.start for one in new.values())]
    length = [regions.length[old], *(one.length for one in new.values())]
    first = np.concatenate(start)
    return joined(np.concatenate(owner), first, first + np.concatenate(length), len(regions))


def _map_runs(owner: Ints, made: dict[int, Bools], m: int) -> Runs:
    """The runs of a class map of which some regions have other masks now: these lie on top, and
    what they leave goes to the nearest of the others.
    """
    true, owner = owner, owner.copy()
    for row, mask in made.items():
        owner[(true == row) & ~mask & (owner == row)] = -1
    for row, mask in made.items():
        owner[mask] = row
    for row in made:
        left = (owner < 0) & (true == row)
        others = (owner >= 0) & (owner != row)
        if left.any() and others.any():
            near = distance_transform_edt(~others, return_distances=False, return_indices=True)
            owner = np.where(left, owner[tuple(near)], owner)
    flat = owner.ravel()
    start = np.flatnonzero(np.append(True, flat[1:] != flat[:-1]))
    stop, mine = np.append(start[1:], flat.size), flat[start]
    some = mine >= 0
    return joined(mine[some], start[some], stop[some], m)


def _around(mask: Bools, strength: float) -> tuple[slice, slice]:
    """The part of a picture that a change of a mask may reach."""
    more = int(np.ceil(4 * strength)) + max(mask.shape) // 8 + 2
    row, column = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    return (
        slice(max(0, int(row[0]) - more), int(row[-1]) + more + 1),
        slice(max(0, int(column[0]) - more), int(column[-1]) + more + 1),
    )


def _neighbour(regions: Regions, row: int, kind: Ints, made: dict[int, Bools]) -> int | None:
    """The nearest region without an error, of the same class where there is one; by the gap between
    their boxes.
    """
    box, y = boxes(regions, regions.size[:, 1]), regions.y
    free = (areas(regions) > 0) & (kind == 0) & (y >= 0)
    free[[row, *made]] = False
    if regions.crowd is not None:
        free &= ~np.asarray(regions.crowd)
    same = free & (y == y[row])
    pool = np.flatnonzero(same if same.any() else free)
    if not len(pool):
        return None
    gap = np.maximum(box[pool, :2] - box[row, 2:], box[row, :2] - box[pool, 2:])
    return int(pool[np.maximum(gap, 0).sum(1).argmin()])


def _result(labels: Grouped[Regions], whole: Regions, kind: Ints, rate: float) -> Corrupted:
    """What is left of the regions, and what was planted."""
    units, item = labels.units, labels.item
    left = areas(whole) > 0
    left |= areas(units) == 0  # empty before
    kept = np.flatnonzero(left)
    made = whole.take(kept)
    gone = np.flatnonzero(~left)
    count = np.bincount(kind, minlength=len(KINDS))
    shaped = np.array([change is not None for change in CHANGES])
    shaped[MERGED] = True
    iou, far = np.full(len(kind), np.nan), np.full(len(kind), np.nan)
    for row in np.flatnonzero(shaped[kind] & left).tolist():
        size = tuple(units.size[row].tolist())
        iou[row], far[row] = apart(mask_of(units, row, size), mask_of(whole, row, size))
    k = units.k
    sure = left & (units.y >= 0) & (whole.y >= 0)
    pairs = np.bincount(units.y[sure] * k + whole.y[sure], minlength=k * k).reshape(k, k)
    differs = (kind > 0) | (whole.y != units.y)
    info = {
        "asked": rate,
        "kinds": np.array(KINDS)[kind[kept]].tolist(),
        "row": kept,
        "missing": Grouped(units.take(gone), _offsets(item[gone], len(labels))),
        "planted": {name: int(count[code]) for code, name in enumerate(KINDS) if code},
        "realised_rate": float(differs.sum() / max(int((units.y >= 0).sum()), 1)),
        "overlap": _means(iou, kind, units),
        "displacement": _means(far, kind, units),
        "realised_matrix": pairs / np.maximum(pairs.sum(1, keepdims=True), 1),
        "log": _log(labels, whole, kind, left, iou),
    }
    grouped = Grouped(made, _offsets(item[kept], len(labels)))
    return Corrupted(grouped, np.arange(len(labels)), differs[kept], info)


def _log(
    labels: Grouped[Regions], whole: Regions, kind: Ints, left: Bools, iou: Floats
) -> list[dict[str, Any]]:
    """Each edit with its picture, the row it has now, and what was there before and is there now;
    ``overlap`` where the shape is another.
    """
    units, item = labels.units, labels.item
    now = np.cumsum(left) - 1
    sides = [(one, boxes(one, one.size[:, 1]), areas(one)) for one in (units, whole)]

    def told(side: int, row: int) -> dict[str, Any]:
        one, box, area = sides[side]
        place = {"box": box[row].astype(int).tolist(), "area": int(area[row])}
        return {"class": one.names[one.y[row]], **place}

    return [
        {
            "item": int(item[row]),
            "row": int(now[row]) if left[row] else None,
            "kind": KINDS[kind[row]] or KINDS[OTHER],
            "before": told(0, row),
            "after": told(1, row) if left[row] else None,
            **({} if np.isnan(iou[row]) else {"overlap": round(float(iou[row]), 4)}),
        }
        for row in np.flatnonzero((kind > 0) | (whole.y != units.y)).tolist()
    ]  # errors, not regions


def _means(value: Floats, kind: Ints, units: Regions) -> dict[str, float]:
    """Means by kind of error and by class, of what is known."""
    known = ~np.isnan(value)
    sorts = {KINDS[code]: kind == code for code in np.unique(kind[known]).tolist()}
    named = {units.names[c]: units.y == c for c in np.unique(units.y[known]).tolist()}
    return {
        name: round(float(value[known & mine].mean()), 4) for name, mine in (sorts | named).items()
    }


def _offsets(item: Ints, n: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(item, minlength=n))])
