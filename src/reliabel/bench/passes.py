"""Two passes over a Parquet file: class thresholds, then the judgement of every row.  Ours in one
process and on Ray, pyarrow alone, pyarrow with NumPy.

``write`` makes the file; each other word measures one way in a process of its own and prints JSON:
CPU seconds (of all its processes on Ray, from /proc), extra memory of this process, and the size of
the numbers.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.child import measured_anonymous
from reliabel.bench.generate import probabilities
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes

GROUP = 100_000  # rows of a row group
# in the environment of a process whose children are to be counted as well
MARK = "RELIABEL_BENCH_MARK"


def write(folder: Path, n: int, k: int) -> None:
    """p.parquet with k float columns, and y.npy."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    y, probs = probabilities(n, k)
    np.save(folder / "y.npy", y)
    pq.write_table(
        pa.table({f"c{c}": probs[:, c] for c in range(k)}),
        folder / "p.parquet",
        row_group_size=GROUP,
    )


def reading(path: Path, y: Any) -> None:
    """What pyarrow takes to read all columns twice, and nothing else."""
    import pyarrow.parquet as pq

    for _ in range(2):
        for _batch in pq.ParquetFile(path).iter_batches():
            pass


def counting(path: Path, y: Any) -> tuple[Any, Any]:
    """The same two passes as one would write them with pyarrow and NumPy: score and flag of each
    row.
    """
    import pyarrow.parquet as pq

    def blocks() -> Any:
        start = 0
        for batch in pq.ParquetFile(path).iter_batches():
            yield (
                y[start : start + len(batch)],
                np.column_stack([column.to_numpy() for column in batch.columns]),
            )
            start += len(batch)

    k = len(pq.read_schema(path))
    total, count = np.zeros(k), np.zeros(k)
    for label, block in blocks():
        total += np.bincount(label, block[np.arange(len(label)), label], k)
        count += np.bincount(label, minlength=k)
    threshold, score, flag = (total / count).astype(np.float32), [], []
    for label, block in blocks():
        above = block >= threshold
        best = np.where(above, block, -1).argmax(1)
        flag.append(above.any(1) & (best != label))
        score.append(1 - block[np.arange(len(label)), label])
    return np.concatenate(score), np.concatenate(flag)


@cache
def confident_learning() -> Callable[..., Any]:
    """The auditor, found and imported once."""
    return find("audit", "confident_learning").load()


def ours(path: Path, y: Any) -> Any:
    """Confident learning, straight from the file."""
    from reliabel.ops.sources import ParquetMatrix

    return confident_learning()(Classes(y), probs=ParquetMatrix(path))


def on_ray(path: Path, y: Any) -> dict[str, float]:
    """The same on a cluster of two workers: CPU seconds of its start and of the passes, over all
    processes.
    """
    from reliabel.core.run import running
    from reliabel.engine.ray import Cluster

    before = everywhere()
    with Cluster(workers=2) as cluster, running(executor=cluster):
        started = everywhere()
        ours(path, y)
        done = everywhere()
    return {"cpu_s": done - before, "start_cpu_s": started - before}


def everywhere() -> float:
    """CPU seconds of all living processes that carry our mark, and of those of their children that
    ended.
    """
    ticks = 0
    for place in marked():
        try:
            ticks += sum(map(int, (place / "stat").read_text().rsplit(")", 1)[1].split()[11:15]))
        except OSError:  # it ended meanwhile
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def marked() -> list[Path]:
    """Where /proc tells of each living process that carries our mark."""
    mark, found = f"{MARK}={os.environ[MARK]}".encode(), list[Path]()
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdecimal() and mark in (place / "environ").read_bytes().split(b"\0"):
                found.append(place)
        except OSError:  # it ended meanwhile, or is somebody else's
            continue
    return found


def main(how: str, folder: Path) -> dict[str, float]:
    """Measure one way."""
    import pyarrow.parquet as pq

    path, y = folder / "p.parquet", np.load(folder / "y.npy")
    card = pq.read_metadata(path)
    confident_learning()
    size = 4 * card.num_rows * card.num_columns
    if how == "ray":
        return {**on_ray(path, y), "input_mib": size / 2**20}
    calls: dict[str, Callable[[Path, Any], Any]] = {
        "reliabel": ours,
        "reading": reading,
        "counting": counting,
    }
    return measured_anonymous(lambda: calls[how](path, y), size)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        sys.stdout.write(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))
