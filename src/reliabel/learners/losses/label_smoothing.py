"""Label smoothing: part of each target is spread over all classes, against predictions that are too
sure; a negative part drives the other classes away instead.

Assumes nothing about the noise.  Weak as a cure for wrong labels: with a linear head it does not
help, and it makes a model less sure than it is right and easier to tell its training items from
(see the smoothing report).  A negative rate is unbounded below: it starts with cross-entropy.
Experimental: with linear heads the calibration error on clean labels stays what it was (``bench
run learn-claims``: .001 more, -.038 to .036).
Cost: as cross-entropy.
Paper: Szegedy, Vanhoucke, Ioffe, Shlens, Wojna. Rethinking the inception architecture. CVPR 2016;
Wei, Liu, Liu, Niu, Sugiyama, Liu. To smooth or not? When label smoothing meets noisy labels. ICML
2022 (negative rates).
"""

from __future__ import annotations

from collections.abc import Sequence

from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch, Recipe
from reliabel.ops.torch.robust import smoothed

ALSO = ("negative_smoothing",)
STATUS = "experimental"
SMALL = {"epochs": 5}


def loss(logits: Tensor, target: Tensor, *, smoothing: float = 0.1) -> Tensor:
    """(b,) cross-entropy to (1 - smoothing) * target + smoothing / k, for a class (b,) or a
    distribution (b, k); ``smoothing`` may be negative.

    >>> import torch
    >>> z = torch.tensor([[2.0, 0.0]])
    >>> round(loss(z, torch.tensor([0]), smoothing=0.2).item(), 3)
    0.327
    """
    return smoothed(logits, target, smoothing)


class Smoothed(Recipe):
    """Plain cross-entropy for the first ``warm_up`` of the training; remembers nothing."""

    def __init__(self, smoothing: float, warm_up: float) -> None:
        super().__init__()
        self.smoothing, self.warm_up = smoothing, warm_up

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        logits = nets[0](batch.x)
        if batch.share < self.warm_up:
            return cross_entropy(logits, batch.y).mean()
        return loss(logits, batch.y, smoothing=self.smoothing).mean()


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    smoothing: float = 0.1,
    warm_up: float | None = None,
) -> Model:
    """Minimise cross-entropy to the smoothed targets.

    smoothing: share of the target that is spread over all classes, at most 1; below 0 is negative
        smoothing.
    warm_up: share of the training by plain cross-entropy before that; None is 0, and .4 where
        ``smoothing`` is negative.
    Raises ValueError for a smoothing above 1.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not smoothing <= 1:
        raise ValueError(f"smoothing must be at most 1, got {smoothing!r:.40}")
    plain = (0.4 if smoothing < 0 else 0.0) if warm_up is None else warm_up
    return train(
        labels, lambda: Smoothed(smoothing, plain), features=features, rng=rng, training=training
    ).model()
