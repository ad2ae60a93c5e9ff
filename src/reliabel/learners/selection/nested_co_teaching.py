"""Nested co-teaching: two networks trained by nested dropout, cut to their best widths, then taught
by each other's small losses.

Assumes as nested_dropout and co_teaching.  Weak as they are: classes that differ in small
directions, right but hard items, rare classes.
Cost: 2.7 times cross-entropy, and the principal axes; memory O(n) times the width.
Paper: Chen, Shen, Hu, Suykens. Boosting co-teaching with compression regularization for label
noise. CVPR workshops 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import Optimizer

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.relabelled import likeliest
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.nested import (
    Nesting,
    best_width,
    cut,
    narrowed,
    turned,
    usual_spread,
)
from reliabel.ops.torch.recipe import Batch, Recipe
from reliabel.ops.torch.small_losses import kept_share, taught
from reliabel.ops.wrong_rate import wrong_rate

SMALL = {"epochs": 8}
SLOWER = 0.1  # learning rate of the second stage, of that of the first


class NarrowPair(Recipe):
    """Leaves out a share of each batch that grows to ``rate`` until ``ramp`` of the stage; the
    networks keep their ``widths``, and the batch norm of the first stage.
    """

    nets = 2

    def __init__(self, rate: float, ramp: float, widths: Sequence[int]) -> None:
        super().__init__()
        self.rate, self.ramp, self.widths = rate, ramp, widths

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        loss = []
        for net, width in zip(nets, self.widths, strict=True):
            keep_batch_norm(net)
            with narrowed(net, width):
                loss.append(cross_entropy(net(batch.x), batch.y))
        return taught(loss[0], loss[1], kept_share(self.rate, self.ramp, batch.share))


def keep_batch_norm(net: nn.Module) -> None:
    """Normalise as in use, by the batches of the past."""
    for layer in net.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.eval()


def slower(optimiser: Optimizer) -> Optimizer:
    """The same optimiser at a tenth of its learning rate."""
    for group in optimiser.param_groups:
        group["lr"] *= SLOWER
    return optimiser


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats,
    training: Training = Training(),
    rate: float | None = None,
    ramp: float = 0.33,
    spread: float | None = None,
) -> Model:
    """Train both networks in two stages; their mean is the answer, and ``labels`` of the model are
    those that they find likeliest in the end, the others -1.

    rate: share of wrong labels; None takes what out-of-fold ``probs`` say.
    ramp: share of the second stage until that many are left out.
    spread: of the widths that are drawn, which hardly exceed three times as many; None takes the
        number of classes, at least 10.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> given, p = Classes(y), np.repeat([[0.9, 0.1], [0.1, 0.9]], 30, 0)
    >>> model = learn(given, features=x, rng=np.random.default_rng(0), probs=p)
    >>> np.flatnonzero(model.labels.y < 0).tolist()
    [0, 15, 30, 45]
    """
    spread = usual_spread(labels.k) if spread is None else spread
    if not spread > 0:
        raise ValueError(f"spread must be above 0, got {spread!r}")
    rate = wrong_rate(labels.y, probs, rate)
    there = turned(features, training, spread, rng)
    seed = int(rng.integers(2**63))  # both stages hold out the same rows
    x, whole = there.features, replace(training, stop=0)
    first = train(
        labels,
        partial(Nesting, spread, 2),
        features=x,
        rng=np.random.default_rng(seed),
        training=whole,
    )
    widths = [best_width(first, place) for place in range(2)]
    for net, width in zip(first.nets, widths, strict=True):
        cut(net, width)
    done = train(
        labels,
        partial(NarrowPair, rate, ramp, widths),
        features=x,
        rng=np.random.default_rng(seed),
        training=training,
        nets=first.nets,
        around=slower,
    )
    kept = likeliest(labels, done.probs(), 1 - rate)
    plain = there.back(done, features, training)
    return plain.model(labels=kept, rate=rate, widths=widths)
