"""cleanlab's Datalab on the arrays of a folder: the checks that a whole audit makes.  Prints CPU
seconds, extra memory and the size of the input as JSON.
"""

import json
import os
import sys
import threading
from pathlib import Path

import numpy as np
from cleanlab import Datalab

CHECKS = ("label", "outlier", "near_duplicate", "non_iid")


def anonymous() -> int:
    """KiB of memory that is the process's own (Linux)."""
    return next(
        int(line.split()[1])
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("RssAnon")
    )


folder = Path(sys.argv[1])
y, features, probs = (np.load(folder / name) for name in ("y.npy", "x.npy", "p.npy"))
peak, done = [anonymous()], threading.Event()


def watch() -> None:
    """Look at the memory a hundred times a second."""
    while not done.wait(0.01):
        peak.append(anonymous())


watcher = threading.Thread(target=watch)
before, start = peak[0], sum(os.times()[:4])
watcher.start()
lab = Datalab(data={"y": y}, label_name="y", verbosity=0)
lab.find_issues(features=features, pred_probs=probs, issue_types={check: {} for check in CHECKS})
seconds = sum(os.times()[:4]) - start  # as it is called by default: its workers count
done.set()
watcher.join()
made = {f"is_{check}_issue" for check in CHECKS} - set(lab.issues.columns)
if made:  # Datalab prints the errors of its checks and goes on
    raise SystemExit(f"these checks did not run: {sorted(made)}")
sys.stdout.write(
    json.dumps(
        {
            "cpu_s": seconds,
            "extra_mib": (max(peak) - before) / 1024,
            "input_mib": (features.nbytes + probs.nbytes) / 2**20,
        }
    )
)
