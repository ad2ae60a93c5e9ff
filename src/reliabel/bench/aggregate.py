"""Suite aggregate: every aggregator of class votes on 23 real crowds, and the cost of the large
ones, with crowd-kit on the same votes beside them.
"""

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
from reliabel.bench.crowd import (
    CROWDS,
    RULES,
    WITH_FEATURES,
    as_file,
    load,
    made_up,
    numbers,
    quality,
    rules,
    scores,
    skills,
    with_features,
)
from reliabel.bench.run import Row, Table
from reliabel.core.catalogue import catalogue
from reliabel.core.labels import Classes, Floats, Ints, Numbers, Votes
from reliabel.core.run import track

EXCLUDED = {
    **dict.fromkeys(
        ("fer_distribution", "fer_drawn", "fer_majority", "fer_multi"),
        "makes training targets, not a consensus",
    ),
    "crowdlab": "needs probabilities: run where there are features",
    "raykar": "needs features: run where there are some",
    "precision_model": "for labelling functions: run on the three sets of them",
    **dict.fromkeys(
        (
            *("metal", "triplets", "data_programming", "constrained_labels"),
            *("hyper_label_model", "label_learning_flows"),
        ),
        "for labelling functions: the suite weak runs it",
    ),
    **dict.fromkeys(
        ("hierarchy", "metric_space"), "for classes with distances: the suite votes runs it"
    ),
}
PEERS = (
    "majority",
    "wawa",
    "zero_based_skill",
    "dawid_skene",
    "one_coin",
    "glad",
    "mace",
    "m_msr",
    "kos",
)
TEMPERED = (
    "dawid_skene",
    "shrunk_dawid_skene",
    "ibcc",
    "one_coin",
    "glad",
    "mace",
)  # again, cooled as held-out votes ask for
PATIENCE = 300  # CPU seconds that a peer may take for one crowd
Case = tuple[str, tuple[int, int, int, int], dict[str, Any], dict[str, Any]]
# case -> method, shape (items, workers, votes an item, classes), our options, the peer's options
# (equal rounds; GLAD converged against two of the peer's)
COSTS: dict[str, Case] = {
    "alpha_1e6x5": ("krippendorff_alpha", (1_000_000, 1000, 5, 10), {}, {}),
    "dawid_skene_1e6x5": (
        "dawid_skene",
        (1_000_000, 1000, 5, 10),
        {"iterations": 10, "tol": -1e18},
        {"n_iter": 10, "tol": -1e18},
    ),
    "dawid_skene_parquet_1e6x5": (
        "dawid_skene",
        (1_000_000, 1000, 5, 10),
        {"iterations": 10, "tol": -1e18},
        {},
    ),
    "one_coin_1e6x5": (
        "one_coin",
        (1_000_000, 1000, 5, 10),
        {"iterations": 4, "tol": -1e18},
        {"n_iter": 4, "tol": -1e18},
    ),
    "mace_1e5x3": (
        "mace",
        (100_000, 200, 3, 5),
        {"iterations": 50, "tol": -1e18},
        {"n_iter": 50, "n_restarts": 1},
    ),
    "glad_1e5x3": ("glad", (100_000, 200, 3, 5), {}, {"n_iter": 2}),
}


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every method on every scenario that are not there yet; an interrupted run
    goes on with the next method.
    """
    if data is None:
        raise ValueError(
            "the suite aggregate needs real data: set RELIABEL_DATA to the folder that holds crowd"
        )
    for name in track("crowds", CROWDS[:4] if quick else CROWDS):
        _crowd(table, data, name, quick)
    for name in track("crowds with features", () if quick else WITH_FEATURES):
        if not table.has(f"{name}_features"):
            table.add(_beside(data, name))
    for name in track("labelling functions", () if quick else RULES):
        if not table.has(name):
            table.add(_rules(data, name))
    if not table.has("emotion"):
        table.add(_numbers(data, "emotion"))
    for case in track("costs", [] if quick else list(COSTS)):
        if not table.has(case):
            table.add(_cost(case))


def _crowd(table: Table, data: Path, name: str, quick: bool) -> None:
    """Each aggregator of classes, and each of crowd-kit's, on the votes of one crowd."""
    import reliabel as rl

    votes, truth = load(data, name)
    there = {row.method for row in table.rows if row.scenario == name}
    mine = [
        entry.name
        for entry in catalogue()
        if entry.verb == "aggregate"
        and "Votes[Classes]" in entry.takes
        and entry.name not in EXCLUDED
    ]
    calls: dict[str, dict[str, Any]] = {"auto": {}, "auto thorough": {"thorough": True}}
    for method, words in (calls | {name: {"by": name} for name in mine}).items():
        if f"reliabel {method}" not in there:
            start = time.process_time()
            p = rl.aggregate(votes, **words).labels.p
            seconds = time.process_time() - start
            more = skills(p, votes, truth) if method == "auto" and (truth >= 0).all() else {}
            table.add(_rows(name, f"reliabel {method}", {**scores(p, truth), **more}, seconds))
    for method in TEMPERED:
        if f"reliabel {method} tempered" not in there:
            start = time.process_time()
            cool = rl.aggregate(votes, by=method, temper=True)
            found = {**scores(cool.labels.p, truth), "temperature": cool.info["temperature"]}
            table.add(
                _rows(name, f"reliabel {method} tempered", found, time.process_time() - start)
            )
    for method in () if quick else PEERS:
        if f"crowd-kit {method}" not in there:
            table.add(_peer(name, method, votes, truth))


