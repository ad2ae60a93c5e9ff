"""Two-stage label smoothing (TSLA): smoothed targets at first, which make the steps less noisy,
then the given ones, so that the goal is cross-entropy's own.

Assumes the number of steps is limited: smoothing gets near the goal sooner and cannot reach it,
which the second stage does.  Weak as a cure for wrong labels, like smoothing itself.
Cost: as cross-entropy.
Paper: Xu, Xu, Qian, Li, Jin. Towards understanding label smoothing. arXiv 2006.11653 (2020).
"""

from __future__ import annotations

from collections.abc import Sequence

from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import Batch, Recipe
from reliabel.ops.torch.robust import smoothed

ALSO = ("tsla",)
SMALL = {"epochs": 5}


def loss(
    logits: Tensor, target: Tensor, share: float, *, smoothing: float = 0.4, switch: float = 0.5
) -> Tensor:
    """(b,) cross-entropy to smoothed targets while ``share``, that of the training done, is below
    ``switch``, and to the given ones after; target: class (b,) or distribution (b, k).

    >>> import torch
    >>> z, y = torch.tensor([[2.0, 0.0]]), torch.tensor([0])
    >>> [round(loss(z, y, share).item(), 3) for share in (0.0, 0.9)]
    [0.527, 0.127]
    """
    return smoothed(logits, target, smoothing if share < switch else 0.0)


class TwoStages(Recipe):
    """Remembers nothing: the stage follows from the share of the training done."""

    def __init__(self, smoothing: float, switch: float) -> None:
        super().__init__()
        self.smoothing, self.switch = smoothing, switch

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        logits = nets[0](batch.x)
        return loss(
            logits, batch.y, batch.share, smoothing=self.smoothing, switch=self.switch
        ).mean()


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    smoothing: float = 0.4,
    switch: float = 0.5,
) -> Model:
    """Minimise cross-entropy to smoothed targets, then to the given ones.

    smoothing: share of the target that is spread over all classes in the first stage, 0 to 1.
    switch: share of the training after which the second stage begins.
    Raises ValueError for a smoothing outside of 0 to 1.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not 0 <= smoothing <= 1:
        raise ValueError(f"smoothing must lie between 0 and 1, got {smoothing!r:.40}")
    return train(
        labels, lambda: TwoStages(smoothing, switch), features=features, rng=rng, training=training
    ).model()
