"""Draws from the posterior of four models of votes: what the votes leave open about workers, class
balance and hard items.

The models differ in what a worker is (a confusion matrix, or one accuracy with errors spread evenly
over the other classes) and in whether a share of the items is hard: on hard items all workers vote
alike, whatever their skill, so that they err together.  Workers come from a population whose mean
and spread are learnt, so that workers with few votes are worth what the crowd is worth.  Every
model is run by Gibbs sampling from several starts with a random class balance and skill.
No other class is likelier than the true one, on hard items and in the population's mean: without
that votes say nothing about truth.
Cost: O(v k + w k^2) a sweep, for all chains of a model at once.
Source: Dawid and Skene. Applied Statistics 28 (1979); Kim and Ghahramani. AISTATS 2012.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy import sparse
from scipy.special import digamma, gammaln

from reliabel.core.labels import Bools, Floats, Ints

# votes that the population is worth to each row of a worker's matrix
STRENGTHS = np.array([1.5, 3.0, 6.0, 12.0, 25.0, 50.0, 100.0, 200.0, 400.0])
HARD = 0.15  # share of hard items that chains start from
LEAST = 1e-9  # of a probability


@dataclass(frozen=True, eq=False)
class Patterns:
    """Items with the same votes are one row: the votes (rows, workers * k) as a sparse 0/1 matrix,
    how many items have them, the votes by class (rows, k), and the number of workers.
    """

    votes: Any
    items: Ints
    by_class: Floats
    workers: int

    @property
    def majority(self) -> Floats:
        """(rows, k) the share of the credit that a majority gives each class."""
        top = self.by_class >= self.by_class.max(1, keepdims=True)
        return np.asarray(top / top.sum(1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws (draws, chains) of one model: the accuracy of the best rule, that of a majority, the
    log likelihood of the votes, and the class balance (draws, chains, k).
    """

    best: Floats
    majority: Floats
    fit: Floats
    balance: Floats


class _Population:
    """Rows of workers' matrices (chains, workers, rows, k), Dirichlet around a common row whose
    mean and strength are learnt.
    """

    def __init__(self, chains: int, k: int, prior: Floats, rng: Generator) -> None:
        self.prior, self.k, self.rng = prior, k, rng
        self.mean = np.tile(prior / prior.sum(1, keepdims=True), (chains, 1, 1))
        self.level = rng.integers(1, len(STRENGTHS) - 1, chains)

    def draw(self, counts: Floats) -> Floats:
        rng, seen = self.rng, np.nonzero(counts)
        some, size = counts[seen], counts.sum(3)
        step = self.level + 2 * rng.integers(0, 2, len(self.level)) - 1
        step = np.clip(step, 0, len(STRENGTHS) - 1)
        gain = self._likelihood(step, seen, some, size) - self._likelihood(
            self.level, seen, some, size
        )
        self.level = np.where(np.log(rng.random(len(step))) < gain, step, self.level)
        alpha = STRENGTHS[self.level][:, None, None] * self.mean
        own = alpha[seen[0], seen[2], seen[3]]
        # how many of the votes are news about the population: tables of a Chinese restaurant
        tables = np.zeros_like(alpha)
        np.add.at(tables, (seen[0], seen[2], seen[3]), own * (digamma(own + some) - digamma(own)))
        self.mean = _true_first(dirichlet(self.prior + rng.poisson(tables), rng) + 1e-6, self.k)
        return dirichlet((STRENGTHS[self.level][:, None, None] * self.mean)[:, None] + counts, rng)

    def _likelihood(self, level: Ints, seen: Any, some: Floats, size: Floats) -> Floats:
        """(chains,) log chance of the counts when the workers' rows are integrated out."""
        strength = STRENGTHS[level]
        own = (strength[:, None, None] * self.mean)[seen[0], seen[2], seen[3]]
        cells = np.bincount(seen[0], gammaln(own + some) - gammaln(own), len(level))
        rows = gammaln(strength)[:, None, None] - gammaln(strength[:, None, None] + size)
        return np.asarray(cells + rows.sum((1, 2)))


def _true_first(rows: Floats, k: int) -> Floats:
    """Rows (chains, rows, k) in which no class is likelier than the true one, or accuracies
    (chains, 1, 2) of at least chance: the nearest to those drawn.
    """
    if rows.shape[1] == 1:
        right = np.clip(rows[:, :, :1] / rows.sum(2, keepdims=True), 1 / k, 1 - LEAST)
        return np.concatenate([right, 1 - right], 2)
    own = np.arange(k)
    top = rows.argmax(2)
    half = (rows.max(2) + rows[:, own, own]) / 2
    np.put_along_axis(rows, top[:, :, None], half[:, :, None], 2)
    rows[:, own, own] = half
    return np.asarray(rows / rows.sum(2, keepdims=True))


def dirichlet(alpha: Floats, rng: Generator) -> Floats:
    """Draws along the last axis."""
    draw = rng.standard_gamma(alpha) + LEAST
    draw /= draw.sum(-1, keepdims=True)
    return np.asarray(draw)


