"""The two detectors of LSA: which items are noisy by their loss, and which lie beyond a line in the
features that parts those from the rest.

Source: Albert, Valmadre, Arazo, Krishna, O'Connor, McGuinness. An accurate detection is not all you
need to combat label noise in web-noisy datasets. ECCV 2024.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.ops import logistic
from reliabel.ops.mixture import lower

SURE = 0.95  # chance of the group of high losses from which a label is called noisy
FEWEST = 3  # noisy items below which there is nothing to part


def high_losses(loss: Floats) -> Bools:
    """(n,) which losses surely belong to the upper of two normal groups; unknown ones do not.

    >>> high_losses(np.array([0.1, 0.0, 0.2, 0.1, 7.0, 6.9, np.nan])).tolist()
    [False, False, False, False, True, True, False]
    """
    return np.asarray(1 - np.nan_to_num(lower(loss), nan=1.0) > SURE)


def beyond_a_line(features: Floats, noisy: Bools) -> Bools:
    """(n,) what logistic regression, both sides counted alike, predicts of ``noisy``."""
    if min(noisy.sum(), (~noisy).sum()) < FEWEST:
        return noisy
    return np.asarray(_line(features, noisy).predict_proba(features)[:, 1] > 0.5)


def chance_beyond(features: Floats, noisy: Bools, fold: Ints) -> Floats:
    """(n,) the chance of ``noisy`` by such a line that was fitted without the item's own ``fold``
    (n,); items of fold -1 are in no fit.  One half where there is too little to fit.

    With as many features as items, a line parts any two sets: only items left out can tell.
    """
    chance = np.full(len(noisy), 0.5)
    by = logistic.scale(features)
    for f in np.unique(fold):
        inside = np.flatnonzero(fold == f)
        train = (fold != f) & (fold >= 0)
        if min(noisy[train].sum(), (~noisy)[train].sum()) >= FEWEST:
            model = _line(features, noisy, train, by)
            chance[inside] = model.predict_proba(features[inside])[:, 1]
    return chance


def _line(
    features: Floats, noisy: Bools, train: Bools | None = None, by: logistic.Scale | None = None
) -> logistic.Logistic:
    """Hardly penalised where items outnumber features by far, as in the paper."""
    sides = np.stack([~noisy, noisy], axis=1)
    if train is not None:
        sides &= train[:, None]
    n, d = sides.sum(), features.shape[1]
    strength = 1.0 if train is not None and d >= n else 100.0 if d > n / 10 else 1e4
    counts = sides / sides.sum(0) * n / 2
    return logistic.fit(features, counts, strength=strength, iterations=50, by=by)
