"""cleanlab's CROWDLAB: reads IN.npz (item, worker, label, n, w, probs), writes OUT.npz, prints its
CPU seconds.

OUT holds its consensus label, the quality of that label, the quality of each vote, and p, the
probabilities behind them: of its main function, which returns no probabilities, the last step is
    called once more for them.
"""

import json
import sys
import time

import numpy as np
from cleanlab import multiannotator

given = np.load(sys.argv[1])
table = np.full((int(given["n"]), int(given["w"])), np.nan)
table[given["item"], given["worker"]] = given["label"]
table = table[:, ~np.isnan(table).all(0)]  # it takes no worker without votes
start = time.process_time()
found = multiannotator.get_label_quality_multiannotator(
    table, given["probs"], verbose=False, return_annotator_stats=False
)
seconds = time.process_time() - start
label = found["label_quality"]["consensus_label"].to_numpy().astype(int)
cast = (~np.isnan(table)).sum(1)
agreement = (table == label[:, None]).sum(1) / cast
p = multiannotator._get_post_pred_probs_and_weights(table, label, given["probs"], cast, agreement)[
    0
]
there = np.full((int(given["n"]), int(given["w"])), np.nan)
there[:, np.unique(given["worker"])] = found["detailed_label_quality"].to_numpy(dtype=float)
each = there[given["item"], given["worker"]]
quality = found["label_quality"]["consensus_quality_score"].to_numpy()
np.savez(sys.argv[2], label=label, quality=quality, p=p, each=each)
sys.stdout.write(json.dumps({"cpu_s": seconds}))
