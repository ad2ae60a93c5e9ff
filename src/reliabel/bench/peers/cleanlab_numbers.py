"""cleanlab on numbers.

IN.npz OUT.npz: reads features, y and predicted, writes one array of scores a method, higher = more
suspect: its default (CleanLearning with its default model) and its scores of given predictions.
cost N METHOD: prints CPU seconds and extra memory of scoring N given predictions as JSON; memory is
limited to 32 GiB, beyond which it fails.
"""

import json
import os
import resource
import sys

import numpy as np
from cleanlab.regression.learn import CleanLearning
from cleanlab.regression.rank import get_label_quality_scores

LIMIT = 32 * 2**30  # bytes of address space


def scored(source: str, target: str) -> None:
    """Write the scores of all its methods."""
    held = np.load(source)
    y, predicted = held["y"].astype(float), held["predicted"].astype(float)
    scores = {
        f"same predictions, {method}": 1 - get_label_quality_scores(y, predicted, method=method)
        for method in ("outre", "residual")
    }
    issues = CleanLearning(seed=0, verbose=False).find_label_issues(held["features"], y)
    scores["default"] = 1 - issues["label_quality"].to_numpy()
    np.savez(target, **scores)


def cost(many: str, method: str) -> None:
    """Print what scoring given predictions takes."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    rng = np.random.default_rng(0)
    y = rng.normal(size=int(float(many)))
    predicted = y + rng.normal(0, 0.3, len(y))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = sum(os.times()[:4])
    get_label_quality_scores(y, predicted, method=method)
    seconds = sum(os.times()[:4]) - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(json.dumps({"cpu_s": seconds, "extra_mib": (after - before) / 1024}))


if sys.argv[1] == "cost":
    cost(sys.argv[2], sys.argv[3])
else:
    scored(sys.argv[1], sys.argv[2])
