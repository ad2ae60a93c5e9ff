"""LabelAuditor keeps the manners of scikit-learn and finds planted errors."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reliabel.compat.sklearn import LabelAuditor


@pytest.fixture(scope="module")
def noisy():
    """X, the truth, and labels of which 40 are wrong."""
    x, truth = make_classification(
        400, 6, n_informative=4, n_redundant=0, class_sep=2.5, flip_y=0, random_state=0
    )
    given = truth.copy()
    given[:40] = 1 - given[:40]
    return x, truth, given


def hits(auditor, wrong):
    return int((np.argsort(-auditor.p_wrong_)[:40] < wrong).sum())


def test_it_passes_the_checks_of_scikit_learn():
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    if not hasattr(checks, "estimator_checks_generator"):
        pytest.skip("scikit-learn before 1.6 reports its checks in another way")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # data sets of the checks have classes of one item
        found = checks.check_estimator(LabelAuditor(GaussianNB(), cv=2), on_fail=None)
    failed = {one["check_name"]: one["exception"] for one in found if one["status"] == "failed"}
    assert failed == {}
    assert sum(one["status"] == "passed" for one in found) > 40


def test_planted_errors_are_found_counted_and_left_out(noisy):
    x, truth, given = noisy
    auditor = LabelAuditor().fit(x, given)
    assert hits(auditor, 40) >= 32
    assert auditor.p_wrong_.shape == auditor.suggest_.shape == auditor.kept_.shape == (400,)
    assert auditor.probs_.shape == (400, 2)
    assert auditor.count_ is auditor.audit_.count
    assert (auditor.suggest_ == truth)[:40].mean() > 0.8
    assert (~auditor.kept_).tolist() == (auditor.p_wrong_ >= 0.5).tolist()
    assert auditor.n_features_in_ == 6
    assert auditor.classes_.tolist() == [0, 1]
    assert auditor.score(x, truth) >= LogisticRegression().fit(x, given).score(x, truth)
    assert not np.array_equal(
        auditor.predict_proba(x), LabelAuditor(clean="keep").fit(x, given).predict_proba(x)
    )


def test_the_same_fit_twice_is_the_same(noisy):
    x, _, given = noisy
    once, twice = LabelAuditor().fit(x, given), clone(LabelAuditor()).fit(x, given)
    assert once.p_wrong_.tolist() == twice.p_wrong_.tolist()
    assert once.predict(x).tolist() == twice.predict(x).tolist()


def test_parameters_are_those_of_the_constructor():
    auditor = LabelAuditor(GaussianNB(), cv=3, clean="weight")
    assert auditor.get_params()["estimator__var_smoothing"] == 1e-9
    auditor.set_params(threshold=0.9, estimator__var_smoothing=1e-3)
    again = clone(auditor)
    assert (again.threshold, again.cv, again.clean) == (0.9, 3, "weight")
    assert again.estimator.var_smoothing == 1e-3


def test_it_ends_a_pipeline_and_stands_in_a_grid_search(noisy):
    x, _, given = noisy
    whole = make_pipeline(StandardScaler(), LabelAuditor(GaussianNB()))
    whole.fit(x, given)
    assert hits(whole[-1], 40) >= 30
    search = GridSearchCV(whole, {"labelauditor__clean": ["keep", "drop"]}, cv=3).fit(x, given)
    assert search.best_estimator_.predict(x).shape == (400,)
    assert len(cross_val_score(whole, x, given, cv=3)) == 3


def test_probabilities_of_cross_val_predict_are_taken_as_they_are(noisy):
    x, _, given = noisy
    probs = cross_val_predict(
        LogisticRegression(max_iter=1000), x, given, cv=StratifiedKFold(5), method="predict_proba"
    )
    own = LabelAuditor().fit(x, given)
    assert LabelAuditor().fit(x, given, probs=probs).p_wrong_.tolist() == own.p_wrong_.tolist()
    alone = LabelAuditor(features=False).fit(None, given, probs=probs)
    assert hits(alone, 40) >= 30
    with pytest.raises(ValueError, match="fitted without X"):
        alone.predict(x)


def test_texts_go_to_a_pipeline_that_reads_them():
    rng = np.random.default_rng(0)
    words = {"sport": ["goal", "match", "team", "coach"], "money": ["bank", "price", "loan", "tax"]}
    truth = np.array(["sport", "money"] * 100)
    texts = [" ".join(rng.choice([*words[c], "the", "a"], 8)) for c in truth]
    given = truth.copy()
    given[:10] = np.where(truth[:10] == "sport", "money", "sport")
    auditor = LabelAuditor(make_pipeline(TfidfVectorizer(), LogisticRegression())).fit(texts, given)
    assert set(np.argsort(-auditor.p_wrong_)[:10].tolist()) == set(range(10))
    assert auditor.suggest_.dtype == truth.dtype
    assert auditor.suggest_[:10].tolist() == truth[:10].tolist()
    assert auditor.predict(["goal match team", "bank loan"]).tolist() == ["sport", "money"]


def test_frames_keep_their_names(noisy):
    pd = pytest.importorskip("pandas")
    x, _, given = noisy
    frame = pd.DataFrame(x, columns=list("abcdef"))
    y = pd.Series(given).map({0: "no", 1: "yes"})
    auditor = LabelAuditor().fit(frame, y)
    assert auditor.feature_names_in_.tolist() == list("abcdef")
    assert set(auditor.predict(frame)) == {"no", "yes"}
    np.testing.assert_array_equal(auditor.p_wrong_, LabelAuditor().fit(x, given).p_wrong_)


@pytest.mark.parametrize("clean", ["drop", "weight", "relabel", "keep"])
def test_every_way_to_clean(noisy, clean):
    x, truth, given = noisy
    auditor = LabelAuditor(clean=clean).fit(x, given)
    assert auditor.kept_.all() == (clean != "drop")
    plain = LogisticRegression(max_iter=1000).fit(x, given)
    assert auditor.score(x, truth) >= plain.score(x, truth)


def test_missing_features_groups_and_rare_classes(noisy):
    x, _, given = noisy
    holes = x.copy()
    holes[::7, 0] = np.nan
    auditor = LabelAuditor(HistGradientBoostingClassifier(max_iter=20)).fit(holes, given)
    assert hits(auditor, 40) >= 25
    groups = np.arange(400) // 4
    grouped = LabelAuditor().fit(x, given, groups=groups)
    assert hits(grouped, 40) >= 30
    rare = np.where(np.arange(400) < 3, 2, given)  # a class of three
    assert LabelAuditor().fit(x, rare).classes_.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("words", "fit", "sentence"),
    [
        ({"clean": "wipe"}, {}, "clean must be one of drop, weight, relabel, keep, got 'wipe'"),
        ({"threshold": 0}, {}, "threshold is a probability above 0"),
        ({"estimator": RidgeClassifier()}, {}, "a classifier with predict_proba, got RidgeClass"),
        ({"estimator": KNeighborsClassifier(), "clean": "weight"}, {}, "takes sample_weight"),
        ({}, {"X": None}, "give X to make out-of-fold probabilities"),
        ({}, {"y": [0] * 400}, "class"),
        ({}, {"y": [0, 1]}, "inconsistent numbers of samples"),
        ({}, {"y": np.linspace(0, 1, 400)}, "continuous"),
    ],
)
def test_what_cannot_be_fitted_is_a_sentence(noisy, words, fit, sentence):
    x, _, given = noisy
    with pytest.raises(ValueError, match=sentence):
        LabelAuditor(**words).fit(**{"X": x, "y": given, **fit})
