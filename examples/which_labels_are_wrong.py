"""Which labels are wrong, how many, and what would a review find?  Digits with planted
mistakes.
"""

import numpy as np
from sklearn.datasets import load_digits

import reliabel as rl

digits = load_digits()
truth = rl.Classes(digits.target.astype(np.int64))
planted = rl.corrupt(truth, by="symmetric", rate=0.05, seed=1)

audit = rl.audit(planted.labels, features=digits.data)
suspects = [finding for finding in audit.findings if finding.finds == "label"]
for finding in suspects[:5]:
    print(
        f"row {finding.item}: given {finding.given}, looks like {finding.suggest} ({finding.why})"
    )
wrong = int(planted.wrong.sum())
hits = int(planted.wrong[[finding.item for finding in suspects[:wrong]]].sum())
count = audit.count
print(f"{hits} of the first {wrong} are wrong; {wrong} were planted")
print(f"before a review: about {count.value:.0f} ({count.low:.0f}-{count.high:.0f})")
assert hits >= 0.9 * wrong
assert count.low <= wrong <= count.high
