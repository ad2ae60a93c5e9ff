"""VolMinNet: the noise matrix is learnt with the model; of all matrices that explain the given
labels, the one whose rows span the smallest volume.

Assumes noise by class alone, most labels of each class right, and true class probabilities that are
scattered: some items near each class.  Needs no items that surely belong to a class.  Weak where
classes overlap everywhere, which the matrix then takes for noise.
Cost: 1.3 times cross-entropy, memory O(batch + d k + k^2).
Paper: Li, Liu, Han, Niu, Sugiyama. Provably end-to-end label-noise learning without anchor points.
ICML 2021.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops import given
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import Batch, Recipe
from reliabel.ops.torch.through_matrix import forward_loss

ALSO = ("volminnet",)
SMALL = {"epochs": 8}
OFF = 1.0728  # what the errors of a class sum to at the start, where staying is 1 (k = 10: W = -2)
LR = 0.01


def matrix_of(raw: Tensor) -> Tensor:
    """(k, k) noise matrix [true, given]: one on the diagonal, sigmoid of ``raw`` off it, rows
    divided by their sums; every class stays itself more often than it becomes any other.

    >>> import torch
    >>> round(float(matrix_of(torch.full((10, 10), -2.0))[0, 0]), 3)
    0.482
    """
    eye = torch.eye(len(raw), dtype=raw.dtype, device=raw.device)
    matrix = eye + raw.sigmoid() * (1 - eye)
    return matrix / matrix.sum(1, keepdim=True)


class VolMin(Recipe):
    """``raw`` (k, k) is the matrix before the sigmoid."""

    def __init__(self, k: int, volume: float) -> None:
        super().__init__()
        off = min(OFF / max(k - 1, 1), 0.5)
        self.volume = volume
        self.raw = nn.Parameter(torch.full((k, k), math.log(off / (1 - off))))

    def begin(self, nets: Sequence[nn.Module]) -> Sequence[Optimizer]:
        return (Adam([self.raw], lr=LR),)

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        matrix = matrix_of(self.raw)
        loss = forward_loss(nets[0](batch.x), batch.y, matrix).mean()
        return loss + self.volume * torch.linalg.slogdet(matrix)[1]

    def agreement(self, probs: Floats, rows: Ints) -> float:
        return given.agreement(self.labels.take(rows), probs @ self.matrix())

    def matrix(self) -> Floats:
        """(k, k) the noise matrix as it stands."""
        return np.asarray(matrix_of(self.raw.detach()).double().cpu().numpy())


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    volume: float = 1e-4,
) -> Model:
    """Learn model and matrix together; ``info["noise_matrix"]`` holds the matrix [true, given].

    volume: weight of the log volume log |det T| beside the loss.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::5] = 1
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not volume >= 0:
        raise ValueError(f"volume must be 0 or more, got {volume!r}")
    done = train(
        labels, lambda: VolMin(labels.k, volume), features=features, rng=rng, training=training
    )
    return done.model(noise_matrix=done.recipe.matrix(), noise_matrix_from="learnt with the model")
