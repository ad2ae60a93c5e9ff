"""Ordinal distance: an ordered class is suspect if the model expects a class far from it.

The classes stand in their order (grades, stages, ratings), and a label two steps off is worse than
one next to it: the score is the expected distance, not the chance of being wrong.
Runs by itself where the order is known (``rl.read(order=[...])``, an ordered categorical, names
that say it).
Assumes steps of about one size.  It finds labels that are far off, as by people who read a scale
upside down, better than scores that know no order. Weak for slips to the next class, which rank
below those of self_confidence, and where the classes in the middle are rare: the model then skips
them. P(wrong), which knows the order as well, ranks both well.
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
SEVERAL = 2  # steps that are more than one


def audit(labels: Classes, *, probs: Floats, class_order: Ints) -> Suspicion:
    """Score = expected number of steps between the given class and the true one; flag = the
    likeliest class and the median of the distribution are both another one; kind "one step off" or
    "several steps off"; suggestion = the median class.

    class_order: (k,) the place of each class from low to high; places left out are steps too.
    ``info["rank_score"]`` (n,) holds the ranked probability score, 0 where all probability is on
    the given class.

    >>> p = np.array([[0.8, 0.15, 0.05], [0.1, 0.2, 0.7], [0.4, 0.5, 0.1]])
    >>> labels = Classes(np.array([0, 0, 0]), ("low", "middle", "high"))
    >>> found = audit(labels, probs=p, class_order=np.array([0, 1, 2]))
    >>> found.score.round(2).tolist(), found.kind
    ([0.25, 1.6, 0.7], ['', 'several steps off', 'one step off'])
    """
    place = np.asarray(class_order, dtype=np.int64)
    blocks = cut(labels.y, probs, k=max(labels.k, 1))

    def work(block: RowBlock) -> tuple[Floats, ...]:
        y, p = block.read()
        return _judge(y, p, place)

    score, flag, best, rank, off = rows(work, blocks)
    kind = np.where(flag, np.where(off >= SEVERAL, "several steps off", "one step off"), "")
    suggest = Classes(best, labels.names)
    return Suspicion(score, flag.astype(bool), suggest, kind.tolist(), {"rank_score": rank})


def _judge(y: Ints, p: Floats, place: Ints) -> tuple[Floats, ...]:
    known = y >= 0
    p = np.asarray(p, dtype=np.float64)
    code = np.argsort(place)  # classes from low to high
    own = place[np.maximum(y, 0)] if len(place) else np.zeros(len(y), dtype=np.int64)
    steps = place[code]
    climb = np.cumsum(p[:, code], axis=1)
    far = np.abs(steps - own[:, None])
    score = np.where(known, (p[:, code] * far).sum(1), np.nan)
    middle = np.minimum((climb < 0.5 * climb[:, -1:]).sum(1), max(len(place) - 1, 0))
    off = np.abs(steps[middle] - own) if len(place) else np.zeros(len(y), dtype=np.int64)
    likeliest = steps[p[:, code].argmax(1)] if len(place) else own
    flag = known & (off > 0) & (likeliest != own)
    rank = np.where(known, ((climb - (steps >= own[:, None])) ** 2).sum(1), np.nan)
    best = np.where(known, code[middle], -1) if len(place) else np.full(len(y), -1)
    return score, flag, best, rank, np.where(known, off, 0)
