"""How many labels cleanlab calls wrong: reads IN.npz (labels, probs), prints the number of issues
of find_label_issues with its default options.
"""

import sys

import numpy as np
from cleanlab.filter import find_label_issues

given = np.load(sys.argv[1])
labels, probs = given["labels"].astype(int), given["probs"].astype(float)
probs /= probs.sum(1, keepdims=True)
sys.stdout.write(str(int(find_label_issues(labels, probs, n_jobs=1).sum())))
