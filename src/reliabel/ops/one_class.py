"""Sources that vote for one class only, such as rules: whenever they vote, they vote for the same
class whatever the true one, so that models of skill learn nothing from them and follow the largest
class.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Votes

NARROW = 0.95  # of a source's votes for one class, beyond which it is one of these
HABIT = 20  # votes from which a worker can count as one: a judgement, not measured
ONE_SIDED = 0.9  # share of one class among all votes from which nobody does: a judgement
CELLS = 2**28  # of a table of workers by classes (2 GB), beyond which nobody does: a judgement


def one_class_share(votes: Votes[Classes]) -> float:
    """The share of votes from one-class sources: workers with twenty votes or more, nearly all for
    one class; 0 where the crowd as a whole votes for one class.

    >>> item, worker = np.arange(80), np.repeat([0, 1], 40)
    >>> one_class_share(Votes(item, worker, Classes(worker), 80, 2))
    1.0
    """
    k = votes.labels.k
    if not len(votes) or votes.w * k > CELLS:
        return 0.0
    table = np.bincount(
        votes.worker.astype(np.int64) * k + votes.labels.y, minlength=votes.w * k
    ).reshape(votes.w, k)
    size = table.sum(1)
    narrow = (table.max(1) > NARROW * size) & (size >= HABIT)
    one_sided = table.sum(0).max() >= ONE_SIDED * len(votes)
    return 0.0 if one_sided else float(size[narrow].sum() / len(votes))
