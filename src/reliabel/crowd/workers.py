"""Estimates for each worker: skill, confusion matrix, bias, kind of worker, and results on gold
items.

A worker's skill is the mean of two estimates with opposite errors.  One is the share of right votes
that makes the worker's votes likeliest, given the posterior of each item from the *other* votes (or
gold): right if workers err independently, too high where all miss the same items.  The other is the
mean probability of the worker's votes under the consensus: right if that is calibrated, shrunk to
the crowd where votes are few.  The interval is Wilson's for the effective number of votes of the
weaker evidence, which is lowered where wrong votes on an item come together more often than
independent ones would; it is widened by the distance of the two estimates.  On nine real sets the
mean was off by .06 on average, and the interval contained the true share for 96 % of the workers
with ten votes or more (87 % on the worst set, where workers share errors that no votes show).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.agreement import wilson
from reliabel.ops.crowd import confusion_matrices, leave_one_vote_out

KINDS = ("honest", "spammer", "constant", "adversary")
# Numbers in brackets are sections of the specification aggregate.md.
PRIOR = (0.85, 0.10, 0.03, 0.02)  # of the kinds, in their order (1.19)
FEW = 5  # votes below which skill is only an interval (4.3)
SHORT = 10  # votes below which the kind is unknown (1.19)
SURE = 0.8  # chance from which on a kind is thought of: a judgement; the interval must agree
SLIPS = (0.02, 0.002)  # share of other votes of a constant worker: 2 % (1.19); .002 is a judgement
WEAK = 0.25  # of the way from chance to perfect: a skill below is a spammer's (a judgement)
DEPENDS = 0.1  # spammer score that an adversary exceeds: their answers depend on the item (1.19)
ROUNDS, NEAR = 200, 1e-6  # of the iteration to the likeliest skill: a judgement, not measured
JEFFREYS = 0.5  # the prior Beta(1/2, 1/2) of a share: Jeffreys, Proc. R. Soc. A 186, 1946
VoteEvidence = tuple[Floats, Floats, Floats, Floats]


@dataclass(frozen=True, eq=False)
class Workers:
    """One row per worker (w,); shares are NaN where they cannot be estimated."""

    votes: Ints  # votes given
    # expected share of right votes; NaN below five votes on items with gold or other votes
    skill: Floats
    low: Floats  # its 95 % interval
    high: Floats
    agreement: Floats  # share of the other votes on the worker's items that agree with the worker
    gold_votes: Ints  # votes on gold items
    gold_right: Floats  # share of them that is right
    confusion: Floats  # (w, true, voted)
    # (w, k) share of a worker's votes for a class, less the class's share among the worker's items
    bias: Floats
    spammer_score: Floats  # 0: votes do not depend on the item, 1: perfect
    kind: tuple[str, ...]  # honest, spammer, constant, adversary, unknown
    kind_p: Floats  # (w, 4) in the order of KINDS
    tests: Mapping[str, Floats]  # p-value of each test of behaviour, NaN where it does not apply
    flags: tuple[tuple[str, ...], ...]  # tests that are significant
    # variance of the number of wrong votes per item, relative to that of independent errors
    dispersion: float = 1.0

    __repr__ = by_fields


def estimate_workers(
    votes: Votes[Classes], posterior: Floats, *, gold: Ints | None = None
) -> Workers:
    """Estimates for all workers, given a posterior (n, k); ``behaviour.with_behaviour`` adds tests.

    gold: (n,) the true class where it is known, -1 elsewhere.
    """
    confusion, balance = confusion_matrices(votes, posterior)
    n = np.bincount(votes.worker, minlength=votes.w)
    k = votes.labels.k
    right, own, agree, known = _vote_evidence(votes, confusion, balance, gold)
    order = np.argsort(votes.item, kind="stable")
    worker, label = votes.worker[order], votes.labels.y[order]
    use = known > 0
    checked = np.bincount(worker[use], minlength=votes.w)
    alone, worth = _skill(right[use], worker[use], votes.w, k)
    together, worth_too = _expected(posterior[votes.item[order], label][use], worker[use], checked)
    skill = (alone + together) / 2
    dispersion = _dispersion(votes, posterior, skill)
    worth_both = np.minimum(worth, worth_too) / max(dispersion, 1.0)
    low, high = wilson(skill * worth_both, worth_both)
    apart = np.abs(alone - together) / 2
    low, high = (
        np.maximum(skill - np.hypot(skill - low, apart), 0),
        np.minimum(skill + np.hypot(high - skill, apart), 1),
    )
    given = np.bincount(worker * k + label, minlength=votes.w * k).reshape(votes.w, k)
    score = spammer_score(confusion)
    kind_p = _kinds(right[use], own[use], worker[use], given, alone, worth, confusion, score)
    at_gold, gold_right = _on_gold(votes, gold)
    likeliest = np.array(KINDS)[kind_p.argmax(1)]
    unclear = (checked < SHORT) | (kind_p.max(1) < SURE)
    # votes that could as well come from a weak but honest worker make nobody a spammer
    weak = high < 1 / max(k, 1) + WEAK * (1 - 1 / max(k, 1))
    kind = np.where(unclear | ((likeliest == "spammer") & ~weak), "unknown", likeliest)
    return Workers(
        votes=n,
        skill=np.where(checked < FEW, np.nan, skill),
        low=np.where(checked > 0, low, 0.0),
        high=np.where(checked > 0, high, 1.0),
        agreement=_share(np.bincount(worker, agree, votes.w), np.bincount(worker, known, votes.w)),
        gold_votes=at_gold,
        gold_right=gold_right,
        confusion=confusion,
        bias=_bias(votes, posterior, given),
        spammer_score=score,
        kind=tuple(kind.tolist()),
        kind_p=np.where((checked < SHORT)[:, None], np.nan, kind_p),
        tests={},
        flags=((),) * votes.w,
        dispersion=dispersion,
    )


def _vote_evidence(
    votes: Votes[Classes], confusion: Floats, balance: Floats, gold: Ints | None
) -> VoteEvidence:
    """For each vote, in the order of items: the chance that it is right, its likelihood under the
    worker's matrix, the number of other votes that agree, the number of other votes (or gold).
    """
    parts: list[VoteEvidence] = []
    for block, others in leave_one_vote_out(votes, confusion, balance, gold):
        row, label, worker = block.row, block.label, block.worker
        m = np.diff(block.votes.indptr)
        cell = np.bincount(row * block.k + label, minlength=len(block) * block.k)
        own = (others * confusion[worker, :, label]).sum(1)
        on_gold = 0 if block.gold is None else (block.gold >= 0)[row]
        parts.append(
            (
                others[np.arange(len(row)), label],
                own,
                cell[row * block.k + label] - 1.0,
                np.maximum(m[row] - 1.0, on_gold),
            )
        )
    right, own, agree, known = (np.concatenate(part) for part in zip(*parts, strict=True))
    return right, own, agree, known


def _skill(right: Floats, worker: Ints, w: int, k: int) -> tuple[Floats, Floats]:
    """The maximum likelihood share of right votes of each worker, and the effective number of
    votes: how many votes with known truth would give the same information.
    """
    n = np.bincount(worker, minlength=w)
    wrong = (1 - right) / max(k - 1, 1)
    skill = np.full(w, 0.5 + 0.5 / max(k, 1))
    for _ in range(ROUNDS):
        chance = skill[worker] * right + (1 - skill[worker]) * wrong
        hit = np.bincount(worker, skill[worker] * right / np.maximum(chance, 1e-300), w)
        before, skill = skill, (hit + JEFFREYS) / (n + 2 * JEFFREYS)
        if np.abs(skill - before).max(initial=0) < NEAR:
            break
    chance = skill[worker] * right + (1 - skill[worker]) * wrong
    information = np.bincount(worker, np.square((right - wrong) / np.maximum(chance, 1e-300)), w)
    return skill, np.minimum(information * skill * (1 - skill), n)


def _expected(chance: Floats, worker: Ints, n: Ints) -> tuple[Floats, Floats]:
    """The mean probability of each worker's votes under the consensus, and the effective number of
    votes.
    """
    size = np.maximum(n, 1)
    skill = (np.bincount(worker, chance, len(n)) + JEFFREYS) / (size + 2 * JEFFREYS)
    spread = skill * (1 - skill)
    open_ = np.bincount(worker, chance * (1 - chance), len(n)) / size
    return skill, np.asarray(n * spread / np.maximum(spread + open_, 1e-12))


def _dispersion(votes: Votes[Classes], posterior: Floats, skill: Floats) -> float:
    """Variance of the number of votes against the consensus, over items with several votes,
    relative to that of independent errors at these skills.
    """
    wrong = np.nan_to_num(1 - skill, nan=0.5)[votes.worker]
    against = np.bincount(
        votes.item, posterior.argmax(1)[votes.item] != votes.labels.y, votes.n
    ) - np.bincount(votes.item, wrong, votes.n)
    several = np.bincount(votes.item, minlength=votes.n) >= 2
    expected = np.bincount(votes.item, wrong * (1 - wrong), votes.n)[several].sum()
    return float(np.square(against[several]).sum() / expected) if expected > 0 else 1.0


def spammer_score(confusion: Floats) -> Floats:
    """(w,) how much votes depend on the true class: 0 for spammers, 1 for a perfect worker, and
    (sensitivity + specificity - 1)^2 for two classes.

    >>> round(float(spammer_score(np.array([[[0.8, 0.2], [0.4, 0.6]]]))[0]), 2)
    0.16
    """
    k = confusion.shape[1]
    if k == 1:
        return np.ones(len(confusion))
    # sum over pairs of rows of their squared distance
    apart = k * np.square(confusion).sum((1, 2)) - np.square(confusion.sum(1)).sum(1)
    return np.asarray(apart / (k * (k - 1)))


def _kinds(
    right: Floats,
    own: Floats,
    worker: Ints,
    given: Ints,
    skill: Floats,
    worth: Floats,
    confusion: Floats,
    score: Floats,
) -> Floats:
    """(w, 4) the posterior chance of each kind of worker: likelihood of the worker's votes given
    the other votes, with a BIC penalty for each parameter, times the prior.
    """
    w, k = given.shape
    n = np.bincount(worker, minlength=w)
    wrong, plain = (1 - right) / max(k - 1, 1), np.log(np.maximum(worth, 1)) / 2

    def coin(p: Floats) -> Floats:
        return np.asarray(
            np.bincount(
                worker, np.log(np.maximum(p[worker] * right + (1 - p[worker]) * wrong, 1e-300)), w
            ),
            dtype=float,
        )

    matrix = np.bincount(worker, np.log(np.maximum(own, 1e-300)), w) - k * (k - 1) * plain
    accuracy = np.einsum("jaa->j", confusion) / k
    better = accuracy >= 1 / k
    above = np.clip((skill - 1 / k) / (1 - 1 / k), 1e-6, 1) if k > 1 else np.ones(w)
    # Honest workers are better than chance: where a skill stands between chance and perfect is
    # Beta(2, 1), a judgement, not measured.
    clear = np.log(2 * above)
    honest = (
        np.maximum(coin(np.maximum(skill, 1 / k)) - plain, np.where(better, matrix, -np.inf))
        + clear
    )
    adversary = np.maximum(
        coin(np.minimum(skill, 1 / k)) - plain, np.where(better, -np.inf, matrix)
    )
    adversary = np.where(score > DEPENDS, adversary, -np.inf)
    total = given.sum(1)
    shares = given / np.maximum(total, 1)[:, None]
    # only votes that can be checked count, so that all kinds explain the same ones
    scale = n / np.maximum(total, 1)
    habit = (
        scale * (given * np.log(np.maximum(shares, 1e-300))).sum(1)
        - (k - 1) * np.log(np.maximum(n, 1)) / 2
    )
    spammer = np.maximum(habit, -n * np.log(k))  # votes from a fixed distribution, or a uniform one
    top = given.max(1)
    constant = np.max(
        [
            scale * (top * np.log(1 - slip) + (total - top) * np.log(slip / max(k - 1, 1)))
            for slip in SLIPS
        ],
        axis=0,
    )
    log = np.stack([honest, spammer, constant, adversary], axis=1) + np.log(PRIOR)
    p = np.exp(log - log.max(1, keepdims=True))
    return np.asarray(p / p.sum(1, keepdims=True))


def _bias(votes: Votes[Classes], posterior: Floats, given: Ints) -> Floats:
    """(w, k) share of a worker's votes for a class, less its expected share among the items."""
    k = votes.labels.k
    fair = np.stack(
        [np.bincount(votes.worker, posterior[votes.item, a], votes.w) for a in range(k)], axis=1
    )
    n = given.sum(1, keepdims=True)
    return np.asarray(np.divide(given - fair, n, out=np.full(given.shape, np.nan), where=n > 0))


def _on_gold(votes: Votes[Classes], gold: Ints | None) -> tuple[Ints, Floats]:
    """(w,) votes on gold items, and the share of them that is right."""
    if gold is None:
        return np.zeros(votes.w, dtype=np.int64), np.full(votes.w, np.nan)
    known = gold[votes.item] >= 0
    n = np.bincount(votes.worker[known], minlength=votes.w)
    hits = np.bincount(votes.worker[known], (gold[votes.item] == votes.labels.y)[known], votes.w)
    return n, _share(hits, n)


def _share(part: Floats | Ints, whole: Floats | Ints) -> Floats:
    return np.asarray(
        np.divide(part, whole, out=np.full(len(part), np.nan), where=np.asarray(whole) > 0)
    )
