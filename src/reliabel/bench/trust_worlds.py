"""The worlds on which P(wrong), the count and the curve are judged: real human errors, real votes,
rules, and errors planted as people make them.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.catalogue import find
from reliabel.core.labels import Classes, Floats, Ints, Votes

CIFAR = {
    "aggre": "aggre_label",
    "worse": "worse_label",
    "random1": "random_label1",
    "random2": "random_label2",
    "random3": "random_label3",
}
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
SEEDS = {"digits": 20, "ag_news": 12, "ag_news_pair": 6, "banking77": 4}
WIDE = 20_000  # pictures of cifar10n that take part


@dataclass(frozen=True)
class World:
    """One draw: a data set, where its labels come from, how many are wrong, how many rows take
    part.
    """

    dataset: str
    noise: str  # human, no_slips, uniform, clean, or the name of real labels
    rate: float = 0.0  # 0 = as it is
    rows: int = 0  # 0 = all
    seed: int = 0

    @property
    def setting(self) -> str:
        """What tells this world from others of the same data set, but for the seed."""
        rate = f" {self.rate:g}" if self.rate else ""
        rows = f" {self.rows} rows" if self.rows else ""
        return f"{self.noise}{rate}{rows}"


@dataclass(frozen=True, eq=False)
class Drawn:
    """A world made: labels as given, the truth, features."""

    labels: Classes
    truth: Ints
    features: Floats


def worlds(quick: bool) -> list[World]:
    """All worlds, or thirty that stand for them."""
    if quick:
        return list(_quick())
    every = [World("cifar10n", noise) for noise in (*CIFAR, "clean")]
    for noise, rates, seeds in (
        ("aggre", (0.01, 0.02, 0.05), 3),
        ("random1", (0.02, 0.05, 0.1), 2),
        ("worse", (0.05, 0.1, 0.2), 2),
    ):
        every += [
            World("cifar10n", noise, rate, seed=seed) for rate in rates for seed in range(seeds)
        ]
    every += [
        World(name, "human", rate, seed=seed)
        for name, seeds in SEEDS.items()
        for rate in RATES
        for seed in range(seeds)
    ]
    every += [
        World(name, "no_slips", rate, seed=seed)
        for name in ("digits", "ag_news", "banking77")
        for rate in (0.1, 0.2)
        for seed in range(4)
    ]
    every += [
        World(name, "uniform", 0.1, seed=seed)
        for name in ("ag_news", "banking77")
        for seed in range(2)
    ]
    every += [World("labelme", "one_vote", seed=seed) for seed in range(8)]
    every += [World(name, "majority") for name in ("youtube", "trec", "semeval")]
    every += [World(name, "clean") for name in ("digits", "ag_news", "banking77")]
    every += [World(name, "shuffled") for name in ("digits", "ag_news")]
    for name, noise, rate in (
        ("cifar10n", "aggre", 0.0),
        ("ag_news", "human", 0.1),
        ("banking77", "human", 0.1),
        ("digits", "human", 0.1),
    ):
        every += [
            World(name, noise, rate, rows, seed)
            for rows in (300, 1000, 5000)
            for seed in range(6)
            if name != "digits" or rows <= 1000
        ]
    return sorted(every, key=_order)


def _order(world: World) -> tuple[bool, int]:
    """What takes seconds first, the rest by seed, so that a run that is stopped early has seen a
    bit of everything.
    """
    quick = 0 < world.rows <= 1000 or world.dataset in (
        "digits",
        "ag_news_pair",
        "labelme",
        "youtube",
        "trec",
        "semeval",
    )
    return not quick, world.seed


def _quick() -> Iterator[World]:
    yield from (World("cifar10n", noise) for noise in ("aggre", "random1", "worse", "clean"))
    yield World("cifar10n", "aggre", 0.01)
    yield from (
        World("digits", "human", rate, seed=seed) for rate in (0.02, 0.1, 0.4) for seed in range(2)
    )
    yield from (
        World("ag_news", "human", rate, seed=seed) for rate in (0.02, 0.1, 0.4) for seed in range(2)
    )
    yield from (World("banking77", "human", rate) for rate in (0.02, 0.1))
    yield from (World(name, "no_slips", 0.1) for name in ("digits", "ag_news"))
    yield from (World(name, "clean") for name in ("digits", "ag_news"))
    yield from (
        World("labelme", "one_vote"),
        World("youtube", "majority"),
        World("digits", "shuffled"),
    )
    yield from (
        World("ag_news", "human", 0.1, 300),
        World("ag_news", "human", 0.1, 1000),
        World("cifar10n", "aggre", 0.0, 1000),
        World("digits", "human", 0.1, 300),
    )


def make(world: World, data: Path, cache: Path) -> Drawn:
    """Draw the labels of a world; features are made once and kept under ``cache``."""
    rng = np.random.default_rng([world.seed, 7])
    features, truth, given = labelled_sets(data, cache)[world.dataset]()
    k = int(truth.max()) + 1
    clean = Classes(truth, tuple(str(c) for c in range(k)))
    labels = _given(world, clean, given, features, rng)
    if world.rows and world.rows < len(truth):
        some = np.sort(rng.choice(len(truth), world.rows, replace=False))
        return Drawn(labels.take(some), truth[some], features[some])
    return Drawn(labels, truth, features)


def _given(
    world: World, clean: Classes, given: dict[str, Ints], features: Floats, rng: np.random.Generator
) -> Classes:
    import reliabel as rl

    if world.noise == "clean":
        return clean
    if world.noise == "shuffled":
        return Classes(rng.permutation(clean.y), clean.names)
    if world.noise == "uniform":
        return rl.corrupt(clean, by="symmetric", rate=world.rate, seed=world.seed).labels  # type: ignore[return-value]
    if world.noise in ("human", "no_slips"):
        slips = 0.2 if world.noise == "human" else 0.0
        made = rl.corrupt(
            clean,
            by="human_confusions",
            features=features,
            rate=world.rate,
            slips=slips,
            seed=world.seed,
        )
        return made.labels  # type: ignore[return-value]
    column = given[world.noise]
    item, worker = np.nonzero(column >= 0)
    votes = Votes(
        item, worker, Classes(column[item, worker], clean.names), n=len(clean), w=column.shape[1]
    )
    return rl.corrupt(
        clean, by="from_votes", votes=votes, seed=world.seed, rate=world.rate or None
    ).labels  # type: ignore[return-value]


# features, truth, real labels by name (n, workers), -1 = none
Set = Callable[[], tuple[Floats, Ints, dict[str, Ints]]]


def labelled_sets(data: Path, cache: Path) -> dict[str, Set]:
    """Name -> what makes features, truth and real labels of a data set."""
    table: dict[str, Set] = {
        "cifar10n": lambda: _cifar(data, cache),
        "digits": _digits,
        "labelme": lambda: _labelme(data),
    }
    table |= {
        name: (lambda name=name: _text(name, data, cache))  # type: ignore[misc]
        for name in ("ag_news", "banking77")
    }
    table |= {
        name: (lambda name=name: _weak(name, data, cache))  # type: ignore[misc]
        for name in ("youtube", "trec", "semeval")
    }
    table["ag_news_pair"] = lambda: _pair(data, cache)
    return table


def _digits() -> tuple[Floats, Ints, dict[str, Ints]]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    return _scaled(digits.data), digits.target.astype(np.int64), {}


def _text(name: str, data: Path, cache: Path) -> tuple[Floats, Ints, dict[str, Ints]]:
    import pyarrow.parquet as pq

    table = pq.read_table(
        data
        / "text"
        / {"ag_news": "ag_news_test.parquet", "banking77": "banking77_train.parquet"}[name]
    ).to_pydict()
    texts = (
        table["text"]
        if "text" in table
        else [f"{title}. {body}" for title, body in zip(table["title"], table["body"], strict=True)]
    )
    truth = np.unique(np.array(table["label"]), return_inverse=True)[1]
    return _scaled(_embedded(name, "text_minilm", lambda: texts, cache)), truth, {}


def _pair(data: Path, cache: Path) -> tuple[Floats, Ints, dict[str, Ints]]:
    """Business and technology news, the two topics that are taken for each other most."""
    features, truth, _ = _text("ag_news", data, cache)
    keep = np.isin(truth, (2, 3))
    return _scaled(features[keep]), truth[keep] - 2, {}


def _weak(name: str, data: Path, cache: Path) -> tuple[Floats, Ints, dict[str, Ints]]:
    texts, truth, majority = weak_table(name, data)
    features = _scaled(_embedded(name, "text_minilm", lambda: texts, cache))
    return features, truth, {"majority": majority[:, None]}


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


def _labelme(data: Path) -> tuple[Floats, Ints, dict[str, Ints]]:
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


def _cifar(data: Path, cache: Path) -> tuple[Floats, Ints, dict[str, Ints]]:
    with np.load(data / "cifar10n" / "labels.npz") as held:
        given = {name: held[column][:WIDE, None].astype(np.int64) for name, column in CIFAR.items()}
        truth = held["clean_label"][:WIDE].astype(np.int64)

    def pictures() -> list[Any]:
        from PIL import Image

        with zipfile.ZipFile(data / "cifar10n" / "train.zip") as archive:
            return [
                np.asarray(Image.open(archive.open(name)).convert("RGB"))
                for name in sorted(archive.namelist())
                if name.endswith(".jpg")
            ][:WIDE]

    return np.asarray(_embedded("cifar10n", "image_patches", pictures, cache)), truth, given


def _embedded(name: str, by: str, items: Callable[[], Any], cache: Path) -> Floats:
    path = cache / f"{name}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npy")
        np.save(
            part,
            np.asarray(
                find("embed", by).load()(items(), rng=np.random.default_rng(0)), dtype=np.float32
            ),
        )
        part.replace(path)
    held: Floats = np.load(path)
    return held


def _scaled(x: Any) -> Floats:
    centred = np.asarray(x, dtype=np.float32) - np.asarray(x, dtype=np.float64).mean(0).astype(
        np.float32
    )
    return np.asarray(centred / centred.std())
