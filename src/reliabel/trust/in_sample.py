"""Whether given probabilities come from a model that has seen the labels: they then agree with the
labels far more than folds of a simple model on the same items do, also where nothing else speaks
for the label.

The rule and the figures behind it stand in docs/trust.md, section "Probabilities that have seen the
labels"; ``tools/in_sample.py`` measures them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.short_repr import by_fields

ROWS = 3000  # labelled rows that are compared
FEWEST = 100  # with fewer nothing is said
SURE = 0.995  # agreement from which probabilities may have seen the labels
NEARLY = 0.999  # without features: agreement that is pointed out from MANY labels on
MANY = 500
CERTAIN = 0.99  # or a mean probability of the given label above this one, with fewer
FEWER = 0.1  # times the disagreements of the simple model, at most
BY_HEART = 0.8  # share of the contradicted labels, the low end of its 95 % interval
ADVICE = (
    "what a model has learnt by heart it cannot show to be wrong: give out-of-fold probabilities "
    "(cross_val_predict), or leave them out to have them made"
)
WIDEST = 256  # columns of features; more are folded by random directions
NEAR = 15  # neighbours that vote


@dataclass(frozen=True)
class Agreement:
    """How often given probabilities agree with the labels, and what simple models that did not see
    a label say of it.

    rows: how many labels were compared.  given, simple: share of them that the given probabilities
    and a logistic regression on other folds agree with.  contradicted: labels for which both that
    regression and the neighbours' vote have one and the same other class; agreed: how many of them
    the given probabilities agree with all the same.
    """

    rows: int
    given: float
    simple: float
    contradicted: int
    agreed: int

    __repr__ = by_fields

    @property
    def fitted(self) -> bool:
        """Whether the model behind the probabilities has, by all appearances, seen the labels."""
        few = 1 - self.given <= FEWER * (1 - self.simple)
        return self.given >= SURE and few and _low_end(self.agreed, self.contradicted) >= BY_HEART


def told(found: Agreement) -> str:
    """What an agreement says, in a sentence."""
    return (
        f"the probabilities agree with {found.given:.2%} of the labels, where folds of a simple "
        f"model on the same items reach {found.simple:.0%}, and with {found.agreed} of the "
        f"{found.contradicted} labels that this model and the neighbours contradict alike: it "
        f"looks as if their model was fitted to these very labels; {ADVICE}"
    )


def nearly_perfect(labels: Classes, probs: Any) -> str:
    """A sentence on given probabilities that agree with nearly all labels, where there are no
    features to compare with; else empty.
    """
    known = np.flatnonzero(labels.y >= 0)
    known = known[:: max(1, len(known) // 200_000)]
    if len(known) < FEWEST:
        return ""
    p, y = np.asarray(probs[known], dtype=np.float64), labels.y[known]
    agrees, given = float((p.argmax(1) == y).mean()), float(p[np.arange(len(y)), y].mean())
    if not ((agrees > SURE and given > CERTAIN) or (agrees >= NEARLY and len(y) >= MANY)):
        return ""
    return (
        f"the probabilities agree with {agrees:.2%} of the given labels at a mean of {given:.4f}: "
        "either the model is nearly perfect, or it was fitted to these very labels, which cannot "
        f"be told without features; {ADVICE}"
    )


def _low_end(hits: int, n: int) -> float:
    """The low end of the 95 % interval (Wilson) of a share."""
    if not n:
        return 0.0
    z2, share = 1.96**2, hits / n
    spread = 1.96 * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return float((share + z2 / (2 * n) - spread) / (1 + z2 / n))


def agreement(
    labels: Classes, probs: Any, features: Any, *, rng: np.random.Generator
) -> Agreement | None:
    """The agreement of given probabilities, on a sample of the rows; None where there are too few
    labels, or fewer than two classes among them.

    probs (n, k), features (n, d).

    >>> y, rng = np.arange(400) % 2, np.random.default_rng(0)
    >>> x = y[:, None] + rng.normal(size=(400, 2))
    >>> agreement(Classes(y), np.eye(2)[y], x, rng=rng).given
    1.0
    """
    from reliabel.ops.neighbours import nearest

    known = np.flatnonzero(labels.y >= 0)
    if len(known) > ROWS:
        known = np.sort(rng.choice(known, ROWS, replace=False))
    y = np.asarray(labels.y[known], dtype=np.int64)
    if len(y) < FEWEST or len(np.unique(y)) < 2:
        return None
    x = _narrow(np.asarray(features[known], dtype=np.float32), rng)
    top = np.asarray(probs[known]).argmax(1)
    model = _folds(x, y, labels.k, rng).argmax(1)
    near = nearest(x, j=min(NEAR, len(y) - 1)).index
    vote = np.zeros((len(y), labels.k))
    for column in near.T:
        there = np.flatnonzero(column >= 0)
        vote[there, y[column[there]]] += 1
    against = (model != y) & (vote.argmax(1) == model)
    return Agreement(
        len(y),
        float((top == y).mean()),
        float((model == y).mean()),
        int(against.sum()),
        int((top == y)[against].sum()),
    )


def _narrow(x: Floats, rng: np.random.Generator) -> Floats:
    x = np.nan_to_num(x)
    if x.shape[1] <= WIDEST:
        return x
    turn = rng.normal(size=(x.shape[1], WIDEST)).astype(np.float32)
    return np.asarray(x @ turn / np.sqrt(WIDEST))


def _folds(x: Floats, y: Ints, k: int, rng: np.random.Generator) -> Floats:
    from reliabel.ops.folds import fold_of, out_of_fold
    from reliabel.ops.logistic import choose, fit, scale

    fold, by = fold_of(y, rng=rng), scale(x)
    strength = choose(x, y, fold == 0, by=by, rng=rng)[0]
    return out_of_fold(lambda a, t: fit(a, t, strength=strength, by=by), x, y, k, fold)
