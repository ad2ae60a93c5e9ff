"""Nested dropout: each batch sees only the first features, a number that is drawn; the width that
agrees best with held-out given labels is kept.

Assumes that few directions of the features tell the classes, and that wrong labels need the others
to be learnt by heart.
The features of a linear head are put on their principal axes first, so that their order means
something.  Weak where classes differ in small directions, as in features of pictures that were not
learnt for the task (patches of CIFAR-10: .39 against .44 by cross-entropy at the last epoch).
Cost: as cross-entropy, and the principal axes; memory O(n) times the width.
Paper: Chen, Shen, Hu, Suykens. Boosting co-teaching with compression regularization for label
noise. CVPR workshops 2021.
"""

from __future__ import annotations

from functools import partial

from numpy.random import Generator

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.nested import Nesting, best_width, cut, turned, usual_spread

SMALL = {"epochs": 8}


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    spread: float | None = None,
) -> Model:
    """Train behind random widths, then keep the best one; ``info["width"]`` says which.

    spread: of the widths that are drawn, which hardly exceed three times as many; None takes the
        number of classes, at least 10.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    spread = usual_spread(labels.k) if spread is None else spread
    if not spread > 0:
        raise ValueError(f"spread must be above 0, got {spread!r}")
    there = turned(features, training, spread, rng)
    recipe = partial(Nesting, spread)
    done = train(labels, recipe, features=there.features, rng=rng, training=training)
    width = best_width(done, 0)
    cut(done.nets[0], width)
    return there.back(done, features, training).model(width=width)
