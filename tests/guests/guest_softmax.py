"""Guest softmax: softmax regression by shuffled minibatches, as long as ``training`` says.

Assumes that a linear map of the features tells the classes apart.  Weak where wrong labels are many
and the epochs too, since nothing holds it back.
Cost: O(epochs n d k), memory O(n d).
Paper: Guest. Walking downhill with a heavy rucksack. Journal of Guests 1 (2026) 7-8.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy.special import softmax

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.run import current, track
from reliabel.core.training import Training
from reliabel.ops.heads import Heads

SMALL = {"epochs": 6, "pull": 0.001}


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    pull: float = 0.0,
) -> Model:
    """Minimise cross-entropy on the labelled rows; the run decides whether dynamics are recorded.

    pull: towards weights of zero, in each step.

    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    rows = np.flatnonzero(labels.y >= 0)
    if not len(rows):
        raise ValueError("guest_softmax learns from labelled items, got none")
    x = np.array(features, dtype=np.float32)
    mean, scale = x[rows].mean(0), float(x[rows].std()) or 1.0
    z, target = (x - mean) / np.float32(scale), np.eye(labels.k, dtype=np.float32)[labels.y]
    weight = np.zeros((x.shape[1], labels.k), dtype=np.float32)
    bias = np.zeros(labels.k, dtype=np.float32)
    margin, parts = [], max(1, len(rows) // min(training.batch, 16))
    for _ in track("epochs", range(training.stop or training.epochs)):
        for part in np.array_split(rng.permutation(rows), parts):
            error = softmax(z[part] @ weight + bias, axis=1) - target[part]
            rate = np.float32(training.lr or 0.5)
            weight -= rate * (z[part].T @ error / np.float32(len(part)) + np.float32(pull) * weight)
            bias -= rate * error.mean(0)
        if current().record:
            margin.append(_margin(z @ weight + bias, labels.y))
    m = np.array(margin).reshape(-1, len(labels))
    seen = Dynamics(m, 1 / (1 + np.exp(-m)), m > 0) if current().record else None
    return Model(Heads((((weight, bias),),), mean, scale, labels.names), dynamics=seen)


def _margin(logits: Floats, y: np.ndarray) -> Floats:
    """The logit of the given class less the largest other; 0 without a label."""
    own = np.take_along_axis(logits, np.maximum(y, 0)[:, None], 1)[:, 0]
    rest = np.where(np.arange(logits.shape[1]) == y[:, None], -np.inf, logits).max(1)
    return np.where((y >= 0) & np.isfinite(rest), own - rest, 0.0)
