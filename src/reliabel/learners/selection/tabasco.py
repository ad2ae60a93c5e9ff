"""TABASCO: DivideMix with a split made class by class and by two scores, predictions and features,
so that rare classes keep their right labels.

Assumes class sizes that differ much and features in which a class has a centre.  Weak on balanced
data, where the plain split of divide_mix is as good, and where a class has too few right labels for
a centre.  Recall averaged over classes, four clouds of 600 to 40 items and 40 % wrong labels: .75
against .69 by divide_mix where they overlap, .96 against .89 where they hardly do; on a long tail
of AG News with sentence vectors it gains nothing (.80 against .81).
Cost: 7 times cross-entropy, memory O(n d) after each epoch.
Paper: Lu, Zhang, Han, Cheung, Wang. Label-noise learning with intrinsically long-tailed data. ICCV
2023.
"""

from __future__ import annotations

from functools import partial

from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.relabelled import softened
from reliabel.ops.torch.divided import Divided, trusted
from reliabel.ops.torch.half_supervised import Mix, class_shares, guess_weight
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import Seen
from reliabel.ops.two_scores import clean_chance
from reliabel.ops.wrong_rate import wrong_rate

SMALL = {"epochs": 8}


def two_score_chance(seen: Seen, net: int, y: Ints) -> Floats:
    """(n,) the chance that each label is right, class by class and by two scores; NaN where nothing
    tells or there is no label.
    """
    return clean_chance(seen.probs(net).double().cpu().numpy(), seen.embed(net), y)


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
    recipe = partial(Divided, len(labels), prior, two_score_chance, mix, temperature)
    done = train(labels, recipe, features=features, rng=rng, training=training)
    relabelled = softened(labels, trusted(done.recipe), done.probs())
    return done.model(labels=relabelled, rate=rate, guesses=weight)
