"""Whether noise depends on the item: a noise transition matrix for each neighbourhood, from three
or more votes an item.

Three independent votes an item identify the matrix and the class shares of a neighbourhood up to
the names of the classes, if the matrix has full rank; two votes do not, and single labels leave
noise that depends on the item open.  Assumes that votes of an item err independently, and that
neighbouring items err alike.  Weak where neighbourhoods are large: local matrices are pulled
together.
Cost: O(m n d) for the neighbours of m places, and 20 times O(m s k^2) a round for s items each.
Paper: Liu, Cheng, Zhang. Identifiability of label noise transition matrix. ICML 2023; Kruskal.
Linear Algebra and its Applications 18 (1977).
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.results import Measure

ALSO = ("local_noise_matrix",)
PLACES, LEAST, ITEMS = 200, 3, 40  # matrices, votes an item and items at least
NULLS, ROUNDS, PRIOR = 19, 15, 3.0


def measure(votes: Votes[Classes], *, features: Floats, rng: Generator, near: int = 300) -> Measure:
    """The mean over items of |T(x) - T|_1 / k, the distance of the matrix around an item from that
    of all, with what it is where noise does not depend on the item.

    near: items of a neighbourhood, at most a quarter of all.
    ``parts`` holds "noise_matrix" (k, k) [true, voted] of all items, "places" (m,), the items at
    the centre of the neighbourhoods, "matrices" (m, k, k), "nearest" (n,), the place of each item,
    and "null" (19,), values after shuffling the features.  ``info["verdict"]`` says in a sentence
    whether the value is beyond them.
    Unknown, with the reason, unless forty items have three votes; raises ValueError if none has.

    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(400, 2)), rng.integers(0, 2, 1200)
    >>> votes = Votes(np.repeat(np.arange(400), 3), np.tile([0, 1, 2], 400), Classes(y), n=400, w=3)
    >>> measure(votes, features=x, rng=rng).info["verdict"].split(":")[0]
    'no evidence that noise depends on the item'
    """
    if near < 1:
        raise ValueError(f"near must be a number of items from 1 up, got {near!r}")
    used, counts = _well_voted(votes)
    if len(used) < ITEMS:
        return _too_few(votes, len(used))
    x = np.asarray(features[used], dtype=np.float64)
    size = min(near, len(used) // 4)
    places = np.sort(rng.permutation(len(used))[: min(PLACES, len(used) // 4)])
    groups, nearest = _neighbourhoods(x, places, size)
    whole = _fit(counts[None], _start(counts), rounds=50)[0]
    local = _fit(counts[groups], whole, rounds=ROUNDS)
    share = np.bincount(nearest, minlength=len(places)) / len(used)
    value = _distance(local, whole, share)
    null = [
        _distance(_fit(rng.permutation(counts)[groups], whole, rounds=ROUNDS), whole, share)
        for _ in range(NULLS)
    ]
    item = np.full(votes.n, -1)
    item[used] = nearest
    parts = {"noise_matrix": whole, "places": used[places], "matrices": local, "nearest": item}
    return Measure(
        value, np.nan, np.nan, {**parts, "null": np.array(null)}, _said(value, null, len(used))
    )


def _well_voted(votes: Votes[Classes]) -> tuple[Ints, Floats]:
    """The items with enough votes, and how many votes (m, k) each class has there."""
    k = votes.labels.k
    voted = votes.labels.y >= 0
    cell = votes.item[voted].astype(np.int64) * k + votes.labels.y[voted]
    counts = np.bincount(cell, minlength=votes.n * k).reshape(votes.n, k)
    used = np.flatnonzero(counts.sum(1) >= LEAST)
    return used, counts[used].astype(float)


def _too_few(votes: Votes[Classes], items: int) -> Measure:
    """An unknown number with the reason.  Raises ValueError if no item has enough votes."""
    why = (
        f"a noise matrix that depends on the item needs {LEAST} votes an item (two leave it open), "
        f"on {ITEMS} items at least; {items} of {votes.n} items have {LEAST} or more: collect more "
        "votes, or use one matrix for all items"
    )
    if not items and votes.n:
        raise ValueError(why)
    unknown = {"noise_matrix": np.full((votes.labels.k, votes.labels.k), np.nan)}
    return Measure(np.nan, np.nan, np.nan, unknown, {"why": why})


def _neighbourhoods(x: Floats, places: Ints, size: int) -> tuple[Ints, Ints]:
    """(m, size) the items nearest to each place, and (n,) the place nearest to each item."""
    square = (x**2).sum(1)
    far = square[places][:, None] + square - 2 * x[places] @ x.T
    return np.argpartition(far, size - 1, axis=1)[:, :size], far.argmin(0)


def _start(counts: Floats) -> Floats:
    """(k, k) the matrix if the share of votes were the posterior of the true class."""
    share = counts / counts.sum(1, keepdims=True)
    matrix = share.T @ counts + 0.01
    return np.asarray(matrix / matrix.sum(1, keepdims=True))


def _fit(counts: Floats, whole: Floats, *, rounds: int) -> Floats:
    """(m, k, k) the matrix of each of m groups of items, from their votes (m, s, k), by
    expectation-maximisation from ``whole``, which counts as three votes a row.
    """
    m, _, k = counts.shape
    matrix = np.broadcast_to(whole, (m, k, k))
    balance = np.full((m, 1, k), 1 / k)
    for _ in range(rounds):
        score = counts @ np.log(np.maximum(matrix, 1e-9)).transpose(0, 2, 1) + np.log(balance)
        post = np.exp(score - score.max(2, keepdims=True))
        post /= post.sum(2, keepdims=True)
        balance = (post.sum(1, keepdims=True) + 1) / (post.shape[1] + k)
        matrix = post.transpose(0, 2, 1) @ counts + PRIOR * whole
        matrix = matrix / matrix.sum(2, keepdims=True)
    return matrix


def _distance(local: Floats, whole: Floats, share: Floats) -> float:
    """The mean over items of |T(x) - T|_1 / k."""
    return float(share @ np.abs(local - whole).sum((1, 2)) / len(whole))


def _said(value: float, null: list[float], items: int) -> dict[str, object]:
    most = max(null)
    verdict = (
        f"noise depends on the item: matrices of neighbourhoods lie {value:.3f} from that of all, "
        f"and at most {most:.3f} after the features were shuffled"
        if value > most
        else f"no evidence that noise depends on the item: matrices of neighbourhoods lie "
        f"{value:.3f} from that of all, and up to {most:.3f} after the features were shuffled"
    )
    return {
        "verdict": verdict,
        "items": items,
        "identified": "three independent votes an item identify each matrix up to the names of the "
        "classes, if it has full rank; names are those of the matrix of all items",
        "interval": "no interval: scatter of the local matrices raises the value; compare it with "
        "what is left after the features are shuffled",
    }
