"""cleanlab's ObjectLab: reads IN.npz (given and predicted boxes with their offsets) and writes
OUT.npz (a score a prediction or a given box for each of its three kinds, and a picture; larger =
more suspect; -1 where it has none); or, with ``cost SHAPE``, prints CPU seconds and extra memory of
its issues and scores on generated boxes as JSON.
"""

import json
import os
import resource
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from cleanlab.object_detection.filter import find_label_issues
from cleanlab.object_detection.rank import (
    compute_badloc_box_scores,
    compute_overlooked_box_scores,
    compute_swap_box_scores,
    get_label_quality_scores,
)


def lists(given, k):
    """Labels and predictions as the peer takes them, and the place of each prediction there."""
    labels, predictions, order = [], [], []
    a, b = given["offsets"], given["p_offsets"]
    for i in range(len(a) - 1):
        mine, seen = slice(a[i], a[i + 1]), np.arange(b[i], b[i + 1])
        labels.append({"bboxes": given["xyxy"][mine], "labels": given["y"][mine]})
        boxes = np.column_stack([given["p_xyxy"][seen], given["p_score"][seen]])
        predictions.append([boxes[given["p_y"][seen] == c] for c in range(k)])
        order.append(seen[np.argsort(given["p_y"][seen], kind="stable")])
    return labels, predictions, np.concatenate(order)


def flat(scores):
    """1 - score of all pictures, -1 where there is none."""
    score = 1 - np.concatenate([np.asarray(one, dtype=float) for one in scores])
    return np.where(np.isnan(score), -1, score)


if sys.argv[1] == "cost":
    from generate import boxes

    n, m, k = (int(part) for part in sys.argv[2].split("x"))
    labels, predictions, _ = lists(boxes(n, m, k), k)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = sum(os.times()[:4])
    find_label_issues(labels, predictions)
    issues = sum(os.times()[:4]) - start
    get_label_quality_scores(labels, predictions, verbose=False)
    seconds = sum(os.times()[:4]) - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"cpu_s": seconds, "issues_cpu_s": issues, "extra_mib": (after - before) / 1024}
    sys.stdout.write(json.dumps(told))
else:
    given = dict(np.load(sys.argv[1]))
    labels, predictions, order = lists(given, int(given["k"]))
    told = flat(compute_overlooked_box_scores(labels=labels, predictions=predictions))
    overlooked = np.empty(len(order))
    overlooked[order] = told
    np.savez(
        sys.argv[2],
        overlooked=overlooked,
        badloc=flat(compute_badloc_box_scores(labels=labels, predictions=predictions)),
        swap=flat(compute_swap_box_scores(labels=labels, predictions=predictions)),
        picture=1 - get_label_quality_scores(labels, predictions, verbose=False),
        issue=find_label_issues(labels, predictions),
    )
