"""Suite learn-pictures: learners in the module home, a small convolutional network on pictures of
CIFAR-10N without augmentation, in a size and a regime where cross-entropy falls.

A thousand pictures of four classes at half their size, a wide network, half of the labels wrong, no
views: the network learns the wrong labels by heart, so that cross-entropy ends far below its best
epoch (.64 to .45 in the run that set the size).  Every method gets the same options: the last epoch
on all rows, and the epoch that a tenth of the given labels picks.
"""

from __future__ import annotations

import time
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.learn_methods import accuracy, one_thread
from reliabel.bench.learn_page import points
from reliabel.bench.learn_statistics import Difference, interval
from reliabel.bench.run import Row, Table
from reliabel.core.call import called
from reliabel.core.catalogue import catalogue, find
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.run import track
from reliabel.core.training import Training

TRAIN, TEST, SIDE, WIDTH, EPOCHS = 1000, 2000, 16, 32, 30
KINDS = (0, 1, 6, 7)  # aeroplanes, cars, frogs, horses
PLAIN = "cross_entropy"
METHODS = (
    PLAIN,
    "generalised_cross_entropy",
    "early_learning",
    "co_teaching",
    "sop",
    "mixup",
)
NOISES = ("symmetric .5", "pair .4")
CORRUPTERS = {"symmetric": "symmetric", "pair": "pair_flip"}
SEEDS = 3


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every method on every draw that are not there yet."""
    if data is None:
        raise ValueError(
            "the suite learn-pictures needs real data: set RELIABEL_DATA to the folder that holds "
            "cifar10n"
        )
    there = {entry.name for entry in catalogue() if entry.verb == "learn"}
    done = {(row.scenario, row.method) for row in table.rows}
    draws = [(noise, seed) for seed in range(1 if quick else SEEDS) for noise in NOISES]
    for noise, seed in track("draws", draws[:1] if quick else draws):
        scenario = f"{noise.replace(' ', '-')}-{seed}"
        for method in METHODS:
            if method in there and (scenario, method) not in done:
                table.add(_rows(scenario, method, noise, seed, data))


def _rows(scenario: str, method: str, noise: str, seed: int, data: Path) -> list[Row]:
    one_thread()
    x, truth, labels = drawn(noise, seed, data)
    out = []
    for column, how in (("last", {"hold_out": 0.0, "keep": "last"}), ("chosen", {})):
        training = Training(epochs=EPOCHS, module=network, **how)  # type: ignore[arg-type]
        start = time.process_time()
        evidence = {"features": x[:TRAIN], "training": training}
        said: Any = called(find("learn", method), labels, evidence, {}, seed).predict(x[TRAIN:])
        score = accuracy(np.asarray(said.p), truth[TRAIN:])
        seconds = time.process_time() - start
        out.append(Row(scenario, "cifar10n", noise, seed, method, column, score, cpu_s=seconds))
    return out


def network() -> Any:
    """Three convolutions with batch norm, their mean over the picture, a logit a class."""
    from torch import nn

    def block(inside: int, outside: int) -> list[Any]:
        return [nn.Conv2d(inside, outside, 3, padding=1), nn.BatchNorm2d(outside), nn.ReLU()]

    return nn.Sequential(
        *block(3, WIDTH),
        nn.MaxPool2d(2),
        *block(WIDTH, 2 * WIDTH),
        nn.MaxPool2d(2),
        *block(2 * WIDTH, 4 * WIDTH),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4 * WIDTH, len(KINDS)),
    )


@lru_cache(maxsize=1)
def drawn(noise: str, seed: int, data: Path) -> tuple[Floats, Ints, Classes]:
    """(n, 3, 16, 16) standardised pictures and their classes, the first TRAIN to learn from, and
    the labels (TRAIN,) that those are given.
    """
    import reliabel as rl

    x, truth = _pictures(seed, data)
    clean = Classes(truth[:TRAIN], tuple(map(str, KINDS)))
    kind, rate = noise.split()
    made: Any = rl.corrupt(clean, by=CORRUPTERS[kind], rate=float(rate), seed=seed).labels
    return x, truth, made


def _pictures(seed: int, data: Path) -> tuple[Floats, Ints]:
    from PIL import Image

    with np.load(data / "cifar10n" / "labels.npz") as held:
        truth = held["clean_label"].astype(np.int64)
    rows = np.random.default_rng([seed, 31]).permutation(np.flatnonzero(np.isin(truth, KINDS)))
    rows = rows[: TRAIN + TEST]
    with zipfile.ZipFile(data / "cifar10n" / "train.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        opened = (Image.open(archive.open(names[row])).convert("RGB") for row in rows)
        x = np.stack([np.asarray(picture, dtype=np.float32) for picture in opened])
    x = x.reshape(-1, SIDE, 2, SIDE, 2, 3).mean((2, 4))
    x = (x - x.mean((0, 1, 2))) / x.std((0, 1, 2))
    x = np.ascontiguousarray(x.transpose(0, 3, 1, 2), dtype=np.float32)
    return x, np.searchsorted(KINDS, truth[rows])


def lines(rows: list[Row]) -> list[list[str]]:
    """A line for each method and kind of labels: both columns, and both less cross-entropy's."""
    found: dict[tuple[str, str], dict[str, dict[int, float]]] = {}
    for row in rows:
        if isinstance(row.value, float):
            of = found.setdefault((row.setting, row.method), {})
            of.setdefault(row.metric, {})[row.seed] = row.value
    out = [["labels", "method", "draws", "last", "chosen", "last less last", "chosen less chosen"]]
    for (noise, method), of in sorted(found.items()):
        plain = found.get((noise, PLAIN), {})
        means = (f"{np.mean(list(of.get(c, {}).values())):.3f}" for c in ("last", "chosen"))
        gaps = (
            "" if method == PLAIN else points(_less(of.get(c, {}), plain.get(c, {})))
            for c in ("last", "chosen")
        )
        out.append([noise, method, str(len(of.get("last", {}))), *means, *gaps])
    return out


def _less(one: dict[int, float], other: dict[int, float]) -> Difference:
    gap = np.array([one[seed] - other[seed] for seed in sorted(one.keys() & other.keys())])
    low, high = interval(gap) if len(gap) else (np.nan, np.nan)
    return Difference(float(gap.mean()) if len(gap) else np.nan, low, high, np.nan, len(gap))
