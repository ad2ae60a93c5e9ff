"""Open-set noise: items of classes that the label set does not have, under the labels of those that
it has.

Assumes that strangers get any label alike.  No label of a kept class is right for them, so a method
that corrects labels cannot mend them: it must leave them out.
Cost: O(n).
Paper: Wang et al. Iterative learning with open-set noisy labels. CVPR 2018.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Ints
from reliabel.core.results import Corrupted
from reliabel.core.spelling import nearest
from reliabel.ops.noise import realised


def corrupt(
    labels: Classes, *, rng: Generator, rate: float = 0.2, held_out: str | Sequence[str] = ()
) -> Corrupted:
    """Replace a share ``rate`` of the items of the kept classes by items of the ``held_out``
    classes, each under a kept class drawn evenly.

    ``index`` says which rows are left, in their order; the other rows of held-out classes are
    dropped, and rows without a label are kept.  To use a second data set, add its rows under one
    class name of their own and hold that out.

    rate: share of the labelled items of the result that are strangers.
    held_out: names of the classes to hold out; by default the one with the fewest items.

    >>> labels = Classes(np.repeat([0, 1, 2], [40, 40, 20]), ("cat", "dog", "car"))
    >>> made = corrupt(labels, rng=np.random.default_rng(0), rate=0.1, held_out="car")
    >>> len(made.index), int(made.wrong.sum()), int(made.labels.y[made.wrong].max())
    (80, 8, 1)
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must be a share between 0 and 1, got {rate!r}")
    out = _held_out(labels, (held_out,) if isinstance(held_out, str) else tuple(held_out))
    stranger = np.isin(labels.y, out)
    kept = np.setdiff1d(np.unique(labels.y[labels.y >= 0]), out)
    home, away = (
        rng.permutation(np.flatnonzero(rows)) for rows in ((labels.y >= 0) & ~stranger, stranger)
    )
    m = round(rate * len(home))
    if m > len(away):
        raise ValueError(
            f"a rate of {rate:g} needs {m} items of held-out classes in place of {m} of the "
            f"{len(home)} others, but there are {len(away)}; hold out more classes, or ask for at "
            f"most {len(away) / max(len(home), 1):.3g}"
        )
    index = np.sort(np.concatenate([np.flatnonzero(labels.y < 0), home[m:], away[:m]]))
    true = np.array(labels.y[index], dtype=np.int64)
    y = true.copy()
    y[stranger[index]] = rng.choice(kept, m) if m else 0
    info = {"asked": rate, "held_out": [labels.names[c] for c in out]}
    info |= realised(true, y, labels.k)
    return Corrupted(Classes(y, labels.names), index, y != true, info)


def _held_out(labels: Classes, names: tuple[str, ...]) -> Ints:
    """The numbers of the classes to hold out.  Raises ValueError unless some items remain."""
    count = np.bincount(labels.y[labels.y >= 0], minlength=labels.k)
    for name in names:
        if name not in labels.names:
            near = nearest(name, labels.names)
            raise ValueError(f"held_out: there is no class {name!r}{near}")
    used = np.flatnonzero(count)
    if names:
        out = np.unique([labels.names.index(name) for name in names])
    else:
        out = used[count[used].argmin()][None] if len(used) else used
    if len(used) and not len(np.setdiff1d(used, out)):
        raise ValueError(
            "held_out leaves no class with items; open-set noise needs one class to hold out and "
            "one to keep"
        )
    return out
