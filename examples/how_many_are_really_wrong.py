"""How many labels are really wrong?  A hundred drawn labels, judged by people, turn a model's guess
into a count that rests on what they saw.
"""

import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import reliabel as rl

digits = load_digits()
truth = rl.Classes(digits.target.astype(np.int64))
planted = rl.corrupt(truth, by="human_confusions", features=digits.data, rate=0.1, seed=0)

with tempfile.TemporaryDirectory() as place:
    folder = Path(place) / "digits.audit"
    audit = rl.audit(planted.labels, features=digits.data, folder=folder)
    rl.save(audit, folder)
    print(
        f"before a review: {audit.count.low:.0f} to {audit.count.high:.0f}, if "
        f"{audit.count.assumes}"
    )

    drawn = rl.sample(folder, n=100)[
        "rows"
    ]  # a weighted random draw; here the planted truth plays the people
    item = [int(name) for name in drawn["id"]]
    verdicts = {
        "id": drawn["id"],
        "verdict": np.where(planted.wrong[item], "change", "keep").tolist(),
        "label": [str(truth.y[i]) for i in item],
    }
    audit = rl.audit(planted.labels, features=digits.data, folder=folder, verdicts=verdicts)

print(
    f"after {len(item)} verdicts: {audit.count.low:.0f} to {audit.count.high:.0f}, whatever the "
    f"model is worth; planted: {planted.wrong.sum()}"
)
assert audit.count.low <= planted.wrong.sum() <= audit.count.high
