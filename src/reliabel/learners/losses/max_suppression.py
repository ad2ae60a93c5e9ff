"""Max suppression (MaxSup): a penalty on how far the largest logit is above the mean, whether it
is the label's or not, against predictions that are too sure.

Assumes right labels: it cures overconfidence, not wrong labels.  Weak where the model is not too
sure to begin with: it then makes it less sure than it is right.  Experimental: it mends a network
that has learnt by heart (calibration error .18 to .05), but on linear heads the error grows.
Cost: 1.1 times cross-entropy.
Paper: Zhou, Qin, Li, Lin, Zhang, Tan, Chen. MaxSup: overcoming representation collapse in label
smoothing. NeurIPS 2025.
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

STATUS = "experimental"
ALSO = ("maxsup",)
SMALL = {"epochs": 5}


def loss(logits: Tensor, target: Tensor, *, strength: float = 0.1) -> Tensor:
    """(b,) cross-entropy + strength * (max_k z_k - mean_k z_k), for a class (b,) or a distribution
    (b, k).

    >>> import torch
    >>> z, y = torch.tensor([[2.0, 0.0]]), torch.tensor([0])
    >>> [round(loss(z, y, strength=s).item(), 3) for s in (0.0, 0.1)]
    [0.127, 0.227]
    """
    return cross_entropy(logits, target) + strength * (logits.amax(1) - logits.mean(1))


class Suppressed(Recipe):
    """Remembers nothing: the strength follows from the share of the training done."""

    def __init__(self, strength: float, last: float) -> None:
        super().__init__()
        self.strength, self.last = strength, last

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        now = self.strength + batch.share * (self.last - self.strength)
        return loss(nets[0](batch.x), batch.y, strength=now).mean()


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    strength: float = 0.1,
    last: float = 0.2,
) -> Model:
    """Minimise cross-entropy and the penalty.

    strength: weight of the penalty at the start, from 0 up.
    last: its weight at the end, to which it grows evenly.
    Raises ValueError for negative weights.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not (strength >= 0 and last >= 0):
        raise ValueError(
            f"strength and last must not be negative, got {strength!r:.40} and {last!r:.40}"
        )
    return train(
        labels, lambda: Suppressed(strength, last), features=features, rng=rng, training=training
    ).model()
