"""Learning from crowds (Raykar et al.): a classifier on the features and the consensus of the votes
are learnt together.

The classifier's out-of-fold probabilities are the prior of each item's class, and the consensus
gives the classifier its labels, in alternation.  Assumes that features predict the class.
Probabilities are out of fold because those of training items would only repeat the consensus.
Cost: ``outer`` times ``folds`` classifiers and as many fits of shrunk Dawid-Skene, memory O(n k +
w k^2).
Paper: Raykar, Yu, Zhao, Valadez, Florin, Bogoni, Moy. Learning from crowds. JMLR 11 (2010)
1297-1322.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops import logistic
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb
from reliabel.ops.folds import fold_of, out_of_fold
from reliabel.ops.variational import (
    counts_per_worker,
    crowd_prior,
    divergence_from_prior,
    expected_log_parameters,
)
from reliabel.ops.votes import (
    Block,
    check_matrices_fit,
    initial_shares,
    normalise,
    tally,
    votes_matrix,
)

ALSO = ("learning_from_crowds", "joint_classifier")
SMALL = {"outer": 1, "folds": 3}
TEMPERATURES = (0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.0)
Tally = tuple[Floats, Floats]


def aggregate(
    votes: Votes[Classes],
    *,
    features: Floats,
    rng: Generator,
    fit: Callable[..., Any] | None = None,
    gold: Ints | None = None,
    outer: int = 3,
    folds: int = 5,
    strength: float = 4.0,
    iterations: int = 50,
) -> Consensus[Soft]:
    """Alternate the classifier and the consensus; the result is the mean of their probabilities.

    fit: function (features, labels, weights) -> model with ``predict_proba`` and ``classes_``;
        logistic regression by default.
    outer: how often the classifier is fitted again.
    folds: of the cross-validation that gives out-of-fold probabilities.
    strength: as in shrunk Dawid-Skene.
    ``info`` holds "confusion" (w, true, voted), "model" (n, k), the classifier's out-of-fold
    probabilities at the temperature that predicts the consensus best, and "consensus" (n, k).
    Raises ValueError for features that are NaN or infinite.

    >>> item, worker = np.repeat(np.arange(40), 3), np.tile(np.arange(3), 40)
    >>> v = Votes(item, worker, Classes(np.where(worker == 2, 0, item % 2)), n=40, w=3)
    >>> x = (np.arange(40) % 2)[:, None] + np.random.default_rng(0).normal(size=(40, 2)) / 4
    >>> aggregate(v, features=x, rng=np.random.default_rng(0)).labels.p.argmax(1)[:6].tolist()
    [0, 1, 0, 1, 0, 1]
    """
    check_matrices_fit(votes)
    if not np.isfinite(features).all():
        bad = np.flatnonzero(~np.isfinite(features).all(1))
        raise ValueError(
            f"features hold NaN or infinite values in {len(bad):,} of {len(features):,} rows, the "
            f"first is row {int(bad[0])}; fill them, or leave them out"
        )
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    log_prior: Floats = np.zeros((1, k))
    counts = total(lambda block: tally(block, initial_shares(block)), blocks)
    posterior = model = rows(initial_shares, blocks)
    trace: Floats = np.empty(0)
    force: float | None = None  # of the logistic regression, chosen once
    for turn in range(outer + 1):
        base = strength * crowd_prior(counts_per_worker(counts[0], votes.w), 4.0, learn=False)[0]
        counts, trace = _fit_matrices(
            blocks, counts, base, log_prior, iterations, 1e-6 * len(votes)
        )
        log_confusion = expected_log_parameters(counts, base, np.ones(k))[0]
        balance = expected_log_parameters(counts, base, np.ones(k))[1] if not turn else np.zeros(k)
        posterior = rows(
            lambda block, a=log_confusion, b=log_prior + balance: normalise(  # type: ignore[misc]
                _score(block, a, b), block.gold
            )[0],
            blocks,
        )
        if turn == outer:
            break
        probs, force = _model(features, posterior, votes, folds, fit, force, rng)
        model = _tempered(probs, posterior)
        log_prior = np.log(np.maximum(model, 1e-12))
    confusion = base + counts_per_worker(counts[0], votes.w)
    confusion /= confusion.sum(2, keepdims=True)
    mixed = (posterior + model) / 2
    skill = np.einsum("k,wkk->w", mixed.mean(0), confusion)
    return Consensus(
        Soft(mixed, votes.labels.names),
        skill,
        trace,
        {"confusion": confusion, "model": model, "consensus": posterior},
    )


def _fit_matrices(
    blocks: list[Block],
    counts: Tally,
    prior: Floats,
    log_prior: Floats,
    iterations: int,
    tol: float,
) -> tuple[Tally, Floats]:
    """Counts at the maximum of the evidence lower bound, and the bound after each iteration.

    log_prior: (n, k) the classifier's log probabilities, or (1, k) before there is a classifier,
        where the class balance is learnt instead.
    """
    k = counts[0].shape[1]
    flat = np.ones(k)

    def step(counts: Tally) -> tuple[Tally, float]:
        log_confusion, log_balance = expected_log_parameters(counts, prior, flat)
        rest = log_prior if len(log_prior) > 1 else log_balance[None]
        count, size, evidence = total(lambda block: _e_step(block, log_confusion, rest), blocks)
        # with a classifier there is no class balance to learn
        fixed = (counts[0], np.zeros(k)) if len(log_prior) > 1 else counts
        return (count, size), evidence - divergence_from_prior(fixed, prior, flat)

    return climb(step, counts, iterations=iterations, tol=tol)


def _score(block: Block, log_confusion: Floats, log_prior: Floats) -> Floats:
    mine = log_prior if len(log_prior) == 1 else log_prior[block.start : block.start + len(block)]
    score: Floats = block.votes @ log_confusion + mine
    return score


def _e_step(block: Block, log_confusion: Floats, log_prior: Floats) -> tuple[Floats, Floats, float]:
    posterior, evidence = normalise(_score(block, log_confusion, log_prior), block.gold)
    return *tally(block, posterior), evidence


def _model(
    features: Floats,
    posterior: Floats,
    votes: Votes[Classes],
    folds: int,
    fit: Callable[..., Any] | None,
    force: float | None,
    rng: Generator,
) -> tuple[Floats, float | None]:
    """(n, k) probabilities of a classifier trained on the consensus of the other folds, and its
    regularisation strength; items without votes are not trained on.
    """
    y = np.where(np.bincount(votes.item, minlength=votes.n) > 0, posterior.argmax(1), -1)
    sure = posterior.max(1)
    fold = fold_of(y, folds=folds, rng=rng)
    if fit is not None:
        return out_of_fold(
            lambda x, part: fit(x[part >= 0], part[part >= 0], sure[part >= 0]),
            features,
            y,
            votes.labels.k,
            fold,
        ), None
    by = logistic.scale(features)
    chosen = logistic.choose(features, y, fold == 0, by=by, rng=rng)[0] if force is None else force
    return out_of_fold(
        lambda x, part: logistic.fit(x, part, strength=chosen, by=by),
        features,
        y,
        votes.labels.k,
        fold,
    ), chosen


def _tempered(probs: Floats, posterior: Floats) -> Floats:
    """The classifier's probabilities at the temperature that predicts the consensus best."""
    log = np.log(np.maximum(probs.astype(float), 1e-12))
    tried = [normalise(log / temperature)[0] for temperature in TEMPERATURES]
    return max(tried, key=lambda p: float((posterior * np.log(np.maximum(p, 1e-12))).sum()))
