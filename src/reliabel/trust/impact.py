"""Impact: what mending or dropping the labels that look wrong does to a model, judged on labels
that no audit has touched.

Each split leaves a fifth of the items out.  P(wrong) is made of the other items alone, so that no
label that is judged on has a part in a suggestion; the same model is fitted to their labels as
given, with the suspects changed to what is suggested, without the suspects, and without as many
items drawn by chance; all are judged on the same left-out items whose true label is known.
Source: Nadeau, Bengio. Inference for the generalization error. Machine Learning 52 (2003) 239-281;
Bouckaert, Frank. Evaluating the replicability of significance tests for comparing learning
algorithms. PAKDD 2004 (the interval of differences over repeated splits).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as student

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Measure
from reliabel.core.run import track
from reliabel.core.short_repr import by_fields
from reliabel.ops.folds import fold_of
from reliabel.ops.logistic import choose, fit, scale
from reliabel.trust.from_features import from_features
from reliabel.trust.p_wrong import p_wrong

FOLDS = 5
ROWS = 5000  # items that a model is fitted to, drawn by chance where there are more
LEAST = 20  # true labels without which no difference can be told
GIVEN, MENDED, DROPPED, CHANCE = "as given", "mended", "dropped", "dropped by chance"


@dataclass(frozen=True, eq=False)
class Judge:
    """What models are judged on: ``truth`` (n,) the true class, -1 where it is not known, and
    ``weight`` (n,) how much an item counts; ``teaches`` (n,) which items may be learnt from.
    """

    truth: Ints
    weight: Floats
    teaches: Bools

    __repr__ = by_fields


def impact(
    labels: Classes,
    features: Floats,
    judge: Judge,
    *,
    at: float = 0.5,
    repeats: int = 2,
    level: float = 0.95,
    groups: Ints | None = None,
    rng: np.random.Generator,
) -> Measure:
    """The accuracy with the suspects mended less that with the labels as given.

    at: the P(wrong) from which a label is a suspect.
    repeats: how often the items are split into five; each split judges a fifth of them.
    groups: (n,) items of one group are never on both sides of a split.
    The interval is that of the paired differences over the splits, whose variance is corrected for
    their common items.  ``parts["score"]`` holds the accuracy of each way, ``parts["difference"]``
    value, low and high of each against the labels as given, and of dropping the suspects against
    dropping as many by chance; ``info["suspects"]`` the mean share of suspects.
    Raises ValueError with fewer than twenty true labels, and for a threshold or a level that is not
    between 0 and 1.

    >>> rng = np.random.default_rng(0)
    >>> truth = np.arange(400) % 2
    >>> x, given = truth[:, None] + rng.normal(size=(400, 5)) / 2, truth.copy()
    >>> given[:80] = 0
    >>> judge = Judge(truth, np.ones(400), np.ones(400, dtype=bool))
    >>> sorted(impact(Classes(given), x, judge, repeats=1, rng=rng).parts["score"])
    ['as given', 'dropped', 'dropped by chance', 'mended']
    """
    _refuse(judge, at, repeats, level)
    known = (judge.truth >= 0) & (judge.weight > 0)
    scores: list[Mapping[str, float]] = []
    strengths: dict[str, float] = {}
    suspects = []
    splits = [fold_of(labels.y, folds=FOLDS, groups=groups, rng=rng) for _ in range(repeats)]
    for fold, f in track("impact", [(fold, f) for fold in splits for f in range(FOLDS)]):
        held = np.flatnonzero((fold == f) & known)
        learnt = _some(np.flatnonzero((fold != f) & judge.teaches & (labels.y >= 0)), rng)
        if not len(held) or len(np.unique(labels.y[learnt])) < 2:
            continue
        ways, share = _ways(labels.take(learnt), features[learnt], at, rng)
        suspects.append(share)
        models = _models(features[learnt], ways, strengths, rng)
        scores.append({way: _accuracy(m, features, held, judge) for way, m in models.items()})
    if len(scores) < 2:
        raise ValueError(
            f"{len(scores)} of {repeats * FOLDS} splits leave something to learn from and to judge "
            "on, and an interval needs two; give verdicts on more labels"
        )
    return _measured(scores, suspects, int(known.sum()), at, level)


def _refuse(judge: Judge, at: float, repeats: int, level: float) -> None:
    if not 0 < at < 1 or not 0 < level < 1 or repeats < 1:
        raise ValueError(
            f"at and level must lie between 0 and 1 and repeats be 1 or more, got at={at!r:.40}, "
            f"level={level!r:.40}, repeats={repeats!r:.40}"
        )
    many = int(((judge.truth >= 0) & (judge.weight > 0)).sum())
    if many < LEAST:
        raise ValueError(
            f"{many} true labels are known to judge on, and fewer than {LEAST} show no "
            "difference: let people judge more (reliabel sample), or hold out rows whose labels "
            "are right (held_out=)"
        )


def _some(rows: Ints, rng: np.random.Generator) -> Ints:
    return rows if len(rows) <= ROWS else np.sort(rng.choice(rows, ROWS, replace=False))


def _ways(
    labels: Classes, x: Floats, at: float, rng: np.random.Generator
) -> tuple[dict[str, Ints], float]:
    """The labels to learn from in each way, -1 where an item is left out, and the share of
    suspects; made of these items alone.
    """
    found = p_wrong(labels, from_features(labels, x, rng=rng)[0], rng=rng)
    suspect = np.nan_to_num(found.p) >= at
    chance = rng.choice(len(labels), int(suspect.sum()), replace=False)
    ways = {way: labels.y.copy() for way in (GIVEN, MENDED, DROPPED, CHANCE)}
    changed = suspect & (found.suggest >= 0)
    ways[MENDED][changed] = found.suggest[changed]
    ways[DROPPED][suspect] = -1
    ways[CHANCE][chance] = -1
    return ways, float(suspect.mean())


def _models(
    x: Floats, ways: Mapping[str, Ints], strengths: dict[str, float], rng: np.random.Generator
) -> dict[str, Any]:
    """A logistic regression of each way; its strength is chosen on its own labels, in the first
    split, as people would who have those labels alone.
    """
    by, inside = scale(x), rng.permutation(len(x)) % FOLDS == 0
    for way, y in ways.items():
        if way not in strengths:
            strengths[way] = choose(x, y, inside & (y >= 0), by=by, rng=rng)[0]
    return {way: fit(x, y, strength=strengths[way], by=by) for way, y in ways.items()}


def _accuracy(model: Any, features: Floats, held: Ints, judge: Judge) -> float:
    said = model.classes_[model.decision_function(features[held]).argmax(1)]
    return float(np.average(said == judge.truth[held], weights=judge.weight[held]))


def _measured(
    scores: list[Mapping[str, float]], suspects: list[float], judged: int, at: float, level: float
) -> Measure:
    of = {way: np.array([score[way] for score in scores]) for way in scores[0]}
    ends = {way: (way, GIVEN) for way in (MENDED, DROPPED, CHANCE)}
    ends[f"{DROPPED} less {CHANCE}"] = DROPPED, CHANCE
    difference = {
        name: _paired(of[one] - of[other], judged, level) for name, (one, other) in ends.items()
    }
    parts = {
        "score": {way: float(values.mean()) for way, values in of.items()},
        "difference": {
            name: dict(zip(("value", "low", "high"), found, strict=True))
            for name, found in difference.items()
        },
    }
    info = {
        "means": "accuracy with the suspects mended less that with the labels as given",
        "suspects": float(np.mean(suspects)),
        "judged": judged,
        "splits": len(scores),
        "at": at,
        "level": level,
    }
    return Measure(*difference[MENDED], parts, info)


def _paired(gain: Floats, judged: int, level: float) -> tuple[float, float, float]:
    """The mean of paired differences over splits, and the ends of its interval.

    Where no split shows a difference, the interval reaches as far as the number of judged items
    lets a difference hide.

    >>> [round(end, 4) for end in _paired(np.array([0.1, 0.2, 0.3, 0.2]), 100, 0.95)]
    [0.2, 0.0163, 0.3837]
    """
    splits = len(gain)
    variance = (1 / splits + 1 / (FOLDS - 1)) * float(gain.var(ddof=1))
    half = float(student.ppf((1 + level) / 2, splits - 1)) * variance**0.5
    if not gain.any():
        half = float(1 - (1 - level) ** (1 / judged))
    value = float(gain.mean())
    return value, value - half, value + half
