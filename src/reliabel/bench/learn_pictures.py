"""Suite learn-pictures: learners in the module home, a small convolutional network on pictures of
CIFAR-10N without augmentation, in a size and a regime where cross-entropy falls.

Few pictures, a wide network, many wrong labels, no views: the network learns the wrong labels by
heart within the epochs, so that the last epoch of cross-entropy is far below its best.
"""

from __future__ import annotations

import time
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.learn_claim_draws import FIRST
from reliabel.bench.learn_cells import PEOPLE, Cell
from reliabel.bench.learn_methods import accuracy
from reliabel.bench.learn_page import points
from reliabel.bench.learn_statistics import Difference, difference
from reliabel.bench.run import Row, Table
from reliabel.bench.trust_sets import labelled_sets
from reliabel.core.call import called
from reliabel.core.catalogue import catalogue, find
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.run import track
from reliabel.core.training import Training

TRAIN, TEST, EPOCHS, WIDTH, SIDE = 2000, 2000, 30, 48, 32
PLAIN = "cross_entropy"
METHODS = (
    PLAIN,
    "generalised_cross_entropy",
    "early_learning",
    "co_teaching",
    "sop",
    "divide_mix",
)
NOISES = ("symmetric .6", "people worst")
SEEDS = 2


@lru_cache(maxsize=1)
def pictures(seed: int, data: Path) -> tuple[Floats, Ints, dict[str, Ints]]:
    """(n, 3, 16, 16) standardised pictures at half their size, their classes, and the labels that
    people gave; the first TRAIN rows are to learn from.
    """
    from PIL import Image

    with np.load(data / "cifar10n" / "labels.npz") as held:
        rows = np.random.default_rng([seed, 31]).permutation(len(held["clean_label"]))
        rows = rows[: TRAIN + TEST]
        truth = held["clean_label"][rows].astype(np.int64)
        given = {noise: held[f"{column}_label"][rows] for noise, column in HUMAN.items()}
    with zipfile.ZipFile(data / "cifar10n" / "train.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        opened = (Image.open(archive.open(names[row])).convert("RGB") for row in rows)
        x = np.stack([np.asarray(picture, dtype=np.float32) for picture in opened])
    x = x.reshape(-1, SIDE, 2, SIDE, 2, 3).mean((2, 4))
    x = (x - x.mean((0, 1, 2))) / x.std((0, 1, 2))
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2), dtype=np.float32), truth, given
