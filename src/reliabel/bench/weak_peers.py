"""Suite weak: Snorkel's label model on the same votes, and its cost beside ours."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import peer
from reliabel.bench.crowd import scores
from reliabel.bench.run import Row
from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes

METHOD = "Snorkel LabelModel"
PATIENCE = 600  # seconds of a measurement of the cost
OURS = ("precision_model", "function_table")
THEIRS = {"label_model": METHOD, "lf_analysis": "Snorkel LFAnalysis"}
Case = tuple[Votes[Classes], Ints, Bools]  # votes, true classes, the items that count


def saved(cases: Sequence[Votes[Classes]], path: Path) -> Path:
    """Votes as arrays in a file that both sides read."""
    arrays: dict[str, Any] = {}
    for draw, votes in enumerate(cases):
        arrays |= {f"item_{draw}": votes.item, f"worker_{draw}": votes.worker}
        arrays |= {f"label_{draw}": votes.labels.y}
        arrays[f"shape_{draw}"] = np.array([votes.n, votes.w, votes.labels.k])
    np.savez(path, **arrays)
    return path


def posteriors(cases: Sequence[Votes[Classes]]) -> tuple[list[Floats], float, str | None]:
    """The probabilities of Snorkel's label model, its CPU time, or why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        given, target = saved(cases, Path(folder) / "votes.npz"), Path(folder) / "found.npz"
        printed, why = peer.call(
            "snorkel_votes.py", "label_model", given, target, timeout=6 * PATIENCE, one_thread=True
        )
        if why:
            return [], 0.0, why
        found = np.load(target)
        p = [np.nan_to_num(found[f"p_{draw}"], nan=1.0) for draw in range(len(cases))]
    whole = [one / np.maximum(one.sum(1, keepdims=True), 1e-300) for one in p]
    return whole, float(json.loads(printed)["cpu_s"]), None


def over_majority(scenario: str, cases: Sequence[Case]) -> Iterator[Row]:
    """As the rows of our models: accuracy, its distance from a majority, log loss."""
    import reliabel as rl

    found, cpu, why = posteriors([votes for votes, _, _ in cases])
    if why:
        yield Row(scenario, "", "", 0, METHOD, "not run", why)
        return
    held: dict[str, list[float]] = {"over majority": [], "accuracy": [], "nll": []}
    for p, (votes, truth, use) in zip(found, cases, strict=True):
        base = rl.aggregate(votes, by="majority").labels.p
        mine, plain = (scores(one[use], truth[use]) for one in (p, base))
        held["over majority"].append(100 * (mine["accuracy"] - plain["accuracy"]))
        for metric in ("accuracy", "nll"):
            held[metric].append(mine[metric])
    for metric, values in held.items():
        yield Row(scenario, "", "", 0, METHOD, metric, float(np.mean(values)), cpu_s=cpu)
    worst = float(np.min(held["over majority"]))
    yield Row(scenario, "", "", 0, METHOD, "worst over majority", worst)


def real(name: str, votes: Votes[Classes], truth: Ints, test: Bools) -> Iterator[Row]:
    """A real set: fitted on all rows, judged on the test rows."""
    found, cpu, why = posteriors([votes])
    if why:
        yield Row(name, name, "", 0, METHOD, "not run", why)
        return
    for metric, value in scores(found[0][test], truth[test]).items():
        yield Row(name, name, "", 0, METHOD, metric, value, cpu_s=cpu)


def cost(votes: Votes[Classes], fewer: Votes[Classes]) -> Iterator[Row]:
    """CPU time and memory of the default model and of the table of functions, each side in
    processes of its own that read the same file.

    fewer: what Snorkel gets where it does not end in time or memory.
    """
    from reliabel.bench.child import child

    with tempfile.TemporaryDirectory() as folder:
        given = saved([votes], Path(folder) / "votes.npz")
        for what in OURS:
            found = child([sys.executable, "-m", "reliabel.bench.weak_peers", what, str(given)])
            for metric in ("cpu_s", "extra_mib"):
                yield Row("cost beside Snorkel", "", _size(votes), 0, what, metric, found[metric])
        few = saved([fewer], Path(folder) / "fewer.npz")
        for what, method in THEIRS.items():
            for some, path in ((votes, given), (fewer, few)):
                printed, why = peer.call(
                    "snorkel_votes.py", "cost", what, path, timeout=PATIENCE, one_thread=True
                )
                if why:
                    yield Row("cost beside Snorkel", "", _size(some), 0, method, "not run", why)
                    continue
                answer = json.loads(printed)
                for metric in ("cpu_s", "extra_mib"):
                    value = answer[metric]
                    yield Row("cost beside Snorkel", "", _size(some), 0, method, metric, value)
                break


def _size(votes: Votes[Classes]) -> str:
    return f"{votes.n:,} x {votes.w}, {len(votes):,} votes, {votes.labels.k} classes"


def main(what: str, path: str) -> None:
    """Measure one of ours and write it as JSON."""
    from reliabel.aggregators import precision_model
    from reliabel.bench.child import measured
    from reliabel.crowd.functions import function_table

    given = np.load(path)
    n, w, k = given["shape_0"].tolist()
    labels = Classes(given["label_0"], tuple(map(str, range(k))))
    votes = Votes(given["item_0"], given["worker_0"], labels, n, w)
    held = votes.item.nbytes + votes.worker.nbytes + labels.y.nbytes
    p: Floats = np.full((n, k), 1 / k, dtype=np.float32)
    p[0] = p[0]  # its memory belongs to the input
    call = {
        "precision_model": lambda: precision_model.aggregate(votes),
        "function_table": lambda: function_table(votes, p),
    }[what]
    sys.stdout.write(json.dumps(measured(call, held)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
