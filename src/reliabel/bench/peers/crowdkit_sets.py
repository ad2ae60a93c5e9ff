"""crowd-kit on label sets, one yes/no question a label: reads IN.npz (item, worker, y: 1 yes, n)
and the name of its method for each question, writes OUT.npz (y) and prints its CPU seconds.

What a worker was not shown cannot be told to it: it becomes a "no".
"""

import json
import sys
import time

import numpy as np
import pandas as pd
from crowdkit.aggregation import BinaryRelevance, DawidSkene, MajorityVote

MAKE = {"majority": MajorityVote, "dawid_skene": lambda: DawidSkene(n_iter=100)}
source, method, target = sys.argv[1:4]
given = np.load(source)
y, n = given["y"], int(given["n"])
frame = pd.DataFrame(
    {
        "task": given["item"],
        "worker": given["worker"],
        "label": [[f"l{c}" for c in np.flatnonzero(row == 1)] for row in y],
    }
)
model = BinaryRelevance(MAKE[method]())
start = time.process_time()
labels = model.fit_predict(frame)
seconds = time.process_time() - start
found = np.zeros((n, y.shape[1]), dtype=int)
for item, names in labels.items():
    for name in names:
        found[int(item), int(str(name)[1:])] = 1
np.savez(target, y=found)
sys.stdout.write(json.dumps({"cpu_s": seconds}))
