"""Which labels are wrong, how many, and what would a review find?  Flowers with planted
mistakes.
"""

import numpy as np
from sklearn.datasets import load_iris

import reliabel as rl

iris = load_iris()
truth = rl.Classes(iris.target.astype(np.int64), tuple(iris.target_names))
planted = rl.corrupt(truth, by="instance_dependent", features=iris.data, rate=0.1, seed=1)

audit = rl.audit(planted.labels, features=iris.data)
first = [finding for finding in audit.findings if finding.finds == "label"][:10]
for finding in first:
    print(
        f"row {finding.item}: given {finding.given}, looks like {finding.suggest} ({finding.why})"
    )
hits = int(planted.wrong[[finding.item for finding in first]].sum())
print(f"{hits} of the first 10 are wrong; {int(planted.wrong.sum())} were planted")
print("count before a review:", audit.count)
assert hits >= 4
