"""Crossfit relabelling: each label is blended with what models that did not train on its item say
of it, and the network learns these soft labels.

Assumes out-of-fold probabilities that are right more often than the labels.  Weak where the model
repeats the noise (flips to one class), and little better than early stopping where that works.
Cost: as cross-entropy, memory O(n k), beside the out-of-fold probabilities.
Paper: Das, Sanghavi. Understanding self-distillation in the presence of label noise. ICML 2023; the
split that keeps a model from teaching itself: Kim, Baratin, Zhang, Lacoste-Julien. CrossSplit. ICML
2023.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats, Ints, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.noise import wrong_share
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch, Recipe

ALSO = ("crossfit", "self_distillation")
SMALL = {"epochs": 5}
TEMPERATURES = (1.0, 1.25, 1.5, 2.0, 3.0, 5.0)
LEAST = 0.3  # share of the model's word, however few labels seem wrong


def blended(y: Ints, probs: Floats, share: float) -> Floats:
    """(n, k) ``share`` of the calibrated probabilities and 1 - ``share`` of the given label; the
    probabilities alone where there is no label.

    Calibrated: raised to the power 1 / T with the T, at least 1, that gives the labels the highest
    likelihood.

    >>> blended(np.array([0, -1]), np.array([[0.5, 0.5], [0.25, 0.75]]), 0.4).tolist()
    [[0.8, 0.2], [0.25, 0.75]]
    """
    known = np.flatnonzero(y >= 0)
    choices = [_tempered(probs, t) for t in TEMPERATURES]
    said = max(choices, key=lambda p: float(np.log(p[known, y[known]] + 1e-12).sum()))
    target = said.copy()
    target[known] *= share
    target[known, y[known]] += 1 - share
    return target


class Crossfit(Recipe):
    """``target`` (n, k) is what each item is to be told as."""

    def __init__(self, target: Floats) -> None:
        super().__init__()
        self.target = nn.Buffer(torch.as_tensor(target, dtype=torch.float32))

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        return cross_entropy(nets[0](batch.x), self.target[batch.index]).mean()


def learn(
    labels: Classes,
    *,
    features: Floats,
    probs: Floats,
    rng: Generator,
    training: Training = Training(),
    share: float = 0.0,
) -> Model:
    """Learn the blended labels, which are ``labels`` of the model.

    share: of the model's word; 0 takes the estimated share of wrong labels, at least .3.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15], p = 1 - y[::15], np.where(x < 2, [[0.9, 0.1]], [[0.1, 0.9]])
    >>> model = learn(Classes(y), features=x, probs=p, rng=np.random.default_rng(0), share=0.8)
    >>> model.labels.p[[0, 1, 30, 31]].round(2)[:, 0].tolist()
    [0.72, 0.92, 0.28, 0.08]
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1, got {share!r}")
    wrong = wrong_share(labels.y, probs)
    part = share or float(np.clip(wrong, LEAST, 1))
    target = blended(labels.y, np.asarray(probs, dtype=np.float64), part)
    done = train(labels, lambda: Crossfit(target), features=features, rng=rng, training=training)
    return done.model(labels=Soft(target, labels.names), share=part, wrong_share=wrong)


def _tempered(probs: Floats, temperature: float) -> Floats:
    power = np.maximum(probs, 1e-12) ** (1 / temperature)
    return np.asarray(power / power.sum(1, keepdims=True))
