"""Triplets, as in FlyingSquid: how well a function goes with the class, in closed form, from how
three functions vary together.

Of functions that vote independently given a binary class, the covariance of two is the product of
what each shares with the class; three of them give each one's part.  Several classes are taken one
against the rest, where this holds only roughly.
Assumes that functions are better than chance.  Weak where functions have few items in common: such
triplets are left out, and a function without any keeps the mean of the others.
Cost: O(pairs of votes on an item), then 200 triplets a function and class; memory O((w k)^2 + n k).
Paper: Fu, Chen, Sala, Hooper, Fatahalian, Re. Fast and three-rious: speeding up weak supervision
with triplet methods. ICML 2020.  The median over triplets, and covariances instead of moments,
which also hold for functions that say one class only, are ours.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.votes import Block, normalise, vote_shares, votes_matrix

STATUS = "experimental"
ALSO = ("flyingsquid",)
MOST = 3000  # functions times classes: tables of 72 MB
TRIED = 200  # pairs of other functions for each
NOISE = 2.0  # standard errors below which a covariance is taken for chance


def aggregate(
    votes: Votes[Classes], *, rng: Generator, gold: Ints | None = None, least: float = 0.01
) -> Consensus[Soft]:
    """Find each function's covariance with each class, and weigh its votes by it.

    least: chances of a vote given the class are kept this far from 0 and 1, as a share.
    ``info`` holds "balance" (k,), and "triplets" (w, k), how many triplets each estimate rests on;
    "warnings" names functions without any.

    >>> rng = np.random.default_rng(0)
    >>> truth, worker = rng.integers(2, size=400), np.tile(np.arange(4), 400)
    >>> item, often = np.repeat(np.arange(400), 4), np.tile([0.1, 0.2, 0.2, 0.3], 400)
    >>> slip = rng.random(1600) < often
    >>> v = Votes(item, worker, Classes(truth[item] ^ slip), n=400, w=4)
    >>> aggregate(v, rng=rng).skill.round(1).tolist()
    [0.9, 0.8, 0.8, 0.7]
    """
    k, w, blocks = votes.labels.k, votes.w, votes_matrix(votes, gold)
    if w * k > MOST:
        raise ValueError(
            f"triplets compares all pairs of answers, and {w:,} functions with {k:,} classes are "
            f"more than {MOST:,} answers; precision_model takes any number"
        )
    both, share, covered = total(_counts, blocks)
    both = both / max(votes.n, 1)
    one = np.diag(both).copy()
    balance = 0.9 * share / max(covered, 1.0) + 0.1 / k if covered else np.full(k, 1 / k)
    log = np.zeros((k, w * k, 2))  # of each class: of a vote, where it is true and where it is not
    used = np.zeros((w, k), dtype=np.int64)
    for c in range(k):
        sign = np.where(np.tile(np.arange(k), w) == c, 1.0, -1.0)
        moment = (sign[:, None] * both * sign).reshape(w, k, w, k).sum((1, 3))
        mean = (sign * one).reshape(w, k).sum(1)
        spread = one.reshape(w, k).sum(1)
        lean, used[:, c] = _shared(moment - np.outer(mean, mean), spread - mean**2, votes.n, rng)
        log[c] = _chances(lean, mean, one, sign, balance[c], w, k, least)
    posterior = rows(lambda block: _posterior(block, log, np.log(balance)), blocks)
    cast = total(lambda block: np.bincount(block.votes.indices, minlength=w * k), blocks)
    hit = total(lambda block: _right(block, posterior, w * k), blocks)
    per = cast.reshape(w, k).sum(1)
    skill = np.divide(hit.reshape(w, k).sum(1), per, out=np.full(w, np.nan), where=per > 0)
    without = np.flatnonzero((used.max(1, initial=0) == 0) & (per > 0)).tolist()
    info = {"balance": balance, "triplets": used, "warnings": _remarks(without, w)}
    return Consensus(Soft(posterior, votes.labels.names), skill, info=info)


def _thirds(covariance: Floats, first: Ints, second: Ints, third: Ints) -> Floats:
    """What each of ``first`` shares with the class, from its covariances with two others.

    >>> c = np.array([[1, 0.48, 0.32], [0.48, 1, 0.24], [0.32, 0.24, 1]])
    >>> _thirds(c, np.array([0, 1, 2]), np.array([1, 2, 0]), np.array([2, 0, 1])).round(6).tolist()
    [0.8, 0.6, 0.4]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = covariance[first, second] * covariance[first, third] / covariance[second, third]
    return np.sqrt(np.abs(found))


