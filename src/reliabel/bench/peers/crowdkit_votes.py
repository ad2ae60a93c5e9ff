"""crowd-kit on votes: reads IN.npz (item, worker, label, n, k) and a method's name, writes OUT.npz
(p, hard) and prints its CPU seconds and extra memory.

The last argument is JSON: the method's options, and how many CPU seconds it may take.
A row of -1 in ``hard`` means that the method gave the item no answer; methods without probabilities
leave ``p`` out.
"""

import json
import resource
import signal
import sys
import time

import numpy as np
import pandas as pd
from crowdkit import aggregation

MAKE = {
    "majority": lambda options: aggregation.MajorityVote(),
    "wawa": lambda options: aggregation.Wawa(),
    "zero_based_skill": lambda options: aggregation.ZeroBasedSkill(),
    "dawid_skene": lambda options: aggregation.DawidSkene(**{"n_iter": 100, **options}),
    "one_coin": lambda options: aggregation.OneCoinDawidSkene(**{"n_iter": 100, **options}),
    "glad": lambda options: aggregation.GLAD(**options),
    "mace": lambda options: aggregation.MACE(random_state=0, **options),
    "m_msr": lambda options: aggregation.MMSR(),
    "kos": lambda options: aggregation.KOS(random_state=0),
}
source, method, target, words = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
options, patience = words["options"], words["cpu_s"]


def stop(*_: object) -> None:
    """Say why there is no answer, and end."""
    sys.exit(f"did not end within {patience} CPU seconds")


signal.signal(signal.SIGXCPU, stop)
resource.setrlimit(resource.RLIMIT_CPU, (patience, patience + 60))
given = np.load(source)
n, k = int(given["n"]), int(given["k"])
frame = pd.DataFrame({"task": given["item"], "worker": given["worker"], "label": given["label"]})
if method == "krippendorff_alpha":
    from crowdkit.metrics.data import alpha_krippendorff

    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    alpha_krippendorff(frame)
    seconds, after = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(json.dumps({"cpu_s": seconds, "extra_mib": (after - before) / 1024}))
    sys.exit()
model = MAKE[method](options)
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
labels = model.fit_predict(frame)
seconds, after = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = {"hard": labels.reindex(range(n)).fillna(-1).to_numpy().astype(int)}
if getattr(model, "probas_", None) is not None:
    found["p"] = model.probas_.reindex(index=range(n), columns=range(k)).fillna(0).to_numpy()
np.savez(target, **found)
sys.stdout.write(json.dumps({"cpu_s": seconds, "extra_mib": (after - before) / 1024}))
