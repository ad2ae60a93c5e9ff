"""Measure how far estimated noise matrices are from the planted ones, on texts and pictures.

python tools/noise_matrices.py DATA [--cache .bench/features] [-o docs/bench/noise_matrices.csv]
python tools/noise_matrices.py --page docs/noise_matrices.md [-o docs/bench/noise_matrices.csv]

Draws that the CSV holds are not made again; about three CPU minutes and the features.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import reliabel as rl
from reliabel.bench import marked_table, trust_sets
from reliabel.bench.run import Row, Table
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes
from reliabel.ops.folds import fold_of, out_of_fold
from reliabel.ops.logistic import choose, fit, scale
from reliabel.ops.neighbours import nearest
from reliabel.ops.noise import realised

ROWS, SEEDS = 5000, 1
FEW = 20  # classes up to which high-order consensus is run: its triples take minutes beyond
TRIPLES = "noise_matrix_hoc"
SETS = {  # data set -> strength of its features, name on the page
    "ag_news": ("strong", "AG News, 4 classes"),
    "banking77": ("strong", "Banking77, 77 classes"),
    "cifar10n_1": ("strong", "CIFAR-10N, pretrained features"),
    "cifar10n_1 patches": ("weak", "CIFAR-10N, patches"),
}
ERRORS: dict[str, dict[str, Any]] = {
    "none": {},
    "symmetric .2": {"by": "symmetric", "rate": 0.2},
    "symmetric .5": {"by": "symmetric", "rate": 0.5},
    "pair .3": {"by": "pair_flip", "rate": 0.3},
    "similar classes .4": {"by": "class_similarity", "rate": 0.4},
    "part-dependent .4": {"by": "part_dependent", "rate": 0.4},
    "people": {},
}
MEASURES = (
    "confident_joint",
    "noise_matrix_anchors",
    "anchor_points",
    "noise_matrix_dual_t",
    TRIPLES,
)
LEARNT = "vol_min_net"
BEGIN, END = "<!-- matrices -->\n", "<!-- /matrices -->"


def draws(data: Path, cache: Path) -> Iterator[tuple[str, str, int, Callable[[], Any]]]:
    """Data set, errors, seed, and what makes labels, truth and features."""
    for name in SETS:
        for how in ERRORS:
            if how == "people" and not name.startswith("cifar"):
                continue
            for seed in range(1 if how in ("none", "people") else SEEDS):
                yield name, how, seed, lambda n=name, h=how, s=seed: drawn(n, h, s, data, cache)  # type: ignore[misc]


def drawn(name: str, how: str, seed: int, data: Path, cache: Path) -> tuple[Classes, Any, Any]:
    """Labels as given, the truth and the features of one draw."""
    plain = name.split()[0]
    _, truth, given = trust_sets.labelled_sets(data, cache)[plain]()
    x = np.asarray(trust_sets.seen_by(plain, SETS[name][0], data, cache), dtype=np.float32)
    some = np.sort(np.random.default_rng(seed).permutation(len(truth))[:ROWS])
    names = tuple(map(str, range(int(truth.max()) + 1)))
    truth, x = truth[some], x[some]
    if how == "people":
        return Classes(given["worse"][some, 0], names), truth, x
    if how == "none":
        return Classes(truth, names), truth, x
    whole = rl.Dataset(Classes(truth, names), {"features": x})
    return rl.corrupt(whole, **ERRORS[how], seed=seed).labels, truth, x  # type: ignore[return-value]


def measured(labels: Classes, truth: Any, x: Any) -> Iterator[tuple[str, str, float]]:
    """Method, metric and value: the mean absolute error of a row, and the share of wrong labels."""
    facts = realised(truth, labels.y, labels.k)
    planted, rng = facts["realised_matrix"], np.random.default_rng(0)
    yield "truth", "share", facts["realised_rate"]
    yield "truth", "row error", row_error(np.eye(labels.k), planted)
    fold, by = fold_of(labels.y, rng=rng), scale(x)
    strength = choose(x, labels.y, fold == 0, by=by, rng=rng)[0]
    probs = out_of_fold(
        lambda a, y: fit(a, y, strength=strength, by=by), x, labels.y, labels.k, fold
    )
    evidence = {"probs": probs, "neighbours": nearest(x, j=2)}
    for method in MEASURES:
        entry = find("measure", method)
        if method == TRIPLES and labels.k > FEW:
            continue
        words = {word: evidence[word] for word in entry.needs}
        found = entry.load()(labels, **words)
        yield method, "row error", row_error(found.parts["noise_matrix"], planted)
        yield method, "share", found.value
        if "overlap" in found.info:
            yield method, "overlap", found.info["overlap"]
    learn = find("learn", LEARNT).load()
    matrix = learn(labels, features=x, rng=np.random.default_rng(0)).info["noise_matrix"]
    yield LEARNT, "row error", row_error(matrix, planted)


def row_error(matrix: Any, planted: Any) -> float:
    """The sum of absolute errors of a row, mean over rows."""
    return float(np.abs(matrix - planted).sum(1).mean())


def lines(rows: list[Row]) -> list[list[str]]:
    """A line for each data set and kind of errors, a column for each estimate."""
    seen: dict[tuple[str, str], dict[tuple[str, str], list[float]]] = {}
    for row in rows:
        cell = seen.setdefault((row.dataset, row.setting), defaultdict(list))
        cell[row.method, row.metric].append(float(row.value))
    methods = (*MEASURES, LEARNT)
    out = [["labels", "errors", "wrong", *(f"`{method}`" for method in methods), "no errors"]]
    for (name, how), of in seen.items():
        errors = [of[method, "row error"] for method in (*methods, "truth")]
        cells = [_mean(each) for each in errors]
        best = min(float(np.mean(each)) for each in errors[:-1] if each)
        cells = [
            f"**{cell}**" if each and np.mean(each) < best + 0.005 else cell
            for cell, each in zip(cells[:-1], errors[:-1], strict=True)
        ] + cells[-1:]
        out.append([SETS[name][1], how, _mean(of["truth", "share"]), *cells])
    return out


def _mean(values: list[float]) -> str:
    return f"{np.mean(values):.2f}".replace("0.", ".") if values else "-"


def main() -> None:
    """Measure, or write the table of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--cache", type=Path, default=Path(".bench/features"))
    parser.add_argument("-o", dest="out", type=Path, default=Path("docs/bench/noise_matrices.csv"))
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    table = Table(given.out)
    if given.page is not None:
        text = given.page.read_text(encoding="utf-8")
        page = marked_table.fill(lines(table.rows), text, BEGIN, END)
        given.page.write_text(page, encoding="utf-8")
        return
    for name, how, seed, make in draws(given.data, given.cache):
        scenario = f"{name} {how} {seed}"
        if not table.has(scenario):
            found = measured(*make())
            table.add([Row(scenario, name, how, seed, *cells) for cells in found])


if __name__ == "__main__":
    main()
