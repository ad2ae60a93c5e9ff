"""Measure what a second kind of evidence is worth to P(wrong) and the count (trust/joining.py):
sentence vectors and words, a network of photographs and patches; the form was chosen on one half of
the data sets and judged on the other.

python tools/two_evidences.py DATA [--cache .bench/features] [-o docs/bench/second.csv]
python tools/two_evidences.py --page docs/trust.md [-o docs/bench/second.csv]

Draws that the CSV holds are not made again; about ten CPU minutes and the features.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import reliabel as rl
from reliabel.bench import marked_table, trust_sets
from reliabel.bench.metrics import average_precision
from reliabel.bench.run import Row, Table
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes
from reliabel.ops.folds import fold_of, out_of_fold
from reliabel.ops.logistic import choose, fit, scale
from reliabel.ops.neighbours import nearest
from reliabel.trust.count import before_review
from reliabel.trust.joining import gain, left_out
from reliabel.trust.p_wrong import p_wrong
from reliabel.trust.tables import tables

CHOSEN = ("youtube", "trec", "banking77", "cifar10n_1")
JUDGED = ("ag_news", "semeval", "cifar10n_2")
RULES = ("youtube", "trec", "semeval")
PEOPLE = ("aggre", "random1", "worse")
ROWS = 5000  # of a set that take part, drawn by chance
BEGIN, END = "<!-- second -->\n", "<!-- /second -->"
NAMES = {
    "cifar10n_1": "CIFAR-10N, first half",
    "cifar10n_2": "CIFAR-10N, second half",
    "ag_news": "AG News",
    "semeval": "SemEval",
    "trec": "TREC",
}


@dataclass(frozen=True, eq=False)
class Draw:
    """Labels as given, the truth, and both kinds of features."""

    labels: Classes
    truth: Any
    first: Any
    second: Any


def draws(data: Path, cache: Path) -> Iterator[tuple[str, str, Callable[[], Draw]]]:
    """Data set, errors, and what makes the draw."""
    for name in (*CHOSEN, *JUDGED):
        if name.startswith("cifar"):
            errors = list(PEOPLE)
        else:
            errors = ["rules"] if name in RULES else []
            errors += [f"{eyes} {rate}" for rate in (0.1, 0.02) for eyes in ("first", "second")]
        for how in errors:
            yield name, how, lambda name=name, how=how: drawn(name, how, data, cache)  # type: ignore[misc]


def drawn(name: str, how: str, data: Path, cache: Path) -> Draw:
    """One draw; planted errors are those of people who see one of the two kinds of features."""
    first, second, truth, given = whole(name, data, cache)
    names = tuple(map(str, range(int(max(truth.max(), max(y.max() for y in given.values()))) + 1)))
    some = np.sort(np.random.default_rng(3).permutation(len(truth))[:ROWS])
    first, second, truth = first[some], second[some], truth[some]
    if how in given:
        return Draw(Classes(given[how][some], names), truth, first, second)
    eyes, rate = how.split()
    seen = rl.Dataset(Classes(truth, names), {"features": first if eyes == "first" else second})
    bad = rl.corrupt(seen, by="human_confusions", rate=float(rate), slips=0.2, seed=0)
    return Draw(bad.labels, truth, first, second)  # type: ignore[arg-type]


def whole(name: str, data: Path, cache: Path) -> tuple[Any, Any, Any, dict[str, Any]]:
    """Both kinds of features, the truth and real labels of a data set."""
    if name in RULES:
        texts, truth, majority = trust_sets.weak_table(name, data)
        first, second = (made(name, by, texts, cache) for by in trust_sets.WORDS.values())
        return second, first, truth, {"rules": majority}
    _, truth, given = trust_sets.labelled_sets(data, cache)[name]()
    weak, strong = (trust_sets.seen_by(name, how, data, cache) for how in ("weak", "strong"))
    return strong, weak, truth, {k: y[:, 0] for k, y in given.items()} or {"": truth}


def made(name: str, by: str, texts: list[str], cache: Path) -> Any:
    """Features of texts, kept under ``cache``."""
    path = cache / f"{name}-{by}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, find("embed", by).load()(texts, rng=np.random.default_rng(0)))
    return np.load(path)


def evidence(x: Any, labels: Classes, fold: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Probabilities, neighbours and features as an audit makes them."""
    x = np.asarray(x, dtype=np.float32)
    by = scale(x)
    strength = choose(x, labels.y, fold == 0, by=by, rng=rng)[0]
    probs = out_of_fold(
        lambda a, y: fit(a, y, strength=strength, by=by), x, labels.y, labels.k, fold
    )
    near = nearest(x, j=min(200, len(x) - 1))
    return {"probs": probs, "neighbours": near, "features": x}


