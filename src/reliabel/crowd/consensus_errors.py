"""How many consensus labels are wrong: the model's own expectation or the errors on gold items,
each with its interval and the condition under which it holds.

A consensus cannot see an error that most of an item's voters share, so that its certainty is off by
more than sampling.  The interval around the model's expectation is therefore an empirical one: in
log odds, the true share of wrong labels lay at most 1.0 above the share that ``auto`` expects, and
at most 1.0 below it but once, in 23 crowds with known truth (python -m
reliabel.bench.consensus_errors measures it).  Its low end reaches down to what independent errors
would leave, where that is less: a crowd may be as good.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes
from reliabel.core.results import Interval
from reliabel.core.short_repr import by_fields
from reliabel.ops.agreement import wilson
from reliabel.ops.crowd import confusion_matrices, votes_posterior
from reliabel.ops.votes import AFFORDABLE

BELOW, ABOVE = 1.0, 1.0  # in log odds, around the expected share
LEVEL = 0.9  # of the empirical interval
JEFFREYS = 0.5  # none wrong of forty does not mean that none is wrong: Beta(1/2, 1/2)
ENOUGH = 20  # gold items with votes from which on they make the estimate


@dataclass(frozen=True, eq=False)
class ConsensusErrors:
    """The number of wrong consensus labels among the items with votes: ``count`` with its interval
    and condition; ``gold`` (items, wrong) are the gold items with votes and how many of them the
    votes alone get wrong, None without gold.
    """

    count: Interval
    items: int
    gold: tuple[int, int] | None = None

    __repr__ = by_fields


def consensus_errors(
    votes: Votes[Classes],
    posterior: Floats,
    gold: Ints | None = None,
    *,
    matrices: bool = True,
) -> ConsensusErrors:
    """Wrong consensus labels, given the posterior (n, k) and the true class of gold items (n,), -1
    where it is not known.

    matrices: whether confusion matrices describe the workers; they do not describe labelling
        functions, whose posterior is taken as it is: give gold only where it was made without.
    """
    voted = np.bincount(votes.item, minlength=votes.n) > 0
    items = int(voted.sum())
    at_gold = None if gold is None else _on_gold(votes, posterior, gold, voted, matrices)
    if at_gold is not None and at_gold[0] >= ENOUGH:
        return ConsensusErrors(_by_gold(items, *at_gold), items, at_gold)
    least = _if_independent(votes, posterior, voted) if matrices else float("inf")
    return ConsensusErrors(_by_model(posterior[voted].max(1), least), items, at_gold)


def _if_independent(votes: Votes[Classes], posterior: Floats, voted: Bools) -> float:
    """The lower end of the number of wrong labels where workers err independently: the expectation
    of their matrices' own posterior, less 1.64 standard deviations; infinite where the matrices
    would not fit in memory.
    """
    if votes.w * votes.labels.k**2 > AFFORDABLE:
        return float("inf")
    p = votes_posterior(votes, *confusion_matrices(votes, posterior))[voted].max(1)
    return max(float((1 - p).sum() - 1.64 * np.sqrt((p * (1 - p)).sum())), 0.0)


def _by_model(p: Floats, least: float) -> Interval:
    """From the probability (voted,) of each consensus label."""
    items, wrong = len(p), float((1 - p).sum())
    if not 0 < wrong < items:
        low, high = wrong, wrong
    else:
        centre = logit(wrong / items)
        low, high = (items * float(expit(centre + step)) for step in (-BELOW, ABOVE))
        low = min(low, least)
    return Interval(
        wrong,
        low,
        high,
        LEVEL,
        "model",
        "workers err as independently as in the crowds where this was measured",
    )


def _by_gold(items: int, checked: int, wrong: int) -> Interval:
    low, high = (
        items * float(end[0]) for end in wilson(np.array([wrong]), np.array([float(checked)]))
    )
    return Interval(
        items * (wrong + JEFFREYS) / (checked + 2 * JEFFREYS),
        low,
        high,
        0.95,
        "gold",
        "the gold items were chosen by chance",
    )


def _on_gold(
    votes: Votes[Classes], posterior: Floats, gold: Ints, voted: Bools, matrices: bool
) -> tuple[int, int]:
    """How many gold items have votes, and how many of them the votes alone get wrong."""
    use = np.flatnonzero((gold >= 0) & voted)
    if not len(use):
        return 0, 0
    alone = posterior
    if matrices:
        alone = votes_posterior(votes, *confusion_matrices(votes, posterior))
    return len(use), int((alone[use].argmax(1) != gold[use]).sum())
