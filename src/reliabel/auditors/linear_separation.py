"""Linear separation (LSA): labels with a high loss are suspect, and a line in the features tells
which of them are items of no class at all.

Two detectors take turns. Loss says which labels are noisy; a linear model of the features learns
that split and is asked about items it has not seen. An item that is no class of the data lies with
others of its sort, so the line finds it; a wrong label on an ordinary item lies among ordinary
items, so the line does not. The next turn measures the losses again, by a model that was not taught
what both detectors call noisy.
Assumes features in which foreign items lie apart, as those of large pretrained networks, and
out-of-fold probabilities. Weak without foreign items: then the line parts hard items from easy
ones. Where the two splits agree no better than that, ``info`` says "not separable" and no kinds are
told.
Cost: a turn is five logistic regressions on (n, d), and five on (n, d, k) from the second on;
memory O(n k).
Paper: Albert, Valmadre, Arazo, Krishna, O'Connor, McGuinness. An accurate detection is not all you
need to combat label noise in web-noisy datasets. ECCV 2024.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops import logistic
from reliabel.ops.confident import losses
from reliabel.ops.copies import same_rows
from reliabel.ops.folds import fold_of, out_of_fold
from reliabel.ops.mixture import lower
from reliabel.ops.separation import chance_beyond, high_losses

STATUS = "optional"
ALSO = ("lsa",)
APART = 0.6  # mean agreement on both sides below which the two splits are not separable
ORDER = 1e-3  # share of the score that keeps the order of losses with the same chance
KINDS = ("", "wrong label", "open set")


def audit(
    labels: Classes, *, probs: Floats, features: Floats, rng: Generator, rounds: int = 1
) -> Suspicion:
    """Score = the chance of the group of high losses, the larger loss first where it is the same;
    flag = that chance is above .95.

    ``kind`` of what is flagged is "open set" beyond the line, with -1 (none of these classes) as
    suggestion, and "wrong label" elsewhere, with the most probable class where that is another one.
    rounds: how often the detectors take turns.
    ``info`` holds "separable", "agreement" (share of the losses' noisy and clean items that the
    line puts on the same side, averaged, in the last round), and "open_set" (n,), the chance of
    being beyond the line.
    Raises ValueError for rounds below 1.

    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 60)
    >>> x = rng.normal(0, 0.3, (120, 2)) + np.c_[4 * y, 0 * y]
    >>> x[:10] = rng.normal(0, 0.3, (10, 2)) + [2, 5]  # neither class
    >>> p = np.clip(np.stack([4 - x[:, 0], x[:, 0]], 1) / 4, 0.02, 0.98)
    >>> p[:10] = [0.05, 0.95]
    >>> found = audit(Classes(y), probs=p / p.sum(1, keepdims=True), features=x, rng=rng)
    >>> [i for i, kind in enumerate(found.kind) if kind == "open set"] == list(range(10))
    True
    """
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, got {rounds}")
    y = labels.y
    fold = fold_of(y, copies=same_rows(features), rng=rng)
    loss, best = losses(y, probs)
    for turn in range(rounds):
        noisy = high_losses(loss)
        beyond = chance_beyond(features, noisy, np.where(y >= 0, fold, -1))
        agreement = _agreement(noisy[y >= 0], beyond[y >= 0] > 0.5)
        if turn + 1 < rounds:
            teach = np.where(noisy & (beyond > 0.5), -1, y)
            loss, best = losses(y, _probabilities(features, teach, labels.k, fold))
    chance = 1 - lower(loss)
    score = (1 - ORDER) * chance + ORDER * (1 - np.exp(-loss))
    noisy = high_losses(loss)
    apart = agreement >= APART
    foreign = noisy & (beyond > 0.5) & apart
    kind = np.where(foreign, 2, np.where(noisy & apart & (best != y), 1, 0))
    suggest = np.where(foreign, -1, np.where(noisy | (y < 0), best, y))
    info = {"separable": apart, "agreement": agreement, "open_set": beyond}
    if not apart:
        info["note"] = (
            "not separable: a line in the features does not find what the losses call noisy, so "
            "that wrong labels and items of no class are not told apart"
        )
    return Suspicion(
        score,
        noisy,
        Classes(suggest, labels.names),
        [KINDS[one] for one in kind],
        info=info,
    )


def _probabilities(features: Floats, y: Ints, k: int, fold: Ints) -> Floats:
    by = logistic.scale(features)
    return out_of_fold(lambda x, y: logistic.fit(x, y, by=by), features, y, k, fold)


def _agreement(noisy: Bools, beyond: Bools) -> float:
    """The share of the noisy and of the clean items on the right side of the line, averaged."""
    if noisy.all() or not noisy.any():
        return float("nan")
    return float((beyond[noisy].mean() + (~beyond)[~noisy].mean()) / 2)
