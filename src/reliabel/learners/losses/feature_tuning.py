"""Feature tuning (NMTune): features of a model that was pre-trained on noisy data are changed a
little, towards features whose columns do not repeat each other.

The changed features stay near the given ones, are decorrelated, and keep a strong first direction.
Assumes that the noise of pre-training sits in how features are spread over directions.  Weak where
the labels at hand are noisy: the change follows them.  Experimental: it does what its terms ask
for, but showed no gain in accuracy over the same change without the terms (AG News with MiniLM,
1,000 right labels, two seeds: .854 against .862; a linear head .835).
Cost: nine times cross-entropy on a linear head, memory O(d^2).
Paper: Chen, Wang, Shah, Tao, Wei, Xie, Sugiyama, Raj. Understanding and mitigating the label noise
in pre-training on downstream tasks. ICLR 2024.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import Optimizer

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.logistic import Scale, scale
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.nets import Net
from reliabel.ops.torch.penultimate import penultimate
from reliabel.ops.torch.recipe import Batch, Recipe

STATUS = "experimental"
ALSO = ("nmtune",)
SMALL = {"epochs": 8}
RATIO = 4  # features for each unit of the adapter's hidden layer


def consistency(h: Tensor, f: Tensor) -> Tensor:
    """The mean squared difference of the rows of h and f (b, d), each scaled to length one.

    >>> import torch
    >>> consistency(torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 2.0]])).tolist()
    1.0
    """
    unit = nn.functional.normalize
    return ((unit(h) - unit(f)) ** 2).mean()


def covariance(h: Tensor) -> Tensor:
    """The sum of the squared covariances of different columns of h (b, d), divided by d.

    >>> import torch
    >>> covariance(torch.tensor([[1.0, 1.0], [-1.0, -1.0]])).tolist()
    4.0
    """
    centred = h - h.mean(0)
    found = centred.T @ centred / max(len(h) - 1, 1)
    return ((found**2).sum() - (found.diagonal() ** 2).sum()) / h.shape[1]


def dominance(h: Tensor) -> Tensor:
    """The largest singular value of h (b, d) as a share of their sum.

    >>> import torch
    >>> round(dominance(torch.diag(torch.tensor([3.0, 1.0]))).item(), 4)
    0.75
    """
    gram = h @ h.T if len(h) < h.shape[1] else h.T @ h
    values = torch.linalg.eigvalsh(gram).clamp_min(1e-12).sqrt()
    return values[-1] / values.sum()


class Tuning(Recipe):
    """``start`` is the network as it was: what goes into its last layer are the given features."""

    def __init__(self, by: Scale | None, weights: tuple[float, float, float]) -> None:
        super().__init__()
        self.by, self.weights = by, weights

    def begin(self, nets: Sequence[nn.Module]) -> Sequence[Optimizer]:
        if self.by is not None:
            nets[0].mean.copy_(torch.as_tensor(self.by[0]))
            nets[0].spread.fill_(float(self.by[1]))
        self.start = copy.deepcopy(nets[0]).requires_grad_(False).eval()
        return ()

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        near, apart, strong = self.weights
        h, logits = penultimate(nets[0], batch.x)
        with torch.no_grad():
            f = penultimate(self.start, batch.x)[0]
        kept = near * consistency(h, f) + apart * covariance(h)
        if strong:
            kept = kept - strong * dominance(h)
        return cross_entropy(logits, batch.y).mean() + kept


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    near: float = 1.0,
    apart: float = 0.04,
    strong: float = 0.001,
) -> Model:
    """Train a change of the features and a linear head on them; ``hidden`` is the width of the
    change, a quarter of the features if not said.

    near, apart, strong: weights of staying near the given features, of columns without covariance,
    and of the first direction's share.  For a network of your own the features are what goes into
    its last linear layer, and stay near what they were at the start.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> words = {"features": x, "training": Training(lr=0.01, epochs=40)}
    >>> model = learn(Classes(y), rng=np.random.default_rng(0), **words)
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    by, weights = None, (near, apart, strong)
    if training.module is None:
        shape = np.shape(features)
        if len(shape) != 2:
            raise ValueError(
                f"feature tuning takes one vector an item, got features of shape {shape}; give "
                "module=, a function that makes a torch.nn.Module"
            )
        sizes = {"d": shape[1], "k": labels.k, "hidden": training.hidden or -(-shape[1] // RATIO)}
        by, training = scale(features), replace(training, module=Net("adapter:Adapter", sizes))
    recipe = partial(Tuning, by, weights)
    return train(labels, recipe, features=features, rng=rng, training=training).model()
