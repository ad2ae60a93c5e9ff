"""Suite learn-pictures: learners in the module home, a small convolutional network on pictures of
CIFAR-10N, in a size and a regime where cross-entropy falls.

A thousand pictures of four classes at half their size, a wide network, half of the labels wrong:
without views the network learns the wrong labels by heart, so that cross-entropy ends far below its
best epoch.  Every method gets the same options: the last epoch on all rows, and the epoch that a
tenth of the given labels picks.  With views (shifts and mirror images), which methods of two
networks were published with, the same labels are learnt more slowly.  Probabilities, where a method
asks for them, are those of cross-entropy over three folds, each stopped at its best epoch.

It computes on CUDA where torch finds it, else on the CPU, and the table says on which; a run on the
CPU makes the draws of a few methods, one on CUDA those of every learner.
"""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from reliabel.bench.learn_methods import accuracy, one_thread
from reliabel.bench.learn_page import points
from reliabel.bench.learn_statistics import Difference, interval
from reliabel.bench.processes import side_by_side
from reliabel.bench.run import Row, Table
from reliabel.core.call import called
from reliabel.core.catalogue import catalogue, find
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.training import Training

TRAIN, TEST, SIDE, WIDTH, EPOCHS = 1000, 2000, 16, 32, 30
SHIFT = 2  # pixels, at most, in each direction
KINDS = (0, 1, 6, 7)  # aeroplanes, cars, frogs, horses
PLAIN, MACHINE = "cross_entropy", "machine"
FEW = (
    PLAIN,
    "generalised_cross_entropy",
    "early_learning",
    "co_teaching",
    "sop",
    "mixup",
)
GIVEN = frozenset({"features", "probs", "rng"})
NOISES = ("symmetric .5", "pair .4", "symmetric .5 with views")
CORRUPTERS = {"symmetric": "symmetric", "pair": "pair_flip"}
SEEDS = 3


class Task(NamedTuple):
    """A method on one draw of labels."""

    noise: str
    seed: int
    method: str

    @property
    def scenario(self) -> str:
        """The name of the draw."""
        return f"{self.noise.replace(' ', '-')}-{self.seed}"


def run(table: Table, *, quick: bool, data: Path | None, workers: int = 1) -> None:
    """Write the rows of every method on every draw that are not there yet.

    workers: processes that run methods side by side.
    """
    if data is None:
        raise ValueError(
            "the suite learn-pictures needs real data: set RELIABEL_DATA to the folder that holds "
            "cifar10n"
        )
    done = {(row.scenario, row.method) for row in table.rows}
    if _machine() not in {row.value for row in table.rows if row.method == MACHINE}:
        table.add([Row("", "", "", 0, MACHINE, "device", _machine())])
    draws = [(noise, seed) for seed in range(SEEDS) for noise in NOISES][: 1 if quick else None]
    names = methods(quick or _device() == "cpu")
    every = [Task(*draw, name) for draw in draws for name in names]
    tasks = [task for task in every if (task.scenario, task.method) not in done]
    for rows in side_by_side(partial(rows_of, data=data), tasks, workers, "methods"):
        table.add(rows)


def methods(few: bool) -> list[str]:
    """Cross-entropy, then every learner that trains a network on classes and pictures alone."""
    able = [
        entry.name
        for entry in catalogue()
        if entry.verb == "learn"
        and "Classes" in entry.takes
        and "training" in entry.accepts
        and entry.needs <= GIVEN
        and (not few or entry.name in FEW)
    ]
    return sorted(able, key=lambda name: (name != PLAIN, name))


def rows_of(task: Task, *, data: Path) -> list[Row]:
    """Both scores of a method on a draw; what stopped it where it could not run."""
    one_thread()
    try:
        return list(_scores(task, data))
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as wrong:
        why = f"{type(wrong).__name__}: {wrong}"[:300]
        return [Row(task.scenario, "cifar10n", *task[:2], task.method, "not run", why)]


def _scores(task: Task, data: Path) -> Iterator[Row]:
    x, truth, labels = drawn(task.noise, task.seed, data)
    entry = find("learn", task.method)
    evidence: dict[str, Any] = {"features": x[:TRAIN]}
    if "probs" in entry.accepts:
        evidence["probs"] = probabilities(task.noise, task.seed, data)
    plain = training_for(task.noise)
    for column, how in (("last", replace(plain, hold_out=0.0, keep="last")), ("chosen", plain)):
        start = time.process_time()
        said: Any = called(entry, labels, {**evidence, "training": how}, {}, task.seed)
        score = accuracy(np.asarray(said.predict(x[TRAIN:]).p), truth[TRAIN:])
        seconds = time.process_time() - start
        yield Row(task.scenario, "cifar10n", *task[:2], task.method, column, score, cpu_s=seconds)