class VoteModel:
    """The chains of one model; ``run`` goes on where the last run ended.

    matrices: workers have confusion matrices; otherwise one accuracy each.
    hard: a share of the items is hard, and all workers vote alike on them.
    """

    def __init__(
        self, data: Patterns, *, matrices: bool, hard: bool, chains: int, rng: Generator
    ) -> None:
        k = data.by_class.shape[1]
        self.data, self.matrices, self.hard = data, matrices, hard
        self.k, self.chains, self.rng = k, chains, rng
        self.prior = np.where(np.eye(k, dtype=bool), 2.0, 1 / max(k - 1, 1))
        prior = self.prior if matrices else np.array([[2.0, 1.0]])
        self.crowd = _Population(chains, k, prior, rng)
        self.log_joint = _start(data, hard, chains, rng)
        self.balance = np.full((chains, k), 1 / k)
        self.transposed, self.credit = data.votes.T.tocsr(), data.majority.T[:, None]

    def run(self, sweeps: int, kept: int) -> Draws:
        """The last ``kept`` draws of so many sweeps.

        The accuracies are means over items whose weights are drawn too (a Bayesian bootstrap).
        """
        found: list[tuple[Floats, ...]] = []
        for sweep in range(sweeps):
            fit, chance = _posterior(self.log_joint)
            if sweep >= sweeps - kept:
                found.append((*self._accuracies(chance), fit @ self.data.items, self.balance))
            state = _states(chance, self.data.items, self.rng)
            self.log_joint = self._log_joint(state)
        best, majority, fits, balance = (np.array(part) for part in zip(*found, strict=True))
        return Draws(best, majority, fits, balance)

    def _accuracies(self, chance: Floats) -> tuple[Floats, Floats]:
        """(chains,) the chance that the best rule is right, and that a majority is."""
        k = self.k
        true = chance[:k] + chance[k:] if self.hard else chance
        size = np.broadcast_to(self.data.items, true.shape[1:]).astype(float)
        weight = self.rng.standard_gamma(size)
        weight /= weight.sum(1, keepdims=True)
        right = (self.credit * true).sum(0)
        return (true.max(0) * weight).sum(1), (right * weight).sum(1)

    def _log_joint(self, state: Floats) -> Floats:
        """(states, chains, rows) under parameters drawn given the items' states."""
        k, rng, data, flat = self.k, self.rng, self.data, len(state) * self.chains
        counts = self.transposed @ state.reshape(flat, -1).T
        counts = counts.reshape(data.workers, k, len(state), self.chains).transpose(3, 0, 2, 1)
        counts = np.ascontiguousarray(counts)
        size = state.sum(2).T
        table = self.balance = dirichlet(1 + size.reshape(self.chains, -1, k).sum(1), rng)
        matrix = _rows(self.crowd, counts[:, :, :k], self.matrices)
        if self.hard:
            share = rng.beta(1 + size[:, k:].sum(1), 4 + size[:, :k].sum(1))[:, None]
            table = np.concatenate([table * (1 - share), table * share], 1)
            same = _common(counts[:, :, k:].sum(1), self.prior, self.matrices, rng)
            matrix = np.concatenate([matrix, np.broadcast_to(same[:, None], matrix.shape)], 2)
        log_vote = np.log(np.maximum(matrix, LEAST)).transpose(1, 3, 2, 0)
        joint = np.ascontiguousarray((data.votes @ log_vote.reshape(-1, flat)).T)
        return np.asarray(
            joint.reshape(*state.shape) + np.log(np.maximum(table, LEAST)).T[:, :, None]
        )


def _start(data: Patterns, hard: bool, chains: int, rng: Generator) -> Floats:
    """(states, chains, rows) log joint probability under a random class balance and skill of each
    worker; the first chain has the shares of votes and an accuracy of .8.
    """
    k = data.by_class.shape[1]
    balance = rng.dirichlet(np.ones(k), chains)
    votes = data.items @ (data.by_class / data.by_class.sum(1, keepdims=True))
    balance[0] = (votes + 0.01) / (votes + 0.01).sum()
    mean = rng.uniform(1 / k + 0.1, 0.9, (chains, 1))
    right = np.clip(mean + rng.uniform(-0.3, 0.3, (chains, data.workers)), 1 / k, 0.97)
    right[0] = 0.8
    start = _one_accuracy(data, right, balance)
    if not hard:
        return start
    weak = np.full((chains, data.workers), 0.6 if k == 2 else max(0.5, 1.2 / k))
    other = _one_accuracy(data, weak, balance)
    return np.concatenate([start + np.log(1 - HARD), other + np.log(HARD)])


def _one_accuracy(data: Patterns, right: Floats, balance: Floats) -> Floats:
    """(k, chains, rows) log joint probability where workers have one accuracy each."""
    chains, k = balance.shape
    log_vote = np.log(_even(right, k)).transpose(1, 3, 2, 0)
    joint = data.votes @ log_vote.reshape(data.workers * k, k * chains)
    log_balance = np.log(balance + LEAST).T[:, :, None]
    return np.asarray(np.ascontiguousarray(joint.T).reshape(k, chains, -1) + log_balance)


