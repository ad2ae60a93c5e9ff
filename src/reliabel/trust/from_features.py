"""Evidence tables from features alone: folds, out-of-fold probabilities and neighbours are made as
an audit makes them.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.ops.folds import fold_of, out_of_fold
from reliabel.ops.logistic import choose, fit, scale
from reliabel.ops.neighbours import nearest
from reliabel.trust.tables import Tables, tables


def from_features(
    labels: Classes,
    features: Floats,
    *,
    neighbours: Neighbours | None = None,
    copies: Ints | None = None,
    rng: np.random.Generator,
) -> tuple[Tables, Floats, Neighbours]:
    """The tables, the (n, k) out-of-fold probabilities of a logistic regression whose strength the
    first fold chose, and the neighbours.

    >>> y, rng = np.arange(60) % 2, np.random.default_rng(0)
    >>> x = y[:, None] + rng.normal(size=(60, 3)) / 3
    >>> made, probs, near = from_features(Classes(y), x, rng=rng)
    >>> made.names, bool(((probs[:, 1] > 0.5) == y).mean() > 0.9)
    (('model', 'vote15', 'vote50', 'reverse', 'reverse_wide', 'near', 'lda'), True)
    """
    fold, by = fold_of(labels.y, copies=copies, rng=rng), scale(features)
    strength = choose(features, labels.y, fold == 0, by=by, rng=rng)[0]
    probs = out_of_fold(
        lambda x, y: fit(x, y, strength=strength, by=by), features, labels.y, labels.k, fold
    )
    near = neighbours if neighbours is not None else nearest(features, j=min(200, len(labels) - 1))
    return (
        tables(
            labels,
            probs=probs,
            neighbours=near,
            features=features,
            fold=fold,
            copies=copies,
            rng=rng,
        ),
        probs,
        near,
    )
