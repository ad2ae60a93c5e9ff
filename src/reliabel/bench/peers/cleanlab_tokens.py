"""cleanlab's token scores: reads IN.npz (tags, offsets, probs) and writes OUT.npz (one array a
method, larger = more suspect); or, with ``cost WORDS``, prints CPU seconds and extra memory of its
issues and scores on generated probabilities as JSON.
"""

import json
import os
import sys
import tracemalloc
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from cleanlab.token_classification.filter import find_label_issues
from cleanlab.token_classification.rank import get_label_quality_scores


def lists(offsets, tags, probs):
    """Sentences as the peer takes them."""
    ends = list(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True))
    return [tags[a:b].tolist() for a, b in ends], [probs[a:b] for a, b in ends]


if sys.argv[1] == "cost":
    from generate import tagged

    labels, parts = lists(*tagged(int(float(sys.argv[2]))))
    start = sum(os.times()[:4])
    find_label_issues(labels, parts)
    issues = sum(os.times()[:4]) - start
    get_label_quality_scores(labels, parts)
    seconds = sum(os.times()[:4]) - start
    tracemalloc.start()  # what a call holds, whatever the process has held before
    find_label_issues(labels, parts)
    get_label_quality_scores(labels, parts)
    extra = tracemalloc.get_traced_memory()[1] / 2**20
    told = {"cpu_s": seconds, "issues_cpu_s": issues, "extra_mib": extra}
    sys.stdout.write(json.dumps(told))
else:
    given = np.load(sys.argv[1])
    labels, parts = lists(given["offsets"], given["tags"], given["probs"].astype(float))
    scores = {}
    for method in ("self_confidence", "normalized_margin"):
        _, told = get_label_quality_scores(labels, parts, token_score_method=method)
        scores[method] = 1 - np.concatenate([np.asarray(part) for part in told])
    np.savez(sys.argv[2], **scores)