def training_for(noise: str) -> Training:
    """What every method gets; the epoch is chosen on held-out given labels."""
    views = shifted if noise.endswith("views") else None
    return Training(epochs=EPOCHS, module=network, views=views, device=_device())


def shifted(batch: Any, rng: Generator) -> Any:
    """Pictures moved by up to ``SHIFT`` pixels, each second one as its mirror image."""
    import torch

    mirror = torch.as_tensor(rng.random(len(batch)) < 0.5, device=batch.device)
    batch = torch.where(mirror[:, None, None, None], batch.flip(3), batch)
    down, right = rng.integers(-SHIFT, SHIFT + 1, 2)
    return torch.roll(batch, (int(down), int(right)), (2, 3))


@lru_cache(maxsize=1)
def probabilities(noise: str, seed: int, data: Path) -> Floats:
    """(TRAIN, k) of cross-entropy, of networks that have not seen the picture."""
    from reliabel.ops.folds import fold_of

    x, _, labels = drawn(noise, seed, data)
    rng = np.random.default_rng([seed, 32])
    fold = fold_of(labels.y, folds=3, rng=rng)
    probs = np.zeros((TRAIN, labels.k))
    for part in range(3):
        rest, mine = np.flatnonzero(fold != part), np.flatnonzero(fold == part)
        evidence = {"features": x[rest], "training": training_for(noise)}
        model: Any = called(find("learn", PLAIN), labels.take(rest), evidence, {}, seed)
        probs[mine] = model.predict(x[mine]).p
    return probs


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _machine() -> str:
    import torch

    return torch.cuda.get_device_name() if _device() == "cuda" else "CPU"


def network() -> Any:
    """Three convolutions with batch norm, their mean over the picture, a logit a class."""
    from torch import Tensor, nn

    class Layers(nn.Sequential):  # type: ignore[misc]
        def maps(self, x: Tensor) -> Tensor:
            """(b, c, h, w) what the mean is taken of."""
            return self[: -len(ends)](x)

    def block(inside: int, outside: int) -> list[Any]:
        return [nn.Conv2d(inside, outside, 3, padding=1), nn.BatchNorm2d(outside), nn.ReLU()]

    ends = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * WIDTH, len(KINDS))
    return Layers(
        *block(3, WIDTH),
        nn.MaxPool2d(2),
        *block(WIDTH, 2 * WIDTH),
        nn.MaxPool2d(2),
        *block(2 * WIDTH, 4 * WIDTH),
        *ends,
    )


@lru_cache(maxsize=1)
def drawn(noise: str, seed: int, data: Path) -> tuple[Floats, Ints, Classes]:
    """(n, 3, 16, 16) standardised pictures and their classes, the first TRAIN to learn from, and
    the labels (TRAIN,) that those are given.
    """
    import reliabel as rl

    x, truth = _pictures(seed, data)
    clean = Classes(truth[:TRAIN], tuple(map(str, KINDS)))
    kind, rate = noise.split()[:2]
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


def machine(rows: list[Row]) -> str:
    """What the rows were computed on."""
    return " and ".join(str(row.value) for row in rows if row.method == MACHINE) or "CPU"


def lines(rows: list[Row]) -> list[list[str]]:
    """A line for each method and kind of labels: both columns, and both less cross-entropy's."""
    found: dict[tuple[str, str], dict[str, dict[int, float]]] = {}
    for row in rows:
        if isinstance(row.value, float):
            of = found.setdefault((row.setting, row.method), {})
            of.setdefault(row.metric, {})[row.seed] = row.value
    out = [["labels", "method", "draws", "last", "chosen", "last less last", "chosen less chosen"]]
    for noise, method in sorted(
        found, key=lambda key: (key[0], -_mean(found[key], "last"), key[1])
    ):
        of = found[noise, method]
        plain = found.get((noise, PLAIN), {})
        means = (f"{_mean(of, column):.3f}" for column in ("last", "chosen"))
        gaps = (
            "" if method == PLAIN else points(_less(of.get(c, {}), plain.get(c, {})))
            for c in ("last", "chosen")
        )
        out.append([noise, method, str(len(of.get("last", {}))), *means, *gaps])
    return out


def _mean(of: Mapping[str, Mapping[int, float]], column: str) -> float:
    return float(np.mean(list(of[column].values())))


def _less(one: dict[int, float], other: dict[int, float]) -> Difference:
    gap = np.array([one[seed] - other[seed] for seed in sorted(one.keys() & other.keys())])
    low, high = interval(gap) if len(gap) else (np.nan, np.nan)
    return Difference(float(gap.mean()) if len(gap) else np.nan, low, high, np.nan, len(gap))
