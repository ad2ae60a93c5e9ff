"""Generalised cross-entropy: a bounded loss between cross-entropy and the mean absolute error,
which gives labels that the model finds unlikely little weight.

Assumes wrong labels are unlikely under the model before they are learnt.  Weak with many classes at
a small learning rate: from even probabilities its slope is 1/k of that of cross-entropy.
Truncated, it leaves out items whose label the model gives less than one half.
Cost: 1.2 times cross-entropy, memory O(batch + d k).
Paper: Zhang, Sabuncu. Generalized cross entropy loss for training deep neural networks with noisy
labels. NeurIPS 2018.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.mixture import kept
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy, one_hot
from reliabel.ops.torch.recipe import Batch, Nets, Recipe, Seen, from_loss

STATUS = "default"
ALSO = ("gce",)
SMALL = {"epochs": 8, "lr": 0.2}
FIRST, AGAIN = 1 / 3, 12  # share of the training before items are left out, and looks in all of it


def loss(logits: Tensor, target: Tensor, power: float = 0.7) -> Tensor:
    """(b,) sum_k target_k (1 - p_k^power) / power; cross-entropy at 0, mean absolute error at 1.

    >>> import torch
    >>> loss(torch.zeros(1, 4), torch.tensor([0]), power=1.0).tolist()
    [0.75]
    """
    if power == 0:
        return cross_entropy(logits, target)
    p = logits.log_softmax(1)
    return (one_hot(target, logits) * (1 - (power * p).exp()) / power).sum(1)


class Truncated(Recipe):
    """``keep`` (n,) is 1 for items that are trained on, 0 for those left out at the last look."""

    def __init__(self, n: int, power: float) -> None:
        super().__init__()
        self.power, self.keep = power, nn.Buffer(torch.ones(n))

    def step(self, nets: Nets, batch: Batch) -> Tensor:
        keep = self.keep[batch.index]
        each = loss(nets[0](batch.x), batch.y, power=self.power)
        return (keep * each).sum() / keep.sum().clamp_min(1)

    def after_epoch(self, seen: Seen) -> None:
        before = seen.share * seen.epoch / (seen.epoch + 1)
        if seen.share < FIRST or int(AGAIN * seen.share + 1e-6) == int(AGAIN * before + 1e-6):
            return
        y = seen.y if seen.y.ndim == 1 else seen.y.argmax(1)
        chance = seen.probs().gather(1, y.clamp_min(0)[:, None])[:, 0]
        stays = kept(chance.cpu().numpy(), y.cpu().numpy())
        self.keep.copy_(torch.as_tensor(stays))


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    power: float = 0.7,
    truncate: bool = False,
) -> Model:
    """Minimise the loss.

    power: 0 is cross-entropy, 1 the mean absolute error.
    truncate: whether items are left out, from a third of the training on and chosen anew every
        twelfth of it, whose label gets less than one half; some of each class always stay.
        ``labels`` of the model then has -1 for them, where they are classes.
    Raises ValueError for a power outside of 0 to 1.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not 0 <= power <= 1:
        raise ValueError(f"power must be from 0 to 1, got {power}")
    plain = from_loss(loss, power=power)
    made = (lambda: Truncated(len(labels), power)) if truncate else plain
    done = train(labels, made, features=features, rng=rng, training=training)
    if not truncate or not isinstance(labels, Classes):
        return done.model()
    y = np.where(done.recipe.keep.cpu().numpy() > 0, labels.y, -1)
    return done.model(labels=Classes(y, labels.names))
