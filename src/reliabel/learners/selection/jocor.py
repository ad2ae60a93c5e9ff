"""JoCoR: two networks share one loss, their cross-entropies and how far they are apart, and learn
from the items where it is small.

Assumes that two networks agree on right labels sooner than on wrong ones, and that the share of
wrong labels is known roughly.  Weak on rare classes, which it drops, and where both networks err
alike.
Cost: 1.7 times cross-entropy.
Paper: Wei, Feng, Chen, An. Combating noisy labels by agreement: a joint training method with
co-regularization. CVPR 2020.
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
from reliabel.ops.torch.recipe import Batch, Recipe
from reliabel.ops.torch.small_losses import kept_share, smallest
from reliabel.ops.wrong_rate import wrong_rate

SMALL = {"epochs": 5}


def joint_loss(one: Tensor, two: Tensor, target: Tensor, closeness: float) -> Tensor:
    """(b,) the cross-entropies of two (b, k) logits with weight 1 - ``closeness``, and the
    divergences between them, both ways, with weight ``closeness``.
    """
    p, q = one.log_softmax(1), two.log_softmax(1)
    apart = ((p.exp() - q.exp()) * (p - q)).sum(1)
    fit = nn.functional.nll_loss(p + q, target, reduction="none")
    return (1 - closeness) * fit + closeness * apart


class Joint(Recipe):
    """Leaves out a share of each batch that grows to ``rate`` until ``ramp`` of the training.

    The loss is divided by the weight of the cross-entropies, so that ``closeness`` does not change
    the step of plain gradient descent; Adam, which the paper uses, would not see the difference.
    """

    nets = 2

    def __init__(self, rate: float, ramp: float, closeness: float) -> None:
        super().__init__()
        self.rate, self.ramp, self.closeness = rate, ramp, closeness

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        one, two = (net(batch.x) for net in nets)
        loss = joint_loss(one, two, batch.y, self.closeness) / (1 - self.closeness)
        return loss[smallest(loss, kept_share(self.rate, self.ramp, batch.share))].mean()


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats,
    training: Training = Training(),
    rate: float | None = None,
    ramp: float = 0.33,
    closeness: float = 0.5,
) -> Model:
    """Train both networks, whose mean is the answer; ``labels`` of the model are those that they
    find likeliest in the end, the others -1.

    rate: share of wrong labels; None takes what out-of-fold ``probs`` say.
    ramp: share of the training until that many are left out.
    closeness: weight of the divergence between the networks, from 0 to below 1; the paper takes 0.5
        to 0.9 with Adam.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> given, p = Classes(y), np.repeat([[0.9, 0.1], [0.1, 0.9]], 30, 0)
    >>> model = learn(given, features=x, rng=np.random.default_rng(0), probs=p)
    >>> np.flatnonzero(model.labels.y < 0).tolist()
    [0, 15, 30, 45]
    """
    if not 0 <= closeness < 1:
        raise ValueError(
            f"closeness must be from 0 to below 1, where the labels would not count, got "
            f"{closeness!r}"
        )
    rate = wrong_rate(labels.y, probs, rate)
    recipe = partial(Joint, rate, ramp, closeness)
    done = train(labels, recipe, features=features, rng=rng, training=training)
    return done.model(labels=likeliest(labels, done.probs(), 1 - rate), rate=rate)
