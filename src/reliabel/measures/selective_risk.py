"""Selective risk: how often a model errs on the items it is surest of, as a curve over their share
and as the area under it (AURC).

Assumes probabilities of a model that has not seen the items.  Errors are counted against the given
labels: wrong labels raise the whole curve, and which of two scores ranks better shows all the same.
Weak with few errors, since the area then rests on a few items.
Cost: O(n k + n log n) for each of ten norms, and 400 draws of O(n) for the interval.
Paper: Geifman, El-Yaniv. Selective classification for deep neural networks. NeurIPS 2017; Cattelan,
Silva. How to fix a broken confidence estimator. UAI 2024; Xia, Laurent, Franchi, Bouganis. Towards
understanding why label smoothing degrades selective classification. ICLR 2025.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Measure
from reliabel.ops.selective import (
    area_interval,
    area_under_curve,
    chosen_norm,
    coverage_at,
    logits_of,
    risk_coverage,
)

ALSO = ("aurc", "risk_coverage")
SCORES = ("best", "probability", "logit_norm")


def measure(
    labels: Classes,
    *,
    probs: Floats,
    rng: Generator,
    by_score: str = "best",
    risk: float = 0.05,
    level: float = 0.95,
) -> Measure:
    """The area under the risk-coverage curve: the mean, over all shares of items, of the share of
    errors among the surest ones.  Less is better.

    by_score: how sure the model is of an item: its largest "probability", its largest logit divided
        by the p-norm of all ("logit_norm"), or the "best" of both.  Logits are the logarithms of
        ``probs`` less their mean; p is that of 1 to 10 with the least area on the given labels.
    risk: ``info["coverage"]`` is the largest share of items with at most this share of errors.
    level: of the interval, a bootstrap over items with p as chosen on all of them.
    ``parts`` holds the "curve" (n, 2) of coverage and risk over the labelled items, the "score"
    (items,) of how sure the model is, NaN without a label, and the areas by "probability", by
    "logit_norm" and of the "oracle" that ranks all errors last; ``info`` the "norm" p that was
    chosen, the "score" that was taken and the "error" share of all items.
    Raises ValueError for another score, and for a risk or a level that is not between 0 and 1.

    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.45, 0.55]])
    >>> found = measure(Classes(np.array([0, 1, 1, 1])), probs=p, rng=np.random.default_rng(0))
    >>> round(found.value, 3), found.info["coverage"]
    (0.146, 0.5)
    """
    if by_score not in SCORES or not 0 < level < 1 or not 0 <= risk <= 1:
        raise ValueError(
            f"by_score must be one of {', '.join(SCORES)}, level lie between 0 and 1 and risk from "
            f"0 to 1, got by_score {by_score!r:.40}, level {level!r:.40} and risk {risk!r:.40}"
        )
    known = labels.y >= 0
    if not known.any():
        nothing = {"score": np.full(len(known), np.nan), "curve": np.empty((0, 2))}
        why = "no interval: there is no label to count an error against"
        return Measure(np.nan, np.nan, np.nan, nothing, {"why": why})
    p = np.asarray(probs, dtype=np.float64)[known]
    wrong = p.argmax(1) != labels.y[known]
    norm, normed = chosen_norm(logits_of(p), wrong)
    scores = {"probability": p.max(1), "logit_norm": normed}
    parts: dict[str, Any] = {name: area_under_curve(score, wrong) for name, score in scores.items()}
    taken = min(scores, key=parts.__getitem__) if by_score == "best" else by_score
    value, score = parts[taken], scores[taken]
    low, high = area_interval(score, wrong, rng, level)
    parts["oracle"] = area_under_curve(-wrong.astype(float), wrong)
    parts["curve"] = np.column_stack(risk_coverage(score, wrong))
    parts["score"] = np.full(len(known), np.nan)
    parts["score"][known] = score
    info = {
        "score": taken,
        "norm": norm,
        "error": float(wrong.mean()),
        "risk": risk,
        "coverage": coverage_at(score, wrong, risk),
        "level": level,
    }
    return Measure(value, min(low, value), max(high, value), parts, info)
