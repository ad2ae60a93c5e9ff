"""Cross-entropy: the plain classifier, with the epoch picked by held-out given labels.

Assumes that right labels are learnt before wrong ones, so that the best epoch comes before the
wrong ones are learnt by heart.  Weak where training goes on to the last epoch.
Cost: one pass an epoch, memory O(batch + d k).
Paper: the early stop on noisy labels is analysed by Li, Soltanolkotabi, Oymak. Gradient descent
with early stopping is provably robust to label noise for overparameterized neural networks. AISTATS
2020.
"""

from __future__ import annotations

from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import from_loss

STATUS = "default"
SMALL = {"epochs": 5}


def learn(
    labels: Classes | Soft, *, features: Floats, rng: Generator, training: Training = Training()
) -> Model:
    """Minimise the cross-entropy with the given labels, classes or distributions.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    loss = from_loss(cross_entropy)
    return train(labels, loss, features=features, rng=rng, training=training).model()
