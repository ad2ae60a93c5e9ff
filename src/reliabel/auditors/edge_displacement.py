"""Edge displacement (PNT-Edge): how far the outline of a region lies from the edge that a model
sees, and the outline moved there.

Outlines drawn by hand are right in kind and a few pixels off.  At each pixel of an outline the
model is asked along the normal, inwards and outwards, where its classes change most; the distance
is the displacement, smoothed along the outline.  Pixels between the two belong to the class on
whose side they then lie.  An outline without an edge of the model near it has no support (it is
spurious), and an edge of the model far from any outline is missing.
Assumes a model whose edges are unbiased, such as one trained on outlines that err to both sides.
Weak where all outlines err alike, because a model learns that; on corners, whose normal is unclear;
and between regions of one class, where the model has no edge.
Cost: O(edge pixels x reach x classes), one picture in memory at a time.
Paper: Xuan, Zhao, Yu, Liu, Liu, Chen, Du, Tao. PNT-Edge: towards robust edge detection with noisy
labels by learning pixel-level noise transitions. ACM Multimedia 2023 (a network learns the
displacements there; here they are searched for).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

import numpy as np
from scipy.ndimage import distance_transform_edt, uniform_filter

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.reasons import percent
from reliabel.core.results import Suspicion
from reliabel.ops.class_probs import channels, class_probs
from reliabel.ops.regions import painted
from reliabel.ops.relabelled_maps import relabelled, suspicion

STATUS = "optional"
ALSO = ("pnt_edge",)
WINDOW = 3  # pixels to each side, of the window that tells the normal of an outline
BY = "once its outline lies on the model's edge"
SPURIOUS = 0.5  # share of an outline without support from which a region is spurious
CLEAR = 0.8  # edge probability from which an edge of the model must have an outline near it


def audit(
    labels: Grouped[Regions],
    *,
    pixel_probs: PixelProbs,
    reach: int = 5,
    support: float = 0.2,
    least: float = 0.1,
) -> Suspicion:
    """Score = the share of a region's pixels that lie on the other side of its outline once that is
    moved to the model's edge, or the share of its outline without such an edge, whichever is more;
    flag = ``least`` or more of the pixels, or most of the outline (kind "spurious"); suggestion =
    the class of most of its pixels.

    reach: pixels along the normal that are searched.  support: probability of an edge from which an
        outline pixel may follow it.
    Pixels of no region count as background where the model has a class that the labels lack; else
    borders with them say nothing.
    info: "median", "p90" of the distance in pixels over all outlines, "spurious" the share of their
        pixels without an edge of the model, "missing" the share of the model's clear edges that are
        farther than ``reach`` from any outline; "relabelled", the class maps with outlines moved;
        "unfit", the pictures whose probabilities are of another size, which have no scores.

    >>> from reliabel.ops.regions import class_parts
    >>> given = np.zeros((9, 12), int)
    >>> given[:, 8:] = 1
    >>> p = np.zeros((1, 2, 9, 12), np.float32)
    >>> p[0, 0, :, :6] = p[0, 1, :, 6:] = 1
    >>> runs, y = class_parts(given)
    >>> units = Regions(y, runs.start, runs.length, runs.offsets, [[9, 12]] * 2, ["sky", "sea"])
    >>> found = audit(Grouped(units, [0, 2]), pixel_probs=PixelProbs(p, ("sky", "sea")))
    >>> found.score.tolist(), found.info["median"], found.info["changed"]
    ([0.25, 0.0], 2.0, {'sky -> sea': 18})
    """
    names = labels.units.names
    outside = channels(names, pixel_probs).background

    def moved(item: int, given: Ints) -> tuple[Ints | None, Any]:
        p = class_probs(pixel_probs, item, names, given.shape)
        if p is None:
            return None, None
        row, column, other = _outline(given, outside)
        step, edge = _displacement(p, given, (row, column), reach)
        follows = edge >= support
        rows = np.arange(labels.offsets[item], labels.offsets[item + 1])
        top = painted(labels.units.take(rows), given.shape, rows)[row, column]
        seen = _clear_edges(p)
        near = np.ones(given.shape, dtype=bool)
        near[row, column] = False
        far = distance_transform_edt(near) > reach if len(row) else near
        counts = len(row), int(seen.sum()), int((seen & far).sum())
        sides = _sides(other, top, rows, len(names))
        note = np.abs(step[follows]), counts, rows, _share(~follows, top, rows), sides
        step = np.where(follows, step, 0.0)
        return _grown(given, (row, column), other, step, follows, reach), note

    found = relabelled(labels, moved)
    notes = [note for note in found.notes if note is not None]
    distance = np.concatenate([np.zeros(0), *(note[0] for note in notes)])
    outlines, clear, lost = (sum(note[1][at] for note in notes) for at in range(3))
    alone = np.full(len(labels.units), np.nan)
    beyond = np.array(labels.units.y)
    for _, _, rows, share, sides in notes:
        alone[rows], beyond[rows] = share, sides
    known = len(distance) > 0
    info = {
        "median": float(np.median(distance)) if known else float("nan"),
        "p90": float(np.quantile(distance, 0.9)) if known else float("nan"),
        "spurious": 1 - len(distance) / outlines if outlines else float("nan"),
        "missing": lost / clear if clear else float("nan"),
        "unfit": found.unknown,
    }
    return _with_spurious(labels, suspicion(labels, found, least, BY, info), alone, beyond)


def _with_spurious(
    labels: Grouped[Regions], found: Suspicion, alone: Floats, beyond: Ints
) -> Suspicion:
    """The opinion with regions in it whose outline mostly has no edge of the model near it."""
    lone = (alone >= SPURIOUS) & ~np.isnan(found.score)
    flag, kind = np.asarray(found.flag), np.array(found.kind, dtype=object)
    kind = np.where(lone & ~flag, "spurious", kind)
    why = list(found.info["why"])
    for row in np.flatnonzero(lone & ~flag).tolist():
        why[row] = f"{percent(alone[row])} of its outline has no edge of the model near it"
    score = np.where(np.isnan(alone), found.score, np.fmax(found.score, alone))
    score = np.where(np.isnan(found.score), np.nan, score)
    info, u = {**found.info, "why": why}, labels.units
    best = np.where(lone & ~flag, beyond, found.suggest.units.y)  # type: ignore[union-attr]
    mend = Regions(best, u.start, u.length, u.offsets, u.size, u.names, u.crowd)
    return Suspicion(score, flag | lone, Grouped(mend, labels.offsets), kind.tolist(), info)


def _sides(other: Ints, owner: Ints, rows: Ints, k: int) -> Ints:
    """(rows,) the class that most of the outline of each region has beyond it, -1 = none."""
    at = owner[owner >= 0] - int(rows[0])
    pairs = at * (k + 1) + other[owner >= 0] % (k + 1)
    most = np.bincount(pairs, minlength=len(rows) * (k + 1)).reshape(-1, k + 1).argmax(1)
    return np.where(most == k, -1, most)


def _share(marked: Bools, owner: Ints, rows: Ints) -> Floats:
    """(rows,) the share of marked places of each owner, NaN for those without a place."""
    first = int(rows[0]) if len(rows) else 0
    at = owner[owner >= 0] - first
    count = np.bincount(at, minlength=len(rows))
    hits = np.bincount(at, marked[owner >= 0], minlength=len(rows))
    return np.where(count > 0, hits / np.maximum(count, 1), np.nan)


def _outline(given: Ints, outside: bool) -> tuple[Ints, Ints, Ints]:
    """Row and column of each pixel with another class above, below, left or right of it, and that
    class; both sides of a border are outline pixels.
    """
    wide = np.pad(given, 1, mode="edge")
    h, w = given.shape
    other = np.full(given.shape, -2)
    for down, across in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        beside = wide[1 + down : 1 + down + h, 1 + across : 1 + across + w]
        differs = beside != given
        if not outside:
            differs &= (beside >= 0) & (given >= 0)
        other = np.where(differs & (other == -2), beside, other)
    row, column = np.nonzero(other > -2)
    return row, column, other[row, column]


def _displacement(
    p: Floats, given: Ints, at: tuple[Ints, Ints], reach: int
) -> tuple[Floats, Floats]:
    """By how many pixels the outline moves outwards (negative: inwards) at each of its pixels, and
    the probability of the edge there.
    """
    row, column = at
    own, size = given[row, column], np.array(given.shape)[:, None]
    wide = np.pad(given, WINDOW, mode="edge")  # the outline goes on beyond the picture
    normal = np.zeros((2, len(row)))
    for down, across in product(range(-WINDOW, WINDOW + 1), repeat=2):
        same = wide[row + WINDOW + down, column + WINDOW + across] == own
        normal -= np.where(same, [[down], [across]], 0)
    normal /= np.maximum(np.linalg.norm(normal, axis=0), 1e-9)

    def sample(t: int) -> Floats:
        place = np.rint(np.stack(at) + t * normal).astype(np.int64)
        place = np.clip(place, 0, size - 1)
        return p[:, place[0], place[1]]

    line = {t: sample(t) for t in range(-reach - 1, reach + 3)}
    steps = sorted(range(-reach, reach + 1), key=abs)  # the nearest of equally clear edges
    # between t and t + 1: the given outline lies at t = 0
    edge = np.stack([_change(line, ((t, t + 1), (t - 1, t + 2))) for t in steps])
    best = edge.argmax(0)
    step = np.array(steps, dtype=float)[best]
    return step, edge[best, np.arange(len(row))]


def _change(line: dict[int, Floats], pairs: Iterable[tuple[int, int]]) -> Floats:
    """How much the classes change, on average over pairs of places: total variation, 0 to 1."""
    change: Floats = np.mean([np.abs(line[a] - line[b]).sum(0) / 2 for a, b in pairs], axis=0)
    return change


def _clear_edges(p: Floats) -> Bools:
    """(h, w) where the model's classes change for certain."""
    edge = np.zeros(p.shape[1:], dtype=bool)
    edge[:, 1:] |= np.abs(np.diff(p, axis=2)).sum(0) / 2 > CLEAR
    edge[1:] |= np.abs(np.diff(p, axis=1)).sum(0) / 2 > CLEAR
    return edge