def measured(draw: Draw) -> Iterator[tuple[str, str, Any]]:
    """Method, metric and value: the first evidence alone, and both."""
    labels, rng = draw.labels, np.random.default_rng(0)
    fold = fold_of(labels.y, rng=rng)
    one, two = (evidence(x, labels, fold, rng) for x in (draw.first, draw.second))
    both = tables(labels, **one, fold=fold, second={"second": two}, rng=np.random.default_rng(0))
    found = gain(labels, both, "second", np.random.default_rng(0))
    wrong = labels.y != draw.truth
    for method, every, loss in (
        ("first", left_out(both, "second"), found and found.without),
        ("both", both, found and found.joined),
    ):
        told = p_wrong(labels, every, rng=np.random.default_rng(0))
        count = before_review(told)
        ends = (count.low, count.high) if told.identified else (np.nan, np.nan)
        yield method, "log loss", loss
        yield method, "average_precision", average_precision(told.p, wrong)
        yield method, "ece", _ece(told.p, wrong)
        yield method, "share", (float(told.pi), *(end / len(wrong) for end in ends))
    yield "truth", "share", float(wrong.mean())


def _ece(p: Any, wrong: Any) -> float:
    at = np.minimum((p * 10).astype(int), 9)
    bins = [at == b for b in range(10) if (at == b).any()]
    return float(sum(abs(p[b].mean() - wrong[b].mean()) * b.mean() for b in bins))


def lines(rows: list[Row]) -> list[list[str]]:
    """A line for each data set and kind of errors: the first evidence alone, and both."""
    seen: dict[tuple[str, str], dict[str, dict[tuple[str, str], Row]]] = {}
    for row in rows:
        kind = "planted" if row.setting[-1].isdigit() and " " in row.setting else "people"
        key = row.dataset, "rules" if row.setting == "rules" else kind
        seen.setdefault(key, defaultdict(dict))[row.scenario][row.method, row.metric] = row
    head = ["labels", "half", "draws", "held-out log loss: first, both", "average precision", "ECE"]
    out = [[*head, "count off by a factor", "intervals that hold"]]
    order = (*CHOSEN, *JUDGED)
    for (name, kind), of in sorted(seen.items(), key=lambda pair: order.index(pair[0][0])):
        every = list(of.values())
        cells = [_pair(every, metric) for metric in ("log loss", "average_precision", "ece")]
        half = "chosen" if name in CHOSEN else "judged"
        ends = _factor(every), _held(every)
        out.append([f"{NAMES.get(name, name)}, {kind}", half, str(len(every)), *cells, *ends])
    return out


Every = list[dict[tuple[str, str], Row]]


def _pair(every: Every, metric: str) -> str:
    return ", ".join(
        f"{np.mean([float(of[method, metric].value) for of in every]):.3f}"
        for method in ("first", "both")
    )


def _factor(every: Every) -> str:
    """The typical factor between count and truth, of the draws that get a count by both."""
    told = [of for of in every if all(_end(of, m, "low") >= 0 for m in ("first", "both"))]
    if not told:
        return "-"
    off = {
        method: [
            abs(np.log(float(of[method, "share"].value) / float(of["truth", "share"].value)))
            for of in told
        ]
        for method in ("first", "both")
    }
    return ", ".join(f"{np.exp(np.mean(off[m])):.2f}" for m in ("first", "both"))


def _held(every: Every) -> str:
    cells = []
    for method in ("first", "both"):
        told = [of for of in every if _end(of, method, "low") >= 0]
        held = sum(
            _end(of, method, "low") <= float(of["truth", "share"].value) <= _end(of, method, "high")
            for of in told
        )
        cells.append(f"{held} of {len(told)}")
    return ", ".join(cells)


def _end(of: dict[tuple[str, str], Row], method: str, end: str) -> float:
    value = getattr(of[method, "share"], end)
    return float("nan") if value == "" else float(value)


def main() -> None:
    """Measure, or write the table of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--cache", type=Path, default=Path(".bench/features"))
    parser.add_argument("-o", dest="out", type=Path, default=Path("docs/bench/second.csv"))
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    table = Table(given.out)
    if given.page is not None:
        text = given.page.read_text(encoding="utf-8")
        page = marked_table.fill(lines(table.rows), text, BEGIN, END)
        given.page.write_text(page, encoding="utf-8")
        return
    for name, how, make in draws(given.data, given.cache):
        scenario = f"{name} {how}"
        if not table.has(scenario):
            rows = []
            for method, metric, value in measured(make()):
                cells = value if isinstance(value, tuple) else (value,)
                rows.append(Row(scenario, name, how, 0, method, metric, *cells))
            table.add(rows)


if __name__ == "__main__":
    main()
