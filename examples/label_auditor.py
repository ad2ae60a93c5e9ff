"""Audit labels inside scikit-learn: at the end of a Pipeline, in a grid search, and with
probabilities that you have already.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reliabel.compat.sklearn import LabelAuditor

x, truth = load_digits(return_X_y=True)
x, x_test, truth, y_test = train_test_split(x, truth, test_size=0.4, random_state=0)
rng = np.random.default_rng(0)
wrong = rng.random(len(truth)) < 0.15
given = np.where(wrong, rng.integers(0, 10, len(truth)), truth)  # some of them by chance right
wrong = given != truth

classifier = LogisticRegression(max_iter=2000)
plain = make_pipeline(StandardScaler(), classifier).fit(x, given)
audited = make_pipeline(StandardScaler(), LabelAuditor(classifier)).fit(x, given)
auditor = audited[-1]
worst = np.argsort(-auditor.p_wrong_)[: wrong.sum()]
count = auditor.count_
print(f"{wrong[worst].sum()} of the {len(worst)} most suspect labels are wrong")
print(f"count: {count.value:.0f} ({count.low:.0f}-{count.high:.0f}), planted: {wrong.sum()}")
right = (auditor.suggest_ == truth)[wrong].mean()
print(f"{right:.0%} of the wrong labels get the right suggestion")
before, after = plain.score(x_test, y_test), audited.score(x_test, y_test)
print(f"accuracy on clean test labels: {before:.3f} as given, {after:.3f} without the suspects")

probs = cross_val_predict(classifier, x / 16, given, method="predict_proba")
mine = LabelAuditor(clean="weight").fit(x / 16, given, probs=probs)
print(f"with my own probabilities: {wrong[np.argsort(-mine.p_wrong_)[:50]].sum()} of 50")

assert wrong[worst].mean() > 0.8
assert right > 0.8
assert after > before
