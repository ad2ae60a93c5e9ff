"""DivideMix: two networks split the items into believed and doubted labels, exchange the splits,
and learn from mixed inputs with refined and guessed labels.

Assumes that the losses fall into two groups.  Weak where they do not: wrong labels that follow the
features, few wrong labels, rare classes (see tabasco).
Cost: 6 times cross-entropy, memory O(n) and two networks.
Paper: Li, Socher, Hoi. DivideMix: learning with noisy labels as semi-supervised learning. ICLR
2020.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.mixture import normal_groups
from reliabel.ops.relabelled import softened
from reliabel.ops.torch.divided import Divided, trusted
from reliabel.ops.torch.half_supervised import Mix, class_shares, guess_weight
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Seen
from reliabel.ops.wrong_rate import wrong_rate

SMALL = {"epochs": 8}


def small_loss_chance(seen: Seen, net: int, y: Ints) -> Floats:
    """(n,) the chance that each label is right: that its loss is in the lower of two groups; NaN
    where all losses are the same or there is no label.
    """
    loss = cross_entropy(seen.logits(net), seen.y.clamp_min(0)).double().cpu().numpy()
    loss[y < 0] = np.nan
    groups = normal_groups(loss)
    return groups.lower(loss) if groups.width else np.full(len(loss), np.nan)


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats,
    training: Training = Training(),
    warm: float = 0.15,
    guesses: float | None = None,
    alpha: float = 4.0,
    temperature: float = 0.5,
) -> Model:
    """Train both networks, whose mean is the answer; ``labels`` of the model are the given ones,
    softened by what the networks say in the share of their doubt.

    probs: say how many labels are wrong.
    warm: share of the training before the first split.
    guesses: weight of the guessed part; None takes 0 where up to a quarter of the labels is wrong,
        25 from one half on (150 from a hundred classes on), and between these in between.
    alpha: of the mixing; larger means more even mixtures, 0 none.
    temperature: sharpens targets; 1 leaves them as they are.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> given, p = Classes(y), np.repeat([[0.9, 0.1], [0.1, 0.9]], 30, 0)
    >>> model = learn(given, features=x, rng=np.random.default_rng(0), probs=p)
    >>> model.labels.p[[0, 1, 30, 31]].argmax(1).tolist()
    [0, 0, 1, 1]
    """
    rate = wrong_rate(labels.y, probs, None)
    weight = guess_weight(rate, labels.k) if guesses is None else guesses
    mix = Mix(warm, weight, alpha)
    prior = class_shares(labels.y, labels.k)
    recipe = partial(Divided, len(labels), prior, small_loss_chance, mix, temperature)
    done = train(labels, recipe, features=features, rng=rng, training=training)
    relabelled = softened(labels, trusted(done.recipe), done.probs())
    return done.model(labels=relabelled, rate=rate, guesses=weight)
