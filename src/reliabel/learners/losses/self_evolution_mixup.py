"""Self-evolution mixup: plain training first, then easy items mixed with easy ones, then all with
all.

The target of each item is smoothed by what the model itself says of it before rows are mixed.  An
item is easy where its given label has had a high probability so far.  Assumes that items with wrong
labels are found hard.  Weak in short trainings, where difficulty is judged after few visits.
Experimental: with eight items a class of AG News it is right on .725, mixup on .682, plain
cross-entropy on .746, and its calibration error is above that of mixup.
Cost: 1.5 times cross-entropy, memory O(n).
Paper: He, Zhang, Ding, Liu, Tao. Self-evolution learning for mixup: enhance data augmentation on
few-shot text classification tasks. EMNLP 2023.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy, mixed
from reliabel.ops.torch.recipe import Batch, Recipe

STATUS = "experimental"
ALSO = ("sel_mixup",)
SMALL = {"epochs": 6}
EASY_FROM, ALL_FROM = 1 / 3, 2 / 3  # shares of the training
MOMENTUM = 0.7  # share of the running probability that is kept at each visit


def smoothed(target: Tensor, p: Tensor, smooth: float) -> Tensor:
    """(b, k) the target with a share ``smooth`` of the model's own p in its place.

    >>> import torch
    >>> smoothed(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.5, 0.5]]), 0.5).tolist()
    [[0.75, 0.25]]
    """
    return (1 - smooth) * target + smooth * p.detach()


class Stages(Recipe):
    """``known`` (n,) is the running probability of each given label, 0 before the first visit."""

    mixes = True

    def __init__(self, n: int, alpha: float, smooth: float, staged: bool) -> None:
        super().__init__()
        self.alpha, self.smooth, self.staged = alpha, smooth, staged
        self.known = nn.Buffer(torch.zeros(n))

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        net, x, target = nets[0], batch.x, batch.target
        if self.staged and batch.share < EASY_FROM:
            logits = net(x)
            self._remember(logits.detach().softmax(1), batch)
            return cross_entropy(logits, batch.y).mean()
        if self.staged or self.smooth:
            with torch.no_grad():
                p = net(x).softmax(1)
            self._remember(p, batch)
            target = smoothed(target, p, self.smooth)
        if self.staged and batch.share < ALL_FROM:
            x, target = self._easy_mixed(x, target, self.known[batch.index])
        else:
            x, target, _, _ = mixed(x, target, self.alpha)
        return cross_entropy(net(x), target).mean()

    def _easy_mixed(self, x: Tensor, target: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """The easier half of the rows mixed among themselves, the others as they are."""
        easy = known >= known.median()
        rows, targets, _, _ = mixed(x[easy], target[easy], self.alpha)
        return torch.cat([rows, x[~easy]]), torch.cat([targets, target[~easy]])

    def _remember(self, p: Tensor, batch: Batch) -> None:
        mine = (p * batch.target).sum(1)
        self.known[batch.index] = MOMENTUM * self.known[batch.index] + (1 - MOMENTUM) * mine


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    alpha: float = 0.5,
    smooth: float = 0.2,
    staged: bool = True,
) -> Model:
    """Train in three stages of a third of the epochs each.

    alpha: of the mixing weight's Beta distribution; 0 mixes nothing.  smooth: share of the target
    that is the model's own prediction.  staged: whether there are stages; without them, and with
    ``smooth`` 0, it is mixup.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not 0 <= smooth <= 1:
        raise ValueError(f"smooth must be a share from 0 to 1, got {smooth!r}")
    n = len(labels)
    return train(
        labels,
        lambda: Stages(n, alpha, smooth, staged),
        features=features,
        rng=rng,
        training=training,
    ).model()
