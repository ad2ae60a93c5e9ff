"""LabelNoiseClassifier keeps the manners of scikit-learn, whichever learner it holds."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reliabel.compat.learners import LabelNoiseClassifier
from reliabel.core.catalogue import catalogue

# learners of one class an item that need nothing but features and what is made of them
MADE = frozenset(["features", "probs", "neighbours", "rng", "training"])
PLAIN = [
    entry.name
    for entry in catalogue()
    if entry.verb == "learn" and entry.ours and "Classes" in entry.takes and entry.needs <= MADE
]
QUICK = ("noise_ignorant", "cross_entropy", "co_teaching")


def check(name):
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    if not hasattr(checks, "estimator_checks_generator"):
        pytest.skip("scikit-learn before 1.6 reports its checks in another way")
    if name != "noise_ignorant":
        pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # data sets of the checks have classes of one item
        found = checks.check_estimator(LabelNoiseClassifier(by=name), on_fail=None)
    failed = {one["check_name"]: one["exception"] for one in found if one["status"] == "failed"}
    assert failed == {}
    assert sum(one["status"] == "passed" for one in found) > 45


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_three_learners_pass_the_checks_of_scikit_learn(name):
    check(name)


@pytest.mark.heavy
@pytest.mark.parametrize("name", [name for name in PLAIN if name not in QUICK])
def test_every_other_learner_passes_them(name):
    check(name)


def test_the_learners_that_are_checked_are_there():
    assert set(QUICK) <= set(PLAIN)
    assert len(PLAIN) >= 12


@pytest.fixture(scope="module")
def noisy():
    """X, the truth, and labels of which a quarter are wrong."""
    x, truth = make_classification(
        *(300, 6),
        n_informative=4,
        n_redundant=0,
        n_clusters_per_class=1,
        class_sep=2.5,
        flip_y=0,
        random_state=0,
    )
    words = np.array(["no", "yes"])
    given = np.where(np.arange(300) % 4 == 0, 1 - truth, truth)
    return x, words[truth], words[given]


PROBE = LabelNoiseClassifier("linear_probe")


def test_it_learns_in_the_places_where_classifiers_stand(noisy):
    x, truth, given = noisy
    piped = make_pipeline(StandardScaler(), clone(PROBE)).fit(x, given)
    assert piped.score(x, truth) > 0.9
    assert cross_val_score(PROBE, x, given, cv=3).mean() > 0.6
    searched = GridSearchCV(PROBE, {"options": [None, {"folds": 5}]}, cv=2).fit(x, given)
    assert searched.best_estimator_.score(x, truth) > 0.9
    calibrated = CalibratedClassifierCV(clone(PROBE), cv=2).fit(x, given)
    assert calibrated.predict_proba(x).shape == (300, 2)
    assert calibrated.score(x, truth) > 0.9


def test_it_can_be_cloned_and_pickled(noisy):
    x, _, given = noisy
    fitted = LabelNoiseClassifier("linear_probe", options={"folds": 4}, seed=3).fit(x, given)
    assert clone(fitted).get_params() == fitted.get_params()
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict_proba(x), fitted.predict_proba(x))
    assert len(pickle.dumps(fitted)) < x.nbytes + 30_000
    assert again.by_ == "noise_ignorant"
    assert 0.6 < again.agreement_ < 0.9
    seeded = LabelNoiseClassifier("linear_probe", seed=np.random.RandomState(0)).fit(x, given)
    assert seeded.predict(x).shape == (300,)


def test_what_a_learner_says_of_the_labels_becomes_attributes(noisy):
    pytest.importorskip("torch")
    x, truth, given = noisy
    fitted = LabelNoiseClassifier("early_learning").fit(x, given)
    wrong = given != truth
    assert fitted.label_quality_[wrong].mean() < fitted.label_quality_[~wrong].mean() - 0.3
    assert (fitted.corrected_labels_ == truth).mean() > 0.9
    assert not hasattr(fitted, "noise_matrix_")
    again = fitted.set_params(by="linear_probe").fit(x, given)
    assert not hasattr(again, "label_quality_")
    assert pickle.loads(pickle.dumps(fitted)).by_ == "noise_ignorant"


def test_the_model_can_be_kept_as_a_folder(noisy, tmp_path):
    import reliabel as rl

    x, _, given = noisy
    fitted = clone(PROBE).fit(x, given)
    rl.save(fitted.model_, tmp_path / "m")
    assert rl.predict(tmp_path / "m", features=x).predicted == fitted.predict(x).tolist()


@pytest.mark.parametrize(
    ("estimator", "y", "sentence"),
    [
        (PROBE, ["a"] * 6, "cannot be fitted to one class, got 'a' only"),
        (LabelNoiseClassifier("linear_prob"), "aabbab", "did you mean 'linear_probe'"),
        (LabelNoiseClassifier("linear_probe", options=3), "aabbab", "options is a mapping"),
        (LabelNoiseClassifier("linear_probe", options={"n": 1}), "aabbab", "has no option 'n'"),
    ],
)
def test_bad_parameters_get_a_sentence(estimator, y, sentence):
    with pytest.raises(ValueError, match=sentence):
        clone(estimator).fit(np.arange(12.0).reshape(6, 2), np.array(list(y)))
