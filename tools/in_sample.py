"""Measure the rule for probabilities that have seen the labels (trust/in_sample.py): models fitted
to all rows beside the same models out of fold, on data sets of which half chose the rule.

python tools/in_sample.py DATA [-o docs/bench/in_sample.csv]; without -o the table is printed only.
Draws that the CSV holds are not made again.
"""

from __future__ import annotations

import argparse
import csv
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import reliabel as rl
from reliabel.bench import trust_sets
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes
from reliabel.trust.in_sample import Agreement, agreement

ROWS = 1200
CHOSEN = ("digits", "ag_news", "youtube", "breast_cancer", "cifar10n")
JUDGED = ("labelme", "cora", "trec", "semeval", "banking77", "lost", "wine")
FILES = {"ag_news": "ag_news_test.parquet", "banking77": "banking77_train.parquet"}
TEXTS = (*FILES, "youtube", "trec", "semeval")
PLANTED = ("clean", "human 0.02", "human 0.1")
NOISES = {
    "youtube": ("majority", "clean", "human 0.02"),
    "trec": ("majority", "clean", "human 0.02"),
    "semeval": ("majority", "clean", "human 0.02"),
    "labelme": ("one_vote", "clean", "human 0.02"),
    "cifar10n": ("worse", "aggre", "clean"),
}
STRONG = (0.9, 0.97, 0.99, 0.999)  # shares of the truths that better models out of fold know
VIEWS = {"all": 0, "weak": 8}  # directions that the simple models see, 0 = all features
FIELDS = ("half", "dataset", "noise", "wrong", "k", "view", "model", "fitted", "rows", "given")
FIELDS = (*FIELDS, "simple", "contradicted", "agreed")


@dataclass(frozen=True, eq=False)
class Draw:
    """Features, labels as given and the truth of one draw."""

    x: Any
    y: Any
    truth: Any
    k: int


EVERY = {
    *("logistic, C 1", "logistic, C 100", "forest", "net, 100 epochs", "net, 8 epochs"),
    *(f"right on {share:.4g}" for share in STRONG),
}


def main() -> None:
    """Measure what is missing and print how often the rule speaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--out", type=Path)
    asked = parser.parse_args()
    rows = _read(asked.out)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # models that stop early say so
        for name in (*CHOSEN, *JUDGED):
            half = "chosen" if name in CHOSEN else "judged"
            for noise in NOISES.get(name, PLANTED):
                done = {
                    row["model"] for row in rows if (row["dataset"], row["noise"]) == (name, noise)
                }
                if done < EVERY:
                    rows += list(_measured(asked.data, half, name, noise, done))
                    _write(asked.out, rows)
    print("\n".join(table(rows)))


def _measured(
    data: Path, half: str, name: str, noise: str, done: set[str]
) -> Iterator[dict[str, Any]]:
    draw = _draw(data, name, noise)
    print(name, noise, draw.x.shape, flush=True)
    for model, fitted, p in _probabilities(draw, done):
        for view, size in VIEWS.items():
            rng = np.random.default_rng(0)
            x = draw.x if not size else draw.x @ rng.normal(size=(draw.x.shape[1], size))
            found = agreement(Classes(draw.y, tuple(map(str, range(draw.k)))), p, x, rng=rng)
            if found is not None:
                wrong = float((draw.y != draw.truth).mean())
                cells = (half, name, noise, wrong, draw.k, view, model, fitted, found.rows)
                numbers = (found.given, found.simple, found.contradicted, found.agreed)
                yield dict(zip(FIELDS, (*cells, *numbers), strict=True))


def _probabilities(draw: Draw, done: set[str]) -> Iterator[tuple[str, str, Any]]:
    """(model, how it was fitted, probabilities) of each model in sample and out of fold."""
    from sklearn.base import clone

    fold = np.random.default_rng(1).permutation(len(draw.y)) % 3
    for name, estimator in _models().items():
        if name in done:
            continue
        yield name, "in sample", _fitted(clone(estimator), draw, draw.x, draw.y, draw.x)
        p = np.zeros((len(draw.y), draw.k))
        for held in range(3):
            out = fold == held
            p[out] = _fitted(clone(estimator), draw, draw.x[~out], draw.y[~out], draw.x[out])
        yield name, "out of fold", p
    for share in (share for share in STRONG if f"right on {share:.4g}" not in done):
        yield f"right on {share:.4g}", "out of fold", _better(draw, share)


def _models() -> dict[str, Any]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    return {
        "logistic, C 1": LogisticRegression(max_iter=200),
        "logistic, C 100": LogisticRegression(C=100, max_iter=300),
        "forest": RandomForestClassifier(100, random_state=0),
        "net, 100 epochs": MLPClassifier((64,), max_iter=100, alpha=1e-5, random_state=0),
        "net, 8 epochs": MLPClassifier((64,), max_iter=8, random_state=0),
    }


def _fitted(estimator: Any, draw: Draw, x: Any, y: Any, of: Any) -> Any:
    p = np.zeros((len(of), draw.k))
    model = estimator.fit(x, y)
    p[:, model.classes_] = model.predict_proba(of)
    return p


def _better(draw: Draw, share: float) -> Any:
    """Probabilities of a model that knows more than the features here: right on a share of the
    truths, wrong where a simple model is least sure of them.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    rng, n = np.random.default_rng(2), len(draw.y)
    p = cross_val_predict(LogisticRegression(), draw.x, draw.truth, cv=3, method="predict_proba")
    q = np.zeros((n, draw.k))
    q[:, np.unique(draw.truth)] = p
    known = np.log(q[np.arange(n), draw.truth] + 1e-9) + rng.normal(size=n)
    wrong = np.argsort(known)[: round((1 - share) * n)]
    top = draw.truth.copy()
    q[np.arange(n), draw.truth] = -1
    top[wrong] = q[wrong].argmax(1)
    sure = rng.beta(20, 1.5, n)
    out = np.repeat((1 - sure)[:, None] / (draw.k - 1), draw.k, axis=1)
    out[np.arange(n), top] = sure
    return out


