"""cleanlab's label scores on given labels and probabilities: reads IN.npz (labels, probs), writes
OUT.npz (one array a method).
"""

import sys

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

given = np.load(sys.argv[1])
labels, probs = given["labels"].astype(int), given["probs"].astype(float)
probs /= probs.sum(1, keepdims=True)
scores = {
    method: 1 - get_label_quality_scores(labels, probs, method=method)
    for method in ("self_confidence", "normalized_margin")
}
for method in (
    "confident_learning",
    "prune_by_noise_rate",
):  # the second is its default; as its users rank: the flagged first, each part by self-confidence
    scores[method] = (
        find_label_issues(labels, probs, filter_by=method, n_jobs=1) + scores["self_confidence"]
    )
np.savez(sys.argv[2], **scores)
