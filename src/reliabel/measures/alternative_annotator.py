"""Alternative annotator test: may a machine's votes stand in for a person's?

Each person is left out in turn.  On every item that they and the machine answered, both are held
against the other people who answered it: whoever agrees with more of them wins the item, a tie is
won by both.  The machine is preferred to a person where it wins at least as often, less the
``cost`` of asking a person, by a one-sided paired test with Benjamini and Yekutieli's rule over
people.  It may stand in where it is preferred to half of the people or more.
Assumes that the people of the study are like those whom the machine would replace, and that the
items were not chosen by what the machine says of them.  Weak with few people or items, and where
people hardly agree with each other: then nobody can be told from anybody, and the sentence says so.
Cost: O(v log v), memory O(v), and the interval's resampling of items.
Paper: Calderon, Reichart, Dror. The alternative annotator test for LLM-as-a-judge. ACL 2025.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy import sparse, stats

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes
from reliabel.core.results import Measure
from reliabel.ops.agreement import class_counts, pair_agreement, pairable, with_interval
from reliabel.ops.votes_by_item import one_per_pair

ALSO = ("alt_test", "alternative_annotator_test")
WORKERS = ("machine",)
SMALL = {"least": 5}
PEOPLE = 3  # fewer people are no group that the machine could stand in for
HALF = 0.5  # of the people, to whom the machine must be preferred (the paper's rule)
SLIGHT = 0.2  # agreement of people beyond chance that is called slight (Landis and Koch 1977)


def measure(
    votes: Votes[Classes],
    *,
    rng: Generator,
    machine: int = -1,
    cost: float = 0.1,
    q: float = 0.05,
    least: int = 30,
) -> Measure:
    """How often the machine agrees with other people at least as well as the person left out does:
    the mean over people of its share of items won (the advantage probability).

    machine: the worker that is the machine, by number or, in the verb, by name; -1 is the last.
    cost: what share of items a person may win more often, since they are dearer: .2 beside
        experts, .15 beside trained people, .1 beside a crowd (the paper's advice).
    q: the share of false preferences that the rule over people allows.
    least: items in common with the machine that a person needs to count; below the paper's 30 the
        paired test is not to be relied on.
    ``parts`` holds the "verdict" in words, whether it "passes", the "winning_rate" (share of people
    it is preferred to), and for each person who counts "worker", "items", "machine" and
    "person" (shares of items won), "p_value" and "preferred".  The 95 % interval is over items.
    With fewer than three people who count there is no value, and ``info`` says why.
    Raises ValueError for a worker who does not exist, and a cost or q outside 0 to 1.

    >>> draw = np.random.default_rng(0)
    >>> true = draw.integers(0, 3, 60)
    >>> right = draw.random((60, 4)) < [0.7, 0.7, 0.7, 0.95]  # the last one is the machine
    >>> y = np.where(right, true[:, None], (true[:, None] + 1) % 3)
    >>> v = Votes(np.repeat(np.arange(60), 4), np.tile(np.arange(4), 60), Classes(y.ravel()), 60, 4)
    >>> found = measure(v, rng=np.random.default_rng(0))
    >>> found.parts["winning_rate"], found.parts["passes"]
    (1.0, True)
    """
    _check(votes, machine, cost, q, least)
    votes = votes.take(np.flatnonzero(one_per_pair(votes)))
    held = _against_others(votes, machine % max(votes.w, 1))
    many = np.bincount(held.worker, minlength=votes.w)
    people = np.flatnonzero(many >= least)
    if len(people) < PEOPLE:
        return _moot(many, least)
    use = np.isin(held.worker, people)
    held = _Held(*(part[use] for part in held.arrays))
    won, lost = (np.bincount(held.worker, one, votes.w)[people] for one in (held.won, held.lost))
    items = many[people]
    p_value = _p_values(held, people, cost)
    preferred = _benjamini_yekutieli(p_value, q)
    rate = float(preferred.mean())
    parts: dict[str, Any] = {
        "passes": rate >= HALF,
        "winning_rate": rate,
        "worker": people,
        "items": items,
        "machine": won / items,
        "person": lost / items,
        "p_value": p_value,
        "preferred": preferred,
    }
    kappa, warning = _agreement(votes, people)
    done = _with_interval(held, people, votes.n, rng, parts)
    parts["verdict"] = _verdict(rate, people, cost)
    left = int((np.bincount(votes.worker, minlength=votes.w) > 0).sum()) - 1 - len(people)
    warnings = [*done.info["warnings"], *([warning] if warning else [])]
    if left:
        warnings.append(f"{left:,} people with fewer than {least} items in common are left out")
    info = {**done.info, "warnings": warnings, "kappa_of_people": kappa, "cost": cost, "q": q}
    return Measure(done.value, done.low, done.high, parts, info)


@dataclass(frozen=True)
class _Held:
    """One row for each answer of a person that can be held against others: who, on which item, and
    whether the machine and the person agree with the others at least as well as each other.
    """

    worker: Ints
    item: Ints
    won: Bools  # by the machine
    lost: Bools  # won by the person

    @property
    def arrays(self) -> tuple[Any, ...]:
        return self.worker, self.item, self.won, self.lost


def _check(votes: Votes[Classes], machine: Any, cost: float, q: float, least: int) -> None:
    if isinstance(machine, str) or not -1 <= machine < max(votes.w, 1):
        raise ValueError(
            f"machine must be the number of a worker, 0 to {votes.w - 1}, or -1 for the last; got "
            f"{machine!r}; rl.measure also takes the name of the worker"
        )
    if not 0 <= cost < 1 or not 0 < q < 1 or least < 2:
        raise ValueError(
            "cost must lie from 0 to below 1, q between 0 and 1, and least be 2 or more, got cost "
            f"{cost!r:.40}, q {q!r:.40} and least {least!r:.40}"
        )


def _against_others(votes: Votes[Classes], machine: int) -> _Held:
    """Every answer of a person on an item that the machine and one other person answered too."""
    y, k = votes.labels.y, max(votes.labels.k, 1)
    said = np.full(votes.n, -1, dtype=np.int64)
    own = votes.worker == machine
    said[votes.item[own]] = y[own]
    persons = ~own & (said[votes.item] >= 0)
    item, worker, answer = votes.item[persons], votes.worker[persons], y[persons]
    many = np.bincount(item, minlength=votes.n)
    cell, count = np.unique(item.astype(np.int64) * k + answer, return_counts=True)

    def answered(asked: Ints) -> Ints:
        """How many people gave this answer to this item."""
        key = item.astype(np.int64) * k + asked
        place = np.minimum(np.searchsorted(cell, key), max(len(cell) - 1, 0))
        return np.where(cell[place] == key, count[place], 0) if len(cell) else key

    with_person = answered(answer) - 1
    with_machine = answered(said[item]) - (answer == said[item])
    use = many[item] >= 2
    return _Held(
        worker[use],
        item[use],
        (with_machine >= with_person)[use],
        (with_person >= with_machine)[use],
    )


def _p_values(held: _Held, people: Ints, cost: float) -> Floats:
    """(people,) of the hypothesis that a person wins more often than the machine by ``cost`` or
    more, by the paired t-test; without any spread the difference itself decides.
    """
    lead = held.lost.astype(float) - held.won  # of the person
    w = int(people.max()) + 1
    n = np.bincount(held.worker, minlength=w)[people]
    mean = np.bincount(held.worker, lead, w)[people] / n
    square = np.bincount(held.worker, lead**2, w)[people]
    error = np.sqrt(np.maximum(square - n * mean**2, 0) / (n - 1) / n)
    spread = error > 1e-12
    t = np.divide(mean - cost, error, out=np.where(mean < cost, -np.inf, np.inf), where=spread)
    return np.asarray(stats.t.cdf(t, n - 1))


def _benjamini_yekutieli(p: Floats, q: float) -> Bools:
    """(people,) the hypotheses that are rejected with at most a share q of false ones, whatever the
    tests have to do with each other.
    """
    m = len(p)
    order = np.argsort(p, kind="stable")
    bound = q * np.arange(1, m + 1) / m / (1 / np.arange(1, m + 1)).sum()
    under = np.flatnonzero(p[order] <= bound)
    rejected = np.zeros(m, dtype=bool)
    rejected[order[: under[-1] + 1 if len(under) else 0]] = True
    return rejected


def _with_interval(
    held: _Held, people: Ints, n: int, rng: Generator, parts: dict[str, Any]
) -> Measure:
    """The mean over people of the machine's share of items won, resampled over items."""
    place = np.searchsorted(people, held.worker)
    shape = (n, len(people))
    won, seen = (
        sparse.coo_array((values, (held.item, place)), shape=shape).tocsr()
        for values in (held.won.astype(float), np.ones(len(place)))
    )
    used = np.flatnonzero(np.bincount(held.item, minlength=n))

    def mean_share(sums: tuple[Floats, ...]) -> Floats:
        share = np.divide(sums[0], sums[1], out=np.zeros(sums[0].shape), where=sums[1] > 0)
        return np.asarray(share.sum(-1) / np.maximum((sums[1] > 0).sum(-1), 1))

    return with_interval(mean_share, [won[used], seen[used]], rng, parts)


def _agreement(votes: Votes[Classes], people: Ints) -> tuple[float, str]:
    """How much the people agree beyond chance (as Fleiss measures it), and a sentence where that is
    too little for the question.
    """
    among = votes.take(np.flatnonzero(np.isin(votes.worker, people)))
    table, many, squares = pairable(class_counts(among))
    agree = float(np.average(pair_agreement(many, squares), weights=many))
    share = np.asarray(table.sum(0), dtype=float).reshape(-1)
    chance = float(((share / share.sum()) ** 2).sum())
    kappa = (agree - chance) / (1 - chance) if chance < 1 else float("nan")
    if kappa >= SLIGHT:
        return kappa, ""
    return kappa, (
        f"the people hardly agree with each other (kappa {kappa:.2f}), so that the question is "
        "moot: whoever answers cannot be told from the others; clear the instructions first"
    )


def _moot(many: Ints, least: int) -> Measure:
    enough, some = int((many >= least).sum()), int((many > 0).sum())
    why = (
        f"no value: the test needs {PEOPLE} people with {least} items each that the machine and "
        f"another person answered too; {enough} of {some} people have as many"
    )
    parts = {"verdict": "cannot tell: too few people or items", "passes": False, "items": many}
    return Measure(np.nan, np.nan, np.nan, parts, {"why": why, "warnings": []})


def _verdict(rate: float, people: Ints, cost: float) -> str:
    beaten = f"{round(rate * len(people))} of {len(people)} people"
    if rate >= HALF:
        return f"may stand in for a person: preferred to {beaten}, at a cost of {cost:g}"
    return f"may not stand in for a person: preferred to {beaten} only, at a cost of {cost:g}"
