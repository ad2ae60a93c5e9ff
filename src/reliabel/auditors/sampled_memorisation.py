"""Sampled memorisation: how much likelier a model predicts an item as labelled where it learnt that
very item, over models that learnt random parts of the data.

High values say atypical *or* wrong. ``memorisation`` knows the mean for the nearest neighbour
without training; this is for any other model, which ``fit`` brings.
Assumes a model that can memorise: one that cannot fit a single item against all others (a linear
one on few features) gives values near 0. Weak with few models: each value is a difference of two
shares of some dozen models, and ``info["error"]`` says how far it may be off.
Cost: ``models`` fits on ``share`` of the items, and as many predictions of all; memory O(n).
Paper: Feldman, Zhang. What neural networks memorize and why: discovering the long tail via
influence estimation. NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Classes, Floats
from reliabel.core.results import Suspicion
from reliabel.core.run import track
from reliabel.ops.memorised import MEMORISED

STATUS = "optional"
ALSO = ("memorisation_ensemble", "feldman_zhang")
SMALL = {"models": 40}


def audit(
    labels: Classes,
    *,
    features: Floats,
    fit: Callable[..., Any],
    rng: Generator,
    models: int = 60,
    share: float = 0.7,
) -> Suspicion:
    """Score = the share of models with the item that predict its label, less that of models without
    it; NaN for an item that all models saw, or none.

    fit: function (features, labels, weights) -> model with ``predict`` (features) -> classes.
    models: how many; the paper trains 2,000.
    share: of the items, that each model learns from.
    ``info`` holds "error" (n,), the standard error of each score, "memorised", the share of the
    labels above .25, and "histogram" (10,), the counts of scores in tenths.
    Raises ValueError for fewer than two models and a share that is not between 0 and 1.

    >>> class Nearest:
    ...     def __init__(self, x, y):
    ...         self.x, self.y = x, y
    ...     def predict(self, x):
    ...         return self.y[np.abs(x - self.x.T).argmin(1)]
    >>> x, rng = np.arange(6.0)[:, None], np.random.default_rng(0)
    >>> labels = Classes([0, 0, 0, 0, 0, 1])
    >>> said = audit(labels, features=x, fit=lambda x, y, w: Nearest(x, y), rng=rng)
    >>> said.score.round(1).tolist()[1:]
    [0.0, 0.0, 0.0, 0.1, 1.0]
    """
    if models < 2:
        raise ValueError(f"models must be at least 2, got {models!r}")
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, got {share!r}")
    y, n = labels.y, len(labels)
    known = np.flatnonzero(y >= 0)
    hit, seen = np.zeros((2, n)), np.zeros((2, n))  # of models without the item, and with it
    many = min(max(round(share * len(known)), 1), len(known) - 1)
    for _ in track("models", range(models if many > 0 else 0)):
        learnt = np.zeros(n, dtype=bool)
        learnt[rng.choice(known, many, replace=False)] = True
        model = fit(features[learnt], y[learnt], np.ones(many))
        right = np.asarray(model.predict(features[known])) == y[known]
        way = learnt[known].astype(np.int64)
        hit[way, known] += right
        seen[way, known] += 1
    return _said(hit, seen, np.asarray((seen > 0).all(0)), models)


def _said(hit: Floats, seen: Floats, known: Bools, models: int) -> Suspicion:
    share = np.divide(hit, seen, out=np.full(hit.shape, np.nan), where=known)
    # one more hit and one more miss, so that twelve of twelve are not taken for certain
    spread = (hit + 1) / (seen + 2) * (1 - (hit + 1) / (seen + 2)) / np.maximum(seen, 1)
    score = share[1] - share[0]
    told = score[known]
    info = {
        "error": np.where(known, np.sqrt(spread.sum(0)), np.nan),
        "memorised": float((told > MEMORISED).mean()) if len(told) else float("nan"),
        "histogram": np.histogram(told, 10, (0.0, 1.0))[0],
        "models": models,
    }
    return Suspicion(score, info=info)