def _shared(covariance: Floats, variance: Floats, n: int, rng: Generator) -> tuple[Floats, Ints]:
    """(w,) each function's covariance with the class, divided by the class's standard deviation,
    and how many triplets it rests on.
    """
    w = len(variance)
    noise = NOISE * np.sqrt(np.outer(variance, variance) / max(n, 1)) + 1e-12
    clear = np.abs(covariance) > noise
    found, used = np.full(w, np.nan), np.zeros(w, dtype=np.int64)
    for j in range(w):
        others = np.flatnonzero(clear[j] & (np.arange(w) != j))
        if len(others) < 2:
            continue
        a, b = others[rng.integers(len(others), size=(2, TRIED))]
        use = (a != b) & clear[a, b]
        if use.any():
            found[j] = np.median(_thirds(covariance, np.full(int(use.sum()), j), a[use], b[use]))
            used[j] = len(np.unique(np.sort(np.stack([a[use], b[use]]), 0), axis=1).T)
    scale = np.sqrt(np.maximum(variance, 1e-12))
    usual = np.nanmedian(found / scale) if np.isfinite(found).any() else 0.3
    return np.clip(np.where(np.isnan(found), usual * scale, found), 0, scale), used


def _chances(
    lean: Floats, mean: Floats, one: Floats, sign: Floats, p: float, w: int, k: int, least: float
) -> Floats:
    """(w k, 2) the log chance of each answer where the class is true and where it is not."""
    spread = np.sqrt(max(4 * p * (1 - p), 1e-9))
    slope = lean / spread  # half of how much the mean vote differs between the two
    expected = np.stack([mean + slope * (2 - 2 * p), mean - slope * 2 * p], axis=1)  # (w, 2)
    parts = one.reshape(w, k)
    up = (parts * (sign.reshape(w, k) > 0)).sum(1)
    down = parts.sum(1) - up
    cover = up + down
    both = (up > 0) & (down > 0)
    high = np.where(both[:, None], (cover[:, None] + expected) / 2, np.maximum(expected, 0))
    low = np.where(both[:, None], (cover[:, None] - expected) / 2, np.maximum(-expected, 0))
    floor = np.maximum(least * cover, 1e-9)[:, None]
    high, low = (np.clip(x, floor, np.maximum(cover[:, None], floor)) for x in (high, low))
    chosen = np.where((sign > 0)[:, None], np.repeat(high, k, 0), np.repeat(low, k, 0))
    return np.log(chosen)


def _counts(block: Block) -> tuple[Floats, Floats, float]:
    there = block.has_votes
    return (
        (block.votes.T @ block.votes).toarray(),
        vote_shares(block)[there].sum(0),
        float(there.sum()),
    )


def _posterior(block: Block, log: Floats, log_balance: Floats) -> Floats:
    """(items, k) the chance of each class against the rest, scaled to one."""
    score = np.stack([block.votes @ (one[:, 0] - one[:, 1]) for one in log], axis=1)
    odds = score + log_balance - np.log1p(-np.minimum(np.exp(log_balance), 1 - 1e-9))
    return normalise(-np.logaddexp(0, -odds), block.gold)[0]


def _right(block: Block, posterior: Floats, cells: int) -> Floats:
    mine = posterior[block.start : block.start + len(block)].ravel()[block.cell]
    return np.bincount(block.votes.indices, mine, cells).astype(float)


def _remarks(without: list[int], w: int) -> tuple[str, ...]:
    if not without:
        return ()
    return (
        f"{len(without):,} of {w:,} functions are in no triplet of functions that vary together: "
        "they count as the others do in the mean",
    )
