"""cleanlab on one case of the cost suite: prints CPU seconds, extra memory and the size of the
input as JSON.
"""

import json
import os
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores, get_self_confidence_for_each_label
from generate import probabilities

what, shape = sys.argv[1].rsplit("_", 1)
labels, probs = probabilities(*(int(float(part)) for part in shape.split("x")))
calls = {
    "confident_learning": lambda: find_label_issues(labels, probs, filter_by="confident_learning"),
    "self_confidence": lambda: get_label_quality_scores(labels, probs, method="self_confidence"),
    "normalized_margin": lambda: get_label_quality_scores(
        labels, probs, method="normalized_margin"
    ),
    "self_confidence_bare": lambda: get_self_confidence_for_each_label(labels, probs),
}
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, sum(os.times()[:4])
calls[what]()
seconds, after = (
    sum(os.times()[:4]) - start,
    resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
)  # as it is called by default: its workers count
sys.stdout.write(
    json.dumps(
        {"cpu_s": seconds, "extra_mib": (after - before) / 1024, "input_mib": probs.nbytes / 2**20}
    )
)
