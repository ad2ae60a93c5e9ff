"""The data sets behind the suite trust: truth, real labels, and features of two strengths."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.catalogue import find
from reliabel.core.labels import Bools, Floats, Ints

CIFAR = {
    "aggre": "aggre_label",
    "worse": "worse_label",
    "random1": "random_label1",
    "random2": "random_label2",
    "random3": "random_label3",
}
WIDE = 20_000  # pictures of the set cifar10n
HALVES = {"cifar10n_1": slice(25_000), "cifar10n_2": slice(25_000, 50_000)}  # of its pictures
TEXTS = {"ag_news": "ag_news_test.parquet", "banking77": "banking77_train.parquet"}
PICTURES = {"weak": "image_patches", "strong": "image_efficientnet"}
WORDS = {"weak": "text_tfidf", "strong": "text_minilm"}
STRENGTHS: Mapping[str, Mapping[str, str]] = {  # set -> strength -> embedder
    "cifar10n_1": PICTURES,
    "cifar10n_2": PICTURES,
    "ag_news": WORDS,
    "ag_news_pair": WORDS,
    "banking77": WORDS,
}
# features, truth, real labels by name (n, workers), -1 = none
Given = tuple[Floats, Ints, dict[str, Ints]]
LabelledSet = Callable[[], Given]


def labelled_sets(data: Path, cache: Path) -> dict[str, LabelledSet]:
    """Name -> what makes features, truth and real labels of a data set; the features are patches
    of pictures and MiniLM of texts.
    """
    table: dict[str, LabelledSet] = {
        "cifar10n": lambda: _cifar(data, cache),
        **{name: (lambda name=name: _half(name, data, cache)) for name in HALVES},  # type: ignore[misc]
        "digits": _digits,
        "labelme": lambda: _labelme(data),
    }
    table |= {name: (lambda name=name: _text(name, data, cache)) for name in TEXTS}  # type: ignore[misc]
    table |= {
        name: (lambda name=name: _weak(name, data, cache))  # type: ignore[misc]
        for name in ("youtube", "trec", "semeval")
    }
    table["ag_news_pair"] = lambda: _pair(data, cache)
    return table


def seen_by(dataset: str, strength: str, data: Path, cache: Path) -> Floats:
    """The features of a set in one strength, made once and kept under ``cache``."""
    by, name = STRENGTHS[dataset][strength], _kept(dataset, strength)
    if dataset in HALVES:
        return np.array(_embedded(name, by, lambda: _pixels(data), cache)[HALVES[dataset]])
    texts, truth = _texts(dataset.removesuffix("_pair"), data)
    whole = _embedded(name, by, lambda: texts, cache)
    return _scaled(whole[_of_pair(truth)] if dataset.endswith("_pair") else whole)


def absent(dataset: str, strength: str, cache: Path) -> str:
    """Why the features of a set cannot be had in this strength here, "" if they can."""
    if (cache / f"{_kept(dataset, strength)}.npy").exists():
        return ""
    by = STRENGTHS[dataset][strength]
    try:
        extras = find("embed", by).missing_extras()
    except ValueError as unknown:
        return str(unknown)
    return f"{by} needs pip install 'reliabel[{','.join(extras)}]'" if extras else ""


def weak_table(name: str, data: Path) -> tuple[list[str], Ints, Ints]:
    """Items that a rule speaks of: texts, truth, and the majority of the rules as their label."""
    import pyarrow.parquet as pq

    table = pq.read_table(data / "weak" / name / "train.parquet").to_pydict()
    label = np.stack(
        [np.array(values) for column, values in table.items() if column.startswith("lf_")], axis=1
    )
    covered = np.flatnonzero((label >= 0).any(1))
    truth = np.array(table["label"])
    k = int(max(truth.max(), label.max())) + 1
    majority = np.stack([(label[covered] == c).sum(1) for c in range(k)], axis=1).argmax(1)
    return [table["text"][i] for i in covered], truth[covered], majority


def _digits() -> Given:
    from sklearn.datasets import load_digits

    digits = load_digits()
    return _scaled(digits.data), digits.target.astype(np.int64), {}


def _texts(name: str, data: Path) -> tuple[list[str], Ints]:
    import pyarrow.parquet as pq

    table = pq.read_table(data / "text" / TEXTS[name]).to_pydict()
    texts = (
        table["text"]
        if "text" in table
        else [f"{title}. {body}" for title, body in zip(table["title"], table["body"], strict=True)]
    )
    return texts, np.unique(np.array(table["label"]), return_inverse=True)[1]


def _text(name: str, data: Path, cache: Path) -> Given:
    texts, truth = _texts(name, data)
    return _scaled(_embedded(name, "text_minilm", lambda: texts, cache)), truth, {}


def _of_pair(truth: Ints) -> Bools:
    """Business and technology news, the two topics that are taken for each other most."""
    return np.isin(truth, (2, 3))


def _pair(data: Path, cache: Path) -> Given:
    features, truth, _ = _text("ag_news", data, cache)
    keep = _of_pair(truth)
    return _scaled(features[keep]), truth[keep] - 2, {}


def _weak(name: str, data: Path, cache: Path) -> Given:
    texts, truth, majority = weak_table(name, data)
    features = _scaled(_embedded(name, "text_minilm", lambda: texts, cache))
    return features, truth, {"majority": majority[:, None]}


def _labelme(data: Path) -> Given:
    import pyarrow.parquet as pq

    folder = data / "crowd" / "labelme"
    truth = pq.read_table(folder / "truth.parquet").to_pydict()
    votes = pq.read_table(folder / "votes.parquet").to_pydict()
    label = np.full((len(truth["truth"]), max(votes["worker"]) + 1), -1)
    label[votes["task"], votes["worker"]] = votes["label"]
    with np.load(folder / "features.npz") as held:
        features = held["x"].astype(np.float32)
    y = np.empty(len(label), dtype=np.int64)
    y[truth["task"]] = truth["truth"]
    return _scaled(features), y, {"one_vote": label}


def _cifar(data: Path, cache: Path) -> Given:
    truth, given = _cifar_labels(data, slice(WIDE))
    pictures = _embedded("cifar10n", "image_patches", lambda: _pixels(data)[:WIDE], cache)
    return pictures, truth, given


def _half(name: str, data: Path, cache: Path) -> Given:
    truth, given = _cifar_labels(data, HALVES[name])
    people = np.concatenate([given[f"random{person}"] for person in (1, 2, 3)], axis=1)
    given |= {"drawn": people, "agreed": _agreed(people, truth)}
    return seen_by(name, "weak", data, cache), truth, given


def _agreed(people: Ints, truth: Ints) -> Ints:
    """The first person's label where it is right or another one gave it too, the truth elsewhere:
    errors that are hard for people rather than slips.
    """
    first = people[:, 0]
    shared = (people[:, 1:] == first[:, None]).any(1)
    return np.where(shared, first, truth)[:, None]


def _cifar_labels(data: Path, rows: slice) -> tuple[Ints, dict[str, Ints]]:
    with np.load(data / "cifar10n" / "labels.npz") as held:
        given = {name: held[column][rows, None].astype(np.int64) for name, column in CIFAR.items()}
        return held["clean_label"][rows].astype(np.int64), given


def _pixels(data: Path) -> list[Any]:
    from PIL import Image

    with zipfile.ZipFile(data / "cifar10n" / "train.zip") as archive:
        return [
            np.asarray(Image.open(archive.open(name)).convert("RGB"))
            for name in sorted(archive.namelist())
            if name.endswith(".jpg")
        ]


def _kept(dataset: str, strength: str) -> str:
    """The name of the file of features; MiniLM of a text has the name of the set alone."""
    by = STRENGTHS[dataset][strength]
    name = "cifar10n_all" if dataset in HALVES else dataset.removesuffix("_pair")
    return name if by == "text_minilm" else f"{name}-{by}"


def _embedded(name: str, by: str, items: Callable[[], Any], cache: Path) -> Floats:
    path = cache / f"{name}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npy")
        made = find("embed", by).load()(items(), rng=np.random.default_rng(0))
        np.save(part, np.asarray(made, dtype=np.float32))
        part.replace(path)
    held: Floats = np.load(path, mmap_mode="r")
    return held


def _scaled(x: Any) -> Floats:
    centred = np.asarray(x, dtype=np.float32) - np.asarray(x, dtype=np.float64).mean(0).astype(
        np.float32
    )
    return np.asarray(centred / centred.std())
