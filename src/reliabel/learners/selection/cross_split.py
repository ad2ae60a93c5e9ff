"""CrossSplit: each of two networks learns the labels of one half of the items, softened by what the
other network says, which has not seen them.

Assumes that a network cannot know by heart a wrong label that it was not shown.  Weak with few
items a class, since each network has half of the labels.
Cost: 6 times cross-entropy, memory O(n).
Paper: Kim, Baratin, Zhang, Lacoste-Julien. CrossSplit: mitigating label noise memorization through
data splitting. ICML 2023.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.folds import fold_of
from reliabel.ops.relabelled import softened
from reliabel.ops.torch.guesses import guessed
from reliabel.ops.torch.half_supervised import Mix, class_shares, mean
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy, divergence, sharpened
from reliabel.ops.torch.recipe import Batch, Recipe, Seen

SMALL = {"epochs": 8}
GENTLE, FIRM = 0.6, 0.8  # how far labels are softened until half, and until three quarters, is done


def unlikeness(p: Tensor, given: Tensor) -> Tensor:
    """(b,) the Jensen-Shannon divergence between predictions and labels, both (b, k)."""
    middle = (p + given) / 2
    return (divergence(p, middle) + divergence(given, middle)) / 2


def within_class(score: Tensor, y: Tensor, k: int) -> Tensor:
    """(n,) the scores scaled to 0 to 1 among the items with the same label ``y`` (n,); one half
    where a class has one score only, 0 for items without a label.

    >>> within_class(torch.tensor([2.0, 4.0, 3.0, 9.0]), torch.tensor([0, 0, 0, 1]), 2).tolist()
    [0.0, 1.0, 0.5, 0.5]
    """
    scaled = torch.zeros_like(score)
    for c in range(k):
        mine = y == c
        if mine.any():
            low, high = score[mine].min(), score[mine].max()
            unit = (score[mine] - low) / (high - low).clamp_min(1e-12)
            scaled[mine] = torch.where(high > low, unit, 0.5)
    return scaled


class Halves(Recipe):
    """``side`` (n,) is the network that learns the label of an item, ``doubt`` (n,) how far the
    other network is from it, 0 to 1 within its class.
    """

    nets = 2
    mixes = True

    def __init__(self, side: Tensor, prior: Tensor, mix: Mix, temperature: float) -> None:
        super().__init__()
        self.mix, self.temperature = mix, temperature
        self.side, self.prior = nn.Buffer(side), nn.Buffer(prior)
        self.doubt = nn.Buffer(torch.zeros(len(side)))

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        loss = torch.zeros((), device=batch.index.device)
        side = self.side[batch.index]
        if batch.share < self.mix.warm:
            for me, net in enumerate(nets):
                loss = loss + mean(cross_entropy(net(batch.x), batch.y)[side == me])
            return loss
        views = batch.view(), batch.view()
        said = torch.stack([guessed(net, views) for net in nets])
        for me, net in enumerate(nets):
            softened = torch.lerp(batch.target, said[1 - me], self.doubted(batch)[:, None])
            target = torch.where((side == me)[:, None], softened, said[me])
            sharp = sharpened(target, self.temperature)
            loss = loss + self.mix.loss(net, views, sharp, side == me, self.prior, batch.share)
        return loss

    def doubted(self, batch: Batch) -> Tensor:
        """(b,) the share of each label that is replaced, near one half at first."""
        slope = GENTLE if batch.share < 0.5 else FIRM if batch.share < 0.75 else 1.0
        return (self.doubt[batch.index] - 0.5) * slope + 0.5

    def after_epoch(self, seen: Seen) -> None:
        k = len(self.prior)
        given = nn.functional.one_hot(seen.y.clamp_min(0), k).float()
        said = torch.where((self.side == 0)[:, None], seen.probs(1), seen.probs(0))
        self.doubt = within_class(unlikeness(said, given), seen.y, k)


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    warm: float = 0.15,
    guesses: float = 30.0,
    alpha: float = 4.0,
    temperature: float = 0.5,
) -> Model:
    """Train both networks, whose mean is the answer; ``labels`` of the model are the given ones,
    softened by what the networks say in the share of their doubt.

    warm: share of the training in which each network learns the labels of its half as given.
    guesses: weight of the guessed half.
    alpha: of the mixing; larger means more even mixtures, 0 none.
    temperature: sharpens targets; 1 leaves them as they are.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.labels.p[[0, 1, 30, 31]].argmax(1).tolist()
    [0, 0, 1, 1]
    """
    side = torch.as_tensor(fold_of(labels.y, folds=2, rng=rng))
    prior = class_shares(labels.y, labels.k)
    recipe = partial(Halves, side, prior, Mix(warm, guesses, alpha), temperature)
    done = train(labels, recipe, features=features, rng=rng, training=training)
    trust = 1 - done.recipe.doubt.double().cpu().numpy()
    return done.model(labels=softened(labels, trust, done.probs()))
