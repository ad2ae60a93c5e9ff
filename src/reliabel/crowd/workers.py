"""Whom to trust: skill of each worker with his own vote left out, his confusions and lean, what
kind of worker he is, and what he was told.

A worker's skill lies half-way between two estimates that err in opposite ways.  One is the share of
right votes that makes his votes likeliest, given what the *others* (or gold) say of each item:
right if workers err independently, too high where all miss the same items.  The other is the
mean chance of his votes under the consensus: right if that is calibrated, drawn to the crowd where
votes are few.  The interval is Wilson's, on as many votes as the weaker evidence is worth, fewer
where the votes of an item are wrong together more often than independent ones would be, and it
reaches as much further as the two estimates lie apart.  On nine real sets half-way was off by .06
on average and the interval held the true share for 96 % of the workers with ten votes or more (87 %
on the worst set, where workers share errors that no votes show).
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
SURE = 0.8  # chance from which on a kind is named: a judgement, not measured
SLIPS = (0.02, 0.002)  # share of other votes of a constant worker: 2 % (1.19); .002 is a judgement
DEPENDS = 0.1  # spammer score that an adversary exceeds: their answers depend on the item (1.19)
ROUNDS, NEAR = 200, 1e-6  # of the iteration to the likeliest skill: a judgement, not measured
JEFFREYS = 0.5  # the prior Beta(1/2, 1/2) of a share: Jeffreys, Proc. R. Soc. A 186, 1946
VoteEvidence = tuple[Floats, Floats, Floats, Floats]


@dataclass(frozen=True, eq=False)
class Workers:
    """One row a worker (w,); shares are NaN where nothing is known."""

    votes: Ints  # votes given
    skill: Floats  # expected share of right votes; NaN below five votes that others can judge
    low: Floats  # its 95 % interval
    high: Floats
    agreement: Floats  # share of the other votes on his items that say what he says
    gold_votes: Ints  # votes on gold items
    gold_right: Floats  # share of them that is right
    confusion: Floats  # (w, true, said)
    bias: (
        Floats  # (w, k) share of his votes on a class, less the share of that class among his items
    )
    spammer_score: Floats  # 0 = his vote does not depend on the item, 1 = perfect
    kind: tuple[str, ...]  # honest, spammer, constant, adversary, unknown
    kind_p: Floats  # (w, 4) in the order of KINDS
    tests: Mapping[str, Floats]  # behaviour: p-value of each test, NaN where it does not apply
    flags: tuple[tuple[str, ...], ...]  # tests that stand out
    # how much more the number of wrong votes an item varies than if workers erred independently
    dispersion: float = 1.0

    __repr__ = by_fields


def estimate_workers(
    votes: Votes[Classes], posterior: Floats, *, gold: Ints | None = None
) -> Workers:
    """The table of workers, given a consensus; behaviour is added by ``behaviour.watch``."""
    confusion, balance = confusion_matrices(votes, posterior)
    n = np.bincount(votes.worker, minlength=votes.w)
    k = votes.labels.k
    right, own, agree, known = _vote_evidence(votes, confusion, balance, gold)
    order = np.argsort(votes.item, kind="stable")
    worker, label = votes.worker[order], votes.labels.y[order]
    use = known > 0
    judged = np.bincount(worker[use], minlength=votes.w)
    alone, worth = _skill(right[use], worker[use], votes.w, k)
    together, worth_too = _expected(posterior[votes.item[order], label][use], worker[use], judged)
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
    kind = np.where(
        (judged < SHORT) | (kind_p.max(1) < SURE), "unknown", np.array(KINDS)[kind_p.argmax(1)]
    )
    return Workers(
        votes=n,
        skill=np.where(judged < FEW, np.nan, skill),
        low=np.where(judged > 0, low, 0.0),
        high=np.where(judged > 0, high, 1.0),
        agreement=_share(np.bincount(worker, agree, votes.w), np.bincount(worker, known, votes.w)),
        gold_votes=at_gold,
        gold_right=gold_right,
        confusion=confusion,
        bias=_lean(votes, posterior, given),
        spammer_score=score,
        kind=tuple(kind.tolist()),
        kind_p=np.where((judged < SHORT)[:, None], np.nan, kind_p),
        tests={},
        flags=((),) * votes.w,
        dispersion=dispersion,
    )


def _vote_evidence(
    votes: Votes[Classes], confusion: Floats, balance: Floats, gold: Ints | None
) -> VoteEvidence:
    """For each vote, by item: chance that it is right, its likelihood under its worker's matrix,
    other votes that agree, other votes (or gold).
    """
    parts: list[VoteEvidence] = []
    for block, others in leave_one_vote_out(votes, confusion, balance, gold):
        row, label, worker = block.row, block.label, block.worker
        m = np.diff(block.votes.indptr)
        cell = np.bincount(row * block.k + label, minlength=len(block) * block.k)
        own = (others * confusion[worker, :, label]).sum(1)
        told = 0 if block.gold is None else (block.gold >= 0)[row]
        parts.append(
            (
                others[np.arange(len(row)), label],
                own,
                cell[row * block.k + label] - 1.0,
                np.maximum(m[row] - 1.0, told),
            )
        )
    right, own, agree, known = (np.concatenate(part) for part in zip(*parts, strict=True))
    return right, own, agree, known


def _skill(right: Floats, worker: Ints, w: int, k: int) -> tuple[Floats, Floats]:
    """The likeliest share of right votes of each worker, and how many votes of known truth that
    evidence is worth.
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
    """The mean chance of each worker's votes under the consensus, and how many votes of known truth
    that is worth.
    """
    size = np.maximum(n, 1)
    skill = (np.bincount(worker, chance, len(n)) + JEFFREYS) / (size + 2 * JEFFREYS)
    spread = skill * (1 - skill)
    open_ = np.bincount(worker, chance * (1 - chance), len(n)) / size
    return skill, np.asarray(n * spread / np.maximum(spread + open_, 1e-12))