def _draw(data: Path, name: str, noise: str) -> Draw:
    x, truth, given = _sets(data)[name]()
    some = np.sort(np.random.default_rng(0).permutation(len(truth))[:ROWS])
    x, truth = x[some], np.unique(truth[some], return_inverse=True)[1]
    k = int(truth.max()) + 1
    kind, _, rate = noise.partition(" ")
    if kind == "clean":
        return Draw(x, truth, truth, k)
    if kind == "human":
        clean = Classes(truth, tuple(map(str, range(k))))
        made = rl.corrupt(clean, by="human_confusions", features=x, rate=float(rate), seed=0)
        return Draw(x, made.labels.y, truth, k)  # type: ignore[attr-defined]
    votes = given[kind][some]
    rng = np.random.default_rng(3)
    y = np.array([rng.choice(row[row >= 0]) if (row >= 0).any() else -1 for row in votes])
    kept = y >= 0
    return Draw(x[kept], y[kept], truth[kept], int(max(truth.max(), y.max())) + 1)


def _sets(data: Path) -> dict[str, Callable[[], Any]]:
    from sklearn import datasets

    trust_sets.WIDE = ROWS
    cache = Path(".bench") / "in_sample"
    cache.mkdir(parents=True, exist_ok=True)
    for name in TEXTS:  # quick features, which know less than most models; worlds find them there
        if not (path := cache / f"{name}.npy").exists():
            x = find("embed", "text_tfidf").load()(_texts(data, name), rng=np.random.default_rng(0))
            np.save(path, np.asarray(x, dtype=np.float32))
    own = trust_sets.labelled_sets(data, cache)

    def scaled(load: Any) -> Any:
        x, y = load(return_X_y=True)
        return ((x - x.mean(0)) / x.std(0)).astype(np.float32), y.astype(np.int64), {}

    def cora() -> Any:
        from scipy.sparse import csr_matrix
        from sklearn.utils.extmath import randomized_svd

        with np.load(data / "cora" / "cora.npz") as held:
            parts = (held["x_data"], held["x_indices"], held["x_indptr"])
            words, y = csr_matrix(parts, shape=held["x_shape"]), held["labels"].astype(np.int64)
        left, size, _ = randomized_svd(words.astype(float), 100, random_state=0)
        return _even(left * size), y, {}

    def lost() -> Any:
        with np.load(data / "partial" / "lost.npz") as held:
            return _even(held["x"]), held["truth"].astype(np.int64), {}

    return {
        **own,
        "breast_cancer": lambda: scaled(datasets.load_breast_cancer),
        "wine": lambda: scaled(datasets.load_wine),
        "cora": cora,
        "lost": lost,
    }


def _even(x: Any) -> Any:
    centred = x - x.mean(0)
    return (centred / centred.std()).astype(np.float32)


def _texts(data: Path, name: str) -> list[str]:
    import pyarrow.parquet as pq

    if name not in FILES:
        return trust_sets.weak_table(name, data)[0]
    table = pq.read_table(data / "text" / FILES[name]).to_pydict()
    if "text" in table:
        return table["text"]
    return [f"{title}. {body}" for title, body in zip(table["title"], table["body"], strict=True)]


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Lines of Markdown: on how many draws the rule speaks, for each model."""
    count: dict[tuple[str, str, str, str], list[bool]] = defaultdict(list)
    for row in rows:
        numbers = (float(row["given"]), float(row["simple"]))
        found = Agreement(int(row["rows"]), *numbers, int(row["contradicted"]), int(row["agreed"]))
        count[row["model"], row["fitted"], row["half"], row["view"]].append(found.fitted)
    lines = [
        "| model | fitted | half that chose | its weak features | other half | its weak features |",
        "|---|---|---|---|---|---|",
    ]
    for model, fitted in dict.fromkeys((row["model"], row["fitted"]) for row in rows):
        cells = [
            f"{sum(count[model, fitted, half, view])} of {len(count[model, fitted, half, view])}"
            for half in ("chosen", "judged")
            for view in VIEWS
        ]
        lines.append(f"| {model} | {fitted} | {' | '.join(cells)} |")
    return lines


def _read(path: Path | None) -> list[dict[str, Any]]:
    if path is None or not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path | None, rows: list[dict[str, Any]]) -> None:
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
