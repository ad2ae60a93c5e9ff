"""Labels and features that leave a method little to work with: it answers, or says why not."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Classes
from reliabel.core.training import Training

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = np.arange(40) % 3
NAMES = ("a", "b", "c")
HALF = np.where(np.arange(40) < 20, Y, -1)
CASES = {  # name -> labels, features
    "all labels the same": (np.zeros(40, dtype=int), X),
    "a class without items": (Y % 2, X),
    "half without a label": (HALF, X),
    "one item a class": (np.where(np.arange(40) < 3, Y, -1), X),
    "one item": (np.where(np.arange(40) < 1, Y, -1), X),
    "all features the same": (Y, np.zeros_like(X)),
    "three items": (Y[:3], X[:3]),
}


def answers(learn: Any, case: str, **training: Any) -> None:
    """That ``learn`` gives finite probabilities, and a relabelled set with a row an item."""
    y, x = CASES[case]
    options = {"probs": even(y)} if "probs" in learn.__annotations__ else {}
    words = Training(**{"epochs": 4, **training})
    model = learn(
        Classes(y, NAMES), features=x, rng=np.random.default_rng(0), training=words, **options
    )
    p = model.predict(X).p
    assert np.isfinite(p).all()
    assert np.allclose(p.sum(1), 1, atol=1e-5)
    if model.labels is not None:
        assert len(model.labels) == len(y)
        values = model.labels.p if hasattr(model.labels, "p") else model.labels.y
        assert np.isfinite(values).all()
        assert not hasattr(model.labels, "y") or (model.labels.y >= 0).any(), "nothing is kept"


def even(y: Any) -> Any:
    """Probabilities that know little."""
    p = np.full((len(y), 3), 0.3)
    p[np.arange(len(y)), np.maximum(y, 0)] = 0.4
    return p
