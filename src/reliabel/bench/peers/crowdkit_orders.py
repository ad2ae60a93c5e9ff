"""crowd-kit on comparisons: reads IN.npz (worker, left, right, y, n of each draw, numbered) and a
method's name, writes OUT.json (scores of each draw, cpu_s, extra_mib).

It knows no ties: the draws have none.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from crowdkit.aggregation import BradleyTerry, NoisyBradleyTerry

MAKE = {
    "bradley_terry": lambda: BradleyTerry(n_iter=1000),
    "noisy_bradley_terry": lambda: NoisyBradleyTerry(n_iter=200),
}
source, method, target = sys.argv[1:4]
given, scores, seconds = np.load(source), [], 0.0
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for draw in range(int(given["draws"])):
    worker, left, right, y = (given[f"{name}{draw}"] for name in ("worker", "left", "right", "y"))
    winner = np.where(y == 0, left, right)
    frame = pd.DataFrame({"worker": worker, "left": left, "right": right, "label": winner})
    start = time.process_time()
    found = MAKE[method]().fit(frame).scores_
    seconds += time.process_time() - start
    whole = found.reindex(range(int(given[f"n{draw}"])))
    scores.append([None if np.isnan(score) else float(score) for score in whole])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
answer = {"scores": scores, "cpu_s": seconds, "extra_mib": (after - before) / 1024}
Path(target).write_text(json.dumps(answer))
