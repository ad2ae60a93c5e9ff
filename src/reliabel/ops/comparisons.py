"""Comparisons as counts of pairs, and the strengths that explain them best: Newton's method on the
log strengths, with their standard errors.

A thing of log strength s beats one of log strength t with the chance expit(s - t).  Up to ``DENSE``
things the Hessian is factored; beyond that it stays sparse and systems are solved by conjugate
gradients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg, sparse
from scipy.special import expit

from reliabel.core.labels import Bools, Floats, Ints, Votes
from reliabel.core.orders import LEFT, TIE, Comparisons
from reliabel.core.run import stop_if_cancelled
from reliabel.core.short_repr import by_fields

DENSE = 1500  # things up to which the Hessian is factored
DRAWS = 64  # that the standard errors of more things are made of
LARGEST = 30_000_000  # workers by things whose pulls are held (0.25 GB)
TINY = 1e-9  # information that keeps a block invertible
SHRINK = 0.5**40  # the shortest step that is tried


@dataclass(frozen=True, eq=False)
class Pairs:
    """Counts of the pairs that were compared: ``wins`` (m,) of thing ``a`` (m,) over ``b`` (m,),
    which has the larger number, ``losses`` and ``ties``.  ``n`` things.
    """

    a: Ints
    b: Ints
    wins: Floats
    losses: Floats
    ties: Floats
    n: int

    __repr__ = by_fields

    @property
    def met(self) -> Bools:
        """(n,) True for things that were compared with another one."""
        return np.asarray(np.bincount(np.concatenate([self.a, self.b]), minlength=self.n) > 0)


def known_comparisons(votes: Votes[Comparisons]) -> Comparisons:
    """The comparisons of votes.  Raises ValueError where one has no answer."""
    unknown = int((votes.labels.y < 0).sum())
    if unknown:
        raise ValueError(
            f"{unknown:,} comparisons have no answer (-1); an abstention is no row: leave these "
            "votes out"
        )
    return votes.labels


def pair_counts(labels: Comparisons) -> Pairs:
    """Comparisons as counts, one row for each pair that was compared.

    >>> pairs = pair_counts(Comparisons([0, 1, 0], [1, 0, 2], [0, 0, 2]))
    >>> pairs.b.tolist(), pairs.wins.tolist(), pairs.losses.tolist(), pairs.ties.tolist()
    ([1, 2], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0])
    """
    n = labels.n
    left, right = labels.left.astype(np.int64), labels.right.astype(np.int64)
    low, high = np.minimum(left, right), np.maximum(left, right)
    pair, place = np.unique(low * max(n, 1) + high, return_inverse=True)
    tie = labels.y == TIE
    first = ~tie & ((labels.y == LEFT) == (left < right))  # the thing with the lower number won
    kind = np.where(tie, 2, np.where(first, 0, 1))
    count = np.bincount(np.ravel(place) * 3 + kind, minlength=3 * len(pair)).reshape(-1, 3)
    wins, losses, ties = count.T.astype(float)
    a, b = np.divmod(pair, max(n, 1))
    return Pairs(a, b, wins, losses, ties, n)


@dataclass(frozen=True, eq=False)
class Hill:
    """What is climbed: sum of ahead * log expit(d - c) + behind * log expit(-d - c) over pairs, d
    the difference of their log strengths, and ``eps`` wins and losses of each thing against one of
    strength 1.
    """

    a: Ints
    b: Ints
    ahead: Floats
    behind: Floats
    n: int
    eps: float
    margin: float = 0.0  # c

    __repr__ = by_fields

    def height(self, s: Floats) -> float:
        """The objective."""
        d = s[self.a] - s[self.b]
        pairs = self.ahead @ _log_expit(d - self.margin) + self.behind @ _log_expit(
            -d - self.margin
        )
        return float(pairs + self.eps * (_log_expit(s) + _log_expit(-s)).sum())

    def slope(self, s: Floats) -> tuple[Floats, Floats, Floats]:
        """Gradient (n,), and minus the second derivatives: by pair (m,), by thing (n,)."""
        d = s[self.a] - s[self.b]
        up, down = expit(self.margin - d), expit(self.margin + d)
        by_pair = self.ahead * up - self.behind * down
        gradient = (
            np.bincount(self.a, by_pair, self.n)
            - np.bincount(self.b, by_pair, self.n)
            + self.eps * (1 - 2 * expit(s))
        )
        curve = self.ahead * up * (1 - up) + self.behind * down * (1 - down)
        return gradient, curve, 2 * self.eps * expit(s) * expit(-s)


def newton_step(hill: Hill, s: Floats) -> tuple[Floats, float]:
    """One step of Newton's method, halved until the objective does not fall; the new log strengths
    and the objective there.
    """
    stop_if_cancelled()
    gradient, curve, own = hill.slope(s)
    step = solved(hill.a, hill.b, curve, own, gradient)
    before, share = hill.height(s), 1.0
    while share > SHRINK:
        after = hill.height(s + share * step)
        if after >= before:
            return s + share * step, after
        share /= 2
    return s, before


def solved(a: Ints, b: Ints, curve: Floats, own: Floats, right: Floats) -> Floats:
    """x of (L + diag(own)) x = right, L the Laplacian of the graph of pairs with weights ``curve``;
    where ``own`` is 0 the solution with mean 0.
    """
    n = len(own)
    if not n:
        return right
    if n <= DENSE:
        factor = linalg.cho_factor(_dense(a, b, curve, own) + _level(curve, n))
        level = 0.0 if own.any() else right.mean()
        return np.asarray(linalg.cho_solve(factor, right - level))
    return _by_gradients(*_sparse(a, b, curve, own), right[:, None], 1e-8)[:, 0]


def standard_errors(
    a: Ints, b: Ints, curve: Floats, own: Floats, learnt: Any | None = None
) -> Floats:
    """(n,) the standard error of each log strength less their mean, from the curvature at the best
    strengths; beyond ``DENSE`` things estimated from ``DRAWS`` draws, which leaves an error of a
    few per cent at most.

    learnt: (n, q) what is lost to q parameters of workers that were learnt as well, as
        ``lost_to_workers`` gives it; left out beyond ``DENSE`` things.
    """
    n = len(own)
    if n < 2:
        return np.full(n, np.nan)
    if n <= DENSE:
        h = _dense(a, b, curve, own)
        if learnt is not None:
            h -= (learnt @ learnt.T).toarray()
        return np.sqrt(np.maximum(np.diag(_inverse(h)), 0))
    h, diagonal = _sparse(a, b, curve, own)
    rng = np.random.default_rng(0)
    noise = np.sqrt(curve)[:, None] * rng.standard_normal((len(a), DRAWS))
    meets = sparse.csr_matrix(
        (np.r_[np.ones(len(a)), -np.ones(len(b))], (np.r_[a, b], np.tile(np.arange(len(a)), 2))),
        shape=(n, len(a)),
    )
    right = meets @ noise + np.sqrt(own)[:, None] * rng.standard_normal((n, DRAWS))
    x = _by_gradients(h, diagonal, right, 1e-4)
    given_others = x - right / diagonal[:, None]  # its mean given the others has a known variance
    given_others -= x.mean(0)
    return np.asarray(np.sqrt(1 / diagonal + (given_others**2).mean(1)))


def errors_over_workers(hill: Hill, s: Floats, gain: Any) -> Floats | None:
    """(n,) the standard error of each log strength less their mean where workers differ and others
    might have been asked, whatever makes them differ (the sandwich, by worker); None for more than
    ``DENSE`` things, tables that do not fit and fewer than two workers.

    gain: (w, n) sparse, what each worker's answers pull at each log strength: the sum is 0 at the
        best strengths, but for ``eps``.
    """
    w = int((np.diff(gain.indptr) > 0).sum())
    if not 2 <= hill.n <= DENSE or w < 2 or gain.shape[0] * hill.n > LARGEST:
        return None
    _, curve, own = hill.slope(s)
    pulled = gain @ _inverse(_dense(hill.a, hill.b, curve, own))
    return np.asarray(np.sqrt(np.square(pulled).sum(0) * w / (w - 1)))


def _inverse(h: Floats) -> Floats:
    """The inverse of a Hessian where nothing is known of the mean, which is taken away."""
    n = len(h)
    h = h - h.mean(0)
    h -= h.mean(1, keepdims=True)
    scale = max(float(np.trace(h)) / n, 1e-300)
    return np.asarray(linalg.inv(h + scale / n) - 1 / (scale * n))


def lost_to_workers(
    labels: Comparisons,
    worker: Ints,
    by_strength: Floats,
    by_worker: Sequence[Floats],
    weight: Floats,
    priors: Sequence[Floats],
) -> Any:
    """(n, q w) a sparse matrix whose product with its transpose is the information about strengths
    that is lost because q parameters of each worker are learnt beside them.

    by_strength, by_worker: (m,) derivatives of a comparison's chance by the log strength of the
        left thing, and by each parameter of its worker.  weight: (m,) one over the variance of its
        answer.  priors: (w,) the curvature of the prior of each parameter.
    """
    w, q = len(priors[0]), len(priors)
    own = np.zeros((w, q, q))
    mixed = list[Any]()
    sides, whose = np.r_[labels.left, labels.right], np.tile(worker, 2)
    for place, part in enumerate(by_worker):
        each = weight * by_strength * part
        mixed.append(sparse.csr_matrix((np.r_[each, -each], (sides, whose)), shape=(labels.n, w)))
        for other in range(place + 1):
            shared = np.bincount(worker, weight * part * by_worker[other], w)
            own[:, place, other] = own[:, other, place] = shared
        own[:, place, place] += priors[place] + TINY
    back = np.linalg.inv(np.linalg.cholesky(own))  # (w, q, q)
    columns = [
        sum(mixed[place] @ sparse.diags(back[:, row, place]) for place in range(row + 1))
        for row in range(q)
    ]
    return sparse.hstack(columns).tocsr()


def _dense(a: Ints, b: Ints, curve: Floats, own: Floats) -> Floats:
    n = len(own)
    h = -np.bincount(a * n + b, curve, n * n).reshape(n, n).astype(float)
    h += h.T
    h[np.diag_indices(n)] = own - h.sum(1)
    return np.asarray(h)


def _level(curve: Floats, n: int) -> float:
    """What is added to each entry of a Hessian so that all strengths cannot move together; it
    leaves differences as they are.
    """
    return 1e-9 * max(float(curve.sum()), 1e-300) / max(n, 1) ** 2


def _sparse(a: Ints, b: Ints, curve: Floats, own: Floats) -> tuple[Any, Floats]:
    n = len(own)
    diagonal = own + np.bincount(a, curve, n) + np.bincount(b, curve, n)
    diagonal = np.maximum(diagonal, 1e-12)
    place = np.arange(n)
    h = sparse.csr_matrix(
        (np.r_[diagonal, -curve, -curve], (np.r_[place, a, b], np.r_[place, b, a])), shape=(n, n)
    )
    return h, diagonal


def _by_gradients(h: Any, diagonal: Floats, right: Floats, tol: float) -> Floats:
    """x (n, q) of h x = right, by conjugate gradients scaled by the diagonal, all columns at
    once, until what is left of ``right`` is ``tol`` of it.
    """
    x, r = np.zeros_like(right), right.copy()
    z = r / diagonal[:, None]
    p, rz = z.copy(), (r * z).sum(0)
    enough = tol**2 * np.maximum(rz, 1e-300)
    for _ in range(2000):
        stop_if_cancelled()
        hp = h @ p
        along = (p * hp).sum(0)
        share = np.divide(rz, along, out=np.zeros_like(rz), where=along > 0)
        x += share * p
        r -= share * hp
        z = r / diagonal[:, None]
        new = (r * z).sum(0)
        if (new <= enough).all():
            break
        p = z + p * np.divide(new, rz, out=np.zeros_like(rz), where=rz > 0)
        rz = new
    return x


def _log_expit(x: Floats) -> Floats:
    return np.asarray(-np.logaddexp(0, -x))
