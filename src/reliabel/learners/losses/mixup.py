"""Mixup: the network is trained on blends of two rows with the same blend of their labels, so
that it cannot learn single wrong labels by heart.

Assumes blends of two items make sense in between (features, pictures; not text ids).  Weak with a
linear head, which is linear between items anyway: its gain is a network's that learns by heart.
Cost: 1.5 times cross-entropy on a linear head.
Paper: Zhang, Cisse, Dauphin, Lopez-Paz. mixup: beyond empirical risk minimization. ICLR 2018.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy, mixed
from reliabel.ops.torch.recipe import Batch, Recipe

SMALL = {"epochs": 5}


def loss(
    net: Callable[[Tensor], Tensor], x: Tensor, target: Tensor, *, alpha: float = 1.0
) -> Tensor:
    """(b,) cross-entropy of the network on blends of the rows ``x`` with random others, to the
    blends of the targets (b, k).  The share is drawn from Beta(alpha, alpha) once a batch, by
    torch's generator; the larger part stays with the row.

    >>> import torch
    >>> one = loss(torch.nn.Identity(), torch.zeros(3, 2), torch.eye(2)[[0, 1, 1]])
    >>> [round(value, 3) for value in one.tolist()]
    [0.693, 0.693, 0.693]
    """
    blend, blended = mixed(x, target, alpha)[:2]
    return cross_entropy(net(blend), blended)


class Mixed(Recipe):
    """Remembers nothing."""

    mixes = True

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        return loss(nets[0], batch.x, batch.target, alpha=self.alpha).mean()


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    alpha: float = 1.0,
) -> Model:
    """Minimise cross-entropy on blends.

    alpha: of the share's Beta distribution, from 0 up: 0 blends nothing, 1 draws any share alike,
        and large values always blend half and half (the authors took 8 or 32 for many wrong
        labels).
    Raises ValueError for a negative alpha.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not alpha >= 0:
        raise ValueError(f"alpha must not be negative, got {alpha!r:.40}")
    return train(
        labels, lambda: Mixed(alpha), features=features, rng=rng, training=training
    ).model()
