"""Cases of the cost suite measured as users run them: no variable sets the threads of a library, on
the machine alone and beside two busy processes, with the peers in the same way.

``dawid_skene`` is the call on five million votes; ``texts`` is the whole command on 5,000 headlines
from a cold start, imports included, and cleanlab's Datalab from its own cold start on the features
and probabilities that the command made.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import peer
from reliabel.bench.child import child, free, measured
from reliabel.bench.crowd import made_up
from reliabel.bench.run import Row

SHAPE = (1_000_000, 1000, 5, 10)  # items, workers, votes an item, classes
ROUNDS = 10
TEXTS = 5000
BUSY = 2  # processes beside the one that is measured
CASES = ("dawid_skene_as_run", "texts_as_run")
SPIN = "while True: pass"


def rows(case: str, data: Path | None, place: Path) -> list[Row]:
    """The rows of a case, alone and beside busy processes; each names the load before it ran."""
    make = _dawid_skene if case == "dawid_skene_as_run" else _texts
    if data is None and make is _texts:
        return [Row(case, "", "", 0, "reliabel", "not run", "no real data: set RELIABEL_DATA")]
    place.mkdir(parents=True, exist_ok=True)
    found: list[Row] = []
    with tempfile.TemporaryDirectory(dir=place) as folder:
        for busy in (0, BUSY):
            name = case + (f"_beside_{busy}" if busy else "")
            load = os.getloadavg()[0]
            with beside(busy):
                ours, theirs, other, why = make(Path(folder), data)
            found += _of(name, "reliabel", {**ours, "load": load})
            found += (
                [Row(name, "", "", 0, other, "not run", why)]
                if why
                else _of(name, other, {**theirs, "load": load})
            )
    return found


@contextmanager
def beside(count: int) -> Iterator[None]:
    """Within the block so many processes of this one's own keep a core busy each."""
    started = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def _of(case: str, method: str, found: dict[str, float]) -> list[Row]:
    return [
        Row(case, "", "threads as installed", 0, method, metric, float(value))
        for metric, value in found.items()
    ]


Measured = tuple[dict[str, float], dict[str, float], str, str | None]


def _dawid_skene(folder: Path, data: Path | None) -> Measured:
    ours = child([sys.executable, "-m", "reliabel.bench.as_run"], one_thread=False)
    source, target = folder / "in.npz", folder / "out.npz"
    votes = made_up(*SHAPE)
    np.savez(
        source, item=votes.item, worker=votes.worker, label=votes.labels.y, n=votes.n, k=SHAPE[3]
    )
    words = json.dumps({"options": {"n_iter": ROUNDS, "tol": -1e18}, "cpu_s": 600})
    printed, why = peer.call(
        "crowdkit_votes.py", source, "dawid_skene", target, words, one_thread=False
    )
    return ours, json.loads(printed) if printed else {}, "crowd-kit", why


def _texts(folder: Path, data: Path | None) -> Measured:
    assert data is not None
    file, out = folder / "texts.csv", folder / "audit"
    _write_texts(data, file)
    command = [sys.executable, "-m", "reliabel", "audit", str(file), "--label", "label"]
    command += ["--text", "text", "--embed", "tfidf", "--out", str(out)]
    ours = {"cpu_s": _cpu(command)}
    _arrays(out, folder)
    before = os.times()
    _, why = peer.call("cleanlab_datalab.py", folder, one_thread=False)
    theirs = {"cpu_s": _spent(before)}
    shutil.rmtree(out)  # the next run starts as cold
    return ours, theirs, "cleanlab", why


def _write_texts(data: Path, file: Path) -> None:
    import csv

    import pyarrow.parquet as pq

    table = pq.read_table(data / "text" / "ag_news_test.parquet").slice(0, TEXTS).to_pydict()
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["text", "label"])
        writer.writerows(zip(table["title"], table["label"], strict=True))


def _arrays(audit: Path, folder: Path) -> None:
    """x.npy, p.npy and y.npy of an audit, as the peer reads them."""
    from reliabel.folders.audit_folder import load

    data: Any = load(audit).data
    np.save(folder / "y.npy", data.labels.y)
    np.save(folder / "x.npy", np.asarray(data.evidence["features"]))
    np.save(folder / "p.npy", np.asarray(data.evidence["probs"], dtype=np.float32))


def _cpu(command: list[str]) -> float:
    """CPU seconds of a command from its start to its end."""
    before = os.times()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=free())
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])} failed: {done.stderr.strip()[-2000:]}")
    return _spent(before)


def _spent(before: os.times_result) -> float:
    now = os.times()
    return now.children_user + now.children_system - before.children_user - before.children_system


def main() -> dict[str, float]:
    """Dawid-Skene through the verb."""
    import reliabel as rl

    votes = made_up(*SHAPE)
    rl.aggregate  # noqa: B018 (imported before the clock starts)
    return measured(
        lambda: rl.aggregate(
            votes, by="dawid_skene", duplicates="all", iterations=ROUNDS, tol=-1e18
        ),
        votes.item.nbytes + votes.worker.nbytes + votes.labels.y.nbytes,
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
