"""Suite aggregate: every aggregator of class votes on ten real crowds, and the cost of the large ones, with crowd-kit on the same votes beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import peer
from reliabel.bench.crowd import SETS, features, load, made_up, scores
from reliabel.bench.run import Row, Table
from reliabel.core.catalogue import catalogue
from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.run import track

EXCLUDED = {
    **dict.fromkeys(("fer_distribution", "fer_drawn", "fer_majority", "fer_multi"), "makes training targets, not a consensus"),
    "crowdlab": "needs probabilities, which only labelme's features give: run there",
    "raykar": "needs features: run on labelme",
}
PEERS = ("majority", "wawa", "zero_based_skill", "dawid_skene", "one_coin", "glad", "mace", "m_msr", "kos")
SLOW = {("glad", "s_adult"), ("glad", "cifar10n"), ("mace", "cifar10n"), ("m_msr", "sp"), ("m_msr", "cifar10n"), ("m_msr", "s_adult")}  # minutes at the peer
Case = tuple[str, tuple[int, int, int, int], dict[str, Any], dict[str, Any]]
# case -> method, shape (items, workers, votes an item, classes), our options, the peer's options (equal rounds; GLAD converged against two of the peer's)
COSTS: dict[str, Case] = {
    "alpha_1e6x5": ("krippendorff_alpha", (1_000_000, 1000, 5, 10), {}, {}),
    "dawid_skene_1e6x5": ("dawid_skene", (1_000_000, 1000, 5, 10), {"iterations": 10, "tol": -1e18}, {"n_iter": 10, "tol": -1e18}),
    "one_coin_1e6x5": ("one_coin", (1_000_000, 1000, 5, 10), {"iterations": 4, "tol": -1e18}, {"n_iter": 4, "tol": -1e18}),
    "mace_1e5x3": ("mace", (100_000, 200, 3, 5), {"iterations": 50, "tol": -1e18}, {"n_iter": 50, "n_restarts": 1}),
    "glad_1e5x3": ("glad", (100_000, 200, 3, 5), {}, {"n_iter": 2}),
}


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every scenario that is not there yet."""
    if data is None:
        raise ValueError("the suite aggregate needs real data: set RELIABEL_DATA to the folder that holds crowd")
    for name in track("crowds", SETS[:4] if quick else SETS):
        if not table.has(name):
            table.add(_crowd(data, name, quick))
    for case in track("costs", [] if quick else list(COSTS)):
        if not table.has(case):
            table.add(_cost(case))


def _crowd(data: Path, name: str, quick: bool) -> Iterator[Row]:
    import reliabel as rl

    votes, truth = load(data, name)
    mine = [entry.name for entry in catalogue() if entry.verb == "aggregate" and "Votes[Classes]" in entry.takes and entry.name not in EXCLUDED]
    for method in ["auto", *mine]:
        start = time.process_time()
        p = rl.aggregate(votes, by=method).labels.p
        yield from _rows(name, f"reliabel {method}", scores(p, truth), time.process_time() - start)
    x = features(data, name)
    if x is not None:
        start = time.process_time()
        found = rl.aggregate(votes, by="raykar", features=x)
        yield from _rows(name, "reliabel raykar", scores(found.labels.p, truth), time.process_time() - start)
        crowdlab = rl.aggregate(votes, by="crowdlab", probs=found.info["model"])
        yield from _rows(name, "reliabel crowdlab", scores(crowdlab.labels.p, truth), float("nan"))
    for method in PEERS:
        if not quick and (method, name) not in SLOW:
            yield from _peer(name, method, votes, truth)


def _peer(name: str, method: str, votes: Votes[Classes], truth: Ints) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        said, why = _crowdkit(Path(folder), method, votes, {}, timeout=300)
        if why:
            yield Row(name, name, "", 0, f"crowd-kit {method}", "not run", why)
            return
        answer = np.load(Path(folder) / "out.npz")
        known = truth >= 0
        found = scores(answer["p"], truth) if "p" in answer and method != "majority" else {}
        found["accuracy as it ships"] = float((answer["hard"] == truth)[known].mean())  # by its own rule for ties
        yield from _rows(name, f"crowd-kit {method}", found, json.loads(said)["cpu_s"])


def _crowdkit(folder: Path, method: str, votes: Votes[Classes], options: dict[str, Any], timeout: int) -> tuple[str, str | None]:
    np.savez(folder / "in.npz", item=votes.item, worker=votes.worker, label=votes.labels.y, n=votes.n, k=votes.labels.k)
    return peer.call("crowdkit_votes.py", folder / "in.npz", method, folder / "out.npz", json.dumps(options), timeout=timeout)


def _rows(scenario: str, method: str, found: dict[str, float], cpu: float, extra: float | str = "") -> Iterator[Row]:
    for metric, value in found.items():
        yield Row(scenario, scenario, "", 0, method, metric, value, cpu_s=cpu, extra_mib=extra)


def _cost(case: str) -> Iterator[Row]:
    """Each in a process of its own, on the same votes."""
    method, shape, ours, theirs = COSTS[case]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-m", "reliabel.bench.aggregate", case], capture_output=True, text=True, check=True, env=environment)
    measured = json.loads(done.stdout)
    yield Row(case, "", json.dumps(ours), 0, f"reliabel {method}", "cpu_s", measured["cpu_s"], extra_mib=measured["extra_mib"])
    with tempfile.TemporaryDirectory() as folder:
        said, why = _crowdkit(Path(folder), method, made_up(*shape), theirs, timeout=900)
    if why:
        yield Row(case, "", json.dumps(theirs), 0, f"crowd-kit {method}", "not run", why)
        return
    measured = json.loads(said)
    yield Row(case, "", json.dumps(theirs), 0, f"crowd-kit {method}", "cpu_s", measured["cpu_s"], extra_mib=measured["extra_mib"])


def _child(case: str) -> dict[str, float]:
    from reliabel.bench.child import measured_anonymous
    from reliabel.core.catalogue import find

    method, shape, options, _ = COSTS[case]
    measure = method == "krippendorff_alpha"
    votes, function = made_up(*shape), find("measure" if measure else "aggregate", method).load()
    if measure:
        options = {"rng": np.random.default_rng(0)}
    size: Floats = np.array([votes.item.nbytes + votes.worker.nbytes + votes.labels.y.nbytes])
    return measured_anonymous(lambda: function(votes, **options), int(size[0]))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_child(sys.argv[1])))
