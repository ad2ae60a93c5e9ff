"""Part sets of the suite votes: label sets and choices of classes by planted workers, whose care
and caution differ by worker and by label; crowd-kit works on the same votes.

Two worlds have the label sets of real items (emotions, yeast).  Defaults were chosen on seeds below
``JUDGED``.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from reliabel.bench import peer
from reliabel.bench.learn_sections import Section
from reliabel.bench.metrics import calibration_error
from reliabel.bench.run import Row
from reliabel.bench.suite_parts import Scenario
from reliabel.core.labels import Classes, Floats, Ints, MultiLabel, Votes

JUDGED, DRAWS, ITEMS = 1000, 10, 300
VOTES, LABELS = 1_000_000, 20  # of the cost
WORLDS: dict[str, dict[str, Any]] = {
    "eight labels": {},
    "many workers": {"workers": 60},
    "three votes": {"each": 3},
    "workers alike": {"spread": 0.2},
    "rare labels": {"share": 0.03},
    "six of ten shown": {"shown": 0.6},
    "hard items": {"hard": 1.0},
    "emotions": {"real": "emotions"},
    "yeast": {"real": "yeast"},
}
PEERS = {"crowd-kit, majorities": "majority", "crowd-kit, Dawid-Skene": "dawid_skene"}
METRICS = ("wrong answers", "right sets", "F1 by label", "log loss", "calibration error")
CHOICES = {"two or three of five": (0, 2), "not this one": (1, 1), "half of ten": (2, 4)}


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """Each world, choices of classes, and the cost."""
    draws = 2 if quick else DRAWS
    found: dict[str, Scenario] = {
        f"sets-{name}": partial(_recovery, f"sets-{name}", words, draws, data)
        for name, words in WORLDS.items()
    }
    found |= {
        f"sets-choices {name}": partial(_choices, f"sets-choices {name}", *words, draws)
        for name, words in CHOICES.items()
    }
    return found | {"sets-cost": partial(_cost, VOTES // 10 if quick else VOTES)}


def planted(
    seed: int,
    *,
    workers: int = 15,
    each: int = 5,
    spread: float = 0.7,
    share: float | None = None,
    shown: float = 1.0,
    hard: float = 0.0,
    truth: Ints | None = None,
) -> tuple[Votes[MultiLabel], Ints]:
    """Votes and the true sets.  The log odds of ticking a label that is there are .8, of leaving
    out one that is not 2.5, each moved by worker and by label.

    share: how often each label is right; without it from 2 % to 50 %.  shown: the share of labels
    that a worker sees.  hard: by how much items move the log odds of all their votes together.
    """
    rng = np.random.default_rng(seed)
    if truth is None:
        often = np.geomspace(0.02, 0.5, 8) if share is None else np.full(8, share)
        truth = (rng.random((ITEMS, 8)) < often).astype(np.int64)
    n, k = truth.shape
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(workers)[:each] for _ in range(n)])
    odds = np.array([0.8, 2.5])[:, None, None] + rng.normal(0, spread, (2, workers, 1))
    odds = odds + rng.normal(0, 0.5 * spread / 0.7, (2, 1, k))
    less = hard * np.abs(rng.normal(size=(n, k)))[item]
    right = expit(np.where(truth[item] == 1, odds[0][worker], odds[1][worker]) - less)
    y = np.where(rng.random(right.shape) < right, truth[item], 1 - truth[item])
    y[rng.random(y.shape) >= shown] = -1
    return Votes(item, worker, MultiLabel(y), n, workers), truth


def _draws(words: Mapping[str, Any], draws: int, data: Path | None) -> Any:
    rest = dict(words)
    name = rest.pop("real", None)
    if name is None:
        return [planted(JUDGED + seed, **rest) for seed in range(draws)]
    from reliabel.bench.labels_multilabel import loaded

    y = loaded(name, data)[0].y
    picked = [np.random.default_rng(seed).permutation(len(y))[:ITEMS] for seed in range(draws)]
    return [planted(JUDGED + seed, truth=y[rows], **rest) for seed, rows in enumerate(picked)]


def _label_sets(votes: Votes[MultiLabel]) -> Floats:
    import reliabel as rl

    p: Floats = rl.aggregate(votes).labels.p
    return p


def _majority(votes: Votes[MultiLabel]) -> Floats:
    """The share of yes among those who saw a label; ties are a no."""
    yes, seen = np.zeros((2, votes.n, votes.labels.k))
    np.add.at(yes, votes.item, votes.labels.y == 1)
    np.add.at(seen, votes.item, votes.labels.y >= 0)
    return np.asarray(yes / np.maximum(seen, 1))


def _one_by_one(votes: Votes[MultiLabel], by: str) -> Floats:
    """A method of votes on classes for each label on its own."""
    import reliabel as rl

    found = []
    for column in votes.labels.y.T:
        use = column >= 0
        labels = Classes(column[use], ("no", "yes"))
        alone = Votes(votes.item[use], votes.worker[use], labels, votes.n, votes.w)
        found.append(rl.aggregate(alone, by=by).labels.p[:, 1])
    return np.stack(found, axis=1)


METHODS: dict[str, Callable[[Votes[MultiLabel]], Floats]] = {
    "majority of each label": _majority,
    "dawid_skene, label by label": partial(_one_by_one, by="dawid_skene"),
    "label_sets": _label_sets,
}


def scores(p: Floats, truth: Ints) -> dict[str, float]:
    """Shares of wrong answers and of right sets, F1 over labels that occur, log loss, and the
    calibration error of all answers; the last two are left out for answers without a chance.
    """
    said = p > 0.5
    hit = (said & (truth == 1)).sum(0)
    there = truth.sum(0) > 0
    f1 = 2 * hit / np.maximum(said.sum(0) + truth.sum(0), 1)
    found = {
        "wrong answers": float((said != truth).mean()),
        "right sets": float((said == truth).all(1).mean()),
        "F1 by label": float(f1[there].mean()),
    }
    if ((p == 0) | (p == 1)).all():
        return found
    q = np.clip(p, 1e-6, 1 - 1e-6).ravel()
    y = truth.ravel()
    two = np.stack([1 - q, q], axis=1)
    return found | {
        "log loss": float(-np.log(two[np.arange(len(y)), y]).mean()),
        "calibration error": calibration_error(q, y == 1),
    }


def _recovery(scenario: str, words: Mapping[str, Any], draws: int, data: Path | None) -> list[Row]:
    cases = _draws(words, draws, data)
    rows: list[Row] = []
    for method, answer in METHODS.items():
        start = time.process_time()
        found = [answer(votes) for votes, _ in cases]
        cpu = time.process_time() - start
        rows += _means(
            scenario, method, [scores(p, t) for p, (_, t) in zip(found, cases, strict=True)], cpu
        )
    for name, method in PEERS.items():
        each, cpu, why = [], 0.0, None
        for votes, truth in cases:
            p, seconds, why = _of_peer(votes, method)
            if why is not None:
                break
            each.append(scores(p, truth))
            cpu += seconds
        if why is not None:
            rows.append(Row(scenario, "", "", 0, name, "reason", why))
        else:
            rows += _means(scenario, name, each, cpu)
    return rows


def _means(scenario: str, method: str, each: list[dict[str, float]], cpu: float) -> Iterator[Row]:
    for metric in each[0]:
        value = float(np.mean([one[metric] for one in each]))
        yield Row(scenario, "", "", 0, method, metric, value, cpu_s=cpu)


def _of_peer(votes: Votes[MultiLabel], method: str) -> tuple[Floats, float, str | None]:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(source, item=votes.item, worker=votes.worker, y=votes.labels.y, n=votes.n)
        told, why = peer.call("crowdkit_sets.py", source, method, target)
        if why is not None:
            return np.empty(0), 0.0, why
        with np.load(target) as held:
            return held["y"].astype(float), float(json.loads(told)["cpu_s"]), None


def choices(seed: int, apart: int, extra: int, k: int = 5) -> tuple[Votes[MultiLabel], Ints]:
    """Votes that leave a choice, and the true classes: workers name the true class with up to
    ``extra`` others in so many cases as they are good, or say which class it is not.
    """
    rng = np.random.default_rng(seed)
    k = 10 if apart == 2 else k
    truth = rng.integers(k, size=ITEMS)
    w, each = 15, 5
    item = np.repeat(np.arange(ITEMS), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(ITEMS)])
    skill = np.linspace(0.85, 0.99, w) if apart == 1 else np.linspace(0.55, 0.95, w)
    right = rng.random(len(item)) < skill[worker]
    others = rng.random((len(item), k))
    others[np.arange(len(item)), truth[item]] = np.inf
    order = others.argsort(1)  # the true class comes last
    if apart == 1:
        out = np.where(right, order[:, 0], truth[item])
        y = np.full((len(item), k), -1)
        y[np.arange(len(item)), out] = 0
        return Votes(item, worker, MultiLabel(y), ITEMS, w), truth
    size = rng.integers(1, extra + 1, len(item))
    rank = order.argsort(1)
    named = rank < np.where(right, size, size + 1)[:, None]
    named[np.arange(len(item)), truth[item]] = right
    return Votes(item, worker, MultiLabel(np.where(named, -1, 0)), ITEMS, w), truth


def _choices(scenario: str, apart: int, extra: int, draws: int) -> list[Row]:
    import reliabel as rl

    found = defaultdict(list)
    for seed in range(draws):
        votes, truth = choices(JUDGED + seed, apart, extra)
        possible = (votes.labels.y != 0).astype(float)
        share = np.zeros((votes.n, votes.labels.k))
        np.add.at(share, votes.item, possible)
        even = share.copy()
        np.add.at(even, votes.item, possible / possible.sum(1, keepdims=True) - possible)
        for method, p in (
            ("most often among them", share),
            ("each vote divided", even),
            ("candidate_sets", rl.aggregate(votes, by="candidate_sets").labels.p),
        ):
            top = p >= p.max(1, keepdims=True) - 1e-9  # of tied classes each gets its share
            right = top[np.arange(len(truth)), truth] / top.sum(1)
            found[method].append(float(1 - right.mean()))
    return [
        Row(scenario, "", "", 0, method, "wrong classes", float(np.mean(values)))
        for method, values in found.items()
    ]


def _cost(votes: int) -> list[Row]:
    from reliabel.bench.child import child

    found = child([sys.executable, "-m", "reliabel.bench.votes_sets", str(votes)])
    setting = f"{votes:,} votes on {LABELS} labels, 1,000 workers"
    return [
        Row("sets-cost", "", setting, 0, "label_sets", metric, found[metric])
        for metric in ("cpu_s", "extra_mib", "input_mib")
    ]


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables of this part."""
    kept = {(r.scenario, r.method, r.metric): r.value for r in rows}
    worlds = [name for name in WORLDS if any(r.scenario == f"sets-{name}" for r in rows)]
    for metric in METRICS:
        lines = [["method", *worlds]]
        for method in (*METHODS, *PEERS):
            values = [kept.get((f"sets-{name}", method, metric)) for name in worlds]
            if any(value is not None for value in values):
                lines.append([method, *("" if v is None else f"{float(v):.3f}" for v in values)])
        yield f"**Label sets: {metric}** (planted workers, {DRAWS} draws of {ITEMS} items)", lines
    lines = [["method", *CHOICES]]
    for method in ("most often among them", "each vote divided", "candidate_sets"):
        values = [kept.get((f"sets-choices {name}", method, "wrong classes")) for name in CHOICES]
        lines.append([method, *("" if v is None else f"{float(v):.3f}" for v in values)])
    yield "**Choices of classes: wrong classes** (one is true; planted workers)", lines
    cost = [r for r in rows if r.scenario == "sets-cost"]
    yield (
        "**Cost of label_sets**",
        [["votes", "measure", ""], *([r.setting, r.metric, f"{float(r.value):.3g}"] for r in cost)],
    )


def main(votes: int) -> None:
    """Measure the cost and write it as JSON."""
    from reliabel.aggregators import label_sets
    from reliabel.bench.child import measured

    rng = np.random.default_rng(0)
    n, w = max(votes // 5, 1), 1000
    truth = rng.random((n, LABELS)) < np.geomspace(0.02, 0.4, LABELS)
    item, worker = np.repeat(np.arange(n), 5), rng.integers(w, size=n * 5)
    y = np.where(rng.random((len(item), LABELS)) < 0.1, ~truth[item], truth[item])
    given = Votes(item, worker, MultiLabel(y.astype(np.int8)), n, w)
    held = sum(part.nbytes for part in (given.item, given.worker, given.labels.y))
    sys.stdout.write(json.dumps(measured(lambda: label_sets.aggregate(given), held)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
