"""The lapse model of many yes/no questions together: how often the given answer is not the truth.

Of each question a logistic regression joins the evidence tables to the chance h that the true
answer is yes.  With a small chance w, the lapse, the other answer was given:
``logit w = alpha + gamma u``, where u is how unsure the evidence is of the item.  One question has
few items that are sure enough to show how often people lapse; so alpha is fitted on a grid for each
question, and the questions are joined: their alphas are drawn from one normal distribution, whose
mean and spread, and gamma, are weighed by the likelihood of all answers.

Which way answers go wrong is not known: people may lapse both ways alike (a click on the wrong
box), leave labels out (the usual case), or add them.  Each is a hypothesis, with lapses the other
way e^4 times as rare.  All three are wrong in their details, and with many answers the likelihood
would still be certain of one.  P(wrong) therefore weighs them as if no more than ``COARSE`` answers
had been seen: where they fit about alike they count alike, and the rank of a label does not hang on
which one is a little ahead.  The ends of the interval come from the full likelihood.
Source of the power: Miller, Dunson. Robust Bayesian inference via coarsening. JASA 114 (2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit, logsumexp
from scipy.stats import norm

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import stop_if_cancelled
from reliabel.core.short_repr import by_fields
from reliabel.ops.chunks import spans

# 0: slips, as often anywhere; the others as for the labels of people (trust/p_wrong.py)
GAMMAS = (0.0, 0.2, 0.4)
ALPHAS = np.linspace(-7, -0.5, 14)  # log-odds of a lapse where the evidence is 95 % sure
# what is added to alpha where the true answer is yes (a label is missing) and where it is no
# (spurious): lapses both ways, mostly missing labels, mostly spurious ones
SHAPES = ((0.0, 0.0), (0.0, -4.0), (-4.0, 0.0))
COARSE = 2000  # answers whose likelihood, on average, P(wrong) weighs the shapes by
FITS = tuple((shape, gamma) for shape in range(len(SHAPES)) for gamma in range(len(GAMMAS)))
MIDDLE = 0.05  # uncertainty at which alpha is the log-odds of a lapse
SUREST = 1e-4  # uncertainty below which an item is no easier
USUAL = -3  # the mean of alpha over questions is N(-3, 1/2), as alpha of trust/lapse.py
SPREADS = (0.1, 0.3)  # standard deviation of alpha between questions
BIAS = 2.5  # precision of the prior of the bias; that of table weights is 1
INFORMED = 0.99  # an h that explains less than 1 % of the entropy has no information
SLACK = 0.2  # log-odds by which the interval is widened, as that of trust/count.py
LEAST_WEIGHT = 1e-3  # weight of a point of the grid below which it is left out of P(wrong)
FIRST, STEPS, FAR, NEAR = 30, 20, 2.0, 1e-3  # steps of a fit, longest step, change where it stops
Model = Callable[[Floats], tuple[Floats, Floats]]


@dataclass(frozen=True, eq=False)
class Question:
    """The answers to a question, its evidence, and its fits at each point of the grid.

    d: (m tables, cases) how much each table speaks for yes.  twice: cases whose copies were
    answered otherwise.  likelihood: (fits, alphas) log-likelihood over that without lapses, fits
    being the pairs of ``FITS``.  theta: (fits, alphas, m + 1) weights and bias.  wrong: (fits,
    alphas) share of wrong ones.
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
            x, yes, twice = _with_bias(self.d[:, some]), self.yes[some], self.twice[some]
            unsure = _unsure(self.start @ x)
            for fit, a in np.argwhere(keep):
                h = expit(self.theta[fit, a] @ x)[None]
                lapse = _lapses(ALPHAS[a], FITS[fit : fit + 1], unsure)
                out[some] += weights[fit, a] / total * _wrong(h, *lapse, yes, twice)[0]
        return out


