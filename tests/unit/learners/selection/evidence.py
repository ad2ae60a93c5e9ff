"""Evidence that the verb would prepare: out-of-fold probabilities and neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Classes
from reliabel.ops import logistic
from reliabel.ops.folds import fold_of, out_of_fold
from reliabel.ops.neighbours import nearest
from reliabel.ops.probe import probe


def out_of_fold_probs(x: Any, labels: Classes, *, seed: int = 0) -> Any:
    """Probabilities of the logistic regression that the verb would choose."""
    rng, y, by = np.random.default_rng(seed), labels.y, logistic.scale(x)
    fold = fold_of(y, rng=rng)
    strength, _ = logistic.choose(x, y, fold == 0, by=by, rng=rng)
    return out_of_fold(
        lambda features, train: logistic.fit(features, train, strength=strength, by=by),
        x,
        y,
        labels.k,
        fold,
    )


def evidence(x: Any, labels: Classes, *words: str, seed: int = 0) -> dict[str, Any]:
    """The features, a generator, and those of "probs" and "neighbours" that are named."""
    found: dict[str, Any] = {"features": x, "rng": np.random.default_rng(seed)}
    if "probs" in words:
        found["probs"] = out_of_fold_probs(x, labels, seed=seed)
    if "neighbours" in words:
        found["neighbours"] = nearest(x, j=20)
    return found


def plain_probe(x: Any, labels: Classes, *, seed: int = 0) -> Any:
    """The probe on the labels as they are: the baseline of all that cleans."""
    return probe(x, labels.y, labels.names, rng=np.random.default_rng(seed)).head
