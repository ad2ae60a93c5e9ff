"""Record the peers' numbers for the golden tests; run by ``make golden`` in the peers' environment,
never by the tests.

Each file holds peer, version, world (how the input is made again), values, tolerance and the known
difference.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

OUT = Path(__file__).resolve().parents[1] / "tests" / "golden"


def probabilities():
    rng = np.random.default_rng(7)
    y = rng.integers(0, 4, 200)
    p = rng.random((200, 4)) ** 4
    p[np.arange(200), y] += 2 * rng.random(200)
    p /= p.sum(1, keepdims=True)
    y[:15] = (y[:15] + 1) % 4
    return y, p


def crowd():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 120)
    item = np.repeat(np.arange(120), 5)
    worker = np.concatenate([rng.choice(12, 5, replace=False) for _ in range(120)])
    right = rng.random(600) < np.linspace(0.5, 0.95, 12)[worker]
    label = np.where(right, truth[item], (truth[item] + rng.integers(1, 3, 600)) % 3)
    return item, worker, label


def audit():
    from cleanlab.count import compute_confident_joint
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    y, p = probabilities()
    flags = find_label_issues(y, p, filter_by="confident_learning", n_jobs=1)
    pruned = find_label_issues(y, p, filter_by="prune_by_noise_rate", n_jobs=1)
    return {
        "peer": "cleanlab",
        "version": version("cleanlab"),
        "world": "probabilities() of tools/record_golden.py",
        "self_confidence": (1 - get_label_quality_scores(y, p, method="self_confidence")).tolist(),
        "flags": np.flatnonzero(flags).tolist(),
        "pruned": np.flatnonzero(pruned).tolist(),
        "joint": compute_confident_joint(y, p).T.tolist(),
        "tolerance": 1e-6,
        "difference": "the peer takes the global argmax where it is above its threshold, we the "
        "argmax among those above; the peer leaves out "
        "classes that would lose all their items; of cells tied for what rounding leaves over it "
        "fills some, we all",
    }


def aggregate():
    from crowdkit.aggregation import DawidSkene, MajorityVote

    item, worker, label = crowd()
    votes = pd.DataFrame({"task": item, "worker": worker, "label": label})
    share = MajorityVote().fit_predict_proba(votes).sort_index()
    found = DawidSkene(n_iter=500, tol=1e-9).fit_predict_proba(votes).sort_index()
    return {
        "peer": "crowd-kit",
        "version": version("crowd-kit"),
        "world": "crowd() of tools/record_golden.py",
        "majority": share[sorted(share)].to_numpy().tolist(),
        "dawid_skene": found[sorted(found)].to_numpy().tolist(),
        "tolerance": 0.02,
        "difference": "the peer has no pseudo-counts; ours are .01 a cell",
    }


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for verb in (audit, aggregate):
        (OUT / f"{verb.__name__}.json").write_text(json.dumps(verb(), indent=1) + "\n")
