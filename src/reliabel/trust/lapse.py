"""The lapse model: a distribution over true classes, and a small probability of labelling mistakes.

A conditional logit (the stack) turns evidence tables into a distribution over the true class of
each item.  With a small probability, the lapse, which grows with the difficulty of the item, the
given label is not the true class but another class that looks likely.  Difficulty is the log-odds
that the evidence is not sure of its class: measured so, errors of people grow with it at about the
same rate whether the evidence is weak or strong.

The functions work on cells: the evidence of a block of cases with classes on the first axis, so
that sums over classes run along contiguous memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import stop_if_cancelled
from reliabel.core.short_repr import by_fields

# Numbers in brackets are sections of the specification trust_pwrong.md, where they were measured on
# CIFAR-10N and on planted errors.
TAUS = (1.0, 1.5)  # flatness of mistakes: 1 suits high noise, 1.5 low (2.5)
# Of ordered classes mistakes may be any class alike as well: those next to the true one look likely
# by nature, so that a slip by several steps (a scale read upside down, a wrong key) would be taken
# for the rare sort of a great many.
ORDERED = (*TAUS, np.inf)
# And errors may be as frequent on easy items as on hard ones: an item between two classes is hard
# by nature, for who reads the scale upside down as for others.
STEADY = 0.0
LESS_LIKELY = 3.0  # log-likelihood below the best by which a fit is left out, where some are
BIASES = 5  # precision of the normal prior of class biases; that of table weights is 1 (2.1)
# Mean of the prior N(-3, 1/2) of alpha, the log-odds of a lapse on the surest items (2.3).
USUAL = -3
EVEN = 0.1  # share of the mistakes that may be any class alike (2.3)
SUREST, LEAST = 10, 50  # one item of ten, but fifty at least, sets the rate of the anchor (2.4)
SUREST_POSSIBLE = 1e-4  # uncertainty below which an item is no easier: a judgement, not measured
PRIOR_CASES = 20  # as if twenty more items had been seen, one of which disagrees (2.4)
SURER = 0.3  # share of the items, the surest first, of which the flatness of errors is read
# A stack that explains less than 1 % of the entropy of the labels has no information (6).
INFORMED = 0.99


@dataclass(frozen=True, eq=False)
class Cells:
    """The evidence z (m tables, c columns, b cases) and the column ``at`` (b,) of the given label.

    With ``ids`` only candidate classes have columns, and the last column stands for all others.
    """

    z: Floats
    ids: Ints | None  # (c - 1, b) class of each column, k = none
    at: Ints
    rest: Floats  # (b,) how many classes the last column stands for
    k: int

    __repr__ = by_fields

    @property
    def size(self) -> int:
        return len(self.at)

    def score(self, a: Floats, b: Floats) -> Floats:
        """(c, b) weighted sum of the tables plus class biases."""
        m, c, size = self.z.shape
        s: Floats = (a @ self.z.reshape(m, -1)).reshape(c, size)
        if self.ids is None:
            s += b[:, None]
            return s
        inside, rest = self._bias(b)
        s[:-1] += inside
        s[-1] += rest
        return s

    def slope(self, g: Floats, b: Floats) -> tuple[Floats, Floats]:
        """Gradient in a and b from the gradient in the scores."""
        da = self.z.reshape(len(self.z), -1) @ g.ravel()
        if self.ids is None:
            return da, g.sum(1)
        db = np.bincount(self.ids.ravel(), g[:-1].ravel(), minlength=self.k + 1)[: self.k]
        share = np.where(
            self.rest > 0, g[-1] * np.exp(-np.where(self.rest > 0, self._bias(b)[1], 0)), 0
        )  # (b,)
        inside = np.bincount(
            self.ids.ravel(), np.broadcast_to(share, self.ids.shape).ravel(), minlength=self.k + 1
        )[: self.k]
        return da, db + np.exp(b) * (share.sum() - inside)

    def _bias(self, b: Floats) -> tuple[Floats, Floats]:
        inside = np.append(b, -np.inf)[self.ids]
        outside = np.exp(b).sum() - np.exp(inside).sum(0)
        return inside, np.where(self.rest > 0, np.log(np.maximum(outside, 1e-12)), -np.inf)

    def given(self, table: Any) -> Any:
        """(b,) the entry of the given label."""
        return table[self.at, np.arange(self.size)]


@dataclass(frozen=True, eq=False)
class Fit:
    """One fit of the family: its fixed parameters, and the weights that were fitted."""

    tau: float
    gamma: float
    a: Floats
    b: Floats
    alpha: float
    gain: float  # log-likelihood over the stack's; NaN where alpha is held

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class Family:
    """The fitted stack, the uncertainties of its cases, and the lapse fits that start from it."""

    stack: tuple[Floats, Floats]
    easy: float  # mean log-odds of uncertainty of the surest cases: difficulty is counted from it
    fits: tuple[Fit, ...]
    sure: Mapping[str, float]
    no_information: bool

    __repr__ = by_fields


def fitted(cells: Cells, gammas: tuple[float, ...], taus: tuple[float, ...] = TAUS) -> Family:
    """Fit the stack, then the lapse model for each value of tau and gamma.

    Each pair is fitted twice: with a free lapse rate, and with the rate held at that of the surest
    items.
    """
    m, k = len(cells.z), cells.k
    theta, nll0 = _climb(
        partial(stack, cells=cells), np.concatenate([np.full(m, 1 / m), np.zeros(k)])
    )
    a, b = theta[:m], theta[m:]
    q = softmax(cells.score(a, b))
    share = (
        np.bincount(cells.at if cells.ids is None else cells.given(cells.ids), minlength=k)
        / cells.size
    )
    entropy = -float(share[share > 0] @ np.log(share[share > 0])) * cells.size
    hard = uncertainty(q)
    sure, surest = _surest(cells, q, hard)
    easy = float(difficulty(hard[surest], 0.0).mean())
    u = difficulty(hard, easy)
    fits: list[Fit] = []
    theta, held = np.append(theta, 0.0), float(logit(sure["rate"]))
    for tau in taus:
        wrong = mistake(cells, q, tau)
        for gamma in gammas:
            stop_if_cancelled()
            theta[-1] = held
            theta, nll = _climb(partial(lapse, cells=cells, u=u, wrong=wrong, gamma=gamma), theta)
            fits.append(Fit(tau, gamma, theta[:m], theta[m:-1], float(theta[-1]), nll0 - nll))
            fixed = _climb(
                partial(_held, alpha=held, cells=cells, u=u, wrong=wrong, gamma=gamma), theta[:-1]
            )[0]
            fits.append(Fit(tau, gamma, fixed[:m], fixed[m:], held, np.nan))
    return Family((a, b), easy, tuple(fits), sure, bool(nll0 > INFORMED * entropy))


def anchored(family: Family) -> Family:
    """The fits whose lapse rate is held at that of the surest items."""
    return replace(family, fits=tuple(fit for fit in family.fits if np.isnan(fit.gain)))


def likely(family: Family) -> Family:
    """The fits whose flatness of mistakes, and growth of errors with difficulty, explain the labels
    about as well as the best.

    >>> fits = [Fit(t, 0.2, np.zeros(0), np.zeros(0), -3, gain) for t, gain in ((1, 2), (1.5, 9))]
    >>> family = Family((np.zeros(0), np.zeros(0)), 0.0, tuple(fits), {}, False)
    >>> [fit.tau for fit in likely(family).fits]
    [1.5]
    """
    gains = {(fit.tau, fit.gamma): fit.gain for fit in family.fits if np.isfinite(fit.gain)}
    bar = max(gains.values()) - LESS_LIKELY
    kept = tuple(fit for fit in family.fits if gains[fit.tau, fit.gamma] >= bar)
    return replace(family, fits=kept)


def _climb(
    objective: Callable[[Floats], tuple[float, Floats]], start: Floats
) -> tuple[Floats, float]:
    """Minimise by L-BFGS with the analytic gradient."""
    found = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        # 100 iterations: (2.3); the tolerances are a judgement, not measured
        options={"maxiter": 100, "ftol": 1e-8, "gtol": 1e-3},
    )
    return found.x, float(found.fun)


def stack(theta: Floats, cells: Cells) -> tuple[float, Floats]:
    """Penalised negative log-likelihood of the conditional logit, and its gradient."""
    a, b = theta[: len(cells.z)], theta[len(cells.z) :]
    s = cells.score(a, b)
    given = cells.given(s) - s.max(0)
    q = softmax(s)
    value = float((-np.log(q.max(0)) - given).sum())  # the largest entry is one over the sum
    q[cells.at, np.arange(cells.size)] -= 1
    da, db = cells.slope(q, b)
    return value + float(a @ a + BIASES * b @ b) / 2, np.concatenate([da + a, db + BIASES * b])


def lapse(
    theta: Floats, cells: Cells, u: Floats, wrong: Floats, gamma: float
) -> tuple[float, Floats]:
    """Penalised negative log-likelihood of the lapse model, and its gradient; theta = (a, b,
    alpha).
    """
    m = len(cells.z)
    a, b, alpha = theta[:m], theta[m:-1], theta[-1]
    h = softmax(cells.score(a, b))
    w = expit(alpha + gamma * u)
    post, p = posterior(cells, h, w, wrong)
    value = -float(np.log(p).sum())
    right = cells.given(post)
    h -= post
    da, db = cells.slope(h, b)
    dalpha = -float(((1 - right) * (1 - w) - right * w).sum()) + 2 * (alpha - USUAL)
    slope = np.concatenate([da + a, db + BIASES * b, [dalpha]])
    return value + float(a @ a + BIASES * b @ b) / 2 + float(alpha - USUAL) ** 2, slope


def _held(
    theta: Floats, alpha: float, cells: Cells, u: Floats, wrong: Floats, gamma: float
) -> tuple[float, Floats]:
    value, slope = lapse(np.append(theta, alpha), cells, u, wrong, gamma)
    return value, slope[:-1]


def posterior(cells: Cells, h: Floats, w: Floats, wrong: Floats) -> tuple[Floats, Floats]:
    """(c, b) probability of each true class given the label, and (b,) that of the label."""
    post = h * wrong
    post *= w
    post[cells.at, np.arange(cells.size)] = cells.given(h) * (1 - w)
    p = np.maximum(post.sum(0), 1e-300)
    post /= p
    return post, p


def mistake(cells: Cells, q: Floats, tau: float) -> Floats:
    """(c, b) probability of the given label y by mistake if the class of the column is true.

    0 in the column of y.
    """
    size = np.ones_like(q)  # classes that a column stands for
    if cells.ids is not None:
        size[:-1], size[-1] = cells.ids < cells.k, cells.rest
    each = np.maximum(q / np.maximum(size, 1), 1e-300) ** (1 / tau)
    # (c, b) the class of the column alone
    each = (1 - EVEN) * each / (each * size).sum(0) + EVEN / cells.k
    wrong: Floats = cells.given(each) / np.maximum(1 - each, 1e-12)
    wrong[cells.at, np.arange(cells.size)] = 0
    return wrong


def softmax(s: Floats) -> Floats:
    """Probabilities (c, b) from scores; columns sum to one."""
    s = s - s.max(0)
    # subnormal numbers are many times slower and change nothing
    np.exp(np.maximum(s, -300, out=s), out=s)
    s /= s.sum(0)
    return s


def uncertainty(q: Floats) -> Floats:
    """(b,) one minus the probability of the likeliest class."""
    return np.asarray(1 - q.max(0))


def difficulty(hard: Floats, easy: float) -> Floats:
    """Log-odds of the uncertainty ``hard``, counted from those of the surest cases, ``easy``.

    >>> difficulty(np.array([0.1, 0.5]), float(logit(0.1))).round(2).tolist()
    [0.0, 2.2]
    """
    found: Floats = logit(np.clip(hard, SUREST_POSSIBLE, 1 - SUREST_POSSIBLE)) - easy
    return found


def _surest(cells: Cells, q: Floats, hard: Floats) -> tuple[dict[str, float], Bools]:
    """The tenth of the items on which the stack is surest: their number, how many labels disagree,
    and the lapse rate that follows; how many disagree among the surest third; and (b,) which items
    the tenth is.
    """
    size = min(max(LEAST, cells.size // SUREST), cells.size)
    sure = hard <= np.partition(hard, size - 1)[size - 1]
    agrees = q.argmax(0) == cells.at
    m, d = int(sure.sum()), int((sure & ~agrees).sum())
    wide = max(int(SURER * cells.size), 1)
    surer = np.argsort(hard, kind="stable")[:wide]
    found = {
        "n": m,
        "d": d,
        "rate": (d + 1) / (m + PRIOR_CASES),
        "conf": float(1 - hard[sure].mean()),
        "agreement": float(agrees.mean()),
        "surer": wide,
        "surer_d": int((~agrees[surer]).sum()),
    }
    return found, sure