def _dispersion(votes: Votes[Classes], posterior: Floats, skill: Floats) -> float:
    """Spread of the number of votes against the consensus, over items with several, divided by what
    independent errors of these skills give.
    """
    wrong = np.nan_to_num(1 - skill, nan=0.5)[votes.worker]
    against = np.bincount(
        votes.item, posterior.argmax(1)[votes.item] != votes.labels.y, votes.n
    ) - np.bincount(votes.item, wrong, votes.n)
    several = np.bincount(votes.item, minlength=votes.n) >= 2
    expected = np.bincount(votes.item, wrong * (1 - wrong), votes.n)[several].sum()
    return float(np.square(against[several]).sum() / expected) if expected > 0 else 1.0


def spammer_score(confusion: Floats) -> Floats:
    """(w,) how much answers depend on the true class: 0 for any spammer, 1 for a perfect worker,
    (sensitivity + specificity - 1)^2 for two classes.

    >>> round(float(spammer_score(np.array([[[0.8, 0.2], [0.4, 0.6]]]))[0]), 2)
    0.16
    """
    k = confusion.shape[1]
    if k == 1:
        return np.ones(len(confusion))
    apart = k * np.square(confusion).sum((1, 2)) - np.square(confusion.sum(1)).sum(
        1
    )  # sum over pairs of rows of their squared distance
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
    """Chance of each kind: likelihood of his votes given what others say, less half the log of what
    they are worth a parameter (BIC), times the prior.
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
    scale = n / np.maximum(
        total, 1
    )  # votes that others can judge, so that all kinds explain the same ones
    habit = (
        scale * (given * np.log(np.maximum(shares, 1e-300))).sum(1)
        - (k - 1) * np.log(np.maximum(n, 1)) / 2
    )
    spammer = np.maximum(habit, -n * np.log(k))  # answers by habit, or evenly
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


def _lean(votes: Votes[Classes], posterior: Floats, given: Ints) -> Floats:
    k = votes.labels.k
    fair = np.stack(
        [np.bincount(votes.worker, posterior[votes.item, a], votes.w) for a in range(k)], axis=1
    )
    n = given.sum(1, keepdims=True)
    return np.asarray(np.divide(given - fair, n, out=np.full(given.shape, np.nan), where=n > 0))


def _on_gold(votes: Votes[Classes], gold: Ints | None) -> tuple[Ints, Floats]:
    if gold is None:
        return np.zeros(votes.w, dtype=np.int64), np.full(votes.w, np.nan)
    told = gold[votes.item] >= 0
    n = np.bincount(votes.worker[told], minlength=votes.w)
    hits = np.bincount(votes.worker[told], (gold[votes.item] == votes.labels.y)[told], votes.w)
    return n, _share(hits, n)


def _share(part: Floats | Ints, whole: Floats | Ints) -> Floats:
    return np.asarray(
        np.divide(part, whole, out=np.full(len(part), np.nan), where=np.asarray(whole) > 0)
    )
