"""cleanlab on one case of the cost suite: prints CPU seconds, extra memory and the size of the input as JSON."""

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_self_confidence_for_each_label
from generate import probabilities

what, shape = sys.argv[1].rsplit("_", 1)
labels, probs = probabilities(*(int(float(part)) for part in shape.split("x")))
calls = {
    "confident_learning": lambda: find_label_issues(labels, probs, filter_by="confident_learning", n_jobs=1),
    "self_confidence": lambda: get_self_confidence_for_each_label(labels, probs),
}
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
calls[what]()
seconds, after = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sys.stdout.write(json.dumps({"cpu_s": seconds, "extra_mib": (after - before) / 1024, "input_mib": probs.nbytes / 2**20}))
