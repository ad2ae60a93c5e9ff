"""A whole audit, or a consensus of votes, on an engine: in a process of its own, as users run it.

Prints JSON: seconds of the clock, CPU seconds of all its processes, the share of them in the
process that was started, the largest memory of a worker and of that process (its own, without the
rows that are shared), and a hash of the answer; for an audit also what ``audit --dry-run`` predicts
of it from samples of the same rows.  The start of the cluster stands apart.  The environment holds
``passes.MARK``, by which its processes are known.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.passes import everywhere, marked
from reliabel.core.run import running

WORKERS = 2
GROUP = 2**20  # votes of a row group
SHARE_RIGHT = 0.7
SAMPLED = 50_000  # rows that the prediction may take samples of


def main(what: str, folder: Path, engine: str) -> dict[str, Any]:
    """Measure ``what`` (audit, parquet or votes) of the files in ``folder``."""
    call: Any = {"audit": _audit, "parquet": _audit, "votes": _votes}[what]
    given = _rows(folder, what) if what != "votes" else _cast(folder)
    call(*_few(given), engine="local")  # what is loaded once is loaded
    said = {} if what == "votes" else _predicted(given[0], given[1], engine)
    with ExitStack() as stack:
        before = time.perf_counter(), everywhere()
        if engine == "ray":
            from reliabel.engine.attach import ray_module, start
            from reliabel.engine.ray import Cluster

            start(WORKERS)
            stack.callback(ray_module().shutdown)
            cluster = stack.enter_context(Cluster())
            stack.enter_context(running(executor=cluster))
        begun = time.perf_counter(), everywhere(), time.process_time()
        with _watched() as peak:
            answer = call(*given, engine=engine)
        wall, cpu = time.perf_counter() - begun[0], everywhere() - begun[1]
        own = time.process_time() - begun[2]
        put = cluster.parcels.bytes / 2**20 if engine == "ray" and what == "votes" else 0.0
    return {
        **{"wall_s": wall, "cpu_s": cpu, "driver_share": own / max(cpu, own)},
        **{"start_s": begun[0] - before[0], "start_cpu_s": begun[1] - before[1]},
        **{"driver_mib": peak[0], "worker_mib": peak[1]},
        **({"put_mib": put} if put else {}),
        **said,
        **answer,
    }


def write_votes(folder: Path, votes: int, seed: int = 0) -> None:
    """votes.parquet: five votes an item by one of a thousand workers on four classes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, -(-votes // 5)).astype(np.int8)
    kinds = [("item", pa.int32()), ("worker", pa.int32()), ("label", pa.int8())]
    with pq.ParquetWriter(folder / "votes.parquet", pa.schema(kinds)) as file:
        for start in range(0, votes, GROUP):
            item = (np.arange(start, min(start + GROUP, votes)) // 5).astype(np.int32)
            worker = rng.integers(0, 1000, len(item), dtype=np.int32)
            right = rng.random(len(item)) < SHARE_RIGHT
            label = np.where(right, truth[item], rng.integers(0, 4, len(item))).astype(np.int8)
            file.write_table(pa.table({"item": item, "worker": worker, "label": label}))


def write_parquet(folder: Path) -> None:
    """x.parquet of the float16 or float32 rows in x.npy."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    x = np.load(folder / "x.npy", mmap_mode="r")
    names = [f"c{at}" for at in range(x.shape[1])]
    kind = pa.from_numpy_dtype(x.dtype)
    with pq.ParquetWriter(folder / "x.parquet", pa.schema([(n, kind) for n in names])) as file:
        for start in range(0, len(x), 2**16):
            block = np.ascontiguousarray(x[start : start + 2**16].T)
            file.write_table(pa.table(dict(zip(names, block, strict=True))))


def _rows(folder: Path, what: str) -> tuple[Any, Any]:
    from reliabel.ops.sources import ParquetMatrix

    y = np.load(folder / "y.npy")
    if what == "parquet":
        return y, ParquetMatrix(folder / "x.parquet")
    return y, np.load(folder / "x.npy")


def _cast(folder: Path) -> tuple[Any, ...]:
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "votes.parquet")
    return tuple(table[name].to_numpy() for name in ("item", "worker", "label"))


def _few(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """The first rows, enough to load everything."""
    return tuple(np.asarray(one[0:500]) for one in given)


def _audit(y: Any, features: Any, *, engine: str) -> dict[str, Any]:
    import reliabel as rl

    audit = rl.audit(rl.Classes(y), features=features, engine=engine)
    near = audit.info["neighbours"]
    p = audit.p_wrong if audit.p_wrong is not None else np.empty(0)
    facts = {"recall": near["recall"], "half_width": near["half_width"]}
    return {**facts, "findings": float(len(audit.findings)), "answer": _hash(p)}


def _predicted(y: Any, features: Any, engine: str) -> dict[str, float]:
    """CPU and wall seconds that the dry run says for these rows."""
    import reliabel as rl
    from reliabel.verbs.dry_run import foretold, measured

    some = min(len(y), SAMPLED)
    data = rl.read(label=y[:some], features=np.asarray(features[0:some]))
    said = foretold(measured(data, len(y), "auto", "auto", 0), len(y), WORKERS, engine)
    return {"predicted_cpu_s": said.cpu_s, "predicted_wall_s": said.wall_s}


def _votes(item: Any, worker: Any, label: Any, *, engine: str) -> dict[str, Any]:
    import reliabel as rl

    votes = rl.Votes(
        *(item, worker, rl.Classes(label.astype(np.int64), tuple("abcd"))),
        n=int(item.max()) + 1,
        w=int(worker.max()) + 1,
    )
    found = rl.aggregate(votes, by="dawid_skene")
    return {"answer": _hash(np.asarray(found.labels.p))}


def _hash(array: Any) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


@contextmanager
def _watched(every: float = 0.25) -> Iterator[list[float]]:
    """The largest memory, in MiB, of this process and of a worker while the block runs."""
    peak, done = [0.0, 0.0], threading.Event()

    def watch() -> None:
        looks, workers = 0, list[Path]()
        while not done.wait(every):
            if looks % 8 == 0:
                workers = [place for place in marked() if _works(place)]
            looks += 1
            peak[0] = max(peak[0], _own_memory(Path("/proc/self")))
            peak[1] = max([peak[1], *map(_own_memory, workers)])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _works(place: Path) -> bool:
    """Whether a process is a worker of Ray."""
    return _read(place / "cmdline").startswith("ray::")


def _own_memory(place: Path) -> float:
    """MiB of memory that is the process's own; shared rows do not count."""
    lines = [line for line in _read(place / "status").splitlines() if line.startswith("RssAnon")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:  # it ended meanwhile
        return ""


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])))
