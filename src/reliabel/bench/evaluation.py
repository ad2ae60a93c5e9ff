"""Suite evaluation: whether intervals for models on noisy tests hold, what they save over reviews
alone, how many reviews tell two models apart, and whether promises on machine labels are kept.  All
of it is simulated; what is planted stands in ``evaluation_worlds`` and ``machine_worlds``.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.random import Generator

from reliabel.bench.evaluation_worlds import CLASSES, KINDS, World, reviewed, weighted, world
from reliabel.bench.machine_worlds import SETTINGS, simulate
from reliabel.bench.processes import side_by_side
from reliabel.bench.run import Row, Table
from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.trust.betting import refuted_at
from reliabel.trust.class_scores import class_scores
from reliabel.trust.evaluation import (
    Looks,
    beats,
    bets_of,
    difference,
    guesses,
    nothing_seen,
    right_share,
    within,
)

N, DRAWN, CHOSEN = 5000, 200, 100
NOISES = (0.01, 0.05, 0.1, 0.2)
Z = 1.959964
PEOPLE, RIGHT = 5, 0.8  # of the alternative annotator test
PART = 500  # simulated machines at a time


def run(table: Table, *, quick: bool, data: Path | None, workers: int = 1) -> None:
    """Write the rows of every scenario that is not there yet."""
    tasks = [(name, 20 if quick else 1) for name in _scenarios() if not table.has(name)]
    for rows in side_by_side(_measured, tasks, workers, "evaluation"):
        table.add(rows)


def _scenarios() -> dict[str, Callable[[str, int, Generator], Iterator[Row]]]:
    """Scenario -> what measures it: its name, the number of simulations and chance."""
    made: dict[str, Callable[[str, int, Generator], Iterator[Row]]] = {}
    for name in COMPARED:
        made[f"comparison/{name}"] = _comparison
    for name in ("even", "skew"):
        made[f"class scores/{name}"] = _classes
    for setting in SETTINGS:
        made[f"machine/{setting}"] = _machine
    for name in ANNOTATORS:
        made[f"annotator/{name}"] = _annotator
    for kind in KINDS:
        for noise in NOISES:
            made[f"accuracy/{kind}/{noise:g}"] = _accuracy
    return made


def _measured(task: tuple[str, int]) -> list[Row]:
    scenario, part = task
    rng = np.random.default_rng(list(scenario.encode()))
    start = time.process_time()
    rows = list(_scenarios()[scenario](scenario, part, rng))
    cpu = time.process_time() - start
    return [*rows, Row(scenario, "simulated", "", 0, "reliabel", "cpu_s", cpu)]


def _row(
    scenario: str, method: str, metric: str, values: Floats | list[float] | list[bool], design: str
) -> Row:
    """The mean over simulations with two standard errors on both sides."""
    found = np.asarray(values, dtype=float)
    mean = float(found.mean())
    half = 2 * float(found.std()) / len(found) ** 0.5
    return Row(
        scenario, "simulated", design, len(found), method, metric, mean, mean - half, mean + half
    )


def _accuracy(scenario: str, part: int, rng: Generator) -> Iterator[Row]:
    """Coverage and width of an accuracy, with 200 labels drawn and, in two designs, 100 of the most
    suspect chosen in between; beside the drawn labels alone, as many, and prediction-powered ones.
    """
    _, kind, noise = scenario.split("/")
    runs, few = 500 // part, 200 // part
    told: dict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
    for at in range(runs):
        made = world(rng, N, float(noise), kind)
        true = float((made.first == made.truth).mean())
        drawn = reviewed(made, 0, DRAWN, rng, planned=True)
        both = reviewed(made, CHOSEN, DRAWN, rng, planned=True)
        told["drawn", "reliabel"].append(_ends(made, drawn, true))
        told["drawn and chosen", "reliabel"].append(_ends(made, both, true))
        told["weighted draw", "reliabel"].append(_ends(made, weighted(made, DRAWN, rng), true))
        for name, (low, high) in _others(made, drawn).items():
            told["drawn", name].append((low, high, true))
        alone = reviewed(made, 0, CHOSEN + DRAWN, rng, planned=True)
        low, high = _others(made, alone)["reviews alone"]
        told["drawn and chosen", "reviews alone"].append((low, high, true))
        if at < few:
            open_ended = reviewed(made, CHOSEN, DRAWN, rng, planned=False)
            told["any time", "reliabel"].append(_ends(made, open_ended, true))
    for (design, method), found in told.items():
        low, high, true = np.array(found).T
        yield _row(scenario, method, "coverage", (low <= true) & (true <= high), design)
        yield _row(scenario, method, "width", high - low, design)


def _ends(made: World, looks: Looks, true: float) -> tuple[float, float, float]:
    found = right_share(made.given, made.first, made.p, looks)
    return found.low, found.high, true


def _others(made: World, looks: Looks) -> dict[str, tuple[float, float]]:
    """The intervals of the reviewed labels alone, of prediction-powered inference (Angelopoulos et
    al. 2023) and of its power-tuned form (2024), all by the normal distribution.
    """
    y = (made.first[looks.item] == looks.truth).astype(float)
    fit = guesses(made.given, made.first, made.p, nothing_seen())
    seen, draws = fit[looks.item], len(y)
    rest = np.delete(fit, looks.item)
    spread = float(np.var(fit))
    joint = float(np.cov(y, seen)[0, 1])
    tuned = float(np.clip(joint / ((1 + draws / len(rest)) * spread), 0, 1)) if spread else 0.0
    found = {}
    for name, k in (("reviews alone", 0.0), ("PPI", 1.0), ("PPI++", tuned)):
        value = k * rest.mean() + (y - k * seen).mean()
        left = 1 - draws / made.n if k == 0 else 1.0
        variance = k**2 * rest.var() / len(rest) + left * (y - k * seen).var(ddof=1) / draws
        half = Z * variance**0.5
        found[name] = (float(value - half), float(value + half))
    return found


COMPARED = {  # name -> the share of items on which they differ, and by how much one leads
    "close": (0.08, 0.02),
    "apart": (0.08, 0.04),
    "equal": (0.08, 0.0),
    "by chance": (0.08, None),
}
SPREAD = 0.01  # of leads that are left to chance


def _comparison(scenario: str, part: int, rng: Generator) -> Iterator[Row]:
    """Two models that differ on 8 % of 10,000 items: coverage, P(A beats B) after 100 draws where
    they differ, and how many reviews until the better one is told, by draws where they differ and
    by draws from all items.
    """
    differ, lead = COMPARED[scenario.split("/")[1]]
    runs = 400 // part
    covered, claimed, better, apart, wrongly = [], [], [], [], []
    needed: dict[str, list[float]] = {"where they differ": [], "all items": []}
    for _ in range(runs):
        by = float(np.clip(rng.normal(0, SPREAD), -0.04, 0.04)) if lead is None else lead
        made = world(rng, 2 * N, 0.05, "good", differ=differ, lead=by)
        if rng.random() < 0.5:
            made = World(made.truth, made.given, made.p, made.second, made.first)
        true = float((made.first == made.truth).mean() - (made.second == made.truth).mean())
        order = rng.permutation(made.n)
        fast, where = _told_apart(made, order)
        needed["where they differ"].append(fast)
        needed["all items"].append(where)
        apart.append(np.isfinite(fast))
        found = difference(made.given, made.first, made.second, made.p, _first(made, order, 100))
        covered.append(found.low <= true <= found.high)
        claimed.append(beats(found))
        better.append(true > 0)
        wrongly.append(bool(np.isfinite(fast)) and true == 0)
    apart_by = "by chance" if lead is None else f"{lead:.0%}"
    design = f"differ on {differ:.0%}, {apart_by} apart"
    yield _row(scenario, "reliabel", "coverage", covered, design)
    if lead == 0:
        yield _row(scenario, "reliabel", "told apart wrongly", wrongly, design)
        return
    yield _row(scenario, "reliabel", "told apart", apart, design)
    chance, right = np.array(claimed), np.array(better)
    yield _row(scenario, "reliabel", "P(A beats B) less the truth", chance - right, design)
    sure = np.maximum(chance, 1 - chance)
    yield _row(scenario, "reliabel", "P of the likelier model", sure, design)
    yield _row(scenario, "reliabel", "how often it is better", (chance > 0.5) == right, design)
    if lead is None:
        return
    for name, reviews in needed.items():
        many = float(np.quantile(reviews, 0.8))
        yield Row(scenario, "simulated", design, runs, name, "reviews for a power of .8", many)


def _first(made: World, order: Ints, draws: int) -> Looks:
    """A planned review of the first items in an order on which the models differ."""
    item = order[made.first[order] != made.second[order]][:draws]
    none = np.zeros(len(item), dtype=np.int64)
    return Looks(item, made.truth[item], np.ones(len(item), dtype=bool), none, planned=True)


def _told_apart(made: World, order: Ints) -> tuple[float, float]:
    """After how many draws where they differ, and how many from all items in the same order, no
    difference is refuted at any time; infinite where never.
    """
    differ = np.flatnonzero(made.first != made.second)
    unseen = made.n - np.arange(made.n)
    every = Looks(order, made.truth[order], np.ones(made.n, dtype=bool), unseen)
    own = within(every, differ, made.n)
    one, two = made.first[differ], made.second[differ]
    labels, doubt = made.given[differ], made.p[differ]
    nothing = nothing_seen()
    fit = guesses(labels, one, doubt, nothing) - guesses(labels, two, doubt, nothing)
    y = (one[own.item] == own.truth).astype(float) - (two[own.item] == own.truth)
    at = refuted_at(bets_of(fit, y, own, (-1.0, 1.0)), 0.0, 0.05)
    if at is None:
        return float("inf"), float("inf")
    place = np.flatnonzero(np.isin(order, differ))[at]
    return float(at + 1), float(place + 1)


def _classes(scenario: str, part: int, rng: Generator) -> Iterator[Row]:
    """Coverage and width of balanced accuracy and macro F1 after 300 draws."""
    runs = 300 // part
    skew = scenario.endswith("skew")
    told: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for _ in range(runs):
        made = world(rng, N, 0.1, "good", skew=skew)
        looks = reviewed(made, 0, 300, rng, planned=True)
        found = class_scores(made.given, made.first, made.p, looks, CLASSES, rng)
        true = _true_scores(made)
        for name, share in found.items():
            told[name].append((share.low, share.high, true[name]))
    for name, ends in told.items():
        low, high, true_ = np.array(ends).T
        yield _row(scenario, "reliabel", "coverage", (low <= true_) & (true_ <= high), name)
        yield _row(scenario, "reliabel", "width", high - low, name)


def _true_scores(made: World) -> dict[str, float]:
    recall, f1 = [], []
    for c in range(CLASSES):
        hit = int(((made.first == c) & (made.truth == c)).sum())
        true, said = int((made.truth == c).sum()), int((made.first == c).sum())
        recall.append(hit / true)
        f1.append(2 * hit / (true + said))
    return {"balanced accuracy": float(np.mean(recall)), "macro F1": float(np.mean(f1))}


def _machine(scenario: str, part: int, rng: Generator) -> Iterator[Row]:
    """Promises broken at any time over 600 reviews, the share accepted in the end, and what the
    truth would allow in the same order.
    """
    runs = 2000 // part
    some = [
        simulate(scenario.split("/")[1], min(PART, runs - begin), rng)
        for begin in range(0, runs, PART)
    ]
    design = "5,000 labels, at most 5 % wrong, 600 reviews"
    for metric, name in (
        ("broken", "promise broken"),
        ("share", "share accepted"),
        ("possible", "share that could be"),
        ("reviews", "reviews"),
    ):
        values = np.concatenate([getattr(one, metric) for one in some])
        yield _row(scenario, "reliabel", name, values, design)


ANNOTATORS = {  # name -> accuracy of the machine, items, cost
    "as good, no cost": (RIGHT, 60, 0.0),
    "worse by the cost": (0.0, 60, 0.1),  # 0: found so that it wins .1 less often
    "as good, cost .1": (RIGHT, 100, 0.1),
    "better, cost .1": (0.95, 60, 0.1),
    "worse, cost .1": (0.55, 100, 0.1),
}


def _annotator(scenario: str, part: int, rng: Generator) -> Iterator[Row]:
    """How often a machine passes the alternative annotator test beside five people."""
    from reliabel.measures.alternative_annotator import measure

    right, items, cost = ANNOTATORS[scenario.split("/")[1]]
    right = right or _worse_by(cost)
    runs = 400 // part
    passed = []
    for _ in range(runs):
        votes = _crowd(rng, items, right)
        passed.append(bool(measure(votes, rng=rng, cost=cost).parts["passes"]))
    design = f"five people right {RIGHT:g}, machine {right:.3f}, {items} items, cost {cost:g}"
    yield _row(scenario, "reliabel", "passes", passed, design)


def _worse_by(cost: float) -> float:
    """The accuracy of a machine that wins less often than a person by the cost, by bisection on a
    large crowd.
    """
    low, high = 0.3, RIGHT
    for _ in range(12):
        middle = (low + high) / 2
        votes = _crowd(np.random.default_rng(1), 40_000, middle)
        if _lead(votes) > cost:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _lead(votes: Votes[Classes]) -> float:
    """By how much people win more often than the machine, on the mean."""
    y = votes.labels.y.reshape(-1, PEOPLE + 1)
    lead = []
    for j in range(PEOPLE):
        others = np.delete(y[:, :PEOPLE], j, axis=1)
        mine = (others == y[:, -1:]).mean(1)
        theirs = (others == y[:, j : j + 1]).mean(1)
        lead.append((theirs >= mine).mean() - (mine >= theirs).mean())
    return float(np.mean(lead))


def _crowd(rng: Generator, items: int, machine: float) -> Votes[Classes]:
    """Everybody answers everything; who errs names one of the other three classes."""
    true = rng.integers(0, CLASSES, items)
    right = rng.random((items, PEOPLE + 1)) < [RIGHT] * PEOPLE + [machine]
    off = rng.integers(1, CLASSES, right.shape)
    y = np.where(right, true[:, None], (true[:, None] + off) % CLASSES)
    item, worker = np.repeat(np.arange(items), PEOPLE + 1), np.tile(np.arange(PEOPLE + 1), items)
    return Votes(item, worker, Classes(y.ravel(), list("abcd")), items, PEOPLE + 1)
