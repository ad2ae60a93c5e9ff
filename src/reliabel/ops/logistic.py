"""Multinomial logistic regression that streams: one pass over blocks of rows a step, so the
features may be a memory map of any size.

L-BFGS on ``strength * sum of losses + |W|^2 / 2`` (the intercept is free), features centred and
divided by their common standard deviation. ``y`` (n,) asks which class, ``y`` (n, k) asks k yes/no
questions at once; -1 is never trained on.  ``y`` (n, k) of floats says how much each class counts
in each row (a distribution, or a weighted label); a row of zeros is never trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Floats, Ints
from reliabel.core.run import Rated, current, stop_if_cancelled, tell, track
from reliabel.ops.chunks import RowBlock, constant, cut, spans, total

STRENGTHS = (0.0003, 0.003, 0.03, 0.3)
LIMIT = 50_000  # rows that the strength is chosen on
Scale = tuple[Floats, float]  # mean (d,), common standard deviation


@dataclass(frozen=True, eq=False)
class Logistic:
    """Multinomial logistic regression with ``weights`` (d, k) and ``bias`` (k,) on raw features.

    ``classes_`` (k,) is the class of each column; ``questions``: k independent yes/no questions.
    """

    weights: Floats
    bias: Floats
    classes_: Ints
    questions: bool = False

    def decision_function(self, x: Any) -> Floats:
        """(b, k) logits."""
        block = _block(x)
        return np.asarray(block @ self.weights.astype(block.dtype), dtype=np.float64) + self.bias

    def predict_proba(self, x: Any) -> Floats:
        """(b, k) probabilities; rows sum to one unless they answer yes/no questions."""
        logit = self.decision_function(x)
        return (
            expit(logit)
            if self.questions
            else np.exp(logit - logsumexp(logit, axis=1, keepdims=True))
        )


def scale(features: Any) -> Scale:
    """Mean of each column and the standard deviation that all columns share."""
    n, d = features.shape
    # subtracted first, so that large means cost no precision
    first = np.asarray(features[0], dtype=np.float64) if n else np.zeros(d)

    def work(block: RowBlock) -> tuple[Floats, float]:
        part = np.asarray(block.read()[0], dtype=np.float64) - first
        return part.sum(0), float(np.einsum("ij,ij->", part, part))

    sums, square = total(work, cut(features))
    shift = sums / n
    return first + shift, float(np.sqrt(max(square / n - shift @ shift, 0) / d)) or 1.0


def fit(
    features: Any,
    y: Ints,
    *,
    strength: float = 0.03,
    iterations: int = 60,
    tol: float = 1e-6,
    by: Scale | None = None,
) -> Logistic:
    """Fit the model to the rows whose label is known.

    by: the scale of the features, if it is known already; (0, 1) leaves them as they are.

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> fit(x, np.array([0, 0, 1, 1]), strength=1.0).predict_proba(x).round(2)[:, 1].tolist()
    [0.22, 0.4, 0.6, 0.78]
    """
    return path(features, y, strength=strength, stops=(iterations,), tol=tol, by=by)[-1]


def path(
    features: Any,
    y: Ints | Floats,
    *,
    strength: float = 0.03,
    stops: Sequence[int] = (10, 20, 50, 100),
    tol: float = 1e-6,
    by: Scale | None = None,
) -> list[Logistic]:
    """The model after each of these numbers of steps (rising), from one descent; those after it
    has converged are all the same.
    """
    mean, spread = scale(features) if by is None else by
    questions = y.ndim == 2 and y.dtype.kind != "f"
    classes: Ints = np.arange(y.shape[1]) if y.ndim == 2 else np.unique(y[y >= 0])
    place = y if y.ndim == 2 else np.where(y >= 0, np.searchsorted(classes, y), -1)
    d, k = features.shape[1], len(classes)
    mean = np.broadcast_to(np.asarray(mean, dtype=np.float64), (d,))
    blocks = cut(constant(features), constant(place), k=max(d, k))
    operations = 4.0 * (blocks[0].stop if blocks else 0) * d * k
    # two classes share one vector of weights, as scikit-learn has it
    weight = 2.0 if k == 2 and not questions else 1.0

    def loss(flat: Floats) -> tuple[float, Floats]:
        stop_if_cancelled()
        w = flat.reshape(d + 1, k)
        inside = w[:-1] / spread
        bias = w[-1] - mean @ inside
        work = Rated(lambda block: _pass(block, inside, bias, questions), operations)
        value, slope, count = total(work, blocks)
        slope = np.vstack([(slope - np.outer(mean, count)) / spread, count]) * strength
        slope[:-1] += weight * w[:-1]
        return strength * value + weight * float((w[:-1] ** 2).sum()) / 2, slope.ravel()

    steps: list[Floats] = []

    def note(xk: Floats) -> None:
        steps.append(xk.copy() if len(steps) + 1 in stops else xk[:0])

    found = minimize(
        loss,
        np.zeros((d + 1) * k),
        jac=True,
        method="L-BFGS-B",
        callback=note,
        options={"maxiter": stops[-1], "gtol": tol * strength * len(y), "ftol": 1e-9},
    )
    made = []
    for stop in stops:
        w = (steps[stop - 1] if stop < len(steps) else found.x).reshape(d + 1, k)
        made.append(Logistic(w[:-1] / spread, w[-1] - mean @ w[:-1] / spread, classes, questions))
    return made


def choose(
    features: Any,
    y: Ints,
    inside: Any,
    *,
    by: Scale,
    rng: np.random.Generator,
    strengths: tuple[float, ...] = STRENGTHS,
) -> tuple[float, float]:
    """Choose the strength with the lowest held-out log loss; returns it and that loss.

    inside: (n,) True for the held-out rows.  Strengths beyond the largest are tried while they
    lower the loss.
    """
    if len(y) > LIMIT:
        rows = np.sort(rng.choice(len(y), LIMIT, replace=False))
        features, y, inside = features[rows], y[rows], inside[rows]
    train = np.where(inside if y.ndim == 1 else inside[:, None], -1, y)
    held = np.flatnonzero(inside & (y >= 0 if y.ndim == 1 else (y >= 0).any(1)))
    if not len(held) or len(np.unique(train[train >= 0])) < 2:
        return strengths[len(strengths) // 2], float("nan")
    features, train = constant(features), constant(train)
    tried: dict[float, float] = {}

    def work(strength: float) -> tuple[float, float]:
        model = fit(features, train, strength=strength, by=by)
        return strength, _log_loss(model, features[held], y[held])

    def keep(found: tuple[float, float]) -> None:
        tried[found[0]] = found[1]
        tell("strength", len(tried), max(len(tried), len(strengths)))

    tell("strength", 0, len(strengths))
    classes = y.shape[1] if y.ndim == 2 else len(np.unique(y))
    each = Rated(work, 65 * 4.0 * len(y) * features.shape[1] * classes)
    current().executor(each, strengths, keep)
    best = min(tried, key=lambda s: tried[s])
    while best == max(tried) and best < 1000:
        current().executor(each, [best * 10], keep)
        if tried[best * 10] > 0.99 * tried[best]:
            break
        best *= 10
    return best, tried[best]


def dynamics(
    features: Any,
    y: Ints,
    k: int,
    *,
    rng: np.random.Generator,
    epochs: int = 30,
    batch: int = 256,
    rate: float = 0.5,
) -> Dynamics:
    """Training dynamics of each given label over epochs of stochastic gradient descent.

    Margin, probability and correctness after each epoch of training on all labels; NaN where
    unlabelled.  Features are standardised; the step is ``rate / sqrt(d)`` with cosine decay.
    """
    mean, spread = scale(features)
    n, d = features.shape
    w, bias = np.zeros((d, k), dtype=np.float32), np.zeros(k, dtype=np.float32)
    known = np.flatnonzero(y >= 0)
    margin, p_given = np.full((2, epochs, n), np.nan, dtype=np.float32)

    def logits(rows: Ints) -> tuple[Floats, Floats]:
        x = ((features[rows] - mean) / spread).astype(np.float32)
        return x, x @ w + bias

    for epoch in track("epochs", range(epochs)):
        step = np.float32(rate / np.sqrt(d) * 0.5 * (1 + np.cos(np.pi * epoch / epochs)))
        order = rng.permutation(known)
        for start in range(0, len(order), batch):
            rows = np.sort(order[start : start + batch])
            x, error = logits(rows)
            error = np.exp(error - logsumexp(error, axis=1, keepdims=True))
            error[np.arange(len(rows)), y[rows]] -= 1
            w -= step * (x.T @ error) / len(rows)
            bias -= step * error.mean(0)
        for start, stop in spans(len(known), max(d, k)):
            rows = known[start:stop]
            _, logit = logits(rows)
            given = logit[np.arange(len(rows)), y[rows]]
            p_given[epoch, rows] = np.exp(given - logsumexp(logit, axis=1))
            logit[np.arange(len(rows)), y[rows]] = -np.inf
            margin[epoch, rows] = given - logit.max(1)
    return Dynamics(margin, p_given, margin > 0)


def _pass(
    block: RowBlock, w: Floats, bias: Floats, questions: bool
) -> tuple[float, Floats, Floats]:
    """Loss and its gradient in the weights and in the bias, over the labelled rows of a block."""
    x, y = block.read()
    x = _block(x)
    logit = x @ w.astype(x.dtype)
    logit += bias.astype(x.dtype)
    if questions:
        known = y >= 0
        error = np.where(known, expit(logit) - y, 0)
        value = float(
            np.where(known, np.logaddexp(0, logit) - np.where(known, y, 0) * logit, 0).sum(
                dtype=np.float64
            )
        )
    elif y.ndim == 2:
        y = y.astype(x.dtype, copy=False)
        logit -= logit.max(1, keepdims=True)
        error = np.exp(logit)
        mass, counts = error.sum(1), y.sum(1)
        value = float(counts @ np.log(mass) - np.einsum("ij,ij->", y, logit, dtype=np.float64))
        error *= (counts / mass)[:, None]
        error -= y
    else:
        keep = np.flatnonzero(y >= 0)
        logit -= logit.max(1, keepdims=True)
        error = np.exp(logit)
        mass = error.sum(1)
        value = float((np.log(mass[keep]) - logit[keep, y[keep]]).sum(dtype=np.float64))
        error *= np.where(y >= 0, 1 / mass, 0)[:, None].astype(x.dtype)
        error[keep, y[keep]] -= 1
    return value, np.asarray(x.T @ error, dtype=np.float64), error.sum(0, dtype=np.float64)


def _log_loss(model: Logistic, x: Any, y: Ints) -> float:
    probs = np.clip(model.predict_proba(x), 1e-12, 1 - 1e-12)
    if model.questions:
        return float(-np.log(np.where(y == 1, probs, 1 - probs))[y >= 0].mean())
    full = np.full((len(y), int(max(y.max(), model.classes_.max())) + 1), 1e-12)
    full[:, model.classes_] = probs
    return float(-np.log(full[np.arange(len(y)), y]).mean())


def _block(x: Any) -> Floats:
    block: Floats = np.asarray(x)
    return block if block.dtype in (np.float32, np.float64) else block.astype(np.float32)
