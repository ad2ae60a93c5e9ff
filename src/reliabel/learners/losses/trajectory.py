"""Sharpness-aware training for free (SAF): what the model says of an item is kept near what it said
some epochs ago.

The loss grows with the divergence of the two predictions, softened by a temperature.  A sharp
minimum is one where the loss falls fast along the way, as it does when wrong labels are learnt by
heart.  Assumes that earlier epochs were on the right way.  Weak in short trainings and with large
steps, where predictions of some epochs ago are too old.
Cost: 1.3 times cross-entropy, memory O(lag n k).
Paper: Du, Zhou, Feng, Tan, Zhou. Sharpness-aware training for free. NeurIPS 2022.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch, Recipe

ALSO = ("saf",)
SMALL = {"epochs": 5, "lag": 1}


def drift(logits: Tensor, before: Tensor, temperature: float) -> Tensor:
    """(b,) temperature^2 KL(softmax(before / temperature) || softmax(logits / temperature)).

    >>> import torch
    >>> z = torch.tensor([[1.0, -1.0]])
    >>> drift(z, z, 5.0).tolist(), bool(drift(z, -z, 5.0) > 0)
    ([0.0], True)
    """
    now, then = (logits / temperature).log_softmax(1), (before / temperature).log_softmax(1)
    return temperature**2 * (then.exp() * (then - now)).sum(1)


class Trajectory(Recipe):
    """``said`` (lag, n, k) holds the logits of each item in the last epochs, that of epoch e in row
    e modulo lag; ``seen`` (lag, n) says where there are any.
    """

    def __init__(self, n: int, k: int, strength: float, temperature: float, lag: int) -> None:
        super().__init__()
        self.strength, self.temperature = strength, temperature
        self.said = nn.Buffer(torch.zeros(lag, n, k))
        self.seen = nn.Buffer(torch.zeros(lag, n, dtype=torch.bool))

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        logits, place = nets[0](batch.x), batch.epoch % len(self.said)
        apart = drift(logits, self.said[place, batch.index], self.temperature)
        apart = torch.where(self.seen[place, batch.index], apart, 0.0)
        self.said[place, batch.index] = logits.detach()
        self.seen[place, batch.index] = True
        return (cross_entropy(logits, batch.y) + self.strength * apart).mean()


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    strength: float = 0.3,
    temperature: float = 5.0,
    lag: int = 3,
) -> Model:
    """Minimise cross-entropy plus ``strength`` times the drift of the softened predictions.

    temperature: that softens them.  lag: how many epochs ago the other prediction was made; before
    there is one, cross-entropy alone.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(x[[0, 20, 40, 59]]).p.argmax(1).tolist()
    [0, 0, 1, 1]
    """
    if lag < 1:
        raise ValueError(f"lag must be at least one epoch, got {lag!r}")
    n, k = len(labels), labels.k
    return train(
        labels,
        lambda: Trajectory(n, k, strength, temperature, lag),
        features=features,
        rng=rng,
        training=training,
    ).model()
