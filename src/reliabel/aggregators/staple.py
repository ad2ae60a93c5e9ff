"""STAPLE: masks of several workers become one, by how often each worker marks what is there
(sensitivity) and leaves out what is not (specificity).

An EM algorithm on pixels: the chance that a pixel is of a class follows from who marked it, and the
workers' rates from these chances, over all pictures together.  Only pixels near what somebody drew
count (up to ``near`` rows and columns away): far background that everybody leaves out would make
all workers look specific.  The share of a class among those pixels is its chance beforehand, in
every round the same, so that no vote counts twice.  Masks of objects (that overlap or touch within
a class) are matched first, and those of one object are laid over each other.
Assumes that workers err independently at each pixel.  Errors at edges are shared by many pixels and
workers, for which the plain share of votes is mixed into the chances that are told; weak with two
workers, and where most workers make the same error.
Cost: O(runs of pixels) to lay masks over each other, then O(patterns) a round; no work on pixels.
Paper: Warfield, Zou, Wells. Simultaneous truth and performance level estimation (STAPLE). IEEE
Transactions on Medical Imaging 23 (2004) 903-921.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reliabel.core.labels import Bools, Floats, Grouped, Ints, Votes
from reliabel.core.objects import Regions
from reliabel.core.results import Consensus
from reliabel.ops.class_marks import CLIP, ClassMarks, class_marks, may_be_none
from reliabel.ops.mask_consensus import consensus_of, laid
from reliabel.ops.mask_votes import decided, rims, share_behind

STATUS = "default"
ALSO = ("simultaneous_truth_and_performance_level_estimation",)
START = 0.99999


def aggregate(
    votes: Votes[Grouped[Regions]],
    *,
    objects: str = "auto",
    least: float = 0.5,
    near: int = 5,
    shared: float = 0.5,
    iterations: int = 1000,
    tol: float = 1e-7,
) -> Consensus[Grouped[Regions]]:
    """One mask a picture: the likeliest class of each pixel, or none.

    objects: "matched" compares masks of single objects, "merged" the classes of pixels; "auto"
        tells from the masks which of the two they are.
    least: objects are kept that are there with a chance above it.
    near: pixels around what somebody drew that count.
    shared: how much the plain share of votes counts in "p" and "risk"; 0 is STAPLE's own chance,
        which is two to seven times too sure where workers err at the same edges.
    ``skill`` is the expected share of right pixels among those that somebody drew, of objects the
    expected overlap.  ``trace`` is the log likelihood of all classes.
    ``info`` holds "sensitivity" and "specificity" (w, k), NaN where a worker had no chance to show
    them, "balance" (k,), the share of each class beforehand, "p" (regions,), the mean chance that
    the pixels of a region are right, and "risk" (n,), the mean chance that they are wrong, over the
    pixels that somebody drew.

    >>> masks = Regions([0, 0, 0], [2, 2, 3], [4, 4, 4], [0, 1, 2, 3], [[1, 10]] * 3, ["field"])
    >>> v = Votes([0, 0, 0], [0, 1, 2], Grouped(masks, [0, 1, 2, 3]), n=1, w=3)
    >>> found = aggregate(v)
    >>> found.labels.units.start.tolist(), found.labels.units.length.tolist()
    ([2], [4])
    >>> found.info["sensitivity"][:, 0].round(2).tolist()
    [1.0, 1.0, 0.75]
    """
    k, w = votes.labels.units.k, votes.w
    over = laid(votes, objects)
    said, rim = over.said, rims(over.canvases, k, near)
    odds, traces = np.full(len(said.pair_of), -np.inf), []
    sensitivity, specificity = np.full((w, k), np.nan), np.full((w, k), np.nan)
    balance = np.zeros(k)
    for y in np.unique(said.pair_y).tolist():
        marks = class_marks(said, rim[:, y], y)
        rates, log_odds, climbed = _fit(marks, w, iterations, tol)
        sensitivity[:, y], specificity[:, y] = rates
        balance[y] = marks.share
        own = said.pair_y == y
        odds[own] = log_odds[said.pair_of[own]]
        traces.append(climbed)
    answer = decided(said, odds, np.where(may_be_none(said), 0.0, -np.inf), k)
    behind = share_behind(said, answer.y, w)
    answer = replace(answer, p=(1 - shared) * answer.p + shared * behind)
    info = {"sensitivity": sensitivity, "specificity": specificity, "balance": balance}
    rounds = max(map(len, traces), default=0)
    padded = [np.pad(one, (0, rounds - len(one)), mode="edge") for one in traces]
    return consensus_of(over, answer, least, np.sum([np.zeros(rounds), *padded], axis=0), info)


def _fit(
    marks: ClassMarks, w: int, iterations: int, tol: float
) -> tuple[tuple[Floats, Floats], Floats, Floats]:
    """Sensitivity and specificity of each worker, the log odds of each pattern, and the log
    likelihood after each round.
    """
    of, who, marked, pixels, share = marks
    p, q, many = np.full(w, START), np.full(w, START), len(pixels)
    trace = []
    for _ in range(iterations):
        yes = np.where(marked, np.log(p)[who], np.log1p(-p)[who])
        no = np.where(marked, np.log1p(-q)[who], np.log(q)[who])
        a = np.log(share) + np.bincount(of, yes, many)
        b = np.log1p(-share) + np.bincount(of, no, many)
        trace.append(float((pixels * np.logaddexp(a, b)).sum()))
        there = 1 / (1 + np.exp(np.clip(b - a, -700, 700)))
        before = p, q
        p = _rate(who, pixels[of] * there[of], marked, w)
        q = _rate(who, pixels[of] * (1 - there[of]), ~marked, w)
        if max(np.abs(p - before[0]).max(), np.abs(q - before[1]).max()) < tol:
            break
    seen = np.bincount(who, pixels[of], w) > 0
    rates = np.where(seen, p, np.nan), np.where(seen, q, np.nan)
    return rates, a - b, np.array(trace)


def _rate(who: Ints, force: Floats, right: Bools, w: int) -> Floats:
    """(w,) the share of the pixels that count on which each worker is right."""
    total = np.bincount(who, force, w)
    rate = np.divide(
        np.bincount(who, force * right, w), total, out=np.full(w, START), where=total > 0
    )
    return np.asarray(np.clip(rate, CLIP, 1 - CLIP))
