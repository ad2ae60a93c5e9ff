"""Token influence: a label is suspect if a reference model, taught by better data, finds it no
likelier than the base model did.

Token Cleaning for fine-tuning: what lowers the loss from one model to the other is worth training
on.  Assumes two models' probabilities of the same words (or items): ``probs`` of the base model,
``teacher`` of the reference, which has learnt from few labels that are right.  Weak where both
models are equally sure: it ranks wrong labels below the reference's own loss, because a label that
both find unlikely has no influence; it is a choice of what to learn from, not a search for errors.
Of the losses of language models give two classes, the token and any other one: all labels 0, and
probabilities exp(-loss) and the rest.
Experimental: of the words of 5,000 sentences with errors like those of a crowd (one draw, `reliabel
bench run labels`, taggers-influence) a tagger that learnt from the 60 % chosen had an F1 of 67.7,
from as many at random 66.0, from all 67.9; of 90 %, 68.5 against 69.3 at random.  Training a
language model, which the paper does, was not tried.
Cost: O(n k).  Paper: Pang, Di, Zhu, Wei et al. Token cleaning: fine-grained data selection for LLM
supervised fine-tuning. ICML 2025.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Suspicion
from reliabel.ops.confident import own

STATUS = "experimental"


def audit(labels: Classes, *, probs: Floats, teacher: Floats, keep: float = 0.6) -> Suspicion:
    """Score = the chance that the base model wins: its probability of the label divided by the sum
    of both; one half where they agree.  Suggestion = the reference's most probable class.

    keep: share of the labels that is worth training on; info "kept" (n,) says which, over all
    labels together, as the paper cuts, and "influence" is the fall of the loss.

    >>> base, reference = np.array([[0.5, 0.5]] * 2), np.array([[0.9, 0.1], [0.9, 0.1]])
    >>> found = audit(Classes(np.array([0, 1])), probs=base, teacher=reference)
    >>> found.score.round(2).tolist(), found.info["kept"].tolist()
    ([0.36, 0.83], [True, False])
    """
    if not 0 <= keep <= 1:
        raise ValueError(f"keep must be a share of the labels from 0 to 1, got {keep}")
    known = labels.y >= 0
    teacher = np.asarray(teacher)
    base = np.maximum(own(labels.y, probs).astype(float), 1e-9)
    reference = np.maximum(own(labels.y, teacher).astype(float), 1e-9)
    influence = np.log(reference) - np.log(base)
    score = np.where(known & np.isfinite(influence), base / (base + reference), np.nan)
    told = np.flatnonzero(np.isfinite(score))
    kept = np.zeros(len(score), dtype=bool)
    kept[told[np.argsort(score[told], kind="stable")][: round(keep * len(told))]] = True
    best = Classes(np.nan_to_num(teacher, nan=-1.0).argmax(1), labels.names)
    return Suspicion(score, suggest=best, info={"influence": influence, "kept": kept})
