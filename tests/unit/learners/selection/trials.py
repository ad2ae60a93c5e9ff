"""Trials of methods that select labels: a planted world with out-of-fold probabilities, and what
plain cross-entropy makes of it at its last epoch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from tests.unit.learners.planted import K, accuracy, clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.ops import logistic
from reliabel.ops.folds import fold_of, out_of_fold
from reliabel.ops.relabelled import likeliest

LAST = Training(keep="last", hold_out=0.0, decay=0.001)
RNG = np.random.default_rng


@dataclass(frozen=True, eq=False)
class Trial:
    """Labels to learn from, the truth, features, out-of-fold probabilities, and fresh items."""

    labels: Classes
    truth: Any
    features: Any
    probs: Any
    fresh: Any
    true: Any
    seed: int

    def run(self, learn: Any, training: Training = LAST, **options: Any) -> Any:
        """The model that ``learn`` makes; it gets the probabilities if it asks for them."""
        if "probs" in learn.__annotations__:
            options.setdefault("probs", self.probs)
        words = {"features": self.features, "rng": RNG(self.seed), "training": training}
        return learn(self.labels, **words, **options)

    def accuracy(self, model: Any) -> float:
        """On fresh items."""
        return accuracy(model, self.fresh, self.true)

    def right(self, labels: Classes) -> float:
        """The share of right labels among those that are kept."""
        kept = labels.y >= 0
        return float((labels.y[kept] == self.truth[kept]).mean())


def guessed(x: Any, y: Any, k: int, seed: int = 0) -> Any:
    """(n, k) out-of-fold probabilities of logistic regression."""
    return out_of_fold(logistic.fit, x, y, k, fold_of(y, folds=3, rng=RNG(seed)))


@cache
def trial(seed: int, rate: float = 0.4, *, pair: bool = False, n: int = 800) -> Trial:
    """Four clouds, a share of ``rate`` of the labels wrong."""
    x, truth, fresh, true = clouds(n, seed=seed)
    y = flipped(truth, rate, seed=seed, pair=pair)
    return Trial(Classes(y), truth, x, guessed(x, y, K), fresh, true, seed)


@cache
def plain(seed: int, rate: float = 0.4, *, pair: bool = False, hidden: int = 0) -> Any:
    """Cross-entropy at its last epoch."""
    training = replace(LAST, hidden=hidden)
    return trial(seed, rate, pair=pair).run(cross_entropy.learn, training)


def against_plain(learn: Any, *, seeds: int = 3, pair: bool = False, **options: Any) -> Any:
    """(seeds, 2) how much better ``learn`` is than cross-entropy at the last epoch: in accuracy on
    fresh items, and in the share of right labels: among as many that its losses alone would keep,
    or against the labels as given where all are relabelled.
    """
    found = []
    for seed in range(seeds):
        here, base = trial(seed, pair=pair), plain(seed, pair=pair)
        mine = here.run(learn, **options)
        more = here.accuracy(mine) - here.accuracy(base)
        labels = mine.labels
        if isinstance(labels, Classes):
            share = float((labels.y >= 0).mean())
            by_loss = likeliest(here.labels, base.predict(here.features).p, share)
            found.append((more, here.right(labels) - here.right(by_loss)))
        else:
            mended = float((labels.p.argmax(1) == here.truth).mean())
            found.append((more, mended - here.right(here.labels)))
    return np.array(found)