@dataclass(frozen=True, eq=False)
class Together:
    """All questions together.

    weights: (questions, fits, alphas) of each point of the grid for P(wrong).  gain: log-likelihood
    that lapses gain, averaged over what may be so.  gamma: (gammas,) and shape: (shapes,) how
    likely each is.  chance, mean, deviation: of each hypothesis, its chance and the share of wrong
    answers by it.
    """

    weights: Floats
    gain: float
    gamma: Floats
    shape: Floats
    chance: Floats
    mean: Floats
    deviation: Floats

    __repr__ = by_fields


def asked(d: Floats, yes: Bools, twice: Bools, weight: Floats, *, fitted_on: Ints) -> Question:
    """Fit a question at each point of the grid, on the cases ``fitted_on``."""
    some = fitted_on
    x, y = _with_bias(d[:, some]), yes[some]
    prior = np.ones(len(x))
    prior[-1] = BIAS

    def plain(theta: Floats) -> tuple[Floats, Floats]:
        h = expit(theta @ x)
        return y - h, h * (1 - h)

    def penalty(theta: Floats) -> Floats:
        return np.asarray((theta**2 * prior).sum(-1) / 2)

    middle = np.append(np.full(len(d), 1 / len(d)), 0.0)[None]
    start = _climb(plain, middle, x, prior, FIRST)
    h = expit(start @ x)
    without = float(np.log(_given(h, 0.0, 0.0, y)).sum() - penalty(start[0]))
    share = float(y.mean())
    entropy = -sum(part * np.log(part) for part in (share, 1 - share) if part > 0) * len(y)
    unsure, shape = _unsure(start[0] @ x), (len(FITS), len(ALPHAS))
    likelihood, wrong = np.empty(shape), np.empty(shape)
    theta = np.empty((*shape, len(x)))
    at = np.repeat(start, len(FITS), axis=0)
    for a, alpha in enumerate(ALPHAS):
        stop_if_cancelled()
        lapse = _lapses(alpha, FITS, unsure)
        missing, spurious = lapse
        model = partial(_slope, x=x, missing=missing, spurious=spurious, yes=y)
        at = _climb(model, at, x, prior, STEPS)
        h = expit(at @ x)
        theta[:, a] = at
        likelihood[:, a] = np.log(_given(h, *lapse, y)).sum(1) - penalty(at) - without
        wrong[:, a] = np.average(_wrong(h, *lapse, y, twice[some]), axis=1, weights=weight[some])
    informed = bool(-without <= INFORMED * entropy)
    kept = d.astype(np.float32)
    return Question(yes, twice, weight, kept, start[0], likelihood, theta, wrong, informed)


def together(questions: Sequence[Question]) -> Together:
    """Weigh the grid of each question by the answers to all of them.  The interval speaks of those
    about which the evidence has information; one at least must be.
    """
    likelihood = np.array([one.likelihood for one in questions])
    size = np.array([one.weight.sum() * one.informed for one in questions])
    wrong = np.array([one.wrong for one in questions]) * (size / size.sum())[:, None, None]
    evidence, means, deviations, points = [], [], [], []
    for fit, weighed in _hypotheses(likelihood):
        total = logsumexp(weighed, axis=1)
        posterior = np.exp(weighed - total[:, None])
        evidence.append(total.sum())
        mean = (posterior * wrong[:, fit]).sum(1)
        square = (posterior * wrong[:, fit] ** 2).sum(1)
        means.append(mean.sum())
        deviations.append(np.sqrt(np.maximum(square - mean**2, 0).sum()))
        points.append((fit, posterior))
    pairs = len(FITS) * len(SPREADS)
    log = np.array(evidence) + np.tile(np.log(_usual()), pairs)
    gain = float(logsumexp(log) - np.log(pairs))
    chance = np.exp(log - logsumexp(log))
    shape, gamma = np.array([FITS[fit] for fit, _ in points]).T
    by_shape = np.array([logsumexp(log[shape == one]) for one in range(len(SHAPES))])
    power = min(1.0, COARSE / sum(len(one.yes) for one in questions))
    coarse = np.exp(power * by_shape - logsumexp(power * by_shape))
    parts = coarse[shape] * np.exp(log - by_shape[shape])
    weights = np.zeros_like(likelihood)
    for part, (fit, posterior) in zip(parts, points, strict=True):
        weights[:, fit] += part * posterior
    return Together(
        weights,
        gain,
        np.bincount(gamma, chance, len(GAMMAS)).astype(float),
        np.bincount(shape, chance, len(SHAPES)).astype(float),
        chance,
        np.array(means),
        np.array(deviations),
    )


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
    """What may be so of all questions: shape and gamma, and the mean and spread of alpha; with each
    the log-weights (questions, alphas) of the grid.
    """
    for fit in range(len(FITS)):
        for spread in SPREADS:
            for mean in ALPHAS:
                prior = -(((ALPHAS - mean) / spread) ** 2) / 2
                yield fit, likelihood[:, fit] + prior - logsumexp(prior)


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


