"""Ordinal distance: an ordered class is suspect if the model expects a class far from it.

The classes stand in their order (grades, stages, ratings), and a label two steps off is worse than
one next to it: the score is the expected distance, not the chance of being wrong. Labels that are
off by two steps or more are severe, by one ambiguous.
Assumes that names are in order and steps of about one size; codes of classes that have no order
give nonsense. Weak where the classes in the middle are rare: the model then skips them.
Cost: O(n k), memory O(n k).
Paper: none; expected absolute error of ordinal classes, as in Frank, Hall. A simple approach to
ordinal classification. ECML 2001; ranked probability score: Epstein. A scoring system for
probability forecasts of ranked categories. Journal of Applied Meteorology 8 (1969) 985-987.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import RowBlock, cut, rows

STATUS = "optional"
ALSO = ("ordinal",)
SEVERE = 2  # steps from which a label is severely wrong


def audit(labels: Classes, *, probs: Floats, order: tuple[str, ...] | None = None) -> Suspicion:
    """Score = expected number of steps between the given class and the true one; flag = at least
    half of the probability lies ``SEVERE`` or more steps away, or the likeliest step is another
    class and the median of the distribution too; kind "severe" or "ambiguous"; suggestion = the
    median class.

    order: names of all classes from low to high; None takes them as they stand.
    ``info["rank_score"]`` (n,) holds the ranked probability score, 0 where all probability is on
    the given class.
    Raises ValueError for an order that does not hold each class once.

    >>> p = np.array([[0.8, 0.15, 0.05], [0.1, 0.2, 0.7], [0.4, 0.5, 0.1]])
    >>> found = audit(Classes(np.array([0, 0, 0]), ("low", "middle", "high")), probs=p)
    >>> found.score.round(2).tolist(), found.kind
    ([0.25, 1.6, 0.7], ['', 'severe', 'ambiguous'])
    """
    place = _places(labels, order)
    blocks = cut(labels.y, probs, k=max(labels.k, 1))

    def work(block: RowBlock) -> tuple[Floats, ...]:
        y, p = block.read()
        return _judge(y, p, place)

    score, flag, best, rank, off = rows(work, blocks)
    kind = np.where(flag, np.where(off >= SEVERE, "severe", "ambiguous"), "")
    suggest = Classes(best, labels.names)
    return Suspicion(score, flag.astype(bool), suggest, kind.tolist(), {"rank_score": rank})


def _places(labels: Classes, order: tuple[str, ...] | None) -> Ints:
    """(k,) the place of each class in the order."""
    if order is None:
        return np.arange(labels.k)
    if sorted(order) != sorted(labels.names):
        lost = sorted(set(labels.names) - set(order)) or sorted(set(order) - set(labels.names))
        raise ValueError(
            f"order must hold each of the {labels.k} classes once, from low to high; "
            f"{', '.join(lost[:5]) or 'a name'} does not match"
        )
    at = {name: step for step, name in enumerate(order)}
    return np.array([at[name] for name in labels.names], dtype=np.int64)


def _judge(y: Ints, p: Floats, place: Ints) -> tuple[Floats, ...]:
    known = y >= 0
    p = np.asarray(p, dtype=np.float64)
    code = np.argsort(place)  # class at each step
    own = place[np.maximum(y, 0)] if len(place) else np.zeros(len(y), dtype=np.int64)
    steps = np.arange(len(place))
    climb = np.cumsum(p[:, code], axis=1)
    far = np.abs(steps - own[:, None])
    score = np.where(known, (p[:, code] * far).sum(1), np.nan)
    middle = np.minimum((climb < 0.5 * climb[:, -1:]).sum(1), max(len(place) - 1, 0))
    off = np.abs(middle - own)
    flag = known & (off > 0) & (p[:, code].argmax(1) != own)
    rank = np.where(known, ((climb - (steps >= own[:, None])) ** 2).sum(1), np.nan)
    best = np.where(known, code[middle], -1) if len(place) else np.full(len(y), -1)
    return score, flag, best, rank, np.where(known, off, 0)
