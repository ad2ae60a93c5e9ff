"""Area under the margin: mean margin of the given label over the best other class during training.

Assumes that a model learns what correct labels have in common before it memorises the wrong ones.
Weak if wrong labels follow a rule, and if training went on long after every label was fitted. The
dynamics come from a model that was trained on the audited labels.  Threshold items find most wrong
labels, and with weak features flag as many hard ones beside them.
Cost: O(epochs n); with threshold items two trainings of a linear model more, O(epochs n d k).
Paper: Pleiss, Zhang, Elenberg, Weinberger. NeurIPS 2020.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.learnt import first_epochs

STATUS = "optional"
ALSO = ("aum",)
SMALL = {"threshold": True}


def audit(
    labels: Classes,
    *,
    dynamics: Dynamics,
    features: Floats | None = None,
    rng: Generator | None = None,
    epochs: int = 0,
    threshold: bool = False,
    percentile: float = 99.0,
) -> Suspicion:
    """Score = minus the mean margin of the given label.  Labels are flagged with ``threshold``.

    epochs: only the first so many are used, 0 = all.
    threshold: flag labels by threshold items, as in the paper.  A linear model is trained on the
        ``features`` twice; each time n / (k + 1) other items, drawn at random, get an extra class
        that no item belongs to.  A label is flagged if its margin in these trainings lies below
        nearly all margins that the extra class reached, on average over the trainings in which the
        item kept its label.
    percentile: of the margins of the threshold items, below which labels are flagged.
    ``info`` holds the "thresholds" of the two trainings, or the reason why nothing is flagged.
    Raises ValueError for a percentile that is not from 0 to 100.

    >>> margin = np.array([[1.0, -2.0], [3.0, -1.0]])
    >>> seen = Dynamics(margin, np.exp(margin) / (1 + np.exp(margin)), margin > 0)
    >>> audit(Classes(np.array([0, 1])), dynamics=seen).score.tolist()
    [-2.0, 1.5]
    """
    if not 0 <= percentile <= 100:
        raise ValueError(f"percentile must lie from 0 to 100, got {percentile!r}")
    seen = first_epochs(dynamics, len(labels), epochs)
    area = np.asarray(seen.margin, dtype=np.float64).mean(0)
    score = np.where(labels.y >= 0, -area, np.nan)
    said = Suspicion(score, info={"epochs": len(seen.margin)})
    if not threshold:
        return said
    why = _why_not(labels.y, features)
    if why or features is None:
        return replace(said, info={**said.info, "why_no_flags": why})
    flag, levels = _below_threshold(
        features, labels.y, np.random.default_rng(0) if rng is None else rng, epochs, percentile
    )
    return replace(said, flag=flag, info={**said.info, "thresholds": levels})


def _why_not(y: Ints, features: Any) -> str:
    """Why there can be no threshold items; nothing where there can."""
    if features is None or np.ndim(features) != 2:
        return "threshold items need features, one vector an item, to train on"
    n, classes = int((y >= 0).sum()), len(np.unique(y[y >= 0]))
    few = classes < 2 or n < 10 or n // (classes + 1) < 2
    return f"threshold items need ten items of two classes, got {n} of {classes}" if few else ""


def _below_threshold(
    features: Any, y: Ints, rng: Generator, epochs: int, percentile: float
) -> tuple[Bools, list[float]]:
    """(n,) which margins lie below those of threshold items, and the thresholds."""
    from reliabel.ops.logistic import dynamics

    known = np.flatnonzero(y >= 0)
    classes, place = np.unique(y[known], return_inverse=True)
    k, order = len(classes), known[rng.permutation(len(known))]
    many = len(known) // (k + 1)
    off, levels = np.zeros(len(y)), []
    for start in (0, many):
        fakes = order[start : start + many]
        given = np.full(len(y), -1)
        given[known], given[fakes] = place, k
        learnt = dynamics(features, given, k + 1, rng=rng)
        area = learnt.margin[: epochs or None].mean(0, dtype=np.float64)
        levels.append(float(np.percentile(area[fakes], percentile)))
        off += np.where((given >= 0) & (given < k), area - levels[-1], 0.0)
    return off < 0, levels