def _with_bias(d: Floats) -> Floats:
    return np.concatenate([d.astype(np.float64), np.ones((1, d.shape[1]))])


def _unsure(odds: Floats) -> Floats:
    """(cases,) log-odds that the evidence is unsure, counted from ``MIDDLE``."""
    return np.asarray(np.maximum(-np.abs(odds), logit(SUREST)) - logit(MIDDLE))


def _lapses(alpha: float, fits: Sequence[tuple[int, int]], unsure: Floats) -> tuple[Floats, Floats]:
    """(fits, cases) the chances of no where yes is true, and of yes where no is."""
    both = alpha + np.array([GAMMAS[gamma] for _, gamma in fits])[:, None] * unsure
    missing, spurious = np.array([SHAPES[shape] for shape, _ in fits]).T[:, :, None]
    return expit(both + missing), expit(both + spurious)


def _given(h: Floats, missing: Floats | float, spurious: Floats | float, yes: Bools) -> Floats:
    """Chance of the given answers."""
    said_yes = h * (1 - missing) + (1 - h) * spurious
    return np.maximum(np.where(yes, said_yes, 1 - said_yes), 1e-300)


def _wrong(h: Floats, missing: Floats, spurious: Floats, yes: Bools, twice: Bools) -> Floats:
    """Chance that each answer is wrong.  Copies that were answered both ways say nothing of which
    answer is true.
    """
    bad = np.where(yes, (1 - h) * spurious, h * missing) / _given(h, missing, spurious, yes)
    return np.where(twice, np.where(yes, 1 - h, h), bad)


def _slope(
    theta: Floats, x: Floats, missing: Floats, spurious: Floats, yes: Bools
) -> tuple[Floats, Floats]:
    """(fits, cases) slope of the log-likelihood in the log-odds of h, and the curvature that it
    would have if the true answers were known, which is never less.
    """
    h = expit(theta @ x)
    true = np.where(yes, 1 - missing, missing) * h / _given(h, missing, spurious, yes)
    return true - h, h * (1 - h)


def _climb(model: Model, theta: Floats, x: Floats, prior: Floats, steps: int) -> Floats:
    """Weights and biases (fits, m + 1) that are likeliest, by steps of Newton's method; with the
    curvature of known answers each step climbs (the EM gradient algorithm; Lange. JRSS B 57, 1995).
    """
    first, second = np.triu_indices(len(x))
    pairs = (x[first] * x[second]).T
    for _ in range(steps):
        slope, curve = model(theta)
        some = curve @ pairs
        matrix = np.empty((*theta.shape, len(x)))
        matrix[:, first, second] = some
        matrix[:, second, first] = some
        matrix += np.diag(prior)
        step = np.linalg.solve(matrix, (slope @ x.T - theta * prior)[..., None])[..., 0]
        length = np.abs(step).max(1, keepdims=True)
        theta = theta + step * np.minimum(1, FAR / np.maximum(length, 1e-12))
        if float(length.max()) < NEAR:
            break
    return theta
