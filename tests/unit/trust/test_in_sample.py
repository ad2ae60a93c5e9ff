"""Probabilities of models that have seen the labels are told from those that have not."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.labels import Classes
from reliabel.trust.answer import CANNOT_TELL, NO_SIGN, answer
from reliabel.trust.in_sample import Agreement, agreement, nearly_perfect, told


def world(seed: int, wrong: float = 0.05, n: int = 1500, k: int = 4, apart: float = 2.5):
    """Features, the truth, and labels of which a share is wrong."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    x = rng.normal(size=(n, 8)) + apart * np.eye(k, 8)[truth]
    y = np.where(rng.random(n) < wrong, (truth + rng.integers(1, k, n)) % k, truth)
    return x.astype(np.float32), truth, y


def models():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    return {
        "forest": RandomForestClassifier(60, random_state=0),
        "tree": DecisionTreeClassifier(random_state=0),
        "one neighbour": KNeighborsClassifier(1),
        "logistic": LogisticRegression(),
    }


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("wrong", [0.0, 0.05, 0.2])
def test_models_that_learn_by_heart_are_told_from_the_same_models_out_of_fold(seed, wrong):
    from sklearn.model_selection import cross_val_predict

    x, _, y = world(seed, wrong)
    for name, model in models().items():
        fitted = model.fit(x, y).predict_proba(x)
        folds = cross_val_predict(model, x, y, cv=4, method="predict_proba")
        seen = agreement(Classes(y), fitted, x, rng=np.random.default_rng(0))
        unseen = agreement(Classes(y), folds, x, rng=np.random.default_rng(0))
        assert seen is not None
        assert unseen is not None
        assert seen.fitted == (name != "logistic"), (name, seen)  # it cannot learn by heart
        assert not unseen.fitted, (name, unseen)


@pytest.mark.parametrize("share", [0.9, 0.97, 0.99])
def test_a_model_that_knows_more_than_the_features_is_not_taken_for_one(share):
    x, truth, y = world(0, 0.0, apart=1.5)
    rng = np.random.default_rng(1)
    top = np.where(rng.random(len(y)) < share, truth, (truth + 1) % 4)
    found = agreement(Classes(y), np.eye(4)[top] * 0.9 + 0.025, x, rng=rng)
    assert found is not None
    assert found.given > found.simple
    assert not found.fitted


def test_an_audit_says_it_and_gives_no_count():
    x, _, y = world(0)
    heart = np.eye(4)[y] * 0.96 + 0.01
    done = rl.audit(Classes(y), probs=heart, features=x)
    said = [w for w in done.warnings if "fitted to these very labels" in w]
    assert len(said) == 1
    assert "give out-of-fold probabilities (cross_val_predict)" in said[0]
    assert done.info["p_wrong"]["fitted"]
    assert not done.count.identified
    assert answer(done).state == CANNOT_TELL
    assert any("fitted to these very labels" in part for part in [answer(done).why])
    made = rl.audit(Classes(y), features=x)
    assert not made.info["p_wrong"]["fitted"]
    assert not any("fitted to these very labels" in w for w in made.warnings)


def test_without_features_an_agreement_that_is_nearly_perfect_is_pointed_out():
    y = np.arange(2000) % 3
    sure = np.eye(3)[y] * 0.994 + 0.002
    assert "either the model is nearly perfect, or it was fitted" in nearly_perfect(
        Classes(y), sure
    )
    forest = np.eye(3)[y] * 0.7 + 0.1  # a forest is right on all, and less sure
    assert "cannot be told without features" in nearly_perfect(Classes(y), forest)
    some = forest.copy()
    some[:40] = some[:40, ::-1]
    assert nearly_perfect(Classes(y), some) == ""
    assert nearly_perfect(Classes(y[:300]), forest[:300]) == ""  # of few labels all may be right
    assert nearly_perfect(Classes(y[:99]), sure[:99]) == ""
    done = rl.audit(Classes(y), probs=sure)
    assert any("either the model is nearly perfect" in w for w in done.warnings)
    assert answer(done).state != NO_SIGN


def test_the_rule_by_its_numbers():
    heart = Agreement(1000, 1.0, 0.8, 100, 100)
    assert heart.fitted
    assert "agree with 100.00% of the labels" in told(heart)
    assert "reach 80%, and with 100 of the 100 labels" in told(heart)
    assert not Agreement(1000, 0.994, 0.8, 100, 100).fitted
    assert not Agreement(1000, 0.996, 0.97, 100, 100).fitted  # the simple model is as good
    assert not Agreement(1000, 1.0, 0.8, 100, 85).fitted
    assert not Agreement(1000, 1.0, 0.8, 15, 15).fitted  # too few that speak against labels
    assert Agreement(1000, 1.0, 0.8, 16, 16).fitted
    assert not Agreement(1000, 1.0, 1.0, 0, 0).fitted


def test_what_is_too_little_and_what_is_left_out():
    x, _, y = world(0, n=99)
    rng = np.random.default_rng(0)
    assert agreement(Classes(y), np.eye(4)[y], x, rng=rng) is None
    one = np.zeros(200, dtype=int)
    x = np.zeros((200, 2), np.float32)
    assert agreement(Classes(one, ("a", "b")), np.eye(2)[one], x, rng=rng) is None
    x, _, y = world(0, n=400)
    y[::2] = -1
    wide = np.column_stack([x] + [np.zeros((400, 300), np.float32)])
    wide[0, 0] = np.nan
    found = agreement(Classes(y), np.eye(4)[y], wide, rng=rng)
    assert found is not None
    assert (found.rows, found.given) == (200, 1.0)
