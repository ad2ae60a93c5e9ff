"""Suite weak: label models on planted worlds of labelling functions, on functions drawn for real
texts, and on three real sets of functions; a model trained on their labels; cost at a million items
by a hundred functions.

The worlds, sets and draws that defaults were chosen on are others (seeds below ``JUDGED``).
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import weak_end, weak_peers
from reliabel.bench.crowd import RULES, scores
from reliabel.bench.run import Row, Table
from reliabel.bench.weak_worlds import WORLDS, functions_on_texts, planted
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.run import track

JUDGED = 1000  # the first seed of the draws that are judged
DRAWS, TEXTS, ENDS = 30, 10, 5
MODELS: dict[str, dict[str, Any]] = {
    "majority": {"by": "majority"},
    "precision_model": {"by": "precision_model"},
    "auto": {"by": "auto"},
    "wawa": {"by": "wawa"},
    "metal": {"by": "metal", "balance": "mean"},
    "triplets": {"by": "triplets"},
    "data_programming": {"by": "data_programming"},
    "constrained_labels": {"by": "constrained_labels"},
    "hyper_label_model": {"by": "hyper_label_model"},
    "label_learning_flows": {"by": "label_learning_flows"},
    "dawid_skene": {"by": "dawid_skene"},
}
METRICS = ("over majority", "worst over majority", "accuracy", "nll")
SIZE, FUNCTIONS, COVER, CLASSES = 1_000_000, 100, 0.05, 4


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every world, set and model that are not there yet."""
    if data is None:
        raise ValueError(
            "the suite weak needs real data: set RELIABEL_DATA to the folder that holds weak, text"
        )
    there = {(row.scenario, row.method) for row in table.rows}
    for name in track("planted worlds", list(WORLDS)):
        draws = [planted(name, JUDGED + s) for s in range(3 if quick else DRAWS)]
        for method in MODELS:
            if (name, method) not in there:
                table.add(_over(name, method, [(v, y, _voted(v)) for v, y in draws]))
        if (name, weak_peers.METHOD) not in there:
            table.add(weak_peers.over_majority(name, [(v, y, _voted(v)) for v, y in draws]))
    for name in track("functions on texts", ["ag_news", "banking77"]):
        made = [functions_on_texts(data, name, JUDGED + s) for s in range(2 if quick else TEXTS)]
        for method in MODELS:
            if (f"{name} texts", method) not in there:
                cases = [(v, y, _voted(v) & ~seen) for v, y, seen in made]
                table.add(_over(f"{name} texts", method, cases))
        if (f"{name} texts", weak_peers.METHOD) not in there:
            cases = [(v, y, _voted(v) & ~seen) for v, y, seen in made]
            table.add(weak_peers.over_majority(f"{name} texts", cases))
    for name in track("end models", ["ag_news", "banking77"]):
        if not quick and not table.has(f"{name} halves"):
            table.add(weak_end.texts_rows(data, name, [JUDGED + s for s in range(ENDS)]))
    if not table.has("worlds with features"):
        seeds = [JUDGED + s for s in range(1 if quick else ENDS)]
        table.add(weak_end.worlds_rows(seeds))
    for name in track("real functions", list(RULES)):
        for method in MODELS:
            if (name, method) not in there:
                table.add(_real(data, name, method))
        if (name, weak_peers.METHOD) not in there:
            votes, truth, _, part = real_rows(data, name, ("train", "test"))
            table.add(weak_peers.real(name, votes, truth, part == 1))
        if not quick and not table.has(f"{name} end model"):
            table.add(_end_model(data, name))
    if not table.has("cost"):
        table.add(_cost(SIZE // 10 if quick else SIZE))
    if not table.has("cost beside Snorkel"):
        size = SIZE // 10 if quick else SIZE
        table.add(weak_peers.cost(sparse_votes(size), sparse_votes(size // 10)))


def _voted(votes: Votes[Classes]) -> Any:
    return np.bincount(votes.item, minlength=votes.n) > 0


def _over(
    scenario: str, method: str, cases: list[tuple[Votes[Classes], Ints, Any]]
) -> Iterator[Row]:
    """Accuracy, its distance from a majority (mean and worst of the draws, in points) and log loss
    on the items that count.
    """
    import reliabel as rl

    found = defaultdict(list)
    start = time.process_time()
    for votes, truth, use in cases:
        mine, base = (
            scores(rl.aggregate(votes, **words).labels.p[use], truth[use])
            for words in (MODELS[method], MODELS["majority"])
        )
        found["over majority"].append(100 * (mine["accuracy"] - base["accuracy"]))
        for metric in ("accuracy", "nll"):
            found[metric].append(mine[metric])
    cpu = time.process_time() - start
    for metric, values in found.items():
        yield Row(scenario, "", "", 0, method, metric, float(np.mean(values)), cpu_s=cpu)
    yield Row(
        scenario, "", "", 0, method, "worst over majority", float(np.min(found["over majority"]))
    )


def real_rows(
    data: Path, name: str, parts: tuple[str, ...]
) -> tuple[Votes[Classes], Ints, list[str], Ints]:
    """Votes, true classes and texts of the rows of some parts of a set; the part of each row."""
    import pyarrow.parquet as pq

    label, truth, texts, part_of = [], [], list[str](), []
    for place, part in enumerate(parts):
        table = pq.read_table(data / "weak" / name / f"{part}.parquet")
        columns = [column for column in table.column_names if column.startswith("lf_")]
        label.append(np.stack([table[c].to_numpy() for c in columns], axis=1).astype(np.int64))
        truth.append(table["label"].to_numpy().astype(np.int64))
        texts += table["text"].to_pylist()
        part_of.append(np.full(table.num_rows, place))
    matrix, y = np.concatenate(label), np.concatenate(truth)
    item, worker = np.nonzero(matrix >= 0)
    names = tuple(str(c) for c in range(int(max(y.max(), matrix.max())) + 1))
    votes = Votes(item, worker, Classes(matrix[item, worker], names), *matrix.shape)
    return votes, y, texts, np.concatenate(part_of)


def _real(data: Path, name: str, method: str) -> Iterator[Row]:
    """The votes of the train and the test rows together, judged on the test rows, of which those
    without a vote count too.
    """
    import reliabel as rl

    votes, truth, _, part = real_rows(data, name, ("train", "test"))
    start = time.process_time()
    p = rl.aggregate(votes, **MODELS[method]).labels.p
    cpu = time.process_time() - start
    for metric, value in scores(p[part == 1], truth[part == 1]).items():
        yield Row(name, name, "", 0, method, metric, value, cpu_s=cpu)


def _end_model(data: Path, name: str) -> Iterator[Row]:
    """A model on the words of the train rows, trained on labels of the precision model, judged on
    the test rows beside that model's labels.
    """
    import reliabel as rl
    from reliabel.verbs.end_model import end_model

    votes, truth, texts, part = real_rows(data, name, ("train", "test"))
    gold = np.where(part == 1, truth, -1)
    train = votes.take(part[votes.item] == 0)  # the test rows have no votes that could be learnt
    whole = rl.aggregate(votes, by="precision_model")
    consensus = rl.aggregate(train, by="precision_model")
    given = Dataset(train, {"items": texts}, source={"task": "text"})
    for hard in (False, True):
        start = time.process_time()
        found = end_model(consensus, given, gold=gold, embed="tfidf", hard=hard)
        cpu = time.process_time() - start
        word = "end model, hard labels" if hard else "end model"
        for metric, value in scores(found.labels.p[part == 1], truth[part == 1]).items():
            yield Row(f"{name} end model", name, "tfidf", 0, word, metric, value, cpu_s=cpu)
    for metric, value in scores(whole.labels.p[part == 1], truth[part == 1]).items():
        yield Row(f"{name} end model", name, "", 0, "label model alone", metric, value)


def _cost(size: int) -> Iterator[Row]:
    """The default label model and the table of functions, in a process of its own."""
    from reliabel.bench.child import child

    for what in ("precision_model", "function_table"):
        found = child([sys.executable, "-m", "reliabel.bench.weak", what, str(size)])
        setting = f"{size:,} x {FUNCTIONS}, {found['votes']:,} votes, {CLASSES} classes"
        for metric in ("cpu_s", "extra_mib"):
            yield Row("cost", "", setting, 0, what, metric, found[metric])


def sparse_votes(size: int, seed: int = 0) -> Votes[Classes]:
    """Functions that fire on one item in twenty, right seven times of ten."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(CLASSES, size=size).astype(np.int32)
    each = rng.binomial(size, COVER, FUNCTIONS)
    item = np.concatenate([np.sort(rng.integers(0, size, m)) for m in each]).astype(np.int32)
    worker = np.repeat(np.arange(FUNCTIONS, dtype=np.int32), each)
    keep = np.concatenate([[True], (np.diff(item) != 0) | (np.diff(worker) != 0)])
    item, worker = item[keep], worker[keep]
    right = rng.random(len(item)) < 0.7
    label: Any = np.where(right, truth[item], rng.integers(CLASSES, size=len(item)))
    return Votes(
        item, worker, Classes(label, tuple(str(c) for c in range(CLASSES))), size, FUNCTIONS
    )


def sections(rows: list[Row]) -> Iterator[tuple[str, list[list[str]]]]:
    """The suite's tables for docs/bench.md."""
    shown = {name: name for name in (*WORLDS, "ag_news texts", "banking77 texts")}
    models = (*MODELS, weak_peers.METHOD)
    yield (
        "**Planted worlds and functions drawn for real texts**: points above a majority on items "
        "with votes (in brackets the worst draw)",
        [
            ["model", *shown],
            *([m, *(_gain(rows, w, m) for w in shown)] for m in models if rows),
        ],
    )
    table: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for row in rows:
        if row.dataset in RULES:
            table[row.dataset, row.method][row.metric] = row.value
    names = ("accuracy", "nll", "ece")
    yield (
        "**Real functions** (test rows; those without a vote count)",
        [
            ["set", "model", *names],
            *([*key, *(_digits(values.get(n)) for n in names)] for key, values in table.items()),
        ],
    )
    yield from weak_end.sections(rows)
    cost = [r for r in rows if r.scenario in ("cost", "cost beside Snorkel")]
    yield (
        "**Cost**",
        [
            ["what", "votes", "measure", ""],
            *([r.method, r.setting, r.metric, _digits(r.value)] for r in cost),
        ],
    )


def _gain(rows: list[Row], scenario: str, method: str) -> str:
    found = {r.metric: r.value for r in rows if (r.scenario, r.method) == (scenario, method)}
    if "over majority" not in found:
        return ""
    return f"{float(found['over majority']):+.1f} ({float(found['worst over majority']):+.1f})"


def _digits(value: Any) -> str:
    return "" if value in (None, "") else f"{float(value):.3g}"


def main(what: str, size: int) -> None:
    """Measure one thing and write it as JSON."""
    from reliabel.aggregators import precision_model
    from reliabel.bench.child import measured
    from reliabel.crowd.functions import function_table

    votes = sparse_votes(size)
    held = sum(part.nbytes for part in (votes.item, votes.worker, votes.labels.y))
    p: Floats = np.full((size, CLASSES), 1 / CLASSES)
    call = {
        "precision_model": lambda: precision_model.aggregate(votes),
        "function_table": lambda: function_table(votes, p),
    }[what]
    sys.stdout.write(json.dumps({**measured(call, held), "votes": len(votes)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
