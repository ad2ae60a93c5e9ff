"""Disagreement: a label is suspect if a model that did not train on it predicts another class, the
surer of that prediction the more.

The prediction is the reference that people are shown beside the given label; they decide.  Unlike
self-confidence it ranks by how sure the model is of its own class, so that a label just below a
spread-out rest comes late.
Assumes out-of-fold probabilities. Weak where the model is often wrong with confidence: rare classes
and rules that the labels follow by mistake.
Cost: O(n k), memory O(n). Paper: Guo. The Re-Label method for data-centric machine learning. 2023.
arXiv:2302.04391.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, rows

STATUS = "optional"
ALSO = ("re_label",)


def audit(labels: Classes, *, probs: Floats) -> Suspicion:
    """Flag = the prediction differs from the label; score = (1 + its probability) / 2 there and
    (1 - its probability) / 2 elsewhere; suggestion = the prediction.

    ``info`` holds "agreement", the share of labels that are predicted as given.

    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    >>> found = audit(Classes(np.array([0, 1, 0])), probs=p)
    >>> found.score.round(2).tolist(), found.flag.tolist(), found.suggest.y.tolist()
    ([0.05, 0.8, 0.9], [False, True, True], [0, 0, 1])
    """
    score, flag, best = rows(lambda block: _judge(*block.read()), cut(labels.y, probs))
    known = int((labels.y >= 0).sum())
    info = {"agreement": 1 - int(flag.sum()) / known if known else float("nan")}
    return Suspicion(score, flag, Classes(best, labels.names), info=info)


def _judge(y: Ints, probs: Floats) -> tuple[Floats, Bools, Ints]:
    best, known = probs.argmax(1), y >= 0
    sure = probs.max(1).astype(float)
    given = probs[np.arange(len(y)), np.maximum(y, 0)]
    # a tie with the given label is no disagreement
    flag = known & (given < probs.max(1))
    score = np.where(known, (1 + np.where(flag, sure, -sure)) / 2, np.nan)
    return score, flag, np.where(known & ~flag, y, best)
