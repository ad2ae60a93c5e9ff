"""Rows for the suite scale, any number of them: .7 x_i + .3 x_j of CIFAR-10 patch features, j among
the nearest 128 of i.

20,000 pictures give 2.56 million ordered pairs (i, j); rows are drawn among them without
replacement, so that no two are alike.  The label is that of picture i, one in twenty redrawn;
probabilities are spread around the classes of i (.6) and j (.2).  Everything is written as .npy
files in blocks, to be read as memory maps.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.trust_worlds import World, make

WIDTH, AROUND, STEP = 384, 128, 16_384


def write(n: int, dtype: str, data: Path, cache: Path, folder: Path, seed: int = 0) -> None:
    """x.npy (n, 384), p.npy (n, k) float32 and y.npy in ``folder``; the pictures' features are made
    once and kept under ``cache``.
    """
    drawn = make(World("cifar10n", "clean"), data, cache)
    features, truth, near = (
        drawn.features[:, :WIDTH],
        drawn.truth,
        _near(drawn.features[:, :WIDTH], cache),
    )
    if n > near.size:
        raise ValueError(
            f"{len(near)} pictures with {near.shape[1]} neighbours give {near.size} rows, asked "
            f"were {n}"
        )
    rng = np.random.default_rng(seed)
    pair = rng.choice(near.size, n, replace=False)
    k = int(truth.max()) + 1
    x: Any = np.lib.format.open_memmap(folder / "x.npy", mode="w+", dtype=dtype, shape=(n, WIDTH))
    p: Any = np.lib.format.open_memmap(folder / "p.npy", mode="w+", dtype=np.float32, shape=(n, k))
    for start in range(0, n, STEP):
        i, place = np.divmod(pair[start : start + STEP], near.shape[1])
        j = near[i, place]
        x[start : start + STEP] = 0.7 * features[i] + 0.3 * features[j]
        block = 0.2 * rng.dirichlet(np.ones(k), len(i))
        block[np.arange(len(i)), truth[i]] += 0.6
        block[np.arange(len(i)), truth[j]] += 0.2
        p[start : start + STEP] = block
    y = truth[pair // near.shape[1]].copy()
    redrawn = rng.random(n) < 0.05
    y[redrawn] = rng.integers(0, k, int(redrawn.sum()))
    np.save(folder / "y.npy", y)
    x.flush()
    p.flush()


def _near(features: Any, cache: Path) -> Any:
    from reliabel.ops.neighbours import nearest

    path = cache / "cifar10n_near.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path.with_suffix(".part.npy"), nearest(features, j=AROUND).index)
        path.with_suffix(".part.npy").replace(path)
    return np.load(path)
