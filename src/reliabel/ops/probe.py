"""The linear probe: logistic regression whose strength and number of steps are chosen by
cross-validation on the labels it is given, wrong ones too.

Early stopping and a small strength do the work of noise robustness.
Source: Zhu, Zhang, Gangrade, Scott. Label noise in learning: ignorance is bliss. NeurIPS 2024.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import track
from reliabel.ops.folds import fold_of, predicted
from reliabel.ops.heads import Heads
from reliabel.ops.logistic import Logistic, Scale, path, scale

STRENGTHS = (0.0001, 0.0003, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
STOPS = (10, 20, 50, 100)
USUAL = (0.001, 20)  # where there are too few items to choose by
LIMIT = 20_000  # rows that the choice is made on
UNSEEN = -30.0  # how far a class without items is below the others, in logits


@dataclass(frozen=True, eq=False)
class Probe:
    """A chosen and fitted probe.

    agreement: share of held-out labels that it predicts as given, NaN where none could be held out.
    tried: that of each (strength, steps).
    """

    head: Heads
    strength: float
    steps: int
    agreement: float
    tried: dict[tuple[float, int], float]

    @property
    def facts(self) -> dict[str, Any]:
        """What is worth keeping of the choice in ``Model.info``; ``tried`` holds rows of strength,
        steps and agreement.
        """
        tried = np.array([(*at, value) for at, value in self.tried.items()]).reshape(-1, 3)
        chosen = {"strength": self.strength, "steps": self.steps, "agreement": self.agreement}
        return {**chosen, "tried": tried}


def probe(
    features: Any,
    y: Ints | Floats,
    names: Sequence[str],
    *,
    rng: Generator,
    folds: int = 3,
    judge: Ints | Floats | None = None,
    groups: Ints | None = None,
    copies: Ints | None = None,
) -> Probe:
    """The probe of all labelled rows, at the strength and steps that agree best with held-out
    labels; ties go to the smaller strength, then to fewer steps.

    y: (n,) classes, -1 unlabelled; or (n, k) floats, how much each class counts in each row.
    judge: what held-out rows are compared with, in either form; ``y`` where not said.  Rows that it
        says nothing of are never held out.
    groups, copies: (n,) ids of rows that are held out together.
    Raises ValueError where no row has a label.

    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> found = probe(x, y, ("low", "high"), rng=np.random.default_rng(0))
    >>> found.head(np.array([[0.5], [4.5]])).p.argmax(1).tolist(), found.agreement
    ([0, 1], 1.0)
    """
    if not (_classes_of(y) >= 0).any():
        raise ValueError(
            "nothing to learn from: no item has a label; give labels to some of the items"
        )
    by, judge = scale(features), y if judge is None else judge
    tried = _tried(features, y, judge, by, folds, rng, {"groups": groups, "copies": copies})
    best = max(tried, key=lambda at: (round(tried[at], 4), -at[0], -at[1]), default=USUAL)
    model = path(features, y, strength=best[0], stops=(best[1],), by=by)[-1]
    return Probe(head_of(model, names, by), *best, tried.get(best, float("nan")), tried)


def head_of(model: Logistic, names: Sequence[str], by: Scale) -> Heads:
    """A fitted model as a head over all classes; a class that it never saw is far below the others.

    by: the scale that its features are standardised by before they meet the weights.
    """
    mean, spread = by
    weight = np.zeros((len(model.weights), len(names)), dtype=np.float32)
    bias = np.full(len(names), UNSEEN, dtype=np.float32)
    weight[:, model.classes_] = model.weights * spread
    bias[model.classes_] = model.bias + np.asarray(mean) @ model.weights
    return Heads(((((weight, bias)),),), np.asarray(mean, dtype=float), spread, tuple(names))


def _tried(
    features: Any,
    y: Ints | Floats,
    judge: Ints | Floats,
    by: Scale,
    folds: int,
    rng: Generator,
    together: Mapping[str, Ints | None],
) -> dict[tuple[float, int], float]:
    """The held-out agreement of each (strength, steps), until two strengths in a row are below the
    best; nothing where too few rows are labelled to hold any out.
    """
    judged, learnt = _classes_of(judge), _classes_of(y)
    known = np.flatnonzero((judged >= 0) | (learnt >= 0))
    if len(known) > LIMIT:
        known = np.sort(rng.choice(known, LIMIT, replace=False))
    x, y, judge, judged = np.asarray(features[known]), y[known], judge[known], judged[known]
    if (judged >= 0).sum() < 2 * folds:
        return {}
    there, fold = judged >= 0, np.full(len(known), -1)
    bundles = {name: None if ids is None else ids[known][there] for name, ids in together.items()}
    fold[there] = fold_of(judged[there], folds=folds, rng=rng, **bundles)
    tried: dict[tuple[float, int], float] = {}
    for strength in track("strength", STRENGTHS):
        scores = [_agreements(x, y, judge, fold == f, strength, by) for f in np.unique(fold[there])]
        agreed = np.sum(scores, 0).tolist()
        tried |= {(strength, stop): s for stop, s in zip(STOPS, agreed, strict=True)}
        if _falls([*tried.values()]):
            break
    return tried


def _agreements(
    x: Floats, y: Ints | Floats, judge: Ints | Floats, held: Bools, strength: float, by: Scale
) -> Floats:
    """(stops,) how much of all that is judged agrees with the held-out predictions."""
    train = np.where(held, -1, y) if y.ndim == 1 else np.where(held[:, None], 0, y)
    if not (_classes_of(train) >= 0).any():
        return np.zeros(len(STOPS))
    inside, top = np.flatnonzero(held), int(_classes_of(judge).max())
    out = []
    for model in path(x, train, strength=strength, stops=STOPS, by=by):
        k = max(top, int(model.classes_.max())) + 1
        guess = predicted(model, x, inside, k).argmax(1)
        if judge.ndim == 1:
            out.append(float((guess == judge[inside]).sum() / (judge >= 0).sum()))
        else:
            out.append(float(judge[inside, guess].sum() / judge.sum()))
    return np.array(out)


def _classes_of(y: Ints | Floats) -> Ints:
    """(n,) the class that counts most in each row, -1 where none counts."""
    return np.asarray(y if y.ndim == 1 else np.where(y.any(1), y.argmax(1), -1), dtype=np.int64)


def _falls(agreements: list[float]) -> bool:
    """Whether the last two strengths are below the best before them."""
    best = np.array(agreements).reshape(-1, len(STOPS)).max(1)
    return len(best) > 2 and bool(best[-2:].max() < best[:-2].max())
