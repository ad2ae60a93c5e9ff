"""Class imbalance: the effective number of classes (the exponential of the entropy of the class
shares), divided by the number of classes.

Assumes the labels are a random sample.  It counts labels as given, so label noise that favours some
classes changes it.  Weak with fewer items than classes.
Cost: O(n + 1,000 k).
Paper: Hill. Diversity and evenness: a unifying notation and its consequences. Ecology 54 (1973)
427-432.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Measure

STATUS = "default"
DRAWS = 1000


def measure(labels: Classes, *, rng: Generator, level: float = 0.95) -> Measure:
    """exp(entropy of the class shares) / k: 1 if all classes are equally common, 1 / k for one
    class.

    The interval is a basic bootstrap of the counts, whose reflection also corrects the downward
    bias of the plug-in entropy.
    level: of the interval.
    ``parts`` holds "count" and "share" (k,) of each class; ``info`` holds "ratio", the largest
    count divided by the smallest, "rare", classes with less than a tenth of an equal share, and
    "few", classes with fewer than ten items.
    Raises ValueError for a level that is not between 0 and 1.

    >>> y = np.repeat([0, 1, 2], [60, 30, 10])
    >>> found = measure(Classes(y), rng=np.random.default_rng(0))
    >>> round(found.value, 3), found.parts["count"].tolist(), found.info["ratio"]
    (0.818, [60, 30, 10], 6.0)
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r}")
    count = np.bincount(labels.y[labels.y >= 0], minlength=labels.k)
    n, k = int(count.sum()), labels.k
    if not n:
        parts = {"count": count, "share": np.full(k, np.nan)}
        return Measure(
            np.nan, np.nan, np.nan, parts, {"interval": "no interval: there is no label"}
        )
    share = count / n
    value = float(_evenness(share))
    again = _evenness(rng.multinomial(n, share, size=DRAWS) / n)
    low, high = 2 * value - np.quantile(again, [(1 + level) / 2, (1 - level) / 2])
    info = {
        "level": level,
        "ratio": float(count.max() / count.min()) if count.min() else float("inf"),
        "rare": _names(labels, share < 0.1 / k),
        "few": _names(labels, count < 10),
    }
    return Measure(
        value,
        float(np.clip(low, 1 / k, value)),
        float(np.clip(high, value, 1)),
        {"count": count, "share": share},
        info,
    )


def _evenness(share: Floats) -> Floats:
    entropy = -(share * np.log(np.where(share > 0, share, 1))).sum(-1)
    return np.asarray(np.exp(entropy) / share.shape[-1])


def _names(labels: Classes, chosen: Ints | np.ndarray) -> tuple[str, ...]:
    return tuple(labels.names[c] for c in np.flatnonzero(chosen))