def _posterior(log_joint: Floats) -> tuple[Floats, Floats]:
    """The log likelihood (chains, rows) of the votes and the posterior (states, chains, rows)."""
    top = log_joint.max(0)
    chance = np.exp(log_joint - top)
    total = chance.sum(0)
    chance /= total
    return top + np.log(total), chance


def _states(chance: Floats, items: Ints, rng: Generator) -> Floats:
    """(states, chains, rows) how many items of each row are drawn into each state."""
    if items.max() > 1:
        p = np.moveaxis(chance, 0, -1)
        p = p / p.sum(-1, keepdims=True) * (1 - 1e-12)
        drawn = rng.multinomial(np.broadcast_to(items, p.shape[:2]), p)
        return np.ascontiguousarray(np.moveaxis(drawn, -1, 0)).astype(float)
    below = np.cumsum(chance[:-1], axis=0) < rng.random(chance.shape[1:])
    place = below.sum(0)
    return np.asarray(place == np.arange(len(chance))[:, None, None], dtype=float)


def _rows(crowd: _Population, counts: Floats, matrices: bool) -> Floats:
    """Draws of the workers' matrices (chains, workers, k, k)."""
    if matrices:
        return crowd.draw(counts)
    hit = np.einsum("cwaa->cw", counts)
    right = crowd.draw(np.stack([hit, counts.sum((2, 3)) - hit], 2)[:, :, None])[:, :, 0, 0]
    return _even(right, counts.shape[3])


def _common(counts: Floats, prior: Floats, matrices: bool, rng: Generator) -> Floats:
    """Draws of the matrices (chains, k, k) of all workers on hard items."""
    if matrices:
        return _true_first(dirichlet(prior + counts, rng), counts.shape[2])
    hit = np.einsum("caa->c", counts)
    right = rng.beta(1 + hit, 1 + counts.sum((1, 2)) - hit)
    return _even(np.maximum(right, 1 / counts.shape[2]), counts.shape[2])


def _even(right: Floats, k: int) -> Floats:
    """Matrices with one accuracy on the diagonal and errors spread evenly."""
    wrong = (1 - right) / max(k - 1, 1)
    return np.asarray(
        np.where(np.eye(k, dtype=bool), right[..., None, None], wrong[..., None, None])
    )


def vote_patterns(
    item: Ints, worker: Ints, label: Ints, k: int, items: int, most: int, rng: Generator
) -> Patterns:
    """The votes of all items as patterns where there are at most ``items`` different ones (worth at
    most ``most`` items), else those of ``items`` items.

    The items are drawn through workers, twenty of a worker at a time, so that workers keep common
    items however many workers there are.
    """
    n, workers = int(item.max()) + 1, int(worker.max()) + 1
    voted = np.flatnonzero(np.bincount(item, minlength=n))
    if workers <= 20:
        key = rng.integers(2**40, size=workers * k).astype(float)
        mark = np.bincount(item, key[worker * k + label], n)[voted]
        _, first, times = np.unique(mark, return_index=True, return_counts=True)
        if len(first) <= max(items, 1) and 2 * len(first) <= len(voted):
            if len(voted) > most:
                times = rng.multinomial(most, times / times.sum())
            some = times > 0
            return _matrix(item, worker, label, k, voted[first[some]], times[some])
    picked = _picked(item, worker, voted, items, rng)
    return _matrix(item, worker, label, k, picked, np.ones(len(picked), dtype=np.int64))


def _picked(item: Ints, worker: Ints, voted: Ints, items: int, rng: Generator) -> Ints:
    if len(voted) <= items:
        return voted
    each = 20
    chosen = np.zeros(int(worker.max()) + 1, dtype=bool)
    chosen[worker[rng.integers(len(worker), size=max(items // each, 1))]] = True
    row = rng.permutation(np.flatnonzero(chosen[worker]))
    row = row[np.argsort(worker[row], kind="stable")]
    who = worker[row]
    rank = np.arange(len(row)) - np.searchsorted(who, who)
    first = rng.permutation(np.unique(item[row[rank < each]]))[:items]
    free = np.zeros(int(voted[-1]) + 1, dtype=bool)
    free[voted] = True
    free[first] = False
    rest = rng.choice(np.flatnonzero(free), items - len(first), replace=False)
    return np.asarray(np.sort(np.concatenate([first, rest])))


def _matrix(item: Ints, worker: Ints, label: Ints, k: int, picked: Ints, times: Ints) -> Patterns:
    place = np.full(int(item.max()) + 1, -1)
    place[picked] = np.arange(len(picked))
    mine: Bools = place[item] >= 0
    row, label = place[item[mine]], label[mine]
    who, worker = np.unique(worker[mine], return_inverse=True)
    cell = (row, worker * k + label)
    matrix = sparse.csr_array((np.ones(len(row)), cell), shape=(len(picked), len(who) * k))
    by_class = np.bincount(row * k + label, minlength=len(picked) * k).reshape(-1, k)
    return Patterns(matrix, times, by_class.astype(float), len(who))
