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


def boxes():
    """(item, xyxy, class) of given boxes and (item, xyxy, class, score) of predictions."""
    rng = np.random.default_rng(11)
    item = np.repeat(np.arange(40), rng.integers(0, 6, 40))
    corner = rng.uniform(0, 200, (len(item), 2))
    xyxy = np.hstack([corner, corner + rng.uniform(10, 80, (len(item), 2))])
    y = rng.integers(0, 3, len(item))
    seen = rng.random(len(item)) < 0.9
    score = np.round(rng.beta(4, 1, int(seen.sum())), 4)
    moved = xyxy[seen] + rng.normal(0, 4, (int(seen.sum()), 4))
    said = np.where(rng.random(int(seen.sum())) < 0.1, (y[seen] + 1) % 3, y[seen])
    given = rng.random(len(item)) < 0.9
    return (item[given], xyxy[given], y[given]), (item[seen], moved, said, score)


def objectlab():
    from cleanlab.object_detection.rank import (
        compute_badloc_box_scores,
        compute_overlooked_box_scores,
        compute_swap_box_scores,
        get_label_quality_scores,
    )

    (item, xyxy, y), (of, there, said, score) = boxes()
    labels = [{"bboxes": xyxy[item == i], "labels": y[item == i]} for i in range(40)]
    rows = np.hstack([there, score[:, None]])
    predictions = [
        np.array([rows[(of == i) & (said == c)] for c in range(3)] + [None], dtype=object)[:3]
        for i in range(40)
    ]
    back = np.concatenate(
        [np.flatnonzero((of == i) & (said == c)) for i in range(40) for c in range(3)]
    )
    both = {"labels": labels, "predictions": predictions}
    overlooked = np.full(len(of), np.nan)
    overlooked[back] = np.concatenate(compute_overlooked_box_scores(**both))
    pictures = get_label_quality_scores(labels, predictions, verbose=False)
    return {
        "peer": "cleanlab",
        "version": version("cleanlab"),
        "world": "boxes() of tools/record_golden.py",
        "placed": np.concatenate(compute_badloc_box_scores(**both)).tolist(),
        "swapped": np.concatenate(compute_swap_box_scores(**both)).tolist(),
        "overlooked": [None if v != v else v for v in overlooked.tolist()],
        "pictures": pictures.tolist(),
        "tolerance": 1e-6,
        "difference": "none",
    }


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
    for verb in (audit, aggregate, objectlab):
        (OUT / f"{verb.__name__}.json").write_text(json.dumps(verb(), indent=1) + "\n")
