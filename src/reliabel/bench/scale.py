"""Suite scale: a whole audit at growing sizes, each in a process of its own; recall, CPU time,
memory, and what a second run costs.

Made rows (``mixture``) lie in memory.  Rows of real pictures (``mixed``) lie in memory up to
200,000 and are read from float16 memory maps at a million; at 50,000 cleanlab's Datalab does the
same checks on the same arrays, both with one thread of BLAS and with the threads that each takes
by default, and ``load`` is that of the machine before (all other rows: one thread).  Extra memory
is the process's own: pages of mapped files do not count.  ``default`` is an audit of features alone
beside the neighbours and probabilities that it makes (bench/default_audit.py).

``engine_...`` is an audit of real features alone on threads and on a Ray cluster of two workers
(``bench/engines.py``), at a million rows from Parquet; ``votes_...`` is a consensus of votes.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import default_audit, engines, mixed, passes, peer
from reliabel.bench.child import child, measured_anonymous
from reliabel.bench.run import Row, Table
from reliabel.core.run import track

SIZES = (5_000, 50_000, 200_000)
REAL = {50_000: "float32", 200_000: "float32", 1_000_000: "float16"}
MAPPED = 500_000  # rows from which the files are read as memory maps
DEFAULT = 20_000  # rows of which probabilities and neighbours are made too
BESIDE = 50_000  # rows at which the peer runs as well
WIDTH, CLASSES, AXES = 384, 10, 12
# features and where they lie, or votes -> the engines that work on them
ENGINES = {
    "engine_20000x384": ("audit", "float32", ("local", "ray")),
    "engine_200000x384": ("audit", "float32", ("local", "ray")),
    "engine_1000000x384": ("parquet", "float16", ("ray",)),
    "votes_50000000": ("votes", "", ("local", "ray")),
}
QUICK = "engine_20000x384"
THREADS = {True: "one thread", False: "default threads"}
ONE = {"NUMBA_NUM_THREADS": "1"}


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every size that is not there yet; quick leaves out the larger ones.
    Without ``data`` the real rows are named as not run.
    """
    sizes = SIZES[:2] if quick else SIZES
    real = {n: kind for n, kind in REAL.items() if n == BESIDE or not quick}
    for case in track("engines", [QUICK] if quick else list(ENGINES)):
        if not table.has(case):
            _engines(table, case, data)
    for case, n in track(
        "sizes",
        [(f"audit_{n}x{WIDTH}", n) for n in sizes]
        + [(f"default_{DEFAULT}x{WIDTH}", DEFAULT)]
        + [(f"mixed_{n}x{WIDTH}", n) for n in real],
    ):
        if table.has(case):
            continue
        if case.startswith("default"):
            table.add(default_audit.rows(case, n))
            continue
        if case.startswith("audit"):
            table.add(
                _rows(
                    case,
                    "",
                    "reliabel",
                    child([sys.executable, "-m", "reliabel.bench.scale", str(n)], ONE),
                )
            )
        elif data is None:
            table.add(
                [
                    Row(
                        case,
                        "cifar10n",
                        "",
                        0,
                        "reliabel",
                        "not run",
                        "no real data: set RELIABEL_DATA",
                    )
                ]
            )
        else:
            table.add(_real(case, n, real[n], data, table.path.parent))


def _engines(table: Table, case: str, data: Path | None) -> None:
    """Write the rows of one case on each of its engines; on the second also whether it gives the
    bits of the first.
    """
    what, dtype, on = ENGINES[case]
    if data is None and what != "votes":
        why = "no real data: set RELIABEL_DATA"
        return table.add([Row(case, "cifar10n", "", 0, "reliabel", "not run", why)])
    place = table.path.parent
    place.mkdir(parents=True, exist_ok=True)
    first = ""
    with tempfile.TemporaryDirectory(dir=place) as folder:
        _written(case, what, dtype, data, Path(folder))
        for engine in on:
            mark = {passes.MARK: f"{os.getpid()}-{case}-{engine}"}
            command = [sys.executable, "-m", "reliabel.bench.engines", what, folder, engine]
            found = child(command, mark, one_thread=False)
            answer = found.pop("answer")
            if first:
                found["same_bits"] = float(answer == first)
            first = first or answer
            how = "two Ray workers" if engine == "ray" else "threads"
            table.add(_rows(case, f"{dtype or 'made'}, {how}", "reliabel", found))


