"""Suite weak, part end model: a model trained on the labels of a label model, beside the label
model itself, on halves of texts with functions drawn for them and on planted worlds with features.
None of these draws was used to choose anything.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.crowd import scores
from reliabel.bench.run import Row
from reliabel.bench.weak_worlds import WORLDS, planted, texts_with_functions
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes

ALONE = "label model alone"
LEARNERS = ("cross_entropy", "soft_logistic")
APART = 2.0  # how far the means of classes lie from the centre, with noise of one
WIDE = 10  # features of a planted world


def texts_rows(data: Path, name: str, seeds: list[int]) -> Iterator[Row]:
    """Means over draws: the label model of all votes, and models of the words that were trained on
    the half of the texts that its functions were run on; on texts of the other half that nobody
    looked at, those without a vote among them.
    """
    import reliabel as rl
    from reliabel.verbs.end_model import end_model

    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    cpu: dict[str, float] = defaultdict(float)
    for seed in seeds:
        votes, truth, seen, texts = texts_with_functions(data, name, seed)
        train = np.random.default_rng([seed, 1]).random(votes.n) < 0.5
        test = ~train & ~seen
        _note(found[ALONE], rl.aggregate(votes, by="precision_model").labels.p, truth, test, votes)
        mine = votes.take(train[votes.item])
        consensus = rl.aggregate(mine, by="precision_model")
        given = Dataset(mine, {"items": texts}, source={"task": "text"})
        for by, hard in ((LEARNERS[0], False), (LEARNERS[0], True), (LEARNERS[1], False)):
            start = time.process_time()
            model = end_model(consensus, given, by=by, embed="tfidf", hard=hard)
            word = f"{by}, likeliest class" if hard else by
            cpu[word] += time.process_time() - start
            _note(found[word], model.labels.p, truth, test, votes)
    yield from _rows(f"{name} halves", "tfidf", found, cpu)


def worlds_rows(seeds: list[int]) -> Iterator[Row]:
    """Means over draws of all planted worlds, with features of the classes: trained on the labels
    of half of the items, judged on the other half.
    """
    import reliabel as rl

    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    cpu: dict[str, float] = defaultdict(float)
    for name in WORLDS:
        for seed in seeds:
            votes, truth = planted(name, seed)
            rng = np.random.default_rng([seed, 2])
            x = features_of(truth, votes.labels.k, rng)
            train = rng.random(votes.n) < 0.5
            p = rl.aggregate(votes, by="precision_model").labels.p
            _note(found[ALONE], p, truth, ~train, votes)
            mine = votes.take(train[votes.item])
            soft = rl.aggregate(mine, by="precision_model").labels
            voted = np.bincount(mine.item, minlength=mine.n) > 0
            labels = Soft(soft.p[voted], soft.names)
            for by in LEARNERS:
                start = time.process_time()
                said: Any = rl.predict(rl.learn(labels, features=x[voted], by=by), features=x)
                cpu[by] += time.process_time() - start
                _note(found[by], said.labels.p, truth, ~train, votes)
    yield from _rows("worlds with features", "", found, cpu)


def features_of(truth: Ints, k: int, rng: np.random.Generator) -> Floats:
    """(n, d) features of items: a mean a class, and noise."""
    mean = rng.normal(size=(k, WIDE))
    mean *= APART / np.linalg.norm(mean, axis=1, keepdims=True)
    return np.asarray(mean[truth] + rng.normal(size=(len(truth), WIDE)))


def _note(
    into: dict[str, list[float]], p: Floats, truth: Ints, test: Any, votes: Votes[Classes]
) -> None:
    """Add the scores on test items, and the accuracy on those with a vote."""
    voted = test & (np.bincount(votes.item, minlength=votes.n) > 0)
    for metric, value in scores(p[test], truth[test]).items():
        into[metric].append(float(value))
    into["accuracy, voted on"].append(float(scores(p[voted], truth[voted])["accuracy"]))


def _rows(
    scenario: str, setting: str, found: dict[str, dict[str, list[float]]], cpu: dict[str, float]
) -> Iterator[Row]:
    """One row a model and metric, and how far the worst draw is from the label model alone."""
    base = np.array(found[ALONE]["accuracy"])
    for method, metrics in found.items():
        for metric, values in metrics.items():
            value = float(np.mean(values))
            yield Row(scenario, "", setting, 0, method, metric, value, cpu_s=cpu[method])
        worst = float((100 * (np.array(metrics["accuracy"]) - base)).min())
        yield Row(scenario, "", setting, 0, method, "worst over label model", worst)


def sections(rows: list[Row]) -> Iterator[tuple[str, list[list[str]]]]:
    """The table for docs/bench.md."""
    table: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.scenario.endswith(" halves") or row.scenario == "worlds with features":
            table[row.scenario, row.method][row.metric] = float(row.value)
    if not table:
        return
    names = ("accuracy", "accuracy, voted on", "nll", "worst over label model")
    yield (
        "**A model on top** (means over draws that nothing was chosen on; the half that the model "
        "was not trained on; points of the worst draw above the label model)",
        [
            ["texts", "model", *names],
            *([*key, *(_digits(values.get(n)) for n in names)] for key, values in table.items()),
        ],
    )


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