def _beside(data: Path, name: str) -> Iterator[Row]:
    """What uses features or a model beside the votes; CROWDLAB twice, ours and cleanlab's own, on
    the same votes and probabilities.
    """
    import reliabel as rl

    scenario = f"{name}_features"
    votes, truth, x = with_features(data, name)
    joint = rl.aggregate(votes, by="raykar", features=x)
    yield from _rows(scenario, "reliabel raykar", scores(joint.labels.p, truth), "")
    yield from _rows(
        scenario, "reliabel auto", scores(rl.aggregate(votes, features=x).labels.p, truth), ""
    )
    probs = joint.info["model"]
    yield from _rows(scenario, "the model alone", scores(probs, truth), "")
    start = time.process_time()
    p = rl.aggregate(votes, by="crowdlab", probs=probs).labels.p
    mine = time.process_time() - start
    yield from _rows(
        scenario, "reliabel crowdlab", {**scores(p, truth), **quality(p, votes, truth)}, mine
    )
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "in.npz"
        np.savez(
            given,
            item=votes.item,
            worker=votes.worker,
            label=votes.labels.y,
            n=votes.n,
            w=votes.w,
            probs=probs,
        )
        printed, why = peer.call(
            "cleanlab_crowd.py", given, Path(folder) / "out.npz", timeout=4 * PATIENCE
        )
        if why:
            yield Row(scenario, name, "", 0, "cleanlab crowdlab", "not run", why)
            return
        answer = np.load(Path(folder) / "out.npz")
        found = {
            **scores(answer["p"], truth),
            **quality(
                answer["p"],
                votes,
                truth,
                label=answer["label"],
                sure=answer["quality"],
                each=answer["each"],
            ),
        }
        yield from _rows(scenario, "cleanlab crowdlab", found, json.loads(printed)["cpu_s"])


def _rules(data: Path, name: str) -> Iterator[Row]:
    """Labelling functions of one class each, on the test rows and their votes alone; a row without
    a vote counts.
    """
    import reliabel as rl

    votes, truth = rules(data, name)
    for method in ("auto", "precision_model", "majority", "dawid_skene", "bwa"):
        start = time.process_time()
        p = rl.aggregate(votes, by=method).labels.p
        yield from _rows(name, f"reliabel {method}", scores(p, truth), time.process_time() - start)


def _numbers(data: Path, name: str) -> Iterator[Row]:
    """Every aggregator of numbers: errors, and how often intervals hold the truth, without gold and
    with 50 gold items (mean of 20 draws, other items).
    """
    import reliabel as rl

    votes, truth = numbers(data, name)
    for entry in (
        entry
        for entry in catalogue()
        if entry.verb == "aggregate" and "Votes[Numbers]" in entry.takes
    ):
        found = rl.aggregate(votes, by=entry.name)
        off = found.labels.y - truth
        made = {"mae": float(np.abs(off).mean()), "rmse": float(np.sqrt(np.square(off).mean()))}
        if "low" in found.info:
            made["intervals that hold"] = float(
                ((found.info["low"] <= truth) & (truth <= found.info["high"])).mean()
            )
        if "sd" in found.info:
            made["hold without the shared part"] = float(
                (np.abs(off) <= 1.96 * found.info["sd"]).mean()
            )
        if "gold" in entry.accepts:
            made["intervals that hold, 50 gold"] = float(
                np.mean([_held(votes, truth, entry.name, seed) for seed in range(20)])
            )
        yield from _rows(name, f"reliabel {entry.name}", made, "")


