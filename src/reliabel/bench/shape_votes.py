"""Planted votes on boxes and masks: generated scenes, drawn by annotators from good to bad, and how
near an answer comes to the truth.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.bench.box_worlds import true_boxes
from reliabel.bench.mask_worlds import SIZE, as_maps, as_regions, true_masks
from reliabel.core.labels import Bools, Floats, Grouped, Ints, Votes
from reliabel.core.objects import Boxes, Regions
from reliabel.verbs.corrupt import corrupt

SAME = 0.5  # an object is found where an answer overlaps it by as much
ONE = ("thing",)


def box_votes(
    seed: int, n: int, bad: Floats, each: int
) -> tuple[Votes[Grouped[Boxes]], Grouped[Boxes]]:
    """Boxes of ``n`` scenes by workers (bad: 0 good, 1 bad), ``each`` of them a scene: from 5 to
    50 % of the objects are missed, 2 to 32 % have a random class, corners are off by 2 to 15 % of
    a side, and .1 to .7 boxes a scene are of nothing.
    """
    truth, sizes = true_boxes(seed, n)
    rng = np.random.default_rng([seed, 77])
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(len(bad))[:each] for _ in range(n)])
    given = truth.take(item)
    q, units = bad[worker][given.item], given.units
    m = len(units)
    y = np.where(rng.random(m) < 0.02 + 0.3 * q, rng.integers(0, units.k, m), units.y)
    sides = np.tile(units.xyxy[:, 2:] - units.xyxy[:, :2], 2)
    moved = units.xyxy + rng.normal(0, 1, (m, 4)) * (0.02 + 0.13 * q[:, None]) * sides
    seen = rng.random(m) >= 0.05 + 0.45 * q
    of = np.repeat(np.arange(len(item)), rng.poisson(0.1 + 0.6 * bad[worker]))
    corner = rng.random((len(of), 2)) * sizes[item[of]][:, ::-1] * 0.8
    none = np.hstack([corner, corner + rng.uniform(10, 50, (len(of), 2))])
    vote = np.concatenate([given.item[seen], of])
    order = np.argsort(vote, kind="stable")
    xyxy = np.vstack([moved[seen], none])[order]
    codes = np.concatenate([y[seen], rng.integers(0, units.k, len(of))])[order]
    offsets = np.searchsorted(vote[order], np.arange(len(item) + 1))
    drawn = Grouped(Boxes(xyxy, codes, units.names), offsets)
    return Votes(item, worker, drawn, n, len(bad)), truth


def mask_votes(seed: int, n: int, bad: Floats, kind: str) -> tuple[Votes[Grouped[Regions]], Any]:
    """Masks of ``n`` scenes by all workers, with errors of shape, place and class in 30 % (good) to
    90 % (bad) of the objects, half of the workers drawing too small and half too large.

    kind: "objects", with the true objects; "maps", class maps, or "masks", one mask of all objects,
    with the true map (n, h, w), -1 for none.
    """
    objects, stuff, truth = true_masks(seed, n)
    groups = []
    for j, q in enumerate(bad.tolist()):
        errors: dict[str, Any] = {"rate": min(0.9, 0.3 + 0.7 * q), "wrong_class": 0.3}
        errors |= {"missing": 1.5, "merged": 0.2, "radius": 1.5 + 3 * q, "deviation": 1 + 2 * q}
        errors |= {
            "eroded": 1.0 + 2 * (j % 2),
            "dilated": 3.0 - 2 * (j % 2),
            "tolerance": 2 + 6 * q,
        }
        made: Any = corrupt(objects, by="masks", seed=1000 * seed + j, **errors).labels
        if kind == "maps":
            maps = as_maps(made, SIZE)
            made = as_regions(np.where(maps >= 0, maps + 2, stuff))
        elif kind == "masks":
            made = as_regions(np.where(as_maps(made, SIZE) >= 0, 0, -1), ONE)
        groups.append(made)
    true = {"objects": objects, "maps": truth.astype(int)}
    right = true.get(kind, np.where(as_maps(objects, SIZE) >= 0, 0, -1))
    w = len(bad)
    item, worker = np.tile(np.arange(n), w), np.repeat(np.arange(w), n)
    return Votes(item, worker, joined_groups(groups), n, w), right


def joined_groups(groups: list[Grouped[Regions]]) -> Grouped[Regions]:
    """The pictures of several label sets one after another."""
    units = [one.units for one in groups]
    runs = np.concatenate([np.diff(one.offsets) for one in units])
    whole = Regions(
        np.concatenate([one.y for one in units]),
        np.concatenate([one.start for one in units]),
        np.concatenate([one.length for one in units]),
        np.append(0, np.cumsum(runs)),
        np.concatenate([one.size for one in units]),
        units[0].names,
    )
    count = np.concatenate([np.diff(one.offsets) for one in groups])
    return Grouped(whole, np.append(0, np.cumsum(count)))


def of_objects(found: Any, truth: Any) -> dict[str, float]:
    """How many objects are found (F1), how well they lie, whether their class is right, and how
    far the told chances are from what is there (mean squared distance).
    """
    from reliabel.ops.match import greedy, overlaps
    from reliabel.ops.regions import overlaps as region_overlaps

    if isinstance(found.units, Boxes):
        pairs = overlaps(found.units.xyxy, found.offsets, truth.units.xyxy, truth.offsets, SAME)
        mine, other, iou = pairs.mine, pairs.other, pairs.iou
    else:
        mine, other, iou = region_overlaps(found.units, truth.units, (found.item, truth.item))
        near = iou >= SAME
        mine, other, iou = mine[near], other[near], iou[near]
    taken = greedy(mine, other, iou)
    hits = len(taken)
    right = found.units.y[mine[taken]] == truth.units.y[other[taken]]
    return {
        "found": 2 * hits / max(len(found.units) + len(truth.units), 1),
        "iou": float(iou[taken].mean()) if hits else 0.0,
        "class": float(right.mean()) if hits else 0.0,
    }


def there(found: Grouped[Boxes], truth: Grouped[Boxes]) -> Bools:
    """(m,) which boxes are at an object."""
    from reliabel.ops.match import overlaps

    units = found.units
    pairs = overlaps(units.xyxy, found.offsets, truth.units.xyxy, truth.offsets, SAME)
    hit: Bools = np.zeros(len(units), dtype=bool)
    hit[pairs.mine] = True
    return hit


def of_maps(maps: Ints, truth: Ints) -> dict[str, float]:
    """Mean intersection over union of the classes that are there, and the share of right pixels."""
    each = []
    for y in np.unique(truth[truth >= 0]).tolist():
        mine, right = maps == y, truth == y
        each.append(float((mine & right).sum() / (mine | right).sum()))
    return {"iou": float(np.mean(each)), "pixels": float((maps == truth).mean())}


def stacked(votes: Votes[Grouped[Regions]]) -> Bools:
    """(v, h, w) the masks of votes on one class."""
    return np.asarray(as_maps(votes.labels, SIZE) >= 0)


def even(w: int) -> Floats:
    """Workers from good to bad in even steps."""
    return np.linspace(0, 1, w)
