"""Symmetric cross-entropy: cross-entropy, plus the cross-entropy with label and prediction swapped,
which is bounded and does not chase wrong labels.

Assumes wrong labels are less common than right ones in each class.  Weak where the weights do not
suit the number of classes: the bounded part alone learns slowly, the other part alone learns wrong
labels.
Cost: as cross-entropy.
Paper: Wang, Ma, Chen, Luo, Yi, Bailey. Symmetric cross entropy for robust learning with noisy
labels. ICCV 2019.
"""

from __future__ import annotations

from numpy.random import Generator
from torch import Tensor

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import from_loss
from reliabel.ops.torch.robust import reverse_cross_entropy

ALSO = ("sce",)
SMALL = {"epochs": 5}


def loss(logits: Tensor, target: Tensor, *, plain: float = 0.1, reverse: float = 1.0) -> Tensor:
    """(b,) plain * cross-entropy + reverse * reverse cross-entropy, for a class (b,) or a
    distribution (b, k).  The reverse part is 9.21 times the mean absolute error.

    >>> import torch
    >>> round(loss(torch.tensor([[0.0, 0.0]]), torch.tensor([0]), plain=0.0).item(), 2)
    4.61
    """
    return plain * cross_entropy(logits, target) + reverse * reverse_cross_entropy(logits, target)


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    plain: float = 0.1,
    reverse: float = 1.0,
) -> Model:
    """Minimise the weighted sum of both.

    plain: weight of cross-entropy; the authors took .1 for 10 classes and 6 for 100.
    reverse: weight of the reverse part; the authors took 1 for 10 classes and .1 for 100.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    recipe = from_loss(loss, plain=plain, reverse=reverse)
    return train(labels, recipe, features=features, rng=rng, training=training).model()
