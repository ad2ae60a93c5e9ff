"""Evidence on boxes without a detector: what the crop of each box looks like, by a model that was
fitted without its picture.

Crops of places without a box stand beside them as one class more, so that a box upon nothing can be
told from one upon an object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Bools, Classes, Floats, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.run import track
from reliabel.prepare.features import make_features
from reliabel.prepare.neighbours import make_neighbours
from reliabel.prepare.preparation import MADE, Preparation
from reliabel.prepare.probabilities import copies_of, make_probabilities

NOTHING = "no object"
SIDE = 96  # pixels of the longer side of a crop
MARGIN = 0.1  # of its sides, by which a crop is wider than its box
APART = 0.1  # overlap with a given box up to which a place counts as without one
TRIES = 4  # places that are drawn for each that is wanted
LEAST = 50  # boxes without which nothing is learnt


def make_box_crops(
    work: Preparation, labels: Grouped[Boxes], embed: str, model: Any, search: str
) -> Mapping[str, Any]:
    """``evidence``: features, neighbours and out-of-fold probabilities of crops, ``labels`` their
    classes, and ``row`` (m,) the crop of each box, -1 for those that have none.  Empty where
    pictures are no help, with a warning that says why.
    """
    from reliabel.ops.pictures import size_of

    pictures = work.evidence.get("items")
    if pictures is None or isinstance(pictures, Mapping):
        work.warnings.append(
            "no predictions of a detector are there, and no pictures: boxes were checked by their "
            "coordinates alone; give predicted= or items= (the pictures)"
        )
        return {}
    given = work.evidence.get("sizes")
    found = [size_of(one) for one in track("sizes of pictures", pictures)] if given is None else []
    sizes = np.array([(0, 0) if one is None else one[::-1] for one in found]) if found else given
    sizes = np.asarray(sizes).reshape(-1, 2)
    units, item = labels.units, labels.item
    rows = np.flatnonzero(_able(labels, sizes))
    if len(rows) < LEAST:
        work.warnings.append(
            f"classes of boxes were not judged: {len(rows)} boxes have a crop, {LEAST} are needed"
        )
        return {}
    place, owner = _elsewhere(labels, sizes, rows, work.rng("places without a box"))
    xyxy = np.concatenate([units.xyxy[rows], place])
    of = np.concatenate([item[rows], owner])
    y = np.concatenate([units.y[rows], np.full(len(place), units.k)])
    order = np.argsort(of, kind="stable")  # picture by picture, so that each is opened once
    crops = Crops(pictures, of[order], xyxy[order], given)
    groups = work.evidence.get("groups")
    within = of[order] if groups is None else np.asarray(groups)[of[order]]
    target = Classes(y[order], (*units.names, NOTHING))
    inner = Preparation(
        Dataset(target, {"items": crops}, source={"task": "image"}),
        *(work.store, work.seed),
        evidence={"items": crops, "groups": within},
    )
    with work.timed("crops"):
        make_features(inner, embed)
        features = inner.evidence.get("features")
        if features is None:
            return {}
        copies = copies_of(inner, features)
        fold = make_probabilities(inner, features, copies, model)
        make_neighbours(inner, features, search)
    work.warnings += inner.warnings
    work.info |= {key: value for key, value in inner.info.items() if key != "timings"}
    if fold is None:
        return {}
    row = np.full(len(units), -1)
    back = np.argsort(order)
    row[rows] = back[: len(rows)]
    made = {name: value for name, value in inner.evidence.items() if name in MADE}
    made["fold"] = fold
    if copies is not None:
        made["copies"] = copies
    return {"evidence": made, "labels": target, "row": row}


class Crops(Sequence[Any]):
    """What lies within boxes, opened when it is asked for; ``item`` rises.

    sizes: (n, 2) height and width of each picture by the labels, where they say it.
    """

    def __init__(
        self, pictures: Sequence[Any], item: Ints, xyxy: Floats, sizes: Any = None
    ) -> None:
        self.pictures, self.item, self.xyxy, self.sizes = pictures, item, xyxy, sizes
        self.held: tuple[int, Any] = (-1, None)

    def __len__(self) -> int:
        return len(self.item)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        from reliabel.ops.pictures import cut_out

        return cut_out(self._picture(int(self.item[at])), self.xyxy[at], MARGIN, SIDE)

    def _picture(self, item: int) -> Any:
        from reliabel.ops.pictures import load

        held, pixels = self.held
        if held != item:
            shape = None if self.sizes is None else tuple(map(int, self.sizes[item]))
            pixels, _ = load(self.pictures[item], shape=shape)  # type: ignore[arg-type]
            self.held = (item, pixels)
        return pixels


def _able(labels: Grouped[Boxes], sizes: Ints) -> Bools:
    """(m,) which boxes may be judged and have pixels."""
    from reliabel.ops.box_agreement import suspected
    from reliabel.ops.match import areas

    edge = sizes[labels.item][:, ::-1].astype(float)
    here = np.nan_to_num(labels.units.xyxy.astype(float), nan=-1.0)
    inside = np.column_stack([np.clip(here[:, :2], 0, edge), np.clip(here[:, 2:], 0, edge)])
    return np.asarray(
        suspected(labels.units) & (areas(labels.units.xyxy) > 0) & (areas(inside) > 0)
    )


def _elsewhere(
    labels: Grouped[Boxes], sizes: Ints, rows: Ints, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """Places of the sizes that boxes have which hardly touch any, and their pictures; about as many
    as there are boxes.
    """
    from reliabel.ops.match import overlaps

    units = labels.units
    owner = np.sort(np.repeat(labels.item[rows], TRIES))
    side = units.xyxy[rng.choice(rows, len(owner))].astype(float)
    side = side[:, 2:] - side[:, :2]
    edge = sizes[owner][:, ::-1].astype(float)
    side = np.minimum(side, edge)
    corner = rng.random(side.shape) * (edge - side)
    place = np.concatenate([corner, corner + side], axis=1)
    offsets = np.searchsorted(owner, np.arange(len(labels) + 1))
    near = overlaps(place, offsets, units.xyxy, labels.offsets)
    touch = near.take((near.iou > APART) | (near.inside > 2 * APART))
    free = np.ones(len(place), dtype=bool)
    free[touch.mine] = False
    kept = np.flatnonzero(free)
    if len(kept) > len(rows):
        kept = np.sort(rng.choice(kept, len(rows), replace=False))
    return place[kept], owner[kept]
