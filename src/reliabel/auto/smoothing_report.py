"""The smoothing report: what label smoothing does to a model beside its accuracy.

Smoothed targets change how sure a model is, how well its doubts rank its errors, what a student
learns from it, and how easily its training items can be told from others.  The report trains the
same model with several smoothing rates on one half of the items and looks at the other half.
Papers: Müller, Kornblith, Hinton. When does label smoothing help? NeurIPS 2019; Xia, Laurent,
Franchi, Bouganis. Towards understanding why label smoothing degrades selective classification. ICLR
2025; Struppek, Hintersdorf, Kersting. Be careful what you smooth for. ICLR 2024.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints, Soft
from reliabel.core.results import Model
from reliabel.core.short_repr import many, short
from reliabel.core.training import Training

RATES = (-0.1, 0.0, 0.1, 0.3)
WARMTHS = (1.0, 2.0, 4.0)  # of the teacher's probabilities that a student learns from
STEPS = 150  # of the inversion
FEWEST = 20  # items on either side of the split
Learn = Callable[[Classes | Soft, Any, Generator], Model]  # labels, features, rng -> model
COLUMNS = {
    "accuracy": "share of right classes on items that were not trained on",
    "calibration_error": "how far the largest probability is from the share of right answers",
    "tempered_error": "the same after a temperature that was fitted to other items",
    "aurc": "area under the risk-coverage curve by the largest probability",
    "aurc_norm": "the same by logits divided by their p-norm, p chosen on other items",
    "student_1": "accuracy of a student of the model's probabilities",
    "student_2": "the same at temperature 2",
    "student_4": "the same at temperature 4",
    "within": "variance within classes as a share of all, before the last layer",
    "leakage": "chance that a loss nearer to the median of training items is one of theirs",
    "inversion": "how far from a class an input made from the model is, in distances of classes",
}


@dataclass(frozen=True, eq=False)
class SmoothingReport:
    """One row a smoothing rate: ``value`` and ``error``, the standard error over the splits (NaN
    for one split), hold an array (rates,) for each name of ``COLUMNS``.
    """

    rates: tuple[float, ...]
    value: Mapping[str, Floats]
    error: Mapping[str, Floats]
    repeats: int

    def __repr__(self) -> str:
        return short(self, many(len(self.rates), "rate"), many(self.repeats, "split"))

    @property
    def penalty(self) -> Floats:
        """(rates,) by how much the best student of the rate nearest to 0 is more accurate than the
        best of each.
        """
        best = np.max([self.value[name] for name in self.value if name.startswith("student")], 0)
        return np.asarray(best[int(np.argmin(np.abs(self.rates)))] - best)

    def table(self) -> str:
        """A Markdown table with a row a quantity and a column a rate."""
        head = ["", *(f"{rate:g}" for rate in self.rates)]
        lines = [head, ["---", *("---:" for _ in self.rates)]]
        rows = {**self.value, "distillation penalty": self.penalty}
        lines += [[name, *(f"{value:.3f}" for value in row)] for name, row in rows.items()]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def smoothing_report(
    labels: Classes,
    *,
    features: Floats,
    truth: Ints | None = None,
    rates: Sequence[float] = RATES,
    make: Callable[[float], Learn] | None = None,
    training: Training | None = None,
    members: int = 0,
    repeats: int = 3,
    seed: int = 0,
) -> SmoothingReport:
    """Train a model for each smoothing rate and measure what smoothing did to it.

    truth: (n,) the true classes that answers are compared with; None takes the given labels.
    make: a function rate -> (function labels, features, rng -> Model); None trains the built-in
        ``label_smoothing``, with ``training``.  Students get Soft labels at rate 0.
    members: items that are trained on; 0 takes half of those that have a label.
    repeats: splits into items that are trained on and others; values are their means.
    Raises ValueError where fewer than 20 items would be on either side, and for no rates.
    """
    known = np.flatnonzero(labels.y >= 0)
    size = members or len(known) // 2
    if not rates or repeats < 1 or not FEWEST <= size <= len(known) - FEWEST:
        raise ValueError(
            f"a smoothing report needs at least one rate, one split and {FEWEST} items both to "
            f"train on and to look at, got {len(rates)} rates, {repeats} splits, {size} items to "
            f"train on and {len(known) - size} others"
        )
    learners = make or _built_in(training or Training(keep="last", hold_out=0.0, hidden=64))
    answer = labels.y if truth is None else np.asarray(truth)
    found: list[list[dict[str, float]]] = []
    for split in range(repeats):
        order = np.random.default_rng([seed, split]).permutation(known)
        rows = _Rows(labels, features, answer, order[:size], order[size:], seed + split)
        found.append([_one(rows, rate, learners) for rate in rates])
    table = {name: np.array([[row[name] for row in each] for each in found]) for name in COLUMNS}
    spread = {
        name: cells.std(0, ddof=1) / np.sqrt(repeats)
        if repeats > 1
        else np.full(len(rates), np.nan)
        for name, cells in table.items()
    }
    mean = {name: cells.mean(0) for name, cells in table.items()}
    return SmoothingReport(tuple(rates), mean, spread, repeats)


@dataclass(frozen=True)
class _Rows:
    """The items of one split, ``inside`` and ``outside`` of what is trained on."""

    labels: Classes
    features: Floats
    answer: Ints
    inside: Ints
    outside: Ints
    seed: int

    def train(self, learn: Learn, labels: Classes | Soft) -> Model:
        return learn(labels, self.features[self.inside], np.random.default_rng(self.seed))


def _built_in(training: Training) -> Callable[[float], Learn]:
    from reliabel.core.catalogue import find

    learn = find("learn", "label_smoothing").load()

    def at(rate: float) -> Learn:
        return lambda labels, features, rng: learn(
            labels, features=features, rng=rng, training=training, smoothing=rate
        )

    return at


def _one(rows: _Rows, rate: float, make: Callable[[float], Learn]) -> dict[str, float]:
    """All numbers of one model."""
    from reliabel.ops.calibration import calibration_error, leakage

    given = rows.labels.take(rows.inside)
    model = rows.train(make(rate), given)
    seen, fresh = (_probs(model, rows.features[part]) for part in (rows.inside, rows.outside))
    answer = rows.answer[rows.outside]
    return {
        "accuracy": float((fresh.argmax(1) == answer).mean()),
        "calibration_error": calibration_error(fresh, answer),
        **_on_halves(fresh, answer),
        **_students(rows, seen, make(0.0), given.names),
        "within": _within(model, rows),
        "leakage": leakage(_loss(seen, given.y), _loss(fresh, rows.labels.y[rows.outside])),
        "inversion": inversion_distance(model, rows.features[rows.inside], given.y),
    }


def inversion_distance(model: Model, features: Floats, y: Ints) -> float:
    """How far from its class mean an input ends that climbs the model's logit of the class from the
    mean of all, 150 steps that together reach as far as class means lie apart; in units of that
    distance, mean over the classes.  Any model that predicts Soft will do: slopes are differences.
    NaN with fewer than two classes, and for features that are no vectors.
    """
    classes = np.unique(y)
    if features.ndim != 2 or len(classes) < 2:
        return float("nan")
    means = np.array([features[y == c].mean(0, dtype=np.float64) for c in classes])
    pairs = np.linalg.norm(means[:, None] - means[None], axis=2)
    unit = pairs.sum() / (len(classes) * (len(classes) - 1))
    start = features.mean(0, dtype=np.float64)
    far = [
        np.linalg.norm(_climbed(model, start, int(c), unit / STEPS) - mean) / unit
        for c, mean in zip(classes, means, strict=True)
    ]
    return float(np.mean(far)) if unit else float("nan")


def _climbed(model: Model, x: Floats, c: int, step: float) -> Floats:
    """Where steps of this length up the logit of class c lead."""
    from reliabel.ops.selective import logits_of

    probes = np.vstack([np.zeros(len(x)), np.eye(len(x)) * step])
    for _ in range(STEPS):
        z = logits_of(_probs(model, (x + probes).astype(np.float32)))
        z = z[:, c] - z.mean(1)
        slope = z[1:] - z[0]
        size = float(np.linalg.norm(slope))
        if size == 0:
            break
        x = x + step * slope / size
    return x


def _probs(model: Model, features: Any) -> Floats:
    """(b, k) what the model says of these rows, in double precision."""
    return np.asarray(cast(Soft, model.predict(features)).p, dtype=np.float64)


def _loss(p: Floats, y: Ints) -> Floats:
    return np.asarray(-np.log(np.maximum(p[np.arange(len(y)), y], 1e-30)))


def _on_halves(p: Floats, y: Ints) -> dict[str, float]:
    """What is fitted on one half of the items and measured on the other, both ways."""
    from reliabel.ops.calibration import calibration_error, fitted_temperature
    from reliabel.ops.held_out import tempered
    from reliabel.ops.selective import area_under_curve, chosen_norm, logit_norm, logits_of

    half = np.arange(len(p)) % 2 == 0
    z, wrong, cooled, normed = logits_of(p), p.argmax(1) != y, [], []
    for fit, see in ((half, ~half), (~half, half)):
        cooled.append(
            calibration_error(tempered(p[see], fitted_temperature(p[fit], y[fit])), y[see])
        )
        norm, _ = chosen_norm(z[fit], wrong[fit])
        normed.append(area_under_curve(logit_norm(z[see], norm), wrong[see]))
    return {
        "tempered_error": float(np.mean(cooled)),
        "aurc": area_under_curve(p.max(1), wrong),
        "aurc_norm": float(np.mean(normed)),
    }


def _students(rows: _Rows, seen: Floats, learn: Learn, names: Sequence[str]) -> dict[str, float]:
    """Accuracy of students of the teacher's probabilities at each temperature."""
    from reliabel.ops.held_out import tempered

    out = {}
    for warmth in WARMTHS:
        soft = tempered(seen, warmth)
        student = rows.train(learn, Soft(soft / soft.sum(1, keepdims=True), names))
        said = _probs(student, rows.features[rows.outside]).argmax(1)
        out[f"student_{warmth:g}"] = float((said == rows.answer[rows.outside]).mean())
    return out


def _within(model: Model, rows: _Rows) -> float:
    """Variance within the given classes as a share of all, of what goes into the last layer; NaN
    where the predictor does not show that.
    """
    embed = getattr(model.predict, "embed", None)
    if embed is None:
        return float("nan")
    h, y = embed(rows.features[rows.inside]), rows.labels.y[rows.inside]
    inside = sum(((h[y == c] - h[y == c].mean(0)) ** 2).sum() for c in np.unique(y))
    total = ((h - h.mean(0)) ** 2).sum()
    return float(inside / total) if total > 0 else float("nan")
