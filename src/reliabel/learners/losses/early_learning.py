"""Early-learning regularisation: each item keeps a running average of what the model said of it,
and the loss rewards agreement with that memory.

Assumes the model is right early, before it learns the wrong labels by heart.  Weak where the
strength is too small for the number of classes.
Cost: 1.6 times cross-entropy on a linear head, memory O(n k).
Paper: Liu, Niles-Weed, Razavian, Fernandez-Granda. Early-learning regularization prevents
memorization of noisy labels. NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch, Recipe

STATUS = "default"
ALSO = ("elr",)
SMALL = {"epochs": 5}
EDGE = 1e-4  # probabilities are kept this far from 0 and 1


def regulariser(p: Tensor, memory: Tensor) -> Tensor:
    """(b,) log(1 - <memory, p>): falls as the model agrees with what it said before.

    >>> import torch
    >>> regulariser(torch.tensor([[0.5, 0.5]]), torch.tensor([[1.0, 0.0]])).exp().tolist()
    [0.5]
    """
    return torch.log(1 - (memory * p).sum(1))


class EarlyLearning(Recipe):
    """``memory`` (n, k) is the average of what was said of each item, the newest with weight
    1 - ``momentum``.
    """

    def __init__(self, n: int, k: int, momentum: float, strength: float) -> None:
        super().__init__()
        self.momentum, self.strength = momentum, strength
        self.memory = nn.Buffer(torch.zeros(n, k))

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        logits = nets[0](batch.x)
        p = logits.softmax(1).clamp(EDGE, 1 - EDGE)
        said = (p / p.sum(1, keepdim=True)).detach()
        memory = self.momentum * self.memory[batch.index] + (1 - self.momentum) * said
        self.memory[batch.index] = memory
        loss = cross_entropy(logits, batch.y) + self.strength * regulariser(p, memory)
        return loss.mean()


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    momentum: float = 0.7,
    strength: float = 3.0,
) -> Model:
    """Minimise cross-entropy plus ``strength`` times the regulariser; ``labels`` of the model is
    the memory.

    momentum: share of the memory that is kept at each visit.  strength: 3 for few classes, 7 for a
    hundred.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.labels.p[[0, 1, 30, 31]].argmax(1).tolist()
    [0, 0, 1, 1]
    """
    n, k = len(labels), labels.k
    done = train(
        labels,
        lambda: EarlyLearning(n, k, momentum, strength),
        features=features,
        rng=rng,
        training=training,
    )
    # an item that was held out or has no label was never visited: its row is even
    memory = done.recipe.memory.double().cpu().numpy() + 1e-6
    return done.model(labels=Soft(memory / memory.sum(1, keepdims=True), labels.names))
