"""Boxes of generated scenes with planted errors, and how an audit's scores are judged on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from reliabel.bench.metrics import average_precision
from reliabel.bench.scene_models import Detector, detected
from reliabel.bench.scenes import SHAPES, materials, scene
from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.results import Corrupted
from reliabel.core.short_repr import by_fields
from reliabel.verbs.corrupt import corrupt

KINDS = ("missing", "shifted", "wrong class", "doubled", "too large", "bogus")
SAME = 0.5  # a place overlaps a box taken away by so much, and is it
EDGES = 1000  # seed of what a detector does, beside that of its world


@dataclass(frozen=True, eq=False, repr=False)
class BoxWorld:
    """True boxes, given ones with what was planted, sizes of the pictures, and detections."""

    truth: Grouped[Boxes]
    made: Corrupted
    sizes: Ints
    predicted: Grouped[Boxes]

    __repr__ = by_fields

    @property
    def labels(self) -> Grouped[Boxes]:
        """The boxes as given."""
        labels = self.made.labels
        assert isinstance(labels, Grouped)
        return labels


def box_world(seed: int, n: int, detector: Detector, **errors: Any) -> BoxWorld:
    """``n`` scenes of the world ``seed``; ``errors``: options of the corrupter ``boxes``."""
    truth, sizes = true_boxes(seed, n)
    made = corrupt(truth, by="boxes", sizes=sizes, seed=seed, **errors)
    rng = np.random.default_rng([seed, EDGES])
    return BoxWorld(truth, made, sizes, detected(truth, sizes, rng, detector))


@lru_cache(maxsize=2)  # worlds of several scenarios; each is drawn once
def true_boxes(seed: int, n: int) -> tuple[Grouped[Boxes], Ints]:
    """The boxes of ``n`` scenes, and the height and width of each."""
    made_of = materials()
    xyxy, y, sizes = [], [], []
    for i in range(n):
        one = scene(seed, i, made_of)
        xyxy.append(one.boxes)
        y.append(one.y)
        sizes.append(one.on_top.shape)
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in y])])
    return Grouped(Boxes(np.concatenate(xyxy), np.concatenate(y), SHAPES), offsets), np.array(sizes)


def lost_at(world: BoxWorld, xyxy: Floats, offsets: Ints) -> Ints:
    """(m,) which of the boxes taken away lies at each place, -1 for none."""
    from reliabel.ops.match import overlaps

    gone = world.made.info["missing"]
    near = overlaps(xyxy, offsets, gone.units.xyxy, gone.offsets, SAME)
    at = np.full(len(xyxy), -1)
    order = np.argsort(near.iou, kind="stable")
    at[near.mine[order]] = near.other[order]
    return at


def kind_score(score: Floats, kind: str, world: BoxWorld) -> float:
    """Average precision of scores of the given boxes for one kind of error, against boxes without
    an error; of a doubled box either of the two may be told.
    """
    kinds, twin = np.array(world.made.info["kinds"]), world.made.info["twin"]
    score = np.where(np.isfinite(score), score, -np.inf)
    mine, clean = kinds == kind, kinds == ""
    both = np.flatnonzero(twin >= 0)
    clean[twin[both]] = False
    score = score.copy()
    score[both] = np.maximum(score[both], score[twin[both]])
    some = mine | clean
    return average_precision(_finite(score[some]), mine[some])


def missing_score(score: Floats, lost: Ints, world: BoxWorld, wrong: Bools | None = None) -> float:
    """Average precision of scores of places for missing boxes: of several places of one box the
    best counts, and a box without a place is never found.

    lost: (m,) which box that was taken away lies at each place.  wrong: places that are left out.
    """
    score = _finite(score)
    order = np.argsort(-score, kind="stable")
    first = np.zeros(len(score), dtype=bool)
    _, place = np.unique(lost[order], return_index=True)
    first[order[place]] = True
    keep = (lost < 0) | first
    if wrong is not None:
        keep &= ~wrong
    hit = lost[keep] >= 0
    total = world.made.info["planted"]["missing"]
    if not hit.any():
        return 0.0
    return float(average_precision(score[keep], hit) * hit.sum() / total)


def found_and_named(
    score: Floats,
    kinds: Any,
    named: Mapping[int, set[str]],
    planted: int,
    says: Mapping[str, tuple[str, ...]],
    all_kinds: tuple[str, ...] = KINDS,
) -> dict[str, float]:
    """Of the first ``planted`` units, the share of each kind that is among them, and of these the
    share that a finding names rightly.

    named: the kinds that the findings of each unit tell, of which one must be right.  says: the
        word of a finding -> the kinds it may mean.
    """
    first = np.zeros(len(score), dtype=bool)
    first[np.argsort(-_finite(score), kind="stable")[:planted]] = True
    out: dict[str, float] = {}
    for kind in all_kinds:
        mine = np.asarray(kinds) == kind
        if not mine.any():
            continue
        out[f"found {kind}"] = float(first[mine].mean())
        told = [named.get(row, set()) for row in np.flatnonzero(mine & first).tolist()]
        if (mine & first).any():
            right = sum(any(kind in says.get(word, ()) for word in words) for words in told)
            out[f"named {kind}"] = right / int((mine & first).sum())
    return out


def _finite(score: Floats) -> Floats:
    lowest = score[np.isfinite(score)].min(initial=0.0) - 1
    return np.where(np.isfinite(score), score, lowest)
