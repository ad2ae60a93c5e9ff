"""Resampling by importance (RENT): each batch is drawn anew from itself, items by how much likelier
their label is as the true class than as a given one.

Its Dirichlet form draws weights instead of items: with a small concentration a batch is one item or
two, with a large one it is importance reweighting.
Assumes noise by class alone, and a matrix near the truth.  Weak with small batches, where few items
carry all the weight.
Cost: 1.2 times cross-entropy, memory O(batch + d k + k^2).
Paper: Bae, Shin, Na, Jang, Song, Moon. Dirichlet-based per-sample weighting by transition matrix
for noisy label learning. ICLR 2024.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.anchors import learner_matrix
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch
from reliabel.ops.torch.through_matrix import ThroughMatrix, importance

ALSO = ("rent", "dirichlet_weights")
SMALL = {"epochs": 5}


def drawn_weights(weight: Tensor, concentration: float = 0.0) -> Tensor:
    """(b,) random weights of a batch that sum to one and follow ``weight`` (b,) in the mean.

    concentration: 0 draws b items with replacement and counts them; above 0 the weights come from a
        Dirichlet distribution with ``concentration`` times b times the shares.

    >>> import torch
    >>> drawn_weights(torch.tensor([0.0, 3.0]))
    tensor([0., 1.])
    """
    share = weight / weight.sum() if float(weight.sum()) > 0 else torch.ones_like(weight)
    if concentration > 0:
        part = (concentration * len(share) * share / share.sum()).clamp_min(1e-6)
        return torch.distributions.Dirichlet(part).sample()
    item = torch.multinomial(share, len(share), replacement=True)
    return torch.bincount(item, minlength=len(share)).to(weight.dtype) / len(share)


class Resampling(ThroughMatrix):
    """Draws the weights of every batch anew."""

    def __init__(self, matrix: Floats, concentration: float) -> None:
        super().__init__(matrix)
        self.concentration = concentration

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        logits = nets[0](batch.x)
        weight = importance(logits.detach().softmax(1), batch.y, self.matrix)
        drawn = drawn_weights(weight, self.concentration)
        return (drawn * cross_entropy(logits, batch.y)).sum()


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats,
    noise_matrix: Floats | None = None,
    training: Training = Training(),
    concentration: float = 0.0,
) -> Model:
    """Resample every batch by ``noise_matrix`` [true, given], or by the confident joint of
    ``probs`` where none is given; ``info`` holds the one that was used.

    concentration: 0 draws items with replacement; above 0 weights are drawn from a Dirichlet
        distribution, the larger, the nearer to importance reweighting.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::3] = 1  # a third of class 0 is labelled 1
    >>> words = {"probs": np.eye(2)[y], "rng": np.random.default_rng(0)}
    >>> model = learn(Classes(y), features=x, noise_matrix=[[0.67, 0.33], [0, 1]], **words)
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not concentration >= 0:
        raise ValueError(f"concentration must be 0 or more, got {concentration!r}")
    matrix, said = learner_matrix(labels.y, probs, noise_matrix)
    done = train(
        labels,
        lambda: Resampling(matrix, concentration),
        features=features,
        rng=rng,
        training=training,
    )
    return done.model(**said)
