"""Cooling: a model of votes is far too sure of itself, and this makes its probabilities less so.

Dawid-Skene assumes that workers err independently, and is fitted to the very votes that it
explains.  Both make it overconfident, the more so the more votes an item has.  Its log posterior is
therefore divided by a temperature that grows with the votes of the item: twice the number of votes
over the number of independent votes that they are worth.

The constants were chosen on half of 23 crowds with known truth at a time and judged on the other
half; docs/aggregate.md has the figures.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from reliabel.core.labels import Classes, Floats, Soft, Votes
from reliabel.core.results import Consensus

if TYPE_CHECKING:
    from reliabel.ops.dependence import Dependence

SURE = 2.0  # how much too sure a fitted model is of an item with one vote
# The share of disagreements that is taken as missing where votes do not show that more are: shared
# errors cannot be seen in few votes, and in crowds with known truth there always were some.
USUAL = 0.2
# The weight of the posterior under matrices that are shrunk to the crowd's, beside the model's own:
# workers with few votes have matrices that are too extreme.
AGAIN = 0.25


def with_shrunk_matrices(votes: Votes[Classes], found: Consensus[Soft]) -> Consensus[Soft]:
    """A Dawid-Skene consensus, averaged with the posterior under its matrices shrunk to the
    crowd's, which replace them in ``info["confusion"]``.
    """
    from reliabel.ops.crowd import confusion_matrices, votes_posterior

    own = found.labels.p
    confusion, balance = confusion_matrices(votes, own)
    again = votes_posterior(votes, confusion, balance)
    again *= AGAIN
    again += (1 - AGAIN) * own
    info = {**found.info, "confusion": confusion}
    return replace(found, labels=Soft(again, found.labels.names), info=info)


def cooled(votes: Votes[Classes], found: Consensus[Soft], shares: Dependence) -> Consensus[Soft]:
    """A consensus with each log posterior divided by the temperature of its item; classes keep
    their order.
    """
    from reliabel.ops.votes import normalise

    score = np.log(np.maximum(found.labels.p, 1e-300))
    score /= temperatures(votes, shares)[:, None]
    return replace(found, labels=Soft(normalise(score)[0], found.labels.names))


def temperatures(votes: Votes[Classes], shares: Dependence) -> Floats:
    """(n,) twice the votes of each item over the independent votes that they are worth; 1 where
    there is no vote.
    """
    size = np.bincount(votes.item, minlength=votes.n)
    groups, _ = shares.worth(votes)
    missing = max(USUAL, shares.shared)
    each = SURE * size / np.maximum(groups, 1) * (1 + np.maximum(groups - 1, 0) * missing)
    return np.where(size > 0, each, 1.0)
