"""About how many more reviews until the certificate: futures of this review, played to their end.

P' = delta + (1 - delta) sigmoid(a + b logit P): delta is the share of errors that P(wrong) cannot
see.  After specification trust_certificate.md, section 10, which measured how often the band holds
the truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.special import expit, logsumexp, xlogy

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.trust.certificate import allowed_wrong, fewest_reviews
from reliabel.trust.next_review import frontier_sums, line_of
from reliabel.trust.refit import SPREAD_SHIFT, SPREAD_SLOPE, Queue
from reliabel.trust.review_record import OPEN, WRONG, ReviewRecord
from reliabel.trust.review_simulation import Simulation, Worlds, until_certified

UNSEEN_BY_P = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)  # delta, in allowed shares
PRIOR = (0.82, *(0.03,) * 6)
FUTURES, MOST = 30, 20_000  # futures, and the reviews that each is played for at most
BAND = (0.1, 0.5, 0.9)
NEARLY_ALL = 0.8  # of the unseen: a forecast above it says that nearly every label is needed
STEPS, NUDGE = 40, 1e-4  # of the search for the top of the posterior; of its curvature


@dataclass(frozen=True)
class ReviewsLeft:
    """About ``middle`` more reviews, with a band from ``low`` to ``high`` (10 to 90 % of the
    futures), of which ``right`` (a share) will look right.  ``fewest`` is what no valid method can
    do without, from the start; ``known`` is false before any review.  ``unseen`` are left in all,
    ``most`` is how far the futures were played: beyond it nothing is known.
    """

    known: bool
    low: int
    middle: int
    high: int
    right: float
    fewest: int
    unseen: int
    most: int

    __repr__ = by_fields

    @property
    def nearly_all(self) -> bool:
        """Whether nearly every label must be reviewed."""
        return self.known and self.middle > NEARLY_ALL * self.unseen


def reviews_left(
    queue: Queue,
    record: ReviewRecord,
    target: float,
    *,
    confidence: float = 0.95,
    futures: int = FUTURES,
    rng: Generator,
) -> ReviewsLeft:
    """About how many more reviews until the certificate at ``target`` holds."""
    n, alpha = record.n, 1 - confidence
    dropped = int(record.dropped.sum())
    allowed = allowed_wrong(n, dropped, target)
    fewest = fewest_reviews(n, allowed, alpha)
    decided = int((record.wrong != OPEN).sum())
    if not decided:
        return ReviewsLeft(False, fewest, n, n, np.nan, fewest, n, n)
    wrong = _futures_of_truth(queue, record, allowed / n, futures, rng)
    simulation = _from_now(queue, record, wrong, target, alpha, rng)
    before, found = simulation.reviews, simulation.found.copy()
    most = min(simulation.unseen, MOST)
    reviews, then = until_certified(simulation, before + most)
    more = np.minimum(reviews - before, most)
    low, middle, high = np.quantile(more, BAND, method="nearest").astype(int).tolist()
    certified = reviews - before <= most
    looks_right = 1 - (then - found)[certified] / np.maximum(more[certified], 1)
    right = float(np.median(looks_right)) if certified.any() else np.nan
    return ReviewsLeft(True, low, middle, high, right, fewest, record.left_to_see, most)


def _futures_of_truth(
    queue: Queue, record: ReviewRecord, share: float, futures: int, rng: Generator
) -> Bools:
    """(futures, n) which labels are wrong, by rank: with delta, a and b drawn from what is known of
    them.
    """
    bins, many = queue.bin[record.row], len(queue.size)
    tried = np.bincount(bins[record.wrong != OPEN], minlength=many)
    hit = np.bincount(bins[record.wrong == WRONG], minlength=many)
    fits = [_posterior(queue.middle, tried, hit, delta * share) for delta in UNSEEN_BY_P]
    evidence = np.log(PRIOR) + np.array([one[2] for one in fits])
    picked = rng.choice(len(fits), size=futures, p=np.exp(evidence - logsumexp(evidence)))
    x = queue.log_odds[queue.order]
    wrong = np.empty((futures, len(x)), dtype=bool)
    for row, which in enumerate(picked.tolist()):
        top, spread, _ = fits[which]
        a, b = top + spread @ rng.normal(size=2)
        delta = min(UNSEEN_BY_P[which] * share, 0.5)
        wrong[row] = rng.random(len(x)) < delta + (1 - delta) * expit(a + b * x)
    return wrong


def _posterior(x: Floats, tried: Ints, hit: Ints, delta: float) -> tuple[Floats, Floats, float]:
    """Shift and slope (2,) at the top of their posterior, a root of their covariance (2, 2), and
    the logarithm of the evidence (Laplace).
    """
    delta = min(delta, 0.5)

    def gradient(at: Floats) -> Floats:
        s = expit(at[0] + at[1] * x)
        p = delta + (1 - delta) * s
        with np.errstate(divide="ignore", invalid="ignore"):
            pull = np.where(tried > 0, hit / p - (tried - hit) / (1 - p), 0.0)
        rise = pull * (1 - delta) * s * (1 - s)
        prior = np.array([at[0] / SPREAD_SHIFT**2, (at[1] - 1) / SPREAD_SLOPE**2])
        return np.asarray(np.array([rise.sum(), (rise * x).sum()]) - prior)

    def height(at: Floats) -> float:
        p = delta + (1 - delta) * expit(at[0] + at[1] * x)
        prior = at[0] ** 2 / SPREAD_SHIFT**2 + (at[1] - 1) ** 2 / SPREAD_SLOPE**2
        return float((xlogy(hit, p) + xlogy(tried - hit, 1 - p)).sum() - prior / 2)

    def fisher(at: Floats) -> Floats:
        s = expit(at[0] + at[1] * x)
        p = delta + (1 - delta) * s
        rise = (1 - delta) * s * (1 - s)
        weight = tried * rise**2 / np.maximum(p * (1 - p), 1e-12)
        ab = (weight * x).sum()
        return np.array(
            [
                [weight.sum() + 1 / SPREAD_SHIFT**2, ab],
                [ab, (weight * x * x).sum() + 1 / SPREAD_SLOPE**2],
            ]
        )

    at = np.array([0.0, 1.0])
    for _ in range(STEPS):
        step = np.linalg.solve(fisher(at), gradient(at))
        size = 1.0
        while size > NUDGE and height(at + size * step) < height(at):
            size /= 2
        at = at + size * step
        if np.abs(size * step).max() < NUDGE:
            break
    covariance = np.linalg.inv(fisher(at))
    prior_volume = np.log(SPREAD_SHIFT * SPREAD_SLOPE)
    evidence = height(at) + 0.5 * np.linalg.slogdet(covariance)[1] - prior_volume
    return at, np.linalg.cholesky(covariance), float(evidence)


def _from_now(
    queue: Queue, record: ReviewRecord, wrong: Bools, target: float, alpha: float, rng: Generator
) -> Simulation:
    """Futures that all begin where the record ends; ``wrong`` (futures, n) by rank."""
    rank = np.empty(len(queue), dtype=np.int64)
    rank[queue.order] = np.arange(len(queue))
    x = np.broadcast_to(queue.log_odds[queue.order], wrong.shape)
    simulation = Simulation(Worlds(x, wrong, wrong, np.zeros_like(wrong)), target, alpha, rng)
    line = line_of(queue, record)
    told = line.of(queue.log_odds[record.row])
    frontier = frontier_sums(record, np.where(np.isnan(record.p), told, record.p))
    simulation.begin(rank[record.row[record.wrong != OPEN]], record, frontier)
    return simulation
