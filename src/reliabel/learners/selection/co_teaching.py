"""Co-teaching: two networks; each picks the items of a batch whose label it finds likeliest, and
the other one learns from those.

Assumes that right labels have smaller losses than wrong ones early on, and that the share of wrong
labels is known roughly.  Weak on right but hard items and on rare classes, which it drops, and
where wrong labels follow the features.
Cost: 1.6 times cross-entropy.
Paper: Han, Yao, Yu, Niu, Xu, Hu, Tsang, Sugiyama. Co-teaching: robust training of deep neural
networks with extremely noisy labels. NeurIPS 2018.
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

STATUS = "default"
SMALL = {"epochs": 5}


class Pair(Recipe):
    """Leaves out a share of each batch that grows to ``rate`` until ``ramp`` of the training."""

    nets = 2

    def __init__(self, rate: float, ramp: float) -> None:
        super().__init__()
        self.rate, self.ramp = rate, ramp

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        one, two = (cross_entropy(net(batch.x), batch.y) for net in nets)
        return taught(one, two, kept_share(self.rate, self.ramp, batch.share))


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats,
    training: Training = Training(),
    rate: float | None = None,
    ramp: float = 0.33,
) -> Model:
    """Train both networks, whose mean is the answer; ``labels`` of the model are those that they
    find likeliest in the end, the others -1.

    rate: share of wrong labels; None takes what out-of-fold ``probs`` say.
    ramp: share of the training until that many are left out.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> given, p = Classes(y), np.repeat([[0.9, 0.1], [0.1, 0.9]], 30, 0)
    >>> model = learn(given, features=x, rng=np.random.default_rng(0), probs=p)
    >>> np.flatnonzero(model.labels.y < 0).tolist()
    [0, 15, 30, 45]
    """
    rate = wrong_rate(labels.y, probs, rate)
    recipe = partial(Pair, rate, ramp)
    done = train(labels, recipe, features=features, rng=rng, training=training)
    return done.model(labels=likeliest(labels, done.probs(), 1 - rate), rate=rate)
