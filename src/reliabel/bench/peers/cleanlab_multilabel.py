"""cleanlab on several labels an item.

IN.npz OUT.npz: reads given (n, k) of 0 and 1 and probs, writes one array of item scores a method,
higher = more suspect.  cost NxK: prints CPU seconds, extra memory and the size of the input as
JSON.
"""

import json
import os
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import numpy as np
from cleanlab.multilabel_classification.filter import find_label_issues
from cleanlab.multilabel_classification.rank import get_label_quality_scores
from generate import cells

SCORERS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")
AGGREGATES = {
    "ema": {"method": "exponential_moving_average", "alpha": 0.8},
    "softmin": {"method": "softmin"},
}


def lists(given: np.ndarray) -> list[list[int]]:
    """Labels as cleanlab takes them."""
    return [np.flatnonzero(row).tolist() for row in given]


def scored(source: str, target: str) -> None:
    """Write the scores of all its methods."""
    held = np.load(source)
    given, probs = lists(held["given"]), held["probs"].astype(float)
    scores = {}
    for scorer in SCORERS:
        for name, aggregate in AGGREGATES.items():
            for adjusted in (False, True):
                if adjusted and scorer == "confidence_weighted_entropy":
                    continue  # cleanlab refuses the pair
                quality = get_label_quality_scores(
                    given,
                    probs,
                    method=scorer,
                    adjust_pred_probs=adjusted,
                    aggregator_kwargs=aggregate,
                )
                scores[f"{scorer} {name}{' adjusted' * adjusted}"] = 1 - quality
    np.savez(target, **scores)


def cost(shape: str) -> None:
    """Print what finding issues and scoring the items takes."""
    y, probs = cells(*(int(float(part)) for part in shape.split("x")))
    given = lists(y)  # as its users hold labels
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = sum(os.times()[:4])
    find_label_issues(given, probs)  # as it is called by default: its workers count
    get_label_quality_scores(given, probs)
    seconds = sum(os.times()[:4]) - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"cpu_s": seconds, "extra_mib": (after - before) / 1024}
    sys.stdout.write(json.dumps({**told, "input_mib": probs.nbytes / 2**20}))


if sys.argv[1] == "cost":
    cost(sys.argv[2])
else:
    scored(sys.argv[1], sys.argv[2])
