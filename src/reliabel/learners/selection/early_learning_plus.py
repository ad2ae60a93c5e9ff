"""ELR+: two networks on mixed inputs, each held to a running average of what the slowly moving
average of the other one said of an item.

Assumes, as early_learning, that the model is right early; two networks and averages make the memory
steadier.  Weak in short trainings, where averages lag behind, and where the strength is too small
for the number of classes.
Cost: four times cross-entropy, memory O(2 n k) and two more networks.
Paper: Liu, Niles-Weed, Razavian, Fernandez-Granda. Early-learning regularization prevents
memorization of noisy labels. NeurIPS 2020, section 4.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import Optimizer

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy, mixed
from reliabel.ops.torch.nets import Average
from reliabel.ops.torch.recipe import Batch, Recipe

ALSO = ("elr_plus",)
SMALL = {"epochs": 5}
EDGE = 1e-4  # probabilities are kept this far from 0 and 1
SHARPENED_FROM = 100  # classes, from which the mixed label is weighed by the memory


def weighed(target: Tensor, memory: Tensor) -> Tensor:
    """(b, k) the target times the memory, scaled to sum to one; the target where nothing is left.

    >>> import torch
    >>> weighed(torch.tensor([[0.5, 0.5, 0.0]]), torch.tensor([[0.6, 0.2, 0.2]])).tolist()
    [[0.75, 0.25, 0.0]]
    """
    both = target * memory
    total = both.sum(1, keepdim=True)
    return torch.where(total > 0, both / total.clamp_min(1e-30), target)


class EarlyLearningPair(Recipe):
    """``memory`` (2, n, k): one for each network, filled by the average of the other."""

    nets = 2
    mixes = True

    def __init__(
        self, n: int, k: int, momentum: float, strength: float, alpha: float, average: float
    ) -> None:
        super().__init__()
        self.momentum, self.strength, self.alpha, self.rate = momentum, strength, alpha, average
        self.memory = nn.Buffer(torch.zeros(2, n, k))

    def begin(self, nets: Sequence[nn.Module]) -> Sequence[Optimizer]:
        self.averages = nn.ModuleList([Average(net, self.rate) for net in nets])
        return ()

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        one = self._loss(0, nets[0], self.averages[1], batch)
        return one + self._loss(1, nets[1], self.averages[0], batch)

    def after_step(self, nets: Sequence[nn.Module]) -> None:
        for average, net in zip(self.averages, nets, strict=True):
            average.follow(net)

    def _loss(self, place: int, net: nn.Module, other: Average, batch: Batch) -> Tensor:
        memory = self._remembered(place, other, batch)
        x, target, weight, partner = mixed(batch.x, batch.target, self.alpha)
        memory = weight * memory + (1 - weight) * memory[partner]
        logits = net(x)
        p = logits.softmax(1).clamp(EDGE, 1 - EDGE)
        if target.shape[1] >= SHARPENED_FROM:
            target = weighed(target, memory)
        agrees = torch.log(1 - (memory * p).sum(1))
        return (cross_entropy(logits, target) + self.strength * agrees).mean()

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _remembered(self, place: int, other: Average, batch: Batch) -> Tensor:
        said = other(batch.x).softmax(1)
        memory = self.momentum * self.memory[place, batch.index] + (1 - self.momentum) * said
        self.memory[place, batch.index] = memory
        return memory


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    momentum: float = 0.7,
    strength: float = 3.0,
    alpha: float = 1.0,
    average: float = 0.99,
) -> Model:
    """Train both networks; their mean is the answer, ``labels`` of the model the mean memory.

    momentum: share of the memory that is kept at each visit.  strength: 3 for few classes, 7 for a
    hundred.  alpha: of the mixing weight's Beta distribution; 0 mixes nothing.  average: share of
    the average network that is kept at each step; .997 for trainings of many thousand steps.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.labels.p[[0, 1, 30, 31]].argmax(1).tolist()
    [0, 0, 1, 1]
    """
    if not 0 <= average < 1:
        raise ValueError(f"average must be a share from 0 to below 1, got {average!r}")
    recipe = partial(EarlyLearningPair, len(labels), labels.k, momentum, strength, alpha, average)
    done = train(labels, recipe, features=features, rng=rng, training=training)
    # an item that was held out or has no label was never visited: its row is even
    memory = done.recipe.memory.mean(0).double().cpu().numpy() + 1e-6
    return done.model(labels=Soft(memory / memory.sum(1, keepdims=True), labels.names))
