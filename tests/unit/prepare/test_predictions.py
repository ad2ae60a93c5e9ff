"""Out-of-fold predictions of numbers: which model, robust to wrong numbers, kept, and what is said
where none can be made.
"""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Numbers
from reliabel.folders.evidence_store import Store
from reliabel.ops.ridge import out_of_fold
from reliabel.prepare import estimate, predictions, prepare

NEEDS = frozenset({"predicted"})


def dataset(y, x, **evidence):
    return Dataset(Numbers(y), {"features": x, **evidence})


def straight(n=300, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    return x, x @ [1.0, -2.0, 0.5, 0.0] + 10 + rng.normal(0, 0.1, n)


def test_a_line_takes_the_linear_model_and_a_step_boosting():
    x, y = straight(150)
    found = prepare(dataset(y, x), NEEDS)
    assert found.info["model"]["name"] == "ridge regression"
    assert found.info["model"]["explained"] > 0.9
    assert np.abs(found.data.evidence["predicted"].y - y).mean() < 0.2
    x, _ = straight()
    stepped = np.where(x[:, 0] > 0, 5.0, -5.0) * np.where(x[:, 1] > 0, 1, -1)
    found = prepare(dataset(stepped, x), NEEDS)
    assert found.info["model"]["name"].startswith("gradient boosting")


def test_of_many_numbers_the_first_fold_tells_the_model_for_all(monkeypatch):
    x, y = straight()
    every = prepare(dataset(y, x), NEEDS)
    fitted = []
    slow = predictions._boosted(0)
    monkeypatch.setattr(
        predictions, "_boosted", lambda seed: lambda *given: fitted.append(1) or slow(*given)
    )
    monkeypatch.setattr(predictions, "RACE", 300)
    found = prepare(dataset(y, x), NEEDS)
    assert len(fitted) == 1
    assert (found.data.evidence["predicted"].y == every.data.evidence["predicted"].y).all()
    assert found.info["model"] == every.info["model"]


def test_no_item_is_predicted_by_a_model_that_saw_it():
    x, y = straight(60)
    y[7] = 1e6
    first = prepare(dataset(y, x), NEEDS).data.evidence["predicted"].y[7]
    y[7] = 2e6  # among the largest in both, so that the folds are the same
    assert prepare(dataset(y, x), NEEDS).data.evidence["predicted"].y[7] == first


def test_wrong_numbers_hardly_bend_the_model():
    x, y = straight(400)
    clean = prepare(dataset(y, x), NEEDS).data.evidence["predicted"].y
    off = np.array(y)
    off[::20] += 500
    bent = prepare(dataset(off, x), NEEDS).data.evidence["predicted"].y
    assert np.abs(bent - clean).max() < 1.5


def test_the_folds_of_copies_and_groups_hold_together(tmp_path):
    x, y = straight(90)
    x[1::2] = x[::2][: len(x[1::2])]
    found = prepare(dataset(y, x), NEEDS, store=Store(tmp_path))
    assert (found.fold[::2] == found.fold[1::2]).all()
    again = Store(tmp_path)
    kept = prepare(dataset(y, x), NEEDS, store=again)
    assert "predicted" in again.reused
    assert (kept.data.evidence["predicted"].y == found.data.evidence["predicted"].y).all()


@pytest.mark.parametrize(
    ("y", "why"),
    [
        (np.full(50, 7.0), "all numbers are 7"),
        (np.r_[np.full(45, np.nan), np.arange(5.0)], "5 numbers are known, at least 10"),
    ],
)
def test_where_nothing_can_be_learnt_a_sentence_says_why(y, why):
    x = np.random.default_rng(0).normal(size=(50, 3))
    found = prepare(dataset(y, x), NEEDS)
    assert "predicted" not in found.data.evidence
    assert any(why in line for line in found.warnings)


def test_one_group_of_all_items_leaves_nothing_to_learn_from():
    x, y = straight(50)
    found = prepare(dataset(y, x, groups=np.zeros(50, dtype=int)), NEEDS)
    assert any("no predictions were made: all items belong" in line for line in found.warnings)


def test_several_numbers_an_item_and_missing_ones():
    x, y = straight(120)
    two = np.stack([y, -3 * y], 1)
    two[5] = np.nan
    two[6, 0] = np.nan
    found = prepare(dataset(two, x), NEEDS).data.evidence["predicted"].y
    assert found.shape == (120, 2)
    assert not np.isnan(found).any()
    assert np.nanmean(np.abs(found - two)) < 0.5


def test_a_model_of_ones_own_by_name_or_as_an_object():
    from sklearn.neighbors import KNeighborsRegressor

    x, y = straight(80)
    by_name = prepare(dataset(y, x), NEEDS, model="KNeighborsRegressor")
    as_object = prepare(dataset(y, x), NEEDS, model=KNeighborsRegressor())
    assert by_name.info["model"]["name"] == "KNeighborsRegressor"
    same = [found.data.evidence["predicted"].y for found in (by_name, as_object)]
    assert (same[0] == same[1]).all()
    with pytest.raises(ValueError, match="unknown model 'ridgee', did you mean"):
        prepare(dataset(y, x), NEEDS, model="ridgee")
    with pytest.raises(ValueError, match="with fit and predict"):
        prepare(dataset(y, x), NEEDS, model=object())


def test_a_dry_run_tells_the_predictions_and_no_probabilities():
    x, y = straight(300)
    pieces = [one["piece"] for one in estimate(dataset(y, x))]
    assert "predicted: auto, 5 folds" in pieces
    assert not [one for one in pieces if one.startswith("probs")]


def test_an_array_of_predictions_is_taken_and_one_that_does_not_fit_is_refused():
    _, y = straight(60)
    audit = rl.audit(rl.Numbers(y), predicted=y + np.random.default_rng(0).normal(0, 0.1, 60))
    assert "residual" in audit.opinions
    with pytest.raises(ValueError, match="predicted has 50 rows, the labels have 60"):
        rl.audit(rl.Numbers(y), predicted=y[:50])
    with pytest.raises(ValueError, match="predicted must be numbers, one for each label"):
        rl.audit(rl.Numbers(y), predicted=["a"] * 60)


def test_ridge_by_sums_equals_ridge_by_rows():
    x, y = straight(100)
    y[3] = np.nan
    fold = np.arange(100) % 3
    found = out_of_fold(x, y, fold, (0.1,))[:, 0]
    for f in range(3):
        use = (fold != f) & ~np.isnan(y)
        centre, level = x[use].mean(0), y[use].mean()
        off = x[use] - centre
        gram = off.T @ off / use.sum()
        gram += 0.1 * np.trace(gram) / 4 * np.eye(4)
        weight = np.linalg.solve(gram, off.T @ (y[use] - level) / use.sum())
        assert found[fold == f] == pytest.approx(level + (x[fold == f] - centre) @ weight)
