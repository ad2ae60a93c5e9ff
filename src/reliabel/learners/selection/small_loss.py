"""Small loss: of each batch only the items whose label the network finds likeliest are learnt from.

Assumes that right labels have smaller losses than wrong ones early on, and that the share of wrong
labels is known roughly.  Weak where the network errs: what it drops by mistake it never learns, so
that its errors confirm themselves; rare classes go first.  It is the baseline of co_teaching.
Cost: as cross-entropy.
Paper: Shen, Sanghavi. Learning with bad training data via iterative trimmed loss minimization. ICML
2019.
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
from reliabel.ops.torch.small_losses import kept_share, smallest
from reliabel.ops.wrong_rate import wrong_rate

SMALL = {"epochs": 5}


class Trimmed(Recipe):
    """Leaves out a share of each batch that grows to ``rate`` until ``ramp`` of the training."""

    def __init__(self, rate: float, ramp: float) -> None:
        super().__init__()
        self.rate, self.ramp = rate, ramp

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        loss = cross_entropy(nets[0](batch.x), batch.y)
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
) -> Model:
    """Train on the small losses; ``labels`` of the model are those that the network finds likeliest
    in the end, the others -1.

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
    recipe = partial(Trimmed, rate, ramp)
    done = train(labels, recipe, features=features, rng=rng, training=training)
    return done.model(labels=likeliest(labels, done.probs(), 1 - rate), rate=rate)
