"""Echo: a label is suspect if the item is unlike its twin, which is what the item would be if its
label were right.

The twin is the mirror image of the item in the plane half-way between the mean of its label's
class and the nearest other class mean: beyond that plane the label would be right, and the image is
as far behind it as the item is before it. (The plain difference of the two means would move an item
in the middle of the other class and one on the border alike.) The paper makes twins with an image
generator; here ``class_features`` can bring what is known of the classes from outside.
Assumes features in which a class has one centre. Weak where classes have several centres and where
items lie off the centre for reasons of their
own. Flags come from two normal groups of each class, which also part a class without errors: they
are several times too many where few labels are wrong.
Cost: O(n d k), memory O(n + k d) and one block of (rows, k).
Paper: Zheng, Han, Yin, Gao, Liu. EchoAlign: bridging generative and discriminative learning under
noisy labels. 2024. arXiv:2405.12969.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, rows, total
from reliabel.ops.mixture import lower

STATUS = "optional"
ALSO = ("echoalign", "echo_select")
FEWEST = 10  # items of a class below which nothing of it is flagged


def audit(labels: Classes, *, features: Floats, class_features: Floats | None = None) -> Suspicion:
    """Score = (1 - cosine of item and twin) / 2; flag = in the upper of two groups of its class;
    suggestion = the class with the nearest mean.

    Features are centred first, and a label does not count in the mean that its own item is compared
    with. The score of an item that lies nearest to its own class is negative, and it is not
    flagged.
    class_features: (k, d) the centre of each class, instead of the mean of its items.
    Raises ValueError for ``class_features`` of another width than the features.

    >>> x = np.r_[np.tile([[4.0, 0.1], [4, 0]], (10, 1)), np.tile([[0.1, 4.0], [0, 4]], (10, 1))]
    >>> y = np.repeat([0, 1], 20)
    >>> y[3] = 1
    >>> found = audit(Classes(y), features=x)
    >>> found.flag.nonzero()[0].tolist(), found.suggest.y[3].item()
    ([3], 0)
    """
    y, k = labels.y, labels.k
    if not len(y) or not (y >= 0).any():
        return _nothing(labels)
    sums, count, whole = total(lambda block: _sums(k, *block.read()), cut(y, features))
    centre = whole / len(y)
    means = np.where(count > 0, sums.T / np.maximum(count, 1), 0).T - centre
    drawn = count / np.maximum(count - 1, 1)  # how far its own item draws a mean towards it
    if class_features is not None:
        if class_features.shape != means.shape:
            raise ValueError(
                "class_features must hold one vector a class as wide as the features, "
                f"{means.shape}, got {class_features.shape}"
            )
        means, count = class_features - centre, np.ones(k)
        drawn = np.ones(k)
    means[count == 0] = np.nan
    parts = cut(y, features, k=max(k, features.shape[1]))
    score, best = rows(lambda block: _echo(means, drawn, centre, *block.read()), parts)
    info = {"centres": "means" if class_features is None else "class_features"}
    return Suspicion(score, _upper(y, k, score), Classes(best, labels.names), info=info)


def _sums(k: int, y: Ints, x: Floats) -> tuple[Floats, Floats, Floats]:
    known = y >= 0
    one = np.zeros((k, len(y)))
    one[y[known], np.flatnonzero(known)] = 1
    x = x.astype(np.float64)
    return one @ x, one.sum(1), x.sum(0)


def _echo(means: Floats, drawn: Floats, centre: Floats, y: Ints, x: Floats) -> tuple[Floats, Ints]:
    x, at, own = x.astype(np.float64) - centre, np.arange(len(y)), np.maximum(y, 0)
    far = np.maximum((x**2).sum(1)[:, None] - 2 * x @ means.T + (means**2).sum(1), 0)
    far[np.isnan(far)] = np.inf
    away = np.where(y >= 0, drawn[own], 1)
    far[at, own] *= away**2
    best, before = far.argmin(1), far[at, own]
    far[at, own] = np.inf
    other = far.argmin(1)
    gap = before - far[at, other]
    across = x + (means[own] - x) * away[:, None] - means[other]
    length = (across**2).sum(1)
    step = np.divide(gap, length, out=np.zeros(len(y)), where=np.isfinite(gap) & (length > 0))
    twin = x + np.nan_to_num(step[:, None] * across)
    score = np.sign(step) * (1 - _cosine(x, twin)) / 2
    return np.where(y >= 0, score, np.nan), best


def _cosine(a: Floats, b: Floats) -> Floats:
    """(n,) the cosine of each pair of rows, 0 where one has no length."""
    length = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    dot = np.einsum("nd,nd->n", a, b)
    return np.asarray(np.divide(dot, length, out=np.zeros(len(a)), where=length > 0))


def _upper(y: Ints, k: int, score: Floats) -> Bools:
    """(n,) what is above 0 and in the upper of the two groups of its class."""
    flag = np.zeros(len(y), dtype=bool)
    for c in range(k):
        mine = np.flatnonzero(y == c)
        if len(mine) >= FEWEST:
            flag[mine] = (lower(score[mine]) < 0.5) & (score[mine] > 0)
    return flag


def _nothing(labels: Classes) -> Suspicion:
    """What is said where there is no label to compare with."""
    n = len(labels)
    unknown = Classes(np.full(n, -1), labels.names)
    return Suspicion(np.full(n, np.nan), np.zeros(n, dtype=bool), unknown)
