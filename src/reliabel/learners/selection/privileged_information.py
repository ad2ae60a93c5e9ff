"""Privileged information (TRAM): features that exist only while training, such as who labelled an
item and for how long, explain the noise.

A tower that sees them as well learns the given labels and shapes the hidden layer; the classifier
in use stands on the same layer, sends no gradient into it, and never sees them.  Assumes that what
is wrong with labels depends on the privileged features, and not on the item.  It helps where the
hidden layer has something to learn; on features that already part the classes it does not.  Weak
where privileged features say the class itself, which leaves the hidden layer nothing to learn.
Cost: twice cross-entropy with a hidden layer, memory O(n e) for e privileged features.
Paper: Collier, Jenatton, Kokiopoulou, Berent. Transfer and marginalize: explaining away label noise
with privileged information. ICML 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import ADAMW_LR, train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.penultimate import last_layer, penultimate
from reliabel.ops.torch.recipe import Batch, Recipe

ALSO = ("tram",)
SMALL = {"epochs": 8, "width": 16}
HIDDEN = 128  # units of the built-in head's hidden layer, where the user wants none


class Tower(nn.Module):  # type: ignore[misc]
    """Logits from the hidden layer h (b, hidden) and privileged features a (b, e): u = relu(A a),
    v = relu(B [h, u]) + u, C [h, v].
    """

    def __init__(self, hidden: int, e: int, k: int, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(e, width)
        self.second = nn.Linear(hidden + width, width)
        self.out = nn.Linear(hidden + width, k)

    def forward(self, h: Tensor, a: Tensor) -> Tensor:
        u = self.first(a).relu()
        v = self.second(torch.cat([h, u], 1)).relu() + u
        return self.out(torch.cat([h, v], 1))


class Transfer(Recipe):
    """``privileged`` (n, e), standardised; ``tower`` is made when the network is known."""

    def __init__(self, privileged: Floats, k: int, width: int, lr: float, decay: float) -> None:
        super().__init__()
        self.privileged = nn.Buffer(torch.tensor(privileged, dtype=torch.float32))
        self.k, self.width, self.lr, self.decay = k, width, lr, decay

    def begin(self, nets: Sequence[nn.Module]) -> Sequence[Optimizer]:
        hidden, e = last_layer(nets[0]).in_features, self.privileged.shape[1]
        self.tower = Tower(hidden, e, self.k, self.width).to(self.privileged.device)
        return [AdamW(self.tower.parameters(), lr=self.lr, weight_decay=self.decay)]

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        hidden, _ = penultimate(nets[0], batch.x)
        explained = self.tower(hidden, self.privileged[batch.index])
        plain = last_layer(nets[0])(hidden.detach())
        return (cross_entropy(explained, batch.y) + cross_entropy(plain, batch.y)).mean()


def standardised(privileged: Floats) -> Floats:
    """(n, e) each column less its mean, divided by its deviation; further axes become columns.

    >>> standardised(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    flat = np.asarray(privileged, dtype=np.float64).reshape(len(privileged), -1)
    if not np.isfinite(flat).all():
        row = int((~np.isfinite(flat)).any(1).argmax())
        raise ValueError(
            f"privileged features hold NaN or infinite values, the first in row {row}; fill them "
            "first"
        )
    spread = flat.std(0)
    found: Floats = (flat - flat.mean(0)) / np.where(spread > 0, spread, 1.0)
    return found


def learn(
    labels: Classes,
    *,
    features: Floats,
    privileged: Floats,
    rng: Generator,
    training: Training = Training(),
    width: int = 128,
) -> Model:
    """Train network and tower together; the model is the network alone.

    privileged: (n, e) numbers; who labelled an item is one column of 0 and 1 for each annotator.
    width: units of the tower.  The built-in head gets a hidden layer of 128 units, unless
    ``hidden`` says how many.
    Raises ValueError for privileged features that are NaN or infinite.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> hasty = (np.arange(60) % 5 == 0)[:, None]
    >>> y[hasty[:, 0]] = 0  # who was in a hurry said 0
    >>> words = {"features": x, "privileged": hasty.astype(float), "training": Training(lr=0.01)}
    >>> model = learn(Classes(y), rng=np.random.default_rng(0), **words)
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    own = training.hidden or (0 if training.module else HIDDEN)
    recipe = partial(
        Transfer,
        standardised(privileged),
        labels.k,
        width,
        training.lr or ADAMW_LR,
        training.decay,
    )
    return train(
        labels, recipe, features=features, rng=rng, training=replace(training, hidden=own)
    ).model()
