"""crowd-kit on masks of one class: reads IN.npz (item, worker, masks (votes, h, w), n) and the name
of its method, writes OUT.npz (masks (n, h, w)) and prints its CPU seconds.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
from crowdkit import aggregation

source, method, target = sys.argv[1:4]
given = np.load(source)
masks = given["masks"]
frame = pd.DataFrame(
    {
        "task": given["item"],
        "worker": [str(j) for j in given["worker"]],
        "segmentation": list(masks),
    }
)
make = getattr(aggregation, method)
# its majority takes skills and gives all workers 1 without them
start = time.process_time()
answer = make().fit_predict(frame)
seconds = time.process_time() - start
found = np.zeros((int(given["n"]), *masks.shape[1:]), dtype=bool)
for item, mask in answer.items():
    found[int(item)] = np.asarray(mask) > 0.5
np.savez(target, masks=found)
sys.stdout.write(json.dumps({"cpu_s": seconds}))
