"""Frame consistency: a region of a frame that the frames around it, their labels carried along with
the picture, do not confirm.

The label of each cell of a frame is foretold from the frames before and after it: the most alike
cells near the same place vote with their labels.  Where the given label of a region gets no votes
it is wrong, of another extent, or the object is seen in this frame alone.
Assumes that most frames around a frame are labelled rightly, frames in the order of rows within
each video (``groups``), and motion of less than ``radius`` cells between frames.  Weak after a cut
and for objects smaller than a cell.
Features are those of the cells of a grid over each frame (``feature_maps``), or without them means
of colour and texture in cells of the frames in ``items``.
Cost: O(cells x radius^2 x frames around x features) a frame, about half a second for 64 x 64 cells;
a stretch of a video in memory at a time.
Paper: Jabri, Owens, Efros. Space-time correspondence as a contrastive random walk. NeurIPS 2020
(labels carried along by affinities of cells, as many works on videos do).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.reasons import percent
from reliabel.core.results import Suspicion
from reliabel.core.run import current, tell
from reliabel.ops.frames import Frame, disc, frame_of, propagated, videos

STATUS = "optional"
ALSO = ("label_propagation_audit",)
ONE_OF = ("items", "feature_maps")
EVEN = 0.01  # added to both, so that the ratio is not one of two numbers near nothing
STRETCH = 16  # frames of a video worked on at once


def audit(
    labels: Grouped[Regions],
    *,
    groups: Any,
    items: Any = None,
    feature_maps: Any = None,
    around: int = 5,
    radius: int = 12,
    top: int = 10,
    temperature: float = 0.07,
    least: float = 0.5,
) -> Suspicion:
    """Score = the share of a region's pixels that the frames around do not confirm; flag =
    ``least`` or more, and most of its cells get another label, which is the suggestion.

    around: frames before and after that are asked.  radius: cells that a thing may have moved.
    top, temperature: so many most alike cells vote, weighted by softmax(cosine / temperature).
    Regions of a video of one frame, and of frames that cannot be read, have no score.
    info: "departs", how far each frame as a whole departs from what is foretold (0 to 1, NaN:
        unknown); "frames", that in times of what is usual in its video, which ranks frames better,
        because videos differ.

    >>> from reliabel.ops.regions import class_parts
    >>> maps = np.array([[[0, 0, 1, 1]], [[0, 0, 0, 0]], [[0, 0, 1, 1]]])
    >>> parts = [class_parts(one) for one in maps]
    >>> runs = [np.concatenate([getattr(r, f) for r, _ in parts]) for f in ("start", "length")]
    >>> y, names = np.concatenate([y for _, y in parts]), ["sky", "kite"]
    >>> units = Regions(y, *runs, np.arange(6), [[1, 4]] * 5, names)
    >>> grid = np.array([[[[1, 1, -1, -1.0]]]] * 3)
    >>> said = Grouped(units, [0, 2, 3, 5])
    >>> found = audit(said, groups=np.zeros(3), feature_maps=grid, around=1, top=1)
    >>> found.score.round(2).tolist(), found.info["departs"].round(2).tolist()
    ([0.0, 1.0, 0.5, 0.0, 1.0], [0.5, 0.5, 0.5])
    """
    units, k, n = labels.units, labels.units.k, len(labels)
    score, best, departs = np.full(len(units), np.nan), np.array(units.y), np.full(n, np.nan)
    blocks = [
        (rows, start)
        for rows in videos(groups)
        if len(rows) > 1
        for start in range(0, len(rows), STRETCH)
    ]
    done = 0

    def stretch(block: tuple[Ints, int]) -> list[tuple[int, Any]]:
        rows, start = block
        first, last = max(0, start - around), min(len(rows), start + STRETCH + around)
        frames = [frame_of(labels, int(row), feature_maps, items) for row in rows[first:last]]
        out = []
        for at in range(start, min(start + STRETCH, len(rows))):
            here = frames[at - first]
            low, high = max(0, at - around - first), at + around + 1 - first
            near = [one for one in frames[low:high] if one is not None and one is not here]
            near = [one for one in near if here is not None and one.grid == here.grid]
            if here is not None and near:
                cells = disc(here.grid, min(radius, max(here.grid)))
                told = propagated(here, near, cells, top, temperature)
                out.append((int(rows[at]), _unconfirmed(here, told)))
        return out

    def keep(found: list[tuple[int, Any]]) -> None:
        nonlocal done
        done += 1
        tell("videos", done, len(blocks))
        for row, (share, votes, apart) in found:
            first = int(labels.offsets[row])
            span, rows = slice(first, first + len(share)), np.arange(len(share))
            own = units.y[span]
            seen = np.isfinite(share).any(1) & (own >= 0)
            score[span] = np.where(seen, share[rows, own], np.nan)
            most = votes.argmax(1)
            best[span] = np.where(seen, np.where(most == k, -1, most), own)
            departs[row] = apart

    current().executor(stretch, blocks, keep)
    if units.crowd is not None:
        score[np.asarray(units.crowd)] = np.nan
    flag = (np.nan_to_num(score) >= least) & (best != units.y)
    names = (*units.names, "no region")
    best = np.where(flag, best, units.y)
    why = [""] * len(score)
    for row in np.flatnonzero(flag).tolist():
        other = names[best[row]]
        why[row] = f"the frames around make it {other!r}, and do not confirm {percent(score[row])}"
    suggest = Regions(
        *(best, units.start, units.length, units.offsets, units.size, units.names, units.crowd)
    )
    info = {"why": why, "departs": departs, "frames": _by_video(departs, groups)}
    return Suspicion(score, flag, Grouped(suggest, labels.offsets), info=info)


def _by_video(departs: Floats, groups: Any) -> Floats:
    """How far each frame departs, in times of the median of its video."""
    out = np.full(len(departs), np.nan)
    for rows in videos(groups):
        known = rows[~np.isnan(departs[rows])]
        usual = float(np.median(departs[known])) if len(known) else 0.0
        out[known] = (departs[known] + EVEN) / (usual + EVEN)
    return out


def _unconfirmed(here: Frame, told: Any) -> tuple[Any, Any, float]:
    """(m, k + 1) the share of each region's pixels that a class as foretold does not confirm, NaN
    where it cannot be seen; (m, k + 1) what is foretold in its cells; how far the frame departs.
    """
    given = here.classes
    lacks = np.maximum(given - told, 0) / np.maximum(given, 1e-9)
    m = int(here.region.max(initial=-1)) + 1
    size = np.bincount(here.region, here.count, m)[:, None]

    def mean(cells: Any) -> Any:
        sums = [np.bincount(here.region, here.count * one[here.cell], m) for one in cells.T]
        return np.where(size > 0, np.stack(sums, 1) / np.maximum(size, 1), np.nan)

    return mean(lacks), np.nan_to_num(mean(told)), float(np.abs(given - told).sum(1).mean() / 2)
