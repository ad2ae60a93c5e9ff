"""Worlds on which the three answers are judged: shapes of classes, and what was done to the labels.

Half of the shapes served to choose the rules ("chosen"), the other half to judge them ("judged").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reliabel.bench.trust_sets import labelled_sets, weak_table
from reliabel.bench.trust_worlds import World, make
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes, Floats, Ints

Items = tuple[Floats, Ints]  # features, truth
Shape = Callable[[np.random.Generator], Items]
# what was done to the labels, and which share: "next": each class to the next one, "one": the
# first class alone to the second, at twice the rate
NOISES = (
    ("clean", 0.0),
    ("next", 0.02),
    ("next", 0.05),
    ("next", 0.2),
    ("one", 0.1),
    ("uniform", 0.05),
    ("human", 0.05),
    ("human", 0.2),
)


@dataclass(frozen=True)
class StateWorld:
    """A shape of classes, what was done to its labels, and the seed of both."""

    side: str  # chosen or judged
    shape: str
    noise: str
    rate: float
    seed: int

    @property
    def scenario(self) -> str:
        """The name of its rows."""
        return f"{self.side}-{self.shape}-{self.noise}-{self.rate:g}-{self.seed}".replace(" ", "-")


def worlds(seeds: int) -> list[StateWorld]:
    """Every shape with every noise, and the shapes that bring labels of their own."""
    out = [
        StateWorld(side, shape, noise, rate, seed)
        for seed in range(seeds)
        for side, shapes in (("chosen", CHOSEN), ("judged", JUDGED))
        for shape in shapes
        for noise, rate in NOISES
    ]
    for side, own in OWN.items():
        out += [StateWorld(side, *one, 0.0, seed) for one in own for seed in range(seeds)]
    return out


def made(world: StateWorld, data: Path, cache: Path) -> tuple[Classes, Ints, Floats]:
    """Labels as given, the truth, features."""
    rng = np.random.default_rng([world.seed, sum(map(ord, world.shape)), 5])
    if world.noise == "few voters":
        drawn = make(World("labelme", "one_vote", seed=world.seed), data, cache)
        return drawn.labels, drawn.truth, drawn.features
    if world.noise == "rules":
        x, truth, given = _rules(world.shape, data, cache, rng)
        return _named(given, max(int(truth.max()), int(given.max())) + 1), truth, x
    x, truth = _shape(world, data, cache)(rng)
    k = int(truth.max()) + 1
    given = _noisy(np.random.default_rng([world.seed, 1]), truth, x, world.noise, world.rate)
    return _named(given, k), truth, x


def _named(y: Ints, k: int) -> Classes:
    return Classes(np.asarray(y, dtype=np.int64), tuple(f"class {c}" for c in range(k)))


def _shape(world: StateWorld, data: Path, cache: Path) -> Shape:
    every = {**CHOSEN, **JUDGED, **AMBIGUOUS}
    if every[world.shape] is not None:
        return every[world.shape]  # type: ignore[return-value]
    return lambda rng: _real(world.shape, data, cache, rng)


def _noisy(rng: np.random.Generator, truth: Ints, x: Floats, noise: str, rate: float) -> Ints:
    k, n = int(truth.max()) + 1, len(truth)
    some = rng.random(n) < rate
    if noise == "next":
        return np.where(some, (truth + 1) % k, truth)
    if noise == "one":
        return np.where((truth == 0) & (rng.random(n) < 2 * rate), 1, truth)
    if noise == "uniform":
        return np.where(some, (truth + rng.integers(1, k, n)) % k, truth)
    if noise == "human":
        import reliabel as rl

        seed = int(rng.integers(1_000_000))
        clean = _named(truth, k)
        planted = rl.corrupt(clean, by="human_confusions", features=x, rate=rate, seed=seed)
        return np.asarray(planted.labels.y)  # type: ignore[attr-defined]
    if noise == "shuffled":
        return rng.permutation(truth)
    return truth.copy()


# --- shapes ---


def _corners(rng: np.random.Generator, n: int, k: int, apart: float) -> Items:
    """Round clouds around the corners of a simplex."""
    truth = rng.integers(0, k, n)
    return (apart * np.eye(k)[truth] + rng.normal(size=(n, k))).astype(np.float32), truth


def _clouds(
    rng: np.random.Generator,
    n: int,
    k: int,
    d: int,
    apart: float,
    *,
    spots: int = 1,
    tails: int = 0,
    uneven: bool = False,
) -> Items:
    """Clouds around random centres; several a class, with heavy tails, of uneven sizes."""
    share = (np.arange(k) + 1.0 if uneven else np.ones(k)) / (k * (k + 1) / 2 if uneven else k)
    truth = rng.choice(k, n, p=share)
    centre = rng.normal(size=(k, spots, d)) * apart / np.sqrt(2 * d)
    spread = rng.standard_t(tails, size=(n, d)) if tails else rng.normal(size=(n, d))
    return (centre[truth, rng.integers(0, spots, n)] + spread).astype(np.float32), truth


def _moons(rng: np.random.Generator, n: int, blur: float) -> Items:
    truth, turn = rng.integers(0, 2, n), rng.random(n) * np.pi
    x = np.where(truth == 0, np.cos(turn), 1 - np.cos(turn))
    y = np.where(truth == 0, np.sin(turn), 0.5 - np.sin(turn))
    return (np.stack([x, y], axis=1) + blur * rng.normal(size=(n, 2))).astype(np.float32), truth


def _rings(rng: np.random.Generator, n: int, blur: float) -> Items:
    truth, turn = rng.integers(0, 3, n), rng.random(n) * 2 * np.pi
    radius = truth + 1 + blur * rng.normal(size=n)
    out = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    return out.astype(np.float32), truth


def _outcome(rng: np.random.Generator, n: int, d: int, slope: float) -> Items:
    """Yes or no by chance, likelier the further the features lie: no label is wrong."""
    x, way = rng.normal(size=(n, d)), rng.normal(size=d)
    chance = 1 / (1 + np.exp(-slope * x @ way / np.linalg.norm(way)))
    return x.astype(np.float32), (rng.random(n) < chance).astype(np.int64)


def _segments(rng: np.random.Generator, n: int, k: int, sure: float) -> Items:
    """Clouds far apart whose label is by chance another one everywhere alike: no label is wrong,
    and nothing in the data tells them from errors.
    """
    x, cloud = _corners(rng, n, k, 8)
    return x, np.where(rng.random(n) < 1 - sure, rng.integers(0, k, n), cloud)


CHOSEN: Mapping[str, Shape | None] = {
    "corners 3": lambda rng: _corners(rng, 2000, 3, 3),
    "corners 2": lambda rng: _corners(rng, 2000, 3, 2),
    "corners 8": lambda rng: _corners(rng, 2000, 3, 8),
    "ten clouds": lambda rng: _clouds(rng, 2500, 10, 20, 7),
    "clouds that overlap": lambda rng: _clouds(rng, 2000, 4, 8, 3.5),
    "three clouds a class": lambda rng: _clouds(rng, 2000, 4, 6, 8, spots=3),
    "digits": None,
    "digits, 16 pixels": None,
    "cifar10n": None,
}
JUDGED: Mapping[str, Shape | None] = {
    "two clouds": lambda rng: _clouds(rng, 1500, 2, 5, 5),
    "six clouds of uneven sizes": lambda rng: _clouds(rng, 3000, 6, 10, 6, uneven=True),
    "clouds with heavy tails": lambda rng: _clouds(rng, 2000, 4, 8, 8, tails=3),
    "moons": lambda rng: _moons(rng, 2000, 0.2),
    "wide moons": lambda rng: _moons(rng, 2000, 0.35),
    "rings": lambda rng: _rings(rng, 2000, 0.2),
    "wide rings": lambda rng: _rings(rng, 2000, 0.35),
    "five far clouds": lambda rng: _corners(rng, 1200, 5, 12),
    "ag_news": None,
    "ag_news, 8 axes": None,
    "banking77": None,
}
AMBIGUOUS: Mapping[str, Shape | None] = {
    "outcomes 1": lambda rng: _outcome(rng, 2000, 6, 1),
    "outcomes 2": lambda rng: _outcome(rng, 2000, 6, 2),
    "outcomes 4": lambda rng: _outcome(rng, 2000, 6, 4),
    "segments .9": lambda rng: _segments(rng, 2000, 3, 0.9),
    "outcomes 1.5": lambda rng: _outcome(rng, 1500, 3, 1.5),
    "outcomes 3": lambda rng: _outcome(rng, 1500, 3, 3),
    "segments .85": lambda rng: _segments(rng, 1500, 5, 0.85),
}
OWN = {
    "chosen": (
        ("outcomes 1", "ambiguity"),
        ("outcomes 2", "ambiguity"),
        ("outcomes 4", "ambiguity"),
        ("segments .9", "chance alone"),
        ("digits", "shuffled"),
        ("youtube", "rules"),
    ),
    "judged": (
        ("outcomes 1.5", "ambiguity"),
        ("outcomes 3", "ambiguity"),
        ("segments .85", "chance alone"),
        ("ag_news", "shuffled"),
        ("trec", "rules"),
        ("semeval", "rules"),
        ("labelme", "few voters"),
    ),
}


# --- real data ---


def _real(shape: str, data: Path, cache: Path, rng: np.random.Generator) -> Items:
    name, _, part = shape.partition(", ")
    if name in ("ag_news", "banking77"):
        x, truth = _terms(name, data, cache)
    else:
        x, truth = labelled_sets(data, cache)[name]()[:2]
    rows = {"cifar10n": 3000, "ag_news": 3000, "banking77": 4000}.get(name, len(truth))
    some = np.sort(rng.choice(len(truth), rows, replace=False))
    x, truth = np.asarray(x, dtype=np.float32)[some], np.unique(truth[some], return_inverse=True)[1]
    if part == "16 pixels":  # evidence that misses what tells classes apart
        x = x[:, rng.choice(x.shape[1], 16, replace=False)]
    if part == "8 axes":
        left, size, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
        x = (left * size)[:, :8]
    return x, truth


def _rules(
    name: str, data: Path, cache: Path, rng: np.random.Generator
) -> tuple[Floats, Ints, Ints]:
    """Items that a rule speaks of, and the majority of the rules as their label."""
    texts, truth, majority = weak_table(name, data)
    x = _tfidf(name, texts, cache)
    some = np.sort(rng.choice(len(truth), min(2000, len(truth)), replace=False))
    return x[some], truth[some], majority[some]


def _terms(name: str, data: Path, cache: Path) -> Items:
    import pyarrow.parquet as pq

    file = {"ag_news": "ag_news_test.parquet", "banking77": "banking77_train.parquet"}[name]
    table = pq.read_table(data / "text" / file).to_pydict()
    truth = np.unique(np.array(table["label"]), return_inverse=True)[1]
    if "text" in table:
        return _tfidf(name, table["text"], cache), truth
    pairs = zip(table["title"], table["body"], strict=True)
    return _tfidf(name, [f"{title}. {body}" for title, body in pairs], cache), truth


def _tfidf(name: str, texts: list[str], cache: Path) -> Floats:
    """Features without a trained model, as an audit makes them where none is installed."""
    path = cache / f"{name}-tfidf.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, find("embed", "text_tfidf").load()(texts, rng=np.random.default_rng(0)))
    held: Floats = np.load(path)
    return held