def _grown(
    given: Ints, at: tuple[Ints, Ints], other: Ints, step: Floats, follows: Bools, reach: int
) -> Ints:
    """The class map with each outline moved outwards by its step, smoothed over 5 x 5 pixels; what
    one side gains the other loses.
    """
    total, count = np.zeros(given.shape), np.zeros(given.shape)
    for c in np.unique(given).tolist():  # the two sides of a border move against each other
        mine = (given[at] == c) & follows
        sums, number = np.zeros(given.shape), np.zeros(given.shape)
        sums[at[0][mine], at[1][mine]] = step[mine]
        number[at[0][mine], at[1][mine]] = 1
        here = given == c
        total += np.where(here, uniform_filter(sums, 5, mode="constant"), 0)
        count += np.where(here, uniform_filter(number, 5, mode="constant"), 0)
    smooth = np.where(count > 1e-9, total / np.maximum(count, 1e-9), 0)[at]
    grows = follows & (smooth >= 0.5)
    if not grows.any():
        return given
    seed = np.ones(given.shape, dtype=bool)
    gain, onto = np.zeros(given.shape), np.full(given.shape, -2)
    row, column = at[0][grows], at[1][grows]
    seed[row, column] = False
    gain[row, column] = np.minimum(smooth[grows], reach)
    onto[row, column] = other[grows]
    far, (near_row, near_column) = distance_transform_edt(seed, return_indices=True)
    near = (near_row, near_column)
    takes = (far > 0) & (far <= gain[near] + 0.5) & (given == onto[near])
    return np.where(takes, given[near], given)
