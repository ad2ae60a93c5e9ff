"""Label sets: several labels an item may be right; each is a yes/no question, and a worker's care
and caution are learnt from all labels together.

A worker finds a label that is there with a chance of its own (sensitivity), and leaves out one that
is not there (specificity).  Both are a product of the worker and the label, shrunk to the crowd's,
so that a rare label is judged by what is known of its workers.  A label that is not ticked is a
"no" only where the worker saw it: -1 in a vote says nothing.
Assumes that workers err independently given the truth, up to the share ``shared`` of their errors,
and that the labels of an item are independent.  Weak where most workers miss or add the same label:
votes alone cannot show that.
Cost: O(v k) per iteration, memory O(v k + w k).
Paper: Dawid, Skene. Applied Statistics 28 (1979) 20-28; Paun, Carpenter, Chamberlain, Hovy,
Kruschwitz, Poesio. TACL 6 (2018), for shrinking workers to the crowd; over labels it is our own.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit, xlogy

from reliabel.core.labels import Floats, Ints, MultiLabel, SoftMultiLabel, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb
from reliabel.ops.set_votes import (
    SetCounts,
    SetRates,
    blocks_of,
    counted_next,
    counts_and_evidence,
    first_guess,
    log_odds_of_votes,
    posterior_of,
    tally_of,
)
from reliabel.ops.variational import prior_strength

STATUS = "default"
ALSO = ("multilabel_votes", "auto_sets")
WARM = 10  # iterations in which the prior is learnt, before it is fixed
ONE = 1.0  # pseudo-counts of how often a label is right, at the mean of all labels
LARGEST = 30_000_000  # workers by labels (1 GB)


def aggregate(
    votes: Votes[MultiLabel],
    *,
    gold: Ints | None = None,
    shared: float = 0.15,
    strength: float = 30.0,
    iterations: int = 200,
    tol: float = 1e-6,
) -> Consensus[SoftMultiLabel]:
    """Alternate the probability of each label of each item and the rates of the workers.

    gold: (n, k) the true answer where it is known (1, 0), -1 elsewhere.
    shared: the share of a vote that the other votes of an item repeat (errors in common): the log
        odds are divided by 1 + ``shared`` for each vote beyond the first, which changes no answer.
        It cannot be learnt from votes; 0 is right for a crowd of independent workers.
    strength: what is known of a worker and of a label counts as much as this many votes beside the
        worker's own on that label.
    ``skill`` is the mean of sensitivity and specificity.  ``info`` holds "sensitivity" and
    "specificity" (w,), and "share" (k,) of items for which each label is right.  ``trace`` is the
    log posterior of the rates.

    >>> y = MultiLabel([[1, 1, 0], [1, 0, 0], [1, 0, -1], [0, 0, 1], [0, 0, 1], [0, 1, 1]])
    >>> found = aggregate(Votes([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], y, n=2, w=3))
    >>> (found.labels.p > 0.5).astype(int).tolist()
    [[1, 0, 0], [0, 0, 1]]
    """
    k, w = votes.labels.k, votes.w
    if w * k > LARGEST:
        raise ValueError(
            f"{w:,} workers by {k:,} labels are more rates than fit ({LARGEST:,}); leave out "
            "labels that are hardly used, or aggregate parts of the labels"
        )
    blocks = blocks_of(votes, gold)
    often = float((votes.labels.y == 1).sum() / max(int((votes.labels.y >= 0).sum()), 1))
    counts = total(lambda block: tally_of(block, first_guess(block, often), w), blocks)
    faith = np.full((2, 2), 4.0)  # of sensitivity, specificity x of workers, labels
    base = np.full((2, w, k), 0.5)
    for _ in range(WARM):
        base, faith = _prior(counts, faith)
        rates = _rates(counts, strength * base, strength, _balance(counts))
        counts = counted_next(blocks, rates, w)
    fixed, mean = strength * base, _balance(counts)

    def step(state: SetCounts) -> tuple[SetCounts, float]:
        rates = _rates(state, fixed, strength, mean)
        table = log_odds_of_votes(rates)
        after, value = total(lambda block: counts_and_evidence(block, rates, table, w), blocks)
        return after, value + _log_prior(rates, fixed, strength, mean)

    counts, trace = climb(step, counts, iterations=iterations, tol=tol * max(len(votes), 1))
    rates = _rates(counts, fixed, strength, mean)
    p = rows(lambda block: posterior_of(block, rates, shared), blocks)
    sensitivity, specificity = _by_worker(counts, fixed, strength)
    info = {"sensitivity": sensitivity, "specificity": specificity, "share": rates.share}
    return Consensus(
        SoftMultiLabel(p, votes.labels.names), (sensitivity + specificity) / 2, trace, info
    )


def _prior(counts: SetCounts, faith: Floats) -> tuple[Floats, Floats]:
    """(2, w, k) the rates that worker and label together lead one to expect, and how many votes
    those of the crowd count for beside the own ones of each worker and each label.
    """
    base, after = [], np.empty((2, 2))
    pairs = (counts.hit, counts.missed), (counts.spared, counts.added)
    for place, (good, bad) in enumerate(pairs):
        common = (good.sum() + 7) / (good.sum() + bad.sum() + 10)
        odds = np.full(good.shape, -logit(common))
        for axis, strength in enumerate(faith[place]):
            right, cast = good.sum(1 - axis), (good + bad).sum(1 - axis)
            after[place, axis] = prior_strength(right, cast, common, strength)
            rate = (right + after[place, axis] * common) / (cast + after[place, axis])
            odds += logit(np.clip(rate, 1e-3, 1 - 1e-3)).reshape((-1, 1) if axis == 0 else (1, -1))
        base.append(expit(odds))
    return np.clip(np.stack(base), 1e-3, 1 - 1e-3), after


def _balance(counts: SetCounts) -> float:
    """How often a label is right, over all labels."""
    return float((counts.right.sum() + 0.5) / (counts.seen.sum() + 1))


def _rates(counts: SetCounts, prior: Floats, strength: float, mean: float) -> SetRates:
    sensitivity = (counts.hit + prior[0]) / (counts.hit + counts.missed + strength)
    specificity = (counts.spared + prior[1]) / (counts.spared + counts.added + strength)
    return SetRates(sensitivity, specificity, (counts.right + ONE * mean) / (counts.seen + ONE))


def _log_prior(rates: SetRates, prior: Floats, strength: float, mean: float) -> float:
    pairs = zip((rates.sensitivity, rates.specificity), prior, strict=True)
    value = sum(
        float((xlogy(of, rate) + xlogy(strength - of, 1 - rate)).sum()) for rate, of in pairs
    )
    share = ONE * (mean * np.log(rates.share) + (1 - mean) * np.log1p(-rates.share))
    return value + float(share.sum())


def _by_worker(counts: SetCounts, prior: Floats, strength: float) -> tuple[Floats, Floats]:
    """(w,) sensitivity and specificity over all labels that a worker saw, NaN without votes."""
    pairs = (counts.hit, counts.missed), (counts.spared, counts.added)
    rates = []
    for (good, bad), of in zip(pairs, prior, strict=True):
        usual = of.mean(1)
        rate = (good.sum(1) + usual) / (good.sum(1) + bad.sum(1) + strength)
        voted = (counts.hit + counts.missed + counts.spared + counts.added).sum(1) > 0
        rates.append(np.where(voted, rate, np.nan))
    return rates[0], rates[1]
