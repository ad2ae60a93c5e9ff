"""cleanlab's segmentation: reads LABELS.npy (n, h, w) and PROBS.npy (n, k, h, w), mapped, and
writes OUT.npz (issue and 1 - score of each pixel, 1 - score of each picture); or, with
``cost LABELS PROBS``, prints CPU seconds and extra memory of its issues and scores in one process
as JSON.
"""

import json
import os
import resource
import sys

import numpy as np
from cleanlab.segmentation.filter import find_label_issues
from cleanlab.segmentation.rank import get_label_quality_scores

cost = sys.argv[1] == "cost"
labels = np.load(sys.argv[2 if cost else 1])
probs = np.load(sys.argv[3 if cost else 2], mmap_mode="r")
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, sum(os.times()[:4])
issue = find_label_issues(labels, probs, n_jobs=1, verbose=False)
issues = sum(os.times()[:4]) - start
picture, pixel = get_label_quality_scores(labels, probs, n_jobs=1, verbose=False)
seconds = sum(os.times()[:4]) - start
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if cost:
    told = {"cpu_s": seconds, "issues_cpu_s": issues, "extra_mib": (after - before) / 1024}
    sys.stdout.write(json.dumps(told))
else:
    np.savez(
        sys.argv[3],
        issue=issue,
        pixel=(1 - pixel).astype(np.float32),
        picture=1 - picture,
        cpu_s=seconds,
    )