def _held(votes: Votes[Numbers], truth: Floats, method: str, seed: int) -> float:
    import reliabel as rl

    gold = np.full(votes.n, np.nan)
    known = np.random.default_rng(seed).choice(votes.n, 50, replace=False)
    gold[known] = truth[known]
    info = rl.aggregate(votes, by=method, gold=gold).info
    return float(((info["low"] <= truth) & (truth <= info["high"]))[np.isnan(gold)].mean())


def _peer(name: str, method: str, votes: Votes[Classes], truth: Ints) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        printed, why = _crowdkit(Path(folder), method, votes, {}, PATIENCE)
        if why:
            yield Row(name, name, "", 0, f"crowd-kit {method}", "not run", why)
            return
        answer = np.load(Path(folder) / "out.npz")
        known = truth >= 0
        found = scores(answer["p"], truth) if "p" in answer and method != "majority" else {}
        found["accuracy as it ships"] = float(
            (answer["hard"] == truth)[known].mean()
        )  # by its own rule for ties
        yield from _rows(name, f"crowd-kit {method}", found, json.loads(printed)["cpu_s"])


def _crowdkit(
    folder: Path, method: str, votes: Votes[Classes], options: dict[str, Any], patience: int
) -> tuple[str, str | None]:
    np.savez(
        folder / "in.npz",
        item=votes.item,
        worker=votes.worker,
        label=votes.labels.y,
        n=votes.n,
        k=votes.labels.k,
    )
    words = json.dumps({"options": options, "cpu_s": patience})
    return peer.call(
        "crowdkit_votes.py",
        folder / "in.npz",
        method,
        folder / "out.npz",
        words,
        timeout=4 * patience,
    )


def _rows(
    scenario: str, method: str, found: dict[str, float], cpu: float | str, extra: float | str = ""
) -> Iterator[Row]:
    for metric, value in found.items():
        yield Row(scenario, scenario, "", 0, method, metric, value, cpu_s=cpu, extra_mib=extra)


def _cost(case: str) -> Iterator[Row]:
    """Each in a process of its own, on the same votes."""
    method, shape, ours, theirs = COSTS[case]
    if "parquet" in case:
        yield from _from_file(case)
        return
    measured = _in_child(case)
    yield Row(
        case,
        "",
        json.dumps(ours),
        0,
        f"reliabel {method}",
        "cpu_s",
        measured["cpu_s"],
        extra_mib=measured["extra_mib"],
    )
    with tempfile.TemporaryDirectory() as folder:
        printed, why = _crowdkit(Path(folder), method, made_up(*shape), theirs, 4 * PATIENCE)
    if why:
        yield Row(case, "", json.dumps(theirs), 0, f"crowd-kit {method}", "not run", why)
        return
    measured = json.loads(printed)
    yield Row(
        case,
        "",
        json.dumps(theirs),
        0,
        f"crowd-kit {method}",
        "cpu_s",
        measured["cpu_s"],
        extra_mib=measured["extra_mib"],
    )


def _from_file(case: str) -> Iterator[Row]:
    """Votes from a Parquet file, in blocks and as a whole table: what reading and aggregating cost,
    and whether both give the same bits.
    """
    method, shape, options, _ = COSTS[case]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "votes.parquet"
        as_file(made_up(*shape), path)
        found = {how: _in_child(case, str(path), how) for how in ("blocks", "whole")}
    for how, measured in found.items():
        yield Row(
            case,
            "",
            f"read in {how}" if how == "blocks" else "read as a table",
            0,
            f"reliabel {method}",
            "cpu_s",
            measured["cpu_s"],
            extra_mib=measured["extra_mib"],
        )
    same = float(found["blocks"]["bits"] == found["whole"]["bits"])
    yield Row(
        case, "", json.dumps(options), 0, f"reliabel {method}", "same answer to the last bit", same
    )


def _in_child(*words: str) -> dict[str, Any]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "reliabel.bench.aggregate", *words],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _file_child(case: str, path: str, how: str) -> dict[str, Any]:
    import hashlib

    import pyarrow.parquet as pq

    import reliabel as rl
    from reliabel.bench.child import measured_anonymous
    from reliabel.core.catalogue import find

    method, _, options, _ = COSTS[case]
    function = find("aggregate", method).load()
    bits: list[str] = []

    def work() -> None:
        source: Any = path if how == "blocks" else pq.read_table(path)
        p = function(
            rl.read(source, item="task", worker="who", label="answer").labels, **options
        ).labels.p
        bits.append(hashlib.sha256(p.tobytes()).hexdigest())

    return {**measured_anonymous(work, 0), "bits": bits[0]}


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
    sys.stdout.write(
        json.dumps(_child(sys.argv[1]) if len(sys.argv) == 2 else _file_child(*sys.argv[1:]))
    )
