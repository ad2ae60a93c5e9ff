"""Adaptive and conditional label smoothing (ACLS): a penalty on logits that are farther than a
margin from the others, against predictions that are too sure.

Assumes right labels: it cures overconfidence, not wrong labels.  Weak where no logit reaches the
margin, as in a short training of a linear head: it is plain cross-entropy then.
Cost: 1.3 times cross-entropy.
Paper: Park, Noh, Oh, Baek, Ham. ACLS: adaptive and conditional label smoothing for network
calibration. ICCV 2023.
"""

from __future__ import annotations

from numpy.random import Generator
from torch import Tensor

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import from_loss

ALSO = ("acls",)
SMALL = {"epochs": 5}


def loss(
    logits: Tensor,
    target: Tensor,
    *,
    strength: float = 0.1,
    margin: float = 10.0,
    others: float = 0.1,
) -> Tensor:
    """(b,) cross-entropy + strength * penalty, for a class (b,) or a distribution (b, k); options
    as in ``learn``.

    >>> import torch
    >>> z, y = torch.tensor([[13.0, 0.0]]), torch.tensor([0])
    >>> round(loss(z, y).item(), 3)
    0.99
    """
    return cross_entropy(logits, target) + strength * penalty(logits, margin, others)


def penalty(logits: Tensor, margin: float, others: float) -> Tensor:
    """(b,) the largest logit above ``margin``, squared, plus ``others`` times the mean square of
    what the other classes are more than ``margin`` below it.  No gradient goes through the
    largest logit in the second part.

    >>> import torch
    >>> round(penalty(torch.tensor([[13.0, 0.0]]), 10.0, 0.1).item(), 3)
    9.9
    """
    top, place = logits.max(1, keepdim=True)
    below = (top.detach() - logits - margin).relu().square()
    below = below.scatter(1, place, 0.0).sum(1) / max(logits.shape[1] - 1, 1)
    return (top[:, 0] - margin).relu().square() + others * below


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    strength: float = 0.1,
    margin: float = 10.0,
    others: float = 0.1,
) -> Model:
    """Minimise cross-entropy and the penalty.

    strength: weight of the penalty, from 0 up.
    margin: what logits may reach, and be apart, without penalty.
    others: weight of the classes that are too far below, beside the one that is too high.
    Raises ValueError for negative weights.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not (strength >= 0 and others >= 0):
        raise ValueError(
            f"strength and others must not be negative, got {strength!r:.40} and {others!r:.40}"
        )
    recipe = from_loss(loss, strength=strength, margin=margin, others=others)
    return train(labels, recipe, features=features, rng=rng, training=training).model()
