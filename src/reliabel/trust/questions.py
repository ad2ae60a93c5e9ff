"""The lapse model of many yes/no questions together: how often the given answer is not the truth.

Of each question a logistic regression joins the evidence tables to the chance h that the true
answer is yes.  With a small chance w, the lapse, the other answer was given:
``logit w = alpha + gamma u``, where u is how unsure the evidence is of the item.  One question has
few items that are sure enough to show how often people lapse; so alpha is fitted on a grid for each
question, and the questions are joined: their alphas are drawn from one normal distribution, whose
mean and spread, and gamma, are weighed by the likelihood of all answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit, logsumexp
from scipy.stats import norm

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import stop_if_cancelled
from reliabel.core.short_repr import by_fields
from reliabel.ops.chunks import spans

# 0: slips, as often anywhere; the others as for the labels of people (trust/p_wrong.py)
GAMMAS = (0.0, 0.2, 0.4)
ALPHAS = np.linspace(-7, -0.5, 14)  # log-odds of a lapse where the evidence is 95 % sure
MIDDLE = 0.05  # uncertainty at which alpha is the log-odds of a lapse
SUREST = 1e-4  # uncertainty below which an item is no easier
USUAL = -3  # the mean of alpha over questions is N(-3, 1/2), as alpha of trust/lapse.py
SPREADS = (0.1, 0.3)  # standard deviation of alpha between questions
BIAS = 2.5  # precision of the prior of the bias; that of table weights is 1
INFORMED = 0.99  # an h that explains less than 1 % of the entropy has no information
SLACK = 0.2  # log-odds by which the interval is widened, as that of trust/count.py
LEAST_WEIGHT = 1e-3  # weight of a point of the grid below which it is left out of P(wrong)


@dataclass(frozen=True, eq=False)
class Question:
    """The answers to a question, its evidence, and its fits at each point of the grid.

    d: (m tables, cases) how much each table speaks for yes.  twice: cases whose copies were
    answered otherwise.  likelihood: (gammas, alphas) log-likelihood over that without lapses.
    theta: (gammas, alphas, m + 1) weights and bias.  wrong: (gammas, alphas) share of wrong ones.
    """

    yes: Bools
    twice: Bools
    weight: Floats
    d: Floats
    start: Floats
    likelihood: Floats
    theta: Floats
    wrong: Floats
    informed: bool

    __repr__ = by_fields

    def p(self, weights: Floats) -> Floats:
        """(cases,) P(wrong), the mean over the grid with these weights."""
        out = np.zeros(len(self.yes))
        keep = weights > LEAST_WEIGHT * weights.max()
        total = weights[keep].sum()
        for start, stop in spans(len(out), len(self.d) + 4):
            some = slice(start, stop)
            d = self.d[:, some].astype(np.float64)
            u = _unsure(self.start, d)
            for g, a in np.argwhere(keep):
                lapse = ALPHAS[a] + GAMMAS[g] * u
                bad = _wrong(self.theta[g, a], d, self.yes[some], lapse, self.twice[some])
                out[some] += weights[g, a] / total * bad
        return out


@dataclass(frozen=True, eq=False)
class Together:
    """All questions together.

    weights: (questions, gammas, alphas) of each point of the grid.  gain: log-likelihood that
    lapses gain, averaged over what may be so.  gamma: (gammas,) how likely each is.
    chance, mean, deviation: of each hypothesis, its chance and the share of wrong answers by it.
    """

    weights: Floats
    gain: float
    gamma: Floats
    chance: Floats
    mean: Floats
    deviation: Floats

    __repr__ = by_fields


def asked(d: Floats, yes: Bools, twice: Bools, weight: Floats, *, fitted_on: Ints) -> Question:
    """Fit a question at each point of the grid, on the cases ``fitted_on``."""
    some = fitted_on
    x, y = np.ascontiguousarray(d[:, some], dtype=np.float64), yes[some]
    start, without = _climb(np.append(np.full(len(x), 1 / len(x)), 0.0), x, y, None)
    share = float(y.mean())
    entropy = -sum(part * np.log(part) for part in (share, 1 - share) if part > 0) * len(y)
    unsure, shape = _unsure(start, x), (len(GAMMAS), len(ALPHAS))
    likelihood, wrong = np.empty(shape), np.empty(shape)
    theta = np.empty((*shape, len(start)))
    for g, gamma in enumerate(GAMMAS):
        at = start
        for a, alpha in enumerate(ALPHAS):
            stop_if_cancelled()
            lapse = alpha + gamma * unsure
            at, found = _climb(at, x, y, lapse)
            theta[g, a], likelihood[g, a] = at, without - found
            bad = _wrong(at, x, y, lapse, twice[some])
            wrong[g, a] = np.average(bad, weights=weight[some])
    informed = bool(without <= INFORMED * entropy)
    return Question(
        yes, twice, weight, d.astype(np.float32), start, likelihood, theta, wrong, informed
    )


def together(questions: Sequence[Question]) -> Together:
    """Weigh the grid of each question by the answers to all of them.  The interval speaks of those
    about which the evidence has information; one at least must be.
    """
    likelihood = np.array([one.likelihood for one in questions])
    size = np.array([one.weight.sum() * one.informed for one in questions])
    wrong = np.array([one.wrong for one in questions]) * (size / size.sum())[:, None, None]
    evidence, means, deviations, points = [], [], [], []
    for gamma, fits in _hypotheses(likelihood):
        total = logsumexp(fits, axis=1)
        posterior = np.exp(fits - total[:, None])
        evidence.append(total.sum())
        mean = (posterior * wrong[:, gamma]).sum(1)
        square = (posterior * wrong[:, gamma] ** 2).sum(1)
        means.append(mean.sum())
        deviations.append(np.sqrt(np.maximum(square - mean**2, 0).sum()))
        points.append((gamma, posterior))
    pairs = len(GAMMAS) * len(SPREADS)
    log = np.array(evidence) + np.tile(np.log(_usual()), pairs)
    gain = float(logsumexp(log) - np.log(pairs))
    chance = np.exp(log - logsumexp(log))
    weights, by_gamma = np.zeros_like(likelihood), np.zeros(len(GAMMAS))
    for part, (gamma, posterior) in zip(chance, points, strict=True):
        weights[:, gamma] += part * posterior
        by_gamma[gamma] += part
    return Together(weights, gain, by_gamma, chance, np.array(means), np.array(deviations))


def interval(found: Sequence[Together], level: float = 0.95) -> tuple[float, float]:
    """The ends of the interval of the share of wrong answers, each way of asking alike likely."""
    chance = np.concatenate([one.chance for one in found]) / len(found)
    mean = np.concatenate([one.mean for one in found])
    deviation = np.concatenate([one.deviation for one in found])
    low, high = (
        _quantile(end, chance, mean, deviation) for end in (0.5 - level / 2, 0.5 + level / 2)
    )
    return float(expit(logit(low) - SLACK)), float(expit(logit(high) + SLACK))


def _hypotheses(likelihood: Floats) -> Iterator[tuple[int, Floats]]:
    """What may be so of all questions: gamma, and the mean and spread of alpha; with each the
    log-weights (questions, alphas) of the grid.
    """
    for gamma in range(len(GAMMAS)):
        for spread in SPREADS:
            for mean in ALPHAS:
                prior = -(((ALPHAS - mean) / spread) ** 2) / 2
                yield gamma, likelihood[:, gamma] + prior - logsumexp(prior)


def _usual() -> Floats:
    """(alphas,) prior of the mean of alpha."""
    prior = np.exp(-((ALPHAS - USUAL) ** 2))
    return np.asarray(prior / prior.sum())


def _quantile(level: float, chance: Floats, mean: Floats, deviation: Floats) -> float:
    """A quantile of a mixture of normal distributions of a share."""
    spread = np.maximum(deviation, 1e-9)

    def above(at: float) -> float:
        return float(chance @ norm.cdf((at - mean) / spread)) - level

    low, high = float((mean - 9 * spread).min()), float((mean + 9 * spread).max())
    return float(np.clip(brentq(above, low, high), 1e-9, 1 - 1e-9))


def _unsure(theta: Floats, d: Floats) -> Floats:
    """(cases,) log-odds that the evidence is unsure, counted from ``MIDDLE``."""
    far = -np.abs(theta[:-1] @ d + theta[-1])
    low = logit(SUREST)
    return np.asarray(np.maximum(far, low) - logit(MIDDLE))


def _wrong(theta: Floats, d: Floats, yes: Bools, lapse: Floats, twice: Bools) -> Floats:
    """(cases,) chance that each answer is wrong.  Copies that were answered both ways say nothing
    of which answer is true.
    """
    odds = theta[:-1] @ d + theta[-1]
    other = np.where(yes, -odds, odds)  # log-odds of the other answer by the evidence
    return np.asarray(expit(np.where(twice, other, other + lapse)))


def _climb(theta: Floats, d: Floats, yes: Bools, lapse: Floats | None) -> tuple[Floats, float]:
    """Weights and bias of h, and the penalised negative log-likelihood, with the lapses held."""
    w = np.zeros(d.shape[1]) if lapse is None else expit(lapse)
    sign = np.where(yes, 1.0, -1.0)

    def objective(at: Floats) -> tuple[float, Floats]:
        a, b = at[:-1], float(at[-1])
        right = expit(sign * (a @ d + b))  # chance of the given answer being the true one
        p = np.maximum(w + (1 - 2 * w) * right, 1e-300)
        slope = -sign * (1 - 2 * w) * right * (1 - right) / p
        value = -float(np.log(p).sum()) + (float(a @ a) + BIAS * b * b) / 2
        return value, np.append(d @ slope + a, slope.sum() + BIAS * b)

    found = minimize(
        objective,
        theta,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 100, "ftol": 1e-8, "gtol": 1e-3},
    )
    return found.x, float(found.fun)
