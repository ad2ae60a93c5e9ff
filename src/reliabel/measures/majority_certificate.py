"""Majority certificate: whether a majority vote is as accurate as the best rule for these votes,
and how much accuracy it loses if not.

Compares the best rule under the fitted confusion matrices with a majority (ties share the credit).
It is as good as the model, whose posterior is overconfident, which makes the gap too large.
Cost: that of IBCC, or O(v + n k) for a given posterior.
Paper: Purificato et al. The majority vote paradigm shift: when popular meets optimal, 2025.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Votes
from reliabel.core.results import Measure
from reliabel.ops.chunks import rows, total
from reliabel.ops.majority import majority_is_best
from reliabel.ops.variational import climb_bound, posterior_summary
from reliabel.ops.votes import Block, check_matrices_fit, tally, vote_shares, votes_matrix

ALSO = ("majority_vote_certificate", "certificate")


def measure(
    votes: Votes[Classes],
    *,
    rng: Generator,
    posterior: Floats | None = None,
    level: float = 0.95,
    resamples: int = 2000,
) -> Measure:
    """Expected accuracy of the best rule less that of a majority, with an interval by resampling
    items.

    posterior: (n, k) of the model to compare with; by default IBCC is fitted.
    level: of the interval.
    resamples: of the items.
    ``parts`` holds the "verdict", the accuracies of the "best" rule and of the "majority", the
    share of items on which they "differ", and "optimal_if_workers_were_alike".

    >>> item, worker = np.repeat(np.arange(40), 3), np.tile(np.arange(3), 40)
    >>> v = Votes(item, worker, Classes(np.where(worker == 2, 0, item % 2)), n=40, w=3)
    >>> m = measure(v, rng=np.random.default_rng(0))
    >>> round(m.value, 2), m.parts["verdict"]
    (0.0, 'optimal')
    """
    blocks = votes_matrix(votes)
    model = "IBCC" if posterior is None else "the posterior given"
    if posterior is None:
        posterior = _ibcc(votes, blocks)
    best, plain, differ, size = rows(lambda block: _items(block, posterior), blocks)
    voted = size > 0
    if not voted.any():
        unknown = {"verdict": "cannot say: no votes"}
        return Measure(np.nan, np.nan, np.nan, unknown, {"why": "there are no votes"})
    gap = (best - plain)[voted]
    low, high = _interval(gap, level, resamples, rng)
    balance = posterior[voted].mean(0)
    right = float(np.clip((plain[voted] * size[voted]).sum() / size[voted].sum(), 1e-6, 1 - 1e-6))
    parts: dict[str, Any] = {
        "verdict": _verdict(float(gap.mean()), low, high, float(size[voted].mean())),
        "best": float(best[voted].mean()),
        "majority": float(plain[voted].mean()),
        "differ": float(differ[voted].mean()),
        "optimal_if_workers_were_alike": majority_is_best(right, balance),
    }
    info = {"model": model, "level": level, "assumes": "the model's noise is the true one"}
    return Measure(float(gap.mean()), low, high, parts, info)


def _items(block: Block, posterior: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """(items,) the chance that the best rule is right; the chance that a majority is; the share of
    the majority's classes that are not the best; the number of votes.
    """
    mine = posterior[block.start : block.start + len(block)]
    part = vote_shares(block)
    top = part >= part.max(1, keepdims=True) - 1e-12
    credit = top / top.sum(1, keepdims=True)
    wins = mine >= mine.max(1, keepdims=True) - 1e-12
    return (
        mine.max(1),
        (credit * mine).sum(1),
        1 - (credit * wins).sum(1),
        np.diff(block.votes.indptr).astype(float),
    )


def _interval(gap: Floats, level: float, resamples: int, rng: Generator) -> tuple[float, float]:
    n = len(gap)
    if n > 2000:  # the resampling distribution of a mean of so many is normal
        means = gap.mean() + gap.std() / np.sqrt(n) * rng.standard_normal(resamples)
    else:
        means = rng.multinomial(n, np.full(n, 1 / n), size=resamples) @ gap / n
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return max(float(low), 0.0), max(float(high), 0.0)


def _verdict(gap: float, low: float, high: float, votes: float) -> str:
    if votes < 3:
        return f"cannot say: {votes:.2g} votes an item, and the model needs three"
    if high - low > 0.02 and low < 0.02:
        return f"cannot say: between {100 * low:.1f} and {100 * high:.1f} points"
    return "optimal" if gap < 0.001 else f"loses about {100 * gap:.1f} points"


def _ibcc(votes: Votes[Classes], blocks: list[Block]) -> Floats:
    check_matrices_fit(votes)
    k = votes.labels.k
    prior = np.where(np.eye(k, dtype=bool), 4.0, 1.0)[None]
    start = total(lambda block: tally(block, vote_shares(block)), blocks)
    counts, _ = climb_bound(votes, blocks, start, prior, iterations=200, tol=1e-6)
    return posterior_summary(votes, blocks, counts, prior)[0]
