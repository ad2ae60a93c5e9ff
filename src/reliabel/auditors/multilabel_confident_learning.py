"""Confident learning of several labels an item: of each class, as a yes/no question, it flags the
answers that the model confidently contradicts.

Assumes that wrong answers to a question depend on its true answer alone, and probabilities out of
fold. Cells that are unknown are neither flagged nor counted. Weak for classes with fewer than some
twenty positives, whose thresholds are noise. A class that is never given has no threshold: nothing
is flagged as missing there.
Cost: O(n k log k) in four passes over blocks, memory O(n) and what the model contradicts.
Paper: Thyagarajan, Snorrason, Northcutt, Mueller. Identifying incorrect annotations in multi-label
classification data. NeurIPS workshop on data-centric AI (2022). arXiv:2211.13895.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.columns import Coded
from reliabel.core.labels import Bools, Classes, Floats, Ints, MultiLabel
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, fold, rows, total
from reliabel.ops.item_scores import item_scores

STATUS = "default"
ALSO = ("multilabel_cl", "ml_confident_learning")
YES_NO = ("no", "yes")
WIDE = 8  # numbers that a cell takes while it is worked on
MISSING, SPURIOUS = "missing", "spurious"


def audit(
    labels: MultiLabel, *, probs: Floats, expected_errors: float = 2.0, alpha: float = 0.8
) -> Suspicion:
    """Score of a cell = one minus the probability of its given answer; kind = "missing" (the class
    would belong to the item if the answer were wrong) or "spurious".

    expected_errors: how many labels are wrong where any is, which decides how the cells of an item
        make its score: a soft minimum (1), the exponential moving average (2), or the sum of the
        logarithms (3 or more).
    alpha: weight of each worse cell in the moving average; 1 is the worst cell alone.
    info: "items" (n,) the score of each item, larger = more suspect, NaN without a known cell;
        "missing" and "spurious" (k,) how many cells of each class are flagged so; "thresholds"
        (2, k), the mean probability of no and of yes where it is given.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.7], [0.9, 0.9], [0.1, 0.2], [0.2, 0.1], [0.1, 0.8]])
    >>> y = MultiLabel(np.array([[1, 0], [1, 1], [0, 1], [0, 0], [0, 1], [0, 1]]))
    >>> found = audit(y, probs=p)
    >>> np.flatnonzero(found.flag).tolist(), [found.kind[cell] for cell in (4, 9)]
    ([4, 9], ['missing', 'spurious'])
    >>> found.info["items"].round(2).tolist()
    [0.1, 0.28, 0.74, 0.18, 0.76, 0.18]
    """
    if not expected_errors > 0:
        raise ValueError(f"expected_errors must be above 0, got {expected_errors}")
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be from 0 to 1, got {alpha}")
    y, k = labels.y, labels.k
    if not y.size:
        nothing = {"items": np.full(len(y), np.nan)}
        nothing |= {MISSING: np.zeros(k, int), SPURIOUS: np.zeros(k, int)}
        empty = np.empty(0)
        return Suspicion(empty, empty > 0, Classes([], YES_NO), [], nothing)
    sums, counts = total(lambda block: _sums(*block.read()), cut(y, probs, k=WIDE * k))
    threshold = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    joint = total(lambda block: _joint(threshold, *block.read()), cut(y, probs, k=WIDE * k))
    edge = _edges(y, probs, _wanted(joint, counts))
    score, flag, yes, items = rows(
        lambda block: _judge(edge, expected_errors, alpha, *block.read()), cut(y, probs, k=WIDE * k)
    )
    given = y.ravel()
    info = {
        "items": items,
        MISSING: (flag & (y == 0)).sum(0),
        SPURIOUS: (flag & (y == 1)).sum(0),
        "thresholds": threshold,
    }
    kind = Coded((given == 1).astype(np.int8), (MISSING, SPURIOUS))
    return Suspicion(score.ravel(), flag.ravel(), Classes(yes.ravel(), YES_NO), kind, info)


def _sums(y: Ints, probs: Floats) -> tuple[Floats, Ints]:
    """(2, k) sums of the probabilities of the given answers no and yes, and their numbers."""
    no, yes = y == 0, y == 1
    sums = np.stack([np.where(no, 1 - probs, 0).sum(0), np.where(yes, probs, 0).sum(0)])
    return sums.astype(np.float64), np.stack([no.sum(0), yes.sum(0)])


def _joint(threshold: Floats, y: Ints, probs: Floats) -> Ints:
    """(2, 2, k) how many cells of each given answer are confidently no and yes."""
    no, yes = 1 - probs >= threshold[0], probs >= threshold[1]
    both = no & yes
    sure_no = (no & ~both) | (both & (probs < 0.5))
    sure_yes = (yes & ~both) | (both & (probs >= 0.5))
    return np.array(
        [[(sure & (y == given)).sum(0) for sure in (sure_no, sure_yes)] for given in (0, 1)]
    )


def _wanted(joint: Ints, counts: Ints) -> Ints:
    """(2, k) how many cells to flag among those given no and yes: the share of the confident ones
    that contradict, of all; one cell of each answer is always left.
    """
    sure = joint.sum(1)
    against = np.stack([joint[0, 1], joint[1, 0]])
    share = np.divide(against, sure, out=np.zeros(sure.shape), where=sure > 0)
    return np.asarray(np.minimum(np.rint(share * counts), np.maximum(counts - 1, 0)).astype(int))


def _edges(y: Ints, probs: Floats, wanted: Ints) -> Floats:
    """(2, k) the margin from which a cell is flagged."""
    k = y.shape[1]
    code, margin = fold(
        lambda block: _against(*block.read()),
        lambda a, b: (np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]])),
        cut(y, probs, k=WIDE * k),
    )
    order = np.lexsort((-margin, code))
    code, margin = code[order], margin[order]
    first = np.searchsorted(code, np.arange(2 * k))
    have = np.searchsorted(code, np.arange(2 * k), side="right") - first
    last = np.minimum(wanted.ravel(), have)
    edge = np.full(2 * k, np.inf, dtype=margin.dtype)
    some = last > 0
    edge[some] = margin[first[some] + last[some] - 1]
    return edge.reshape(2, k)


def _against(y: Ints, probs: Floats) -> tuple[Ints, Floats]:
    """The cells whose answer the model finds less likely: given answer * k + class, and by how
    much.
    """
    row, column = np.nonzero(((y == 0) & (probs > 0.5)) | ((y == 1) & (probs < 0.5)))
    given = y[row, column]
    return given * y.shape[1] + column, np.abs(2 * probs[row, column] - 1)


def _judge(
    edge: Floats, expected_errors: float, alpha: float, y: Ints, probs: Floats
) -> tuple[Floats, Bools, Ints, Floats]:
    quality = np.where(y == 1, probs, 1 - probs)
    quality[y < 0] = np.nan
    limit = np.where(y == 1, edge[1], edge[0])
    against = ((y == 0) & (probs > 0.5)) | ((y == 1) & (probs < 0.5))
    flag = against & (np.abs(2 * probs - 1) >= limit)
    yes = (probs > 0.5).astype(np.int8)
    return 1 - quality, flag, yes, item_scores(quality, expected_errors, alpha)
