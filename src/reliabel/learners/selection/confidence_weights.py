"""Confidence weights (noise-aware training): a label counts as much as it is believed, first by a
model of trusted labels alone, then by the network in training.

Assumes some trusted items of every class and many others of doubtful labels.  Weak where the model
of the trusted ones is blind to a class: its labels would count for nothing, so that the mean weight
of a class never falls below .05.
Cost: cross-entropy and a linear probe of the trusted items.
Paper: a loss that knows how sure weak labels are, as in Jiang, Zhang, Cao, Yin, Zhao. Named entity
recognition with small strongly labeled and large weakly labeled data. ACL 2021; the variance form:
Kendall, Gal. What uncertainties do we need in Bayesian deep learning for computer vision? NeurIPS
2017.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.probe import probe
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch, Recipe, Seen

ALSO = ("noise_aware_training",)
SMALL = {"epochs": 6}
LEAST = 0.05  # mean weight of a class, and what the variance form adds to 1 - confidence
TIMES = 3  # how often the confidence is made, the first time by the trusted items


class Weighted(Recipe):
    """Losses times weights, which are made anew at the end of each third of the training."""

    def __init__(self, weight: Floats, trusted: Bools, form: str) -> None:
        super().__init__()
        self.form, self.made = form, nn.Buffer(torch.tensor(1))
        self.weight = nn.Buffer(torch.as_tensor(weight, dtype=torch.float32))
        self.trusted = nn.Buffer(torch.as_tensor(trusted))

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        weight = self.weight[batch.index]
        loss = cross_entropy(nets[0](batch.x), batch.y) * weight
        return loss.sum() / weight.sum().clamp_min(1e-9)

    def after_epoch(self, seen: Seen) -> None:
        if seen.share * TIMES < int(self.made) or seen.share >= 1:
            return
        self.made += 1
        p = np.asarray(seen.probs().double().cpu().numpy())
        y, trusted = seen.y.cpu().numpy(), self.trusted.cpu().numpy()
        weight = torch.as_tensor(weights(p, y, trusted, self.form), dtype=torch.float32)
        self.weight.copy_(weight)


def weights(p: Floats, y: Ints, trusted: Bools, form: str = "weight") -> Floats:
    """(n,) what each label counts by the probabilities ``p`` (n, k): that of the given label c, or
    with ``form="uncertainty"`` 1 / (2 (1 - c + .05)); trusted labels count as c = 1, unlabelled
    items as c = 0.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.5, 0.5]])
    >>> weights(p, np.array([0, 1, 1]), np.array([False, False, True])).round(2).tolist()
    [0.9, 0.2, 1.0]
    """
    labelled = y >= 0
    c = np.where(labelled, np.take_along_axis(p, np.maximum(y, 0)[:, None], 1)[:, 0], 0.0)
    doubtful = labelled & ~trusted
    for of in np.unique(y[doubtful]):
        mine = doubtful & (y == of)
        c[mine] = np.minimum(c[mine] + max(LEAST - float(c[mine].mean()), 0.0), 1.0)
    c[labelled & trusted] = 1.0
    return c if form == "weight" else np.where(labelled, 0.5 / (1 - c + LEAST), 0.0)


def learn(
    labels: Classes,
    *,
    features: Floats,
    trusted: Bools,
    rng: Generator,
    training: Training = Training(),
    form: str = "weight",
) -> Model:
    """Train on all labels, each as far as it is believed; ``info["weights"]`` holds the last
    weights.

    form: "weight" multiplies a loss by the confidence, "uncertainty" takes it for a variance.
    Raises ValueError where no labelled item is trusted, and for another form.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15], sure = 1 - y[::15], np.arange(60) % 15 > 9
    >>> model = learn(Classes(y), features=x, trusted=sure, rng=np.random.default_rng(0))
    >>> (model.info["weights"][::15] < 0.5).tolist()
    [True, True, True, True]
    """
    if form not in ("weight", "uncertainty"):
        raise ValueError(f'form must be "weight" or "uncertainty", got {form!r}')
    clean = np.asarray(trusted, dtype=bool) & (labels.y >= 0)
    if not clean.any():
        raise ValueError(
            "no labelled item is trusted: say which labels are known to be right (trusted=), some "
            "of every class, or take a learner that needs none"
        )
    flat = np.asarray(features).reshape(len(labels), -1)
    first = probe(flat[clean], labels.y[clean], labels.names, rng=rng).head(flat).p
    start = weights(first, labels.y, clean, form)
    done = train(
        labels,
        lambda: Weighted(start, clean, form),
        features=features,
        rng=rng,
        training=training,
    )
    told = np.asarray(done.recipe.weight.double().cpu().numpy())
    return done.model(weights=told, trusted=int(clean.sum()))
