"""Temporal affinity (MS-TFAL): a region whose cells look unlike what carries their label in the
frames beside its own, and like what carries another one.

Neighbouring frames of a video show almost the same, so that a cell should be near the cells of its
own class in them and far from those of others.  Cells that are among the lowest in the first and
among the highest in the second are noisy, and a frame with many of them is trusted less.  The paper
looks at the frame before alone; here the neighbour that confirms a region more counts, so that one
wrong frame does not speak against the next.
Assumes frames in the order of rows within each video (``groups``), a few seconds apart at most.
Weak after a cut, for objects that are seen in one frame alone, and where a wrong label goes through
all frames of a video, since each then confirms the other.  Experimental: on videos of generated
scenes it ranks wrong frames well below ``frame_consistency`` (AUROC about .72 against .87 and
more; `reliabel bench run pictures`).
Features are those of the cells of a grid over each frame (``feature_maps``), or without them means
of colour and texture in cells of the frames in ``items``.
Cost: O(cells x features x classes) a frame, three frames in memory at a time.
Paper: Cui, Zhang, Xu, Wang, Yuan, Ren. Rectifying noisy labels with sequential prior: multi-scale
temporal feature affinity learning for robust video segmentation. MICCAI 2023.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.results import Suspicion
from reliabel.core.run import current, tell
from reliabel.ops.frames import Frame, frame_of, videos

STATUS = "experimental"
ALSO = ("ms_tfal",)
ONE_OF = ("items", "feature_maps")
NEARER = 0.5  # score from which a region is nearer to another label than to its own


def audit(
    labels: Grouped[Regions],
    *,
    groups: Any,
    items: Any = None,
    feature_maps: Any = None,
    share: float = 0.3,
) -> Suspicion:
    """Score = how much nearer the cells of a region are, on average, to another label in the frames
    beside it than to their own, from 0 to 1; flag = nearer to another one (over one half), which is
    the suggestion.

    Affinity of two cells = (1 + cosine of their features) / 2, and 0 to a label that the other
    frame lacks.
    share: of the cells of a frame, those that count as lowest and as highest.
    info: "noisy", the share of each region in noisy cells: the lowest in affinity to their own
        label and the highest in that to others; "confidence" in each frame (NaN: none); "frames",
        that less the median of its video, because videos differ; "videos", for each group its mean
        confidence and the weight it deserves: .4 for the lowest third, 1 for the highest.

    >>> from reliabel.ops.regions import class_parts
    >>> maps = np.array([[[0, 0, 1, 1]], [[0, 0, 0, 1]]])
    >>> parts = [class_parts(one) for one in maps]
    >>> runs = [np.concatenate([getattr(r, f) for r, _ in parts]) for f in ("start", "length")]
    >>> y, names = np.concatenate([y for _, y in parts]), ["sky", "kite"]
    >>> units = Regions(y, *runs, np.arange(5), [[1, 4]] * 4, names)
    >>> grid = np.array([[[[1, 1, -1, -1.0]]], [[[1, 1, -1, -1.0]]]])
    >>> found = audit(Grouped(units, [0, 2, 4]), groups=np.zeros(2), feature_maps=grid)
    >>> found.score.round(2).tolist(), found.info["confidence"].round(2).tolist()
    ([0.17, 0.17, 0.33, 0.0], [0.83, 0.75])
    """
    m, n = len(labels.units), len(labels)
    score, noisy = np.full(m, np.nan), np.zeros(m)
    best = np.array(labels.units.y)
    confidence = np.full(n, np.nan)
    done = 0

    def one_video(rows: Any) -> list[tuple[int, Any]]:
        out = []
        before: Frame | None = None
        here = frame_of(labels, int(rows[0]), feature_maps, items)
        for at, row in enumerate(rows.tolist()):
            last = at + 1 == len(rows)
            after = None if last else frame_of(labels, int(rows[at + 1]), feature_maps, items)
            if here is not None:
                beside = [one for one in (before, after) if one is not None]
                told = [_compared(here, one, share) for one in beside if one.grid == here.grid]
                if told:
                    out.append((row, _together(told, labels.units.y[labels.offsets[row] :])))
            before, here = here, after
        return out

    def keep(found: list[tuple[int, Any]]) -> None:
        nonlocal done
        done += 1
        tell("videos", done, len(blocks))
        for row, (sure, value, nearest, odd) in found:
            first = int(labels.offsets[row])
            span = slice(first, first + len(value))
            score[span], noisy[span], confidence[row] = value, odd, sure
            best[span] = np.where(np.nan_to_num(value) > NEARER, nearest, best[span])

    blocks = videos(groups)
    current().executor(one_video, blocks, keep)
    crowd = labels.units.crowd
    if crowd is not None:
        score[np.asarray(crowd)] = np.nan
    flag = np.nan_to_num(score) > NEARER
    names, y = labels.units.names, labels.units.y
    why = [""] * m
    for row in np.flatnonzero(flag).tolist():
        other = (*names, "no region")[best[row]]
        why[row] = f"it looks less like {names[y[row]]!r} beside this frame than like {other!r}"
    u = labels.units
    suggest = Regions(best, u.start, u.length, u.offsets, u.size, names, crowd)
    info = {
        "why": why,
        "noisy": noisy,
        "confidence": confidence,
        "frames": _by_video(confidence, groups),
        "videos": _weights(groups, confidence),
    }
    return Suspicion(score, flag, Grouped(suggest, labels.offsets), info=info)


def _together(told: list[Any], y: Ints) -> tuple[float, Floats, Ints, Floats]:
    """Confidence in a frame; (m,) score of its regions, the class that each is nearest to of the
    others (-1 = none), and its noisy share; all by the neighbour that speaks for it most.
    """
    values, nearest = [], []
    for _, near, seen, _ in told:
        at, k = np.arange(len(near)), near.shape[1] - 1
        own = y[: len(near)]
        other = near.copy()
        other[at, own] = -1
        best = other.argmax(1)
        value = (1 + other[at, best] - near[at, own]) / 2
        values.append(np.where(seen & (own >= 0), value, np.nan))
        nearest.append(np.where(best == k, -1, best))
    least = np.where(np.isnan(values), np.inf, values).argmin(0)[None]
    sure = [one[0] for one in told if not np.isnan(one[0])]
    return (
        max(sure, default=float("nan")),
        np.take_along_axis(np.array(values), least, 0)[0],
        np.take_along_axis(np.array(nearest), least, 0)[0],
        np.min([one[3] for one in told], axis=0),
    )


def _compared(here: Frame, other: Frame, share: float) -> tuple[float, Floats, Bools, Floats]:
    """Confidence in a frame; (m, k + 1) mean affinity of each region's cells to each class of the
    other frame, 0 to classes it does not have; which regions are seen; their noisy share.
    """
    weight = other.classes.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = other.classes.T @ other.unit / weight[:, None]
    near = (1 + here.unit @ np.nan_to_num(centre).T) / 2
    near[:, weight == 0] = np.nan
    own = here.classes.argmax(1)
    at = np.arange(len(own))
    positive = near[at, own]
    rest = np.where(np.arange(near.shape[1]) == own[:, None], 0, weight)
    shares = rest / np.maximum(rest.sum(1, keepdims=True), 1e-12)
    negative = (np.nan_to_num(near) * shares).sum(1)
    known = np.isfinite(positive) & (rest.sum(1) > 0)
    noisy = np.zeros(len(own), dtype=bool)
    sure = float("nan")
    if known.any():
        low, high = np.quantile(positive[known], share), np.quantile(negative[known], 1 - share)
        noisy = known & (positive <= low) & (negative >= high)
        sure = float((positive[known].mean() + 1 - negative[known].mean()) / 2)
    m = int(here.region.max(initial=-1)) + 1
    size = np.maximum(np.bincount(here.region, here.count, m), 1)
    mean = np.stack(
        [np.bincount(here.region, here.count * one[here.cell], m) / size for one in near.T], 1
    )
    odd = np.bincount(here.region, here.count * noisy[here.cell], m) / size
    seen = np.isin(np.arange(m), here.region)
    return sure, np.nan_to_num(mean), seen, odd


def _by_video(confidence: Floats, groups: Any) -> Floats:
    """The confidence in each frame less the median of its video."""
    out = np.full(len(confidence), np.nan)
    for rows in videos(groups):
        known = rows[~np.isnan(confidence[rows])]
        if len(known):
            out[known] = confidence[known] - np.median(confidence[known])
    return out


def _weights(groups: Any, confidence: Floats) -> dict[str, tuple[float, float]]:
    """Mean confidence and weight of each video: .4 for the worst third, 1 for the best, rising
    evenly between.
    """
    names, code = np.unique(np.asarray(groups), return_inverse=True)
    known = ~np.isnan(confidence)
    count = np.bincount(code[known], minlength=len(names))
    total = np.bincount(code[known], confidence[known], minlength=len(names))
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    place = np.argsort(np.argsort(np.nan_to_num(mean), kind="stable"))
    third = len(names) / 3
    weight = np.clip(0.4 + 0.6 * (place + 1 - third) / max(third + 1, 1), 0.4, 1.0)
    return {
        str(name): (float(mean[at]), float(weight[at])) for at, name in enumerate(names.tolist())
    }
