"""Sharpness-aware minimisation (SAM): cross-entropy, each step along the gradient at the worst
point near by.

Assumes that flat minima remember fewer wrong labels.  It helps networks with hidden layers; a
linear head has one minimum, and there it changes next to nothing.  Weak beside losses that are made
for noise.
Experimental: with linear heads it gains next to nothing at the last epoch (``bench run
learn-claims``: .003 more, -.002 to .007).
Cost: twice cross-entropy, memory O(parameters).
Paper: Foret, Kleiner, Mobahi, Neyshabur. Sharpness-aware minimization for efficiently improving
generalization. ICLR 2021. For vision transformers: Chen, Hsieh, Gong. When vision transformers
outperform ResNets without pre-training or strong data augmentations. ICLR 2022.
"""

from __future__ import annotations

from functools import partial

from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import from_loss
from reliabel.ops.torch.steps import Sam

ALSO = ("sam",)
STATUS = "experimental"
SMALL = {"epochs": 5}


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    radius: float = 0.1,
) -> Model:
    """Minimise cross-entropy where it is worst within ``radius`` of the weights.

    radius: .05 without noise, .1 to .5 with it, larger for large vision transformers; 0 is
        cross-entropy.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(x[[0, 20, 40, 59]]).p.argmax(1).tolist()
    [0, 0, 1, 1]
    """
    if not radius >= 0:
        raise ValueError(f"radius must be 0 (plain cross-entropy) or more, got {radius!r}")
    recipe, around = from_loss(cross_entropy), partial(Sam, radius=radius)
    return train(
        labels, recipe, features=features, rng=rng, training=training, around=around
    ).model()
