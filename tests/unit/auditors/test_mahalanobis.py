"""Distances by hand, strangers above their baseline, shrinkage, odd inputs."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.auditors import knn_outliers, mahalanobis
from reliabel.core.labels import Classes
from reliabel.corrupters import open_set
from reliabel.ops.neighbours import nearest


def area(score: np.ndarray, wrong: np.ndarray) -> float:
    rank = np.argsort(np.argsort(score)) + 1.0
    m = wrong.sum()
    return (rank[wrong].sum() - m * (m + 1) / 2) / (m * (len(wrong) - m))


def clouds(seed: int = 0, n: int = 1500, k: int = 6, d: int = 30):
    """Classes that differ in a few directions, among many in which all scatter more."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    x = np.zeros((n, d))
    x[:, :k] = 4 * np.eye(k)[y] + rng.normal(size=(n, k))
    x[:, k:] = 3 * rng.normal(size=(n, d - k))
    return x @ np.linalg.qr(rng.normal(size=(d, d)))[0], y


def strangers(rate: float = 0.05):
    x, y = clouds()
    made = open_set.corrupt(Classes(y), rng=np.random.default_rng(1), rate=rate, held_out="5")
    return made.labels, x[made.index], made.wrong


def test_distance_is_that_of_the_formula():
    x, y = clouds(d=8, n=600)
    found = mahalanobis.audit(Classes(y), features=x, relative=False, rounds=0)
    means = np.stack([x[y == c].mean(0) for c in range(6)])
    centred = x - means[y]
    inverse = np.linalg.inv(centred.T @ centred / (len(x) - 6))
    away = x[:, None] - means
    far = np.einsum("nci,ij,ncj->nc", away, inverse, away).min(1)
    assert found.info["shrinkage"] < 0.02
    assert found.score == pytest.approx(far / (far + np.median(far)), abs=0.01)


def test_items_of_a_held_out_class_rank_above_the_others_and_above_the_baseline():
    labels, x, wrong = strangers()
    found = mahalanobis.audit(labels, features=x)
    baseline = knn_outliers.audit(labels, neighbours=nearest(x, j=15))
    assert area(found.score, wrong) > 0.93
    assert area(found.score, wrong) > area(baseline.score, wrong) + 0.1


def test_estimating_again_without_the_farthest_finds_more_when_strangers_are_many():
    x, y = clouds(d=8)
    rng = np.random.default_rng(3)
    far = rng.choice(len(x), 60, replace=False)
    x[far] += rng.normal(size=8) * 6
    wrong = np.isin(np.arange(len(x)), far)
    hits = [
        mahalanobis.audit(Classes(y), features=x, relative=False, rounds=rounds).flag[wrong].sum()
        for rounds in (0, 2)
    ]
    assert hits[1] > hits[0]


def test_few_are_flagged_where_there_is_no_stranger():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 5, 2000)
    x = 4 * np.eye(5)[y] + rng.normal(size=(2000, 5))
    assert mahalanobis.audit(Classes(y), features=x, relative=False).flag.sum() <= 2
    assert mahalanobis.audit(Classes(y), features=x).flag.mean() < 0.03


def test_many_features_are_reduced_and_no_row_is_lost():
    labels, x, wrong = strangers()
    wide = np.hstack([x, np.random.default_rng(2).normal(size=(len(x), 400)) * 0.1])
    found = mahalanobis.audit(labels, features=wide)
    assert found.info["axes"] == len(x) // 20
    assert area(found.score, wrong) > 0.9


def test_odd_inputs_get_an_answer():
    x, y = clouds(d=8, n=200)
    x[3, 2] = np.nan
    x[:, 5] = 1.0
    labels = np.where(np.arange(200) == 7, -1, y)
    found = mahalanobis.audit(Classes(labels), features=x)
    assert np.isnan(found.score[3])
    assert np.isfinite(np.delete(found.score, 3)).all()
    few = mahalanobis.audit(Classes(np.zeros(4, int)), features=x[:4])
    assert np.isnan(few.score).all()
    assert "at least 10" in few.info["not_judged"]
    same = mahalanobis.audit(Classes(y), features=np.ones((200, 3)))
    assert not same.flag.any()
    with pytest.raises(ValueError, match="width must be 0 or more"):
        mahalanobis.audit(Classes(y), features=x, drop=0.9)


def test_a_person_reads_that_it_is_none_of_the_classes_and_can_drop_it(tmp_path):
    x, y = clouds(d=8, n=300)
    x[20] = 40.0
    audit = rl.audit(y.tolist(), features=x, by=["self_confidence", "mahalanobis"])
    found = [f for f in audit.findings if f.item == 20 and f.finds == "open set"]
    assert len(found) == 1
    assert found[0].suggest is None
    assert found[0].kind == "open set"
    assert found[0].why.startswith("looks like none of the classes")
    about_label = next(f for f in audit.findings if f.item == 20 and f.finds == "label")
    assert about_label.suggest is None
    assert about_label.kind == "open set"
    assert about_label.why.startswith("looks like none of the classes")
    done = rl.apply(audit, decisions=[{"id": "20", "verdict": "drop"}])
    assert done["dropped"] == 1
    assert len(done["labels"]) == 299
