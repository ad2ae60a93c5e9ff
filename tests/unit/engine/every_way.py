"""The answers of one audit, worked on in every way; printed as hashes, JSON.

Run as a program of its own, so that BLAS starts as users have it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

import reliabel as rl
from reliabel.core.run import in_place, running
from reliabel.engine import ray as on_ray
from reliabel.engine.blas import one_blas_thread
from reliabel.engine.local import Threads
from reliabel.folders.evidence_store import Store
from reliabel.ops import cells, forest, neighbours, shards
from reliabel.ops.sources import ParquetMatrix
from reliabel.prepare import prepare
from reliabel.trust.verdict import label_verdict

N, D, J = 5000, 24, 20
NEEDS = frozenset({"features", "probs", "neighbours"})


def data() -> tuple[Any, Any]:
    """Rows on a curved surface of few dimensions, and labels of which one in ten is wrong."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 4, N)
    place = rng.normal(size=(N, 5)) + 2.5 * rng.normal(size=(4, 5))[kind]
    wave = np.tanh(place @ rng.normal(size=(5, D)) / 3)
    y = np.where(rng.random(N) < 0.1, rng.integers(0, 4, N), kind)
    return (wave + 0.02 * rng.normal(size=(N, D))).astype(np.float32), y


def sources(folder: Path) -> Iterator[tuple[str, Any]]:
    """The same features in memory, as a memory map and as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    x, _ = data()
    np.save(folder / "x.npy", x)
    columns = {f"c{at}": x[:, at] for at in range(D)}
    pq.write_table(pa.table(columns), folder / "x.parquet", row_group_size=1500)
    yield "memory", x
    yield "map", np.load(folder / "x.npy", mmap_mode="r")
    yield "parquet", ParquetMatrix(folder / "x.parquet")


def digest(*arrays: Any) -> str:
    """A hash of the bits of some arrays."""
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(one).tobytes() for one in arrays)
    ).hexdigest()


def answers(x: Any, y: Any) -> dict[str, str]:
    """What each heavy stage makes."""
    prepared = prepare(rl.Dataset(rl.Classes(y), {"features": x}), NEEDS)
    found = prepared.data.evidence
    near, verdict = found["neighbours"], label_verdict(prepared, 0, Store())
    assert near.method == "exact"
    assert verdict is not None
    made = {
        "probs": digest(found["probs"]),
        "exact": digest(near.index, near.distance),
        "p_wrong": digest(verdict.p, verdict.suggest),
    }
    neighbours.FEW = 1000
    by_cells = neighbours.nearest(x, j=J)
    neighbours.EXACT = 0.0
    by_shards = neighbours.nearest(x, j=J)
    shards.PAYS, pays = -1.0, shards.PAYS
    by_forest = neighbours.nearest(x, j=J)
    shards.PAYS = pays
    neighbours.FEW, neighbours.EXACT = 20_000, 2e12
    assert by_cells.method.startswith("cells")
    assert by_shards.method.startswith("shards")
    assert by_forest.method.startswith("forest")
    made |= {
        "cells": digest(by_cells.index, by_cells.distance),
        "shards": digest(by_shards.index, by_shards.distance),
        "forest": digest(by_forest.index, by_forest.distance),
    }
    return made


def main(folder: Path, every_way: bool) -> dict[str, dict[str, str]]:
    """The answers by engine and source; unless ``every_way``, threads work on rows in memory alone,
    and a cluster has two workers.
    """
    # thresholds that the side reads that cuts the work: small data take the way of large ones
    neighbours.LEAF, cells.FIRST, shards.FIRST, cells.PAYS, shards.PAYS = 100, 200, 200, 1.0, 1e9
    forest.AFFORDABLE = 0.0
    on_ray.SMALL = on_ray.COLD = on_ray.STARTING = 0.0
    every = dict(sources(folder))
    y = data()[1]
    made: dict[str, dict[str, str]] = {}
    ways: dict[str, Any] = {
        "in place": lambda: in_place,
        "three threads": lambda: Threads(3),
        "one worker": lambda: on_ray.Cluster(workers=1),
        "two workers": lambda: on_ray.Cluster(workers=2),
    }
    for name, way in ways.items():
        if name == "one worker" and not every_way:
            continue
        with ExitStack() as stack:
            executor = way()
            if isinstance(executor, on_ray.Cluster):
                stack.enter_context(executor)
            stack.enter_context(one_blas_thread())
            stack.enter_context(running(executor=executor))
            for where, x in every.items():
                if name == "three threads" and where != "memory" and not every_way:
                    continue
                made[f"{name}, {where}"] = answers(x, y)
            if isinstance(executor, on_ray.Cluster):
                assert executor.sent > 100
    return made


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), sys.argv[2:] == ["every"])))