def _written(case: str, what: str, dtype: str, data: Path | None, folder: Path) -> None:
    """The files of a case."""
    n = int(case.split("_")[1].split("x")[0])
    if what == "votes":
        engines.write_votes(folder, n)
    elif data is not None:
        mixed.write(n, dtype, data, folder.parent / "features", folder)
        if what == "parquet":
            engines.write_parquet(folder)


def _real(case: str, n: int, dtype: str, data: Path, place: Path) -> list[Row]:
    how = f"{dtype}{' memory map' * (n >= MAPPED)}"
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        mixed.write(n, dtype, data, place / "features", Path(folder))
        if n == BESIDE:
            return [
                row
                for one in (True, False)
                for row in _both(case, f"{how}, {THREADS[one]}", folder, one)
            ]
        ours = child([sys.executable, "-m", "reliabel.bench.scale", folder], ONE)
        return _rows(case, how, "reliabel", ours)


def _both(case: str, how: str, folder: str, one: bool) -> list[Row]:
    """Ours and the peer's, with one thread a library or with the threads that each takes."""
    load = {"load": os.getloadavg()[0]}
    command = [sys.executable, "-m", "reliabel.bench.scale", folder]
    rows = _rows(case, how, "reliabel", child(command, ONE if one else {}, one_thread=one) | load)
    printed, why = peer.call("cleanlab_datalab.py", folder, one_thread=one)
    if why:
        return [*rows, Row(case, "cifar10n", how, 0, "cleanlab", "not run", why)]
    return [*rows, *_rows(case, how, "cleanlab", json.loads(printed) | load)]


def _rows(case: str, how: str, method: str, found: dict[str, float]) -> list[Row]:
    wide = found.pop("half_width", 0.0)
    dataset = "cifar10n" if how and not how.startswith("made") else ""
    return [
        Row(
            case,
            dataset,
            how,
            0,
            method,
            metric,
            value,
            *((value - wide, min(value + wide, 1.0)) if metric == "recall" and wide else ()),
        )
        for metric, value in found.items()
    ]


def mixture(n: int, seed: int = 0) -> tuple[Any, Any, Any]:
    """Labels with 5 % redrawn, float32 features (n, 384) of 12 intrinsic dimensions, and
    probabilities of the true class around .8.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, CLASSES, n)
    inner = rng.normal(size=(n, AXES)) + 2 * rng.normal(size=(CLASSES, AXES))[truth]
    features = (
        np.tanh(inner @ rng.normal(size=(AXES, WIDTH)) / 3) + 0.02 * rng.normal(size=(n, WIDTH))
    ).astype(np.float32)
    probs = rng.dirichlet(np.ones(CLASSES), n) * 0.3
    probs[np.arange(n), truth] += 0.7
    given = truth.copy()
    redrawn = rng.random(n) < 0.05
    given[redrawn] = rng.integers(0, CLASSES, int(redrawn.sum()))
    return given, features, probs.astype(np.float32)


def main(what: str) -> dict[str, float]:
    """Audit twice into one folder and measure both: so many made rows, or those of a folder of .npy
    files.
    """
    import reliabel as rl

    if what.isdecimal():
        y, features, probs = mixture(int(what))
    else:
        y = np.load(Path(what) / "y.npy")
        features, probs = (
            np.load(Path(what) / name, mmap_mode="r" if len(y) >= MAPPED else None)
            for name in ("x.npy", "p.npy")
        )
    audits = []
    with tempfile.TemporaryDirectory(dir=None if what.isdecimal() else what) as folder:

        def once() -> None:
            audits.append(rl.audit(rl.Classes(y), features=features, probs=probs, folder=folder))

        found = measured_anonymous(once, features.nbytes + probs.nbytes, every=0.01)
        start = time.process_time()
        once()
        found["second_run_share"] = (time.process_time() - start) / found["cpu_s"]
    near = audits[0].info["neighbours"]
    return {
        **found,
        "recall": near["recall"],
        "half_width": near["half_width"],
        "findings": float(len(audits[0].findings)),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])))
