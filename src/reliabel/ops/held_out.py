"""How well a consensus predicts held-out votes: one vote of each item is held out, the others are
aggregated, and the log chance of the held-out votes is the score.

The same rule predicts votes from every consensus (each worker's confusion matrix under it, shrunk
to the crowd's), so that scores compare models, not rules.
A high score rewards explaining the votes, including workers' biases and items' difficulties: it
does not say which model is nearer the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from scipy import sparse

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes
from reliabel.ops.chunks import total
from reliabel.ops.variational import counts_per_worker, crowd_prior, shrunk_accuracy
from reliabel.ops.votes import normalise, tally, votes_matrix

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
PART = 2**22  # numbers that are worked on at a time
ITEM_CELLS = 2**23  # items by classes that are worked on at most
SMALL = 2**23  # cells of all workers' matrices up to which they are made as a whole (64 MB)
TEMPERATURES = (1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
Fits = Mapping[str, Callable[[Votes[Classes]], Floats]]


def held_out_scores(
    votes: Votes[Classes],
    fits: Fits,
    *,
    rng: np.random.Generator,
    rounds: int = 2,
    most: int = 50_000,
) -> dict[str, float]:
    """The mean log chance of held-out votes under each of ``fits`` (name -> function from votes to
    posterior); empty where no item has three votes.

    rounds: how often a vote of each item is held out.
    most: at most this many items, drawn at random, are used.
    """
    size = np.bincount(votes.item, minlength=votes.n)
    items = np.flatnonzero(size >= 3)
    if not len(items):
        return {}
    if len(items) > (most := _few(most, votes.labels.k)):
        items = np.sort(rng.choice(items, most, replace=False))
        votes = votes.take(np.isin(votes.item, items))
    score = dict.fromkeys(fits, 0.0)
    for _ in range(rounds):
        out = _one_each(votes, size, rng)
        kept, away = votes.take(~out), votes.take(out)
        for name, fit in fits.items():
            score[name] += _log_chance(kept, away, fit(kept)) / rounds
    return score


def model_share(
    votes: Votes[Classes],
    fit: Callable[[Votes[Classes]], Floats],
    model: Floats,
    *,
    rng: np.random.Generator,
    most: int = 50_000,
) -> float:
    """The weight of a model that has not seen an item's votes beside their consensus: the share, of
    those in ``SHARES``, at which both together predict held-out votes best.

    One vote is held out of each item with two or more; 0 where no item has two.  An uninformative
    model gets 0, the best one at most .7.
    model: (n, k) the model's probabilities.
    """
    size = np.bincount(votes.item, minlength=votes.n)
    items = np.flatnonzero(size >= 2)
    if not len(items):
        return 0.0
    if len(items) > (most := _few(most, votes.labels.k)):
        votes = votes.take(np.isin(votes.item, np.sort(rng.choice(items, most, replace=False))))
    out = _one_each(votes, size, rng, least=2)
    kept, away = votes.take(~out), votes.take(out)
    posterior = fit(kept)
    # matrices under the votes' own consensus, or a model that permutes classes would score as well
    chance = vote_chances(kept, posterior, away)

    def score(share: float) -> float:
        mixed = (1 - share) * posterior + share * model
        return float(np.log((mixed[away.item] * chance).sum(1)).mean())

    return max(SHARES, key=score)


def tempered(posterior: Floats, temperature: float) -> Floats:
    """Rows raised to the power 1 / temperature and normalised: above 1 they become less confident.

    >>> tempered(np.array([[0.8, 0.2]]), 2.0).round(3).tolist()
    [[0.667, 0.333]]
    """
    return (
        posterior
        if temperature == 1
        else normalise(np.log(np.maximum(posterior, 1e-300)) / temperature)[0]
    )


def temperature(
    votes: Votes[Classes],
    fit: Callable[[Votes[Classes]], Floats],
    *,
    rng: np.random.Generator,
    rounds: int = 2,
    most: int = 50_000,
) -> float | None:
    """The temperature, of those in ``TEMPERATURES``, at which a consensus predicts held-out votes
    best; None where it cannot be learnt from votes.

    It cannot where half of the items have fewer than five votes: a temperature that is right for r
    - 1 votes is then wrong for r.
    """
    size = np.bincount(votes.item, minlength=votes.n)
    items = np.flatnonzero(size >= 3)
    if not len(items) or np.median(size[size > 0]) < 5:
        return None
    if len(items) > (most := _few(most, votes.labels.k)):
        votes = votes.take(np.isin(votes.item, np.sort(rng.choice(items, most, replace=False))))
    score = dict.fromkeys(TEMPERATURES, 0.0)
    for _ in range(rounds):
        out = _one_each(votes, size, rng)
        kept, away = votes.take(~out), votes.take(out)
        posterior = fit(kept)
        # the same matrices for all temperatures, so that scores compare temperatures alone
        chance = vote_chances(kept, posterior, away)
        for t in TEMPERATURES:
            score[t] += float(np.log((tempered(posterior, t)[away.item] * chance).sum(1)).mean())
    return max(TEMPERATURES, key=lambda t: score[t])


def temperature_from_gold(posterior: Floats, truth: Ints) -> float:
    """The temperature with the lowest log loss on items whose class is known.

    truth: (n,) the known classes, -1 elsewhere; the posterior must come from a fit without them.
    """
    known = np.flatnonzero(truth >= 0)

    def loss(t: float) -> float:
        p = tempered(posterior[known], t)[np.arange(len(known)), truth[known]]
        return float(-np.log(np.maximum(p, 1e-6)).mean())

    return min(TEMPERATURES, key=loss)


def predict_votes(votes: Votes[Classes], posterior: Floats, *, strength: float = 4.0) -> Floats:
    """(w, true, voted) the chance of each vote of each worker: confusion matrices under this
    posterior, shrunk towards the crowd's as if by ``strength`` votes.
    """
    k = votes.labels.k
    count, _ = total(
        lambda block: tally(block, posterior[block.start : block.start + len(block)]),
        votes_matrix(votes),
    )
    counts = counts_per_worker(count, votes.w)
    matrix = counts + strength * crowd_prior(counts, 4.0, learn=False)[0].reshape(-1, k, k)
    return np.asarray(matrix / matrix.sum(2, keepdims=True))


def vote_chances(kept: Votes[Classes], posterior: Floats, away: Votes[Classes]) -> Floats:
    """(votes away, true) the chance of each vote of ``away`` under each true class, as
    ``predict_votes`` gives it from the other votes; without the matrices of all workers where they
    would be large.
    """
    k = kept.labels.k
    if kept.w * k * k <= SMALL:
        return predict_votes(kept, posterior)[away.worker, :, away.labels.y]
    return _chances_of_pairs(kept, posterior, away.worker, away.labels.y)


def _chances_of_pairs(
    votes: Votes[Classes], posterior: Floats, worker: Ints, voted: Ints, *, strength: float = 4.0
) -> Floats:
    """(pairs, true) the chance that a worker votes for a class, from counts of the pairs that occur
    alone, some workers at a time.
    """
    k = votes.labels.k
    right, cast, pooled = np.zeros(votes.w), np.zeros((votes.w, k)), np.zeros((k, k))
    for who, what, count in _pair_counts(votes, posterior):
        every = np.arange(len(who))
        right += np.bincount(who, count[every, what], votes.w)
        cast += _summed(who, every, (votes.w, len(who))) @ count
        pooled += _summed(what, every, (k, len(who))) @ count  # voted, true
    accuracy, off = shrunk_accuracy(right, cast.sum(1), pooled.T, 4.0)
    share, row = accuracy[worker][:, None], np.arange(len(worker))
    out: Floats = (1 - share) * off.T[voted]
    out[row, voted] += accuracy[worker]
    out *= strength
    wanted = worker.astype(np.int64) * k + voted
    order = np.argsort(wanted, kind="stable")
    for who, what, count in _pair_counts(votes, posterior):
        pairs = who.astype(np.int64) * k + what
        mine = order[
            np.searchsorted(wanted, pairs[0], sorter=order) : np.searchsorted(
                wanted, pairs[-1], side="right", sorter=order
            )
        ]
        place = np.searchsorted(pairs, wanted[mine])
        there = pairs[place] == wanted[mine]
        out[mine[there]] += count[place[there]]
    return np.asarray(out / (cast[worker] + strength * (share + (1 - share) * off.sum(1))))


def _pair_counts(votes: Votes[Classes], posterior: Floats) -> Iterator[tuple[Ints, Ints, Floats]]:
    """For some workers at a time the worker and the class (pairs,) of each pair that occurs, in
    order, and how often it was voted by true class (pairs, true).
    """
    k = votes.labels.k
    key = votes.worker.astype(np.int64) * k + votes.labels.y
    order = np.argsort(key, kind="stable")
    start = 0
    while start < len(order):
        last = votes.worker[order[min(start + max(PART // k, 1), len(order)) - 1]]
        stop = int(np.searchsorted(key, (int(last) + 1) * k, sorter=order))
        some = order[start:stop]
        pairs, place = np.unique(key[some], return_inverse=True)
        yield (
            pairs // k,
            pairs % k,
            _summed(place, votes.item[some], (len(pairs), votes.n)) @ posterior,
        )
        start = stop


def _summed(group: Ints, member: Ints, shape: tuple[int, int]) -> Any:
    """A sparse 0/1 matrix that sums the rows of its members for each group."""
    return sparse.csr_array((np.ones(len(group)), (group, member)), shape=shape)


def _few(most: int, k: int) -> int:
    """How many items at most are worked on: fewer where there are many classes."""
    return min(most, max(ITEM_CELLS // max(k, 1), 1000))


def _one_each(votes: Votes[Classes], size: Ints, rng: np.random.Generator, least: int = 3) -> Bools:
    """(votes,) one random vote of each item with at least ``least`` votes."""
    order = np.lexsort((rng.random(len(votes)), votes.item))
    first = np.ones(len(order), dtype=bool)
    first[1:] = votes.item[order][1:] != votes.item[order][:-1]
    out = np.zeros(len(votes), dtype=bool)
    out[order[first]] = True
    return np.asarray(out & (size[votes.item] >= least))


def _log_chance(kept: Votes[Classes], away: Votes[Classes], posterior: Floats) -> float:
    """Mean log chance of the held-out votes ``away``, predicted from the others."""
    chance = vote_chances(kept, posterior, away)
    return float(np.log((posterior[away.item] * chance).sum(1)).mean())
