"""Hidden labels: items with one label to which a second class seems to belong as well, as where a
picture shows two things.

The model finds both the given class and another one likely, more so than it does for other items
of the given class. Assumes probabilities out of fold from a model of single labels. Weak where two
classes look alike: the model is then torn on items of one class too, which comparing with the
other items of the class corrects only on average; and blind to what the model does not know.
Cost: O(n k). Memory O(n + k^2).
Paper: Beyer, Henaff, Kolesnikov, Zhai, van den Oord. Are we done with ImageNet? arXiv:2006.07159
(2020), which has people judge what several models propose; the score is ours.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, rows, total

STATUS = "optional"
FINDS = "second label"
ALSO = ("missing_second_label", "real_candidates")


def audit(labels: Classes, *, probs: Floats, least: float = 0.2) -> Suspicion:
    """Score = the smaller of the probabilities of the given class and of the likeliest other one,
    less what items of the given class usually have of it.

    least: both probabilities of a flagged item, and of the second class beyond the usual, are at
        least this.
    info: "second" (n,) the class that seems to belong as well, "why" a sentence each.

    >>> p = np.array([[0.9, 0.1, 0], [0.5, 0.0, 0.5], [0.9, 0.1, 0], [0.9, 0.1, 0], [0, 1, 0]])
    >>> found = audit(Classes(np.array([0, 0, 0, 0, 1]), ("dog", "cat", "ball")), probs=p)
    >>> np.flatnonzero(found.flag).tolist(), found.info["why"][1]
    ([1], "'ball' seems to belong to it as well as 'dog' (probabilities 0.50 and 0.50)")
    """
    k = labels.k
    sums, counts = total(lambda block: _sums(k, *block.read()), cut(labels.y, probs))
    usual = sums / np.maximum(counts, 1)[:, None]
    score, own, other, second = rows(
        lambda block: _judge(usual, *block.read()), cut(labels.y, probs)
    )
    flag = (score >= least) & (np.minimum(own, other) >= least)
    names = labels.names
    why = [
        f"{names[s]!r} seems to belong to it as well as {names[y]!r} (probabilities {b:.2f} and "
        f"{a:.2f})"
        if f
        else ""
        for f, s, y, a, b in zip(
            *(flag.tolist(), second.tolist(), labels.y.tolist()),
            *(own.tolist(), other.tolist()),
            strict=True,
        )
    ]
    return Suspicion(score, flag, info={"second": second, "why": why})


def _sums(k: int, y: Ints, probs: Floats) -> tuple[Floats, Floats]:
    """(k, k) sums of the probabilities over the items of each class, (k,) how many there are."""
    known = y >= 0
    one = np.zeros((int(known.sum()), k))
    one[np.arange(len(one)), y[known]] = 1
    return one.T @ probs[known].astype(np.float64), one.sum(0)


def _judge(usual: Floats, y: Ints, probs: Floats) -> tuple[Floats, Floats, Floats, Ints]:
    known, at = y >= 0, np.maximum(y, 0)
    place = np.arange(len(y))
    own = probs[place, at].astype(np.float64)
    beyond = probs - usual[at]
    beyond[place, at] = -1
    second = beyond.argmax(1)
    other = probs[place, second].astype(np.float64)
    score = np.minimum(own, np.maximum(beyond[place, second], 0.0))
    return np.where(known, score, np.nan), own, other, np.where(known, second, -1)
