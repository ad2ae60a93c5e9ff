"""Co-teaching+: co-teaching on those items of a batch on which the two networks disagree, so that
they do not become one.

Assumes as co_teaching.  Weak for many classes, for human errors and for linear heads, where two
networks soon agree nearly everywhere and little is left to learn from.
Cost: 1.5 times cross-entropy.
Paper: Yu, Han, Yao, Niu, Tsang, Sugiyama. How does disagreement help generalization against label
corruption? ICML 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.relabelled import likeliest
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch, Recipe
from reliabel.ops.torch.small_losses import kept_share, taught
from reliabel.ops.wrong_rate import wrong_rate

SMALL = {"epochs": 5}


def disagreeing(one: Tensor, two: Tensor) -> Tensor:
    """(b,) where the classes that two (b, k) logits favour differ; everywhere if they differ
    nowhere.

    >>> import torch
    >>> disagreeing(torch.eye(2), torch.tensor([[1.0, 0.0], [1.0, 0.0]])).tolist()
    [False, True]
    """
    differ = one.argmax(1) != two.argmax(1)
    return differ | ~differ.any()


class Disagreeing(Recipe):
    """Plain training until ``warm``; leaves out a share that grows to ``rate`` until ``ramp``."""

    nets = 2

    def __init__(self, rate: float, ramp: float, warm: float) -> None:
        super().__init__()
        self.rate, self.ramp, self.warm = rate, ramp, warm

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        logits = [net(batch.x) for net in nets]
        one, two = (cross_entropy(each, batch.y) for each in logits)
        if batch.share < self.warm:
            return one.mean() + two.mean()
        differ = disagreeing(*logits)
        return taught(one[differ], two[differ], kept_share(self.rate, self.ramp, batch.share))


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats,
    training: Training = Training(),
    rate: float | None = None,
    ramp: float = 0.33,
    warm: float = 0.1,
) -> Model:
    """Train both networks, whose mean is the answer; ``labels`` of the model are those that they
    find likeliest in the end, the others -1.

    rate: share of wrong labels; None takes what out-of-fold ``probs`` say.
    ramp: share of the training until that many are left out.
    warm: share of the training before disagreement counts.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> given, p = Classes(y), np.repeat([[0.9, 0.1], [0.1, 0.9]], 30, 0)
    >>> model = learn(given, features=x, rng=np.random.default_rng(0), probs=p)
    >>> np.flatnonzero(model.labels.y < 0).tolist()
    [0, 15, 30, 45]
    """
    rate = wrong_rate(labels.y, probs, rate)
    recipe = partial(Disagreeing, rate, ramp, warm)
    done = train(labels, recipe, features=features, rng=rng, training=training)
    return done.model(labels=likeliest(labels, done.probs(), 1 - rate), rate=rate)
