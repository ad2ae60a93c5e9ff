"""KOS: message passing between items and workers learns how reliable each worker is; the sign of
the weighted sum of votes is the answer.

Assumes a sparse random regular design (each item goes to the same small number of workers, drawn at
random).  Weak on dense designs, at times far below majority.  Its scores are no probabilities.
Cost: O(v k) per iteration, memory O(v).
Paper: Karger, Oh, Shah. Iterative learning for reliable crowdsourcing systems. NIPS 2011;
Operations Research 62 (2014).
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.core.run import track
from reliabel.ops.votes import group_sums

STATUS = "experimental"


def aggregate(votes: Votes[Classes], *, iterations: int = 10) -> Consensus[Soft]:
    """Pass messages for each class against the rest, and turn the scores into probabilities.

    Scores are divided by their root mean square and go through a logistic function.
    ``info`` holds "score" (n, k) and "trust" (w,).

    >>> item, worker = np.repeat(np.arange(6), 3), np.tile(np.arange(3), 6)
    >>> v = Votes(item, worker, Classes(np.where(worker == 2, 0, item % 2)), n=6, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1, 0, 1, 0, 1]
    """
    k = votes.labels.k
    if k == 2:
        one, trust = _scores(votes, 1, iterations)
        score, trusts = np.stack([-one, one], axis=1), [trust]
    else:
        columns = [_scores(votes, c, iterations) for c in range(k)]
        score, trusts = (
            np.stack([column for column, _ in columns], axis=1),
            [trust for _, trust in columns],
        )
    chance = 1 / (1 + np.exp(-score))
    chance /= chance.sum(1, keepdims=True)
    voted = np.bincount(votes.item, minlength=votes.n) > 0
    if voted.any():
        chance[~voted] = chance[voted].mean(0)
    cast = np.bincount(votes.worker, minlength=votes.w)
    right = group_sums(votes.worker, chance[votes.item, votes.labels.y], votes.w)
    skill = np.divide(right, cast, out=np.full(votes.w, np.nan), where=cast > 0)
    return Consensus(
        Soft(chance, votes.labels.names),
        skill,
        info={"score": score, "trust": np.mean(trusts, axis=0)},
    )


def _scores(votes: Votes[Classes], label: int, iterations: int) -> tuple[Floats, Floats]:
    """(n,) score of the class against the rest, and (w,) trust in each worker; their sign is chosen
    so that scores agree with the votes on the whole.
    """
    vote = np.where(votes.labels.y == label, 1.0, -1.0)
    message: Floats = np.ones(len(votes))
    for _ in track("rounds", range(iterations)):
        to_worker = _others(votes.item, vote * message, votes.n)
        message = _others(votes.worker, vote * to_worker, votes.w)
        size = np.sqrt((message**2).mean()) if len(message) else 0.0
        message = message / size if size > 0 else np.ones(len(votes))
    score = group_sums(votes.item, vote * message, votes.n)
    trust = group_sums(votes.worker, message, votes.w)
    if (score * group_sums(votes.item, vote, votes.n)).sum() < 0:
        score, trust = -score, -trust
    size = float(np.sqrt((score**2).mean())) if len(score) else 0.0
    return score / (size or 1.0), trust


def _others(group: Ints, value: Floats, size: int) -> Floats:
    """For each vote the sum over the other votes of its group."""
    return np.asarray(group_sums(group, value, size)[group] - value)
