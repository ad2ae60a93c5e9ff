"""Our logistic regression: the same answer as scikit-learn's, from blocks, maps and masked
labels.
"""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.linear_model import LogisticRegression

from reliabel.ops import chunks, logistic
from reliabel.ops.folds import fold_of, out_of_fold


def world(load):
    x, y = load(return_X_y=True)
    return (x - x.mean(0)) / (x.std(0) + 1e-9), y


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer, load_digits])
@pytest.mark.parametrize("strength", [0.03, 1.0])
def test_agrees_with_scikit_learn(load, strength):
    x, y = world(load)
    ours = logistic.fit(x, y, strength=strength, iterations=2000, tol=1e-8, by=(0.0, 1.0))
    peer = LogisticRegression(C=strength, max_iter=5000, tol=1e-8).fit(x, y)
    assert np.abs(ours.predict_proba(x) - peer.predict_proba(x)).max() < 1e-3


def test_scale_is_common_to_all_columns():
    x = np.random.default_rng(0).normal(5000, [1.0, 3.0], (4000, 2))
    mean, spread = logistic.scale(x)
    assert mean == pytest.approx(x.mean(0))
    assert spread == pytest.approx(np.sqrt(x.var(0).mean()), rel=1e-6)
    assert logistic.scale(np.ones((5, 2)))[1] == 1.0


def test_units_of_the_features_do_not_matter():
    x, y = world(load_iris)
    assert logistic.fit(x * 1000 + 7, y).predict_proba(x * 1000 + 7) == pytest.approx(
        logistic.fit(x, y).predict_proba(x), abs=1e-4
    )


def test_unlabelled_rows_do_not_train():
    x, y = world(load_iris)
    half = np.where(np.arange(len(y)) % 2 == 0, y, -1)
    by = logistic.scale(x)
    assert logistic.fit(x, half, by=by).weights == pytest.approx(
        logistic.fit(x[::2], y[::2], by=by).weights, abs=1e-4
    )


def test_a_memory_map_in_blocks_gives_the_same(tmp_path, monkeypatch):
    x, y = world(load_digits)
    x = x.astype(np.float32)
    np.save(tmp_path / "x.npy", x.astype(np.float16))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    monkeypatch.setattr(
        chunks, "spans", lambda n, k=1: [(start, min(start + 100, n)) for start in range(0, n, 100)]
    )
    blocks, seen = logistic.fit(mapped, y), []
    monkeypatch.setattr(
        logistic,
        "_pass",
        lambda block, *rest, real=logistic._pass: (
            seen.append(block.stop - block.start),
            real(block, *rest),
        )[1],
    )
    logistic.fit(mapped, y, iterations=2)
    assert max(seen) == 100
    assert np.abs(blocks.predict_proba(x) - logistic.fit(x, y).predict_proba(x)).max() < 0.01


def test_classes_that_are_absent_are_left_out():
    x, y = world(load_iris)
    model = logistic.fit(x[y != 1], y[y != 1])
    assert model.classes_.tolist() == [0, 2]
    assert model.predict_proba(x).shape == (150, 2)


def test_yes_no_questions_are_asked_at_once():
    x, y = world(load_iris)
    many = (y[:, None] == np.arange(3)).astype(np.int64)
    many[::7, 1] = -1
    together = logistic.fit(x, many, strength=0.5, iterations=2000, tol=1e-8, by=(0.0, 1.0))
    for c in range(3):
        known = many[:, c] >= 0
        peer = LogisticRegression(C=0.5, max_iter=5000, tol=1e-8).fit(x[known], many[known, c])
        assert np.abs(together.predict_proba(x)[:, c] - peer.predict_proba(x)[:, 1]).max() < 1e-3


def test_strength_follows_the_noise():
    rng = np.random.default_rng(0)
    x, y = world(load_digits)
    fold = fold_of(y, rng=rng)
    by = logistic.scale(x)
    plain, loss = logistic.choose(x, y, fold == 0, by=by, rng=rng)
    noisy, worse = logistic.choose(
        x,
        np.where(rng.random(len(y)) < 0.5, rng.integers(0, 10, len(y)), y),
        fold == 0,
        by=by,
        rng=rng,
    )
    assert noisy < plain
    assert loss < worse


def test_strength_of_a_fold_without_labels_is_the_middle_one():
    x, y = world(load_iris)
    inside = np.arange(150) < 30
    assert (
        logistic.choose(
            x, np.where(inside, -1, y), inside, by=(0.0, 1.0), rng=np.random.default_rng(0)
        )[0]
        == logistic.STRENGTHS[2]
    )


def test_digits_out_of_fold():
    x, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    by, fold = logistic.scale(x), fold_of(y, rng=rng)
    strength, _ = logistic.choose(x, y, fold == 0, by=by, rng=rng)
    probs = out_of_fold(
        lambda x, train: logistic.fit(x, train, strength=strength, by=by), x, y, 10, fold
    )
    assert (probs.argmax(1) == y).mean() > 0.96


def test_dynamics_tell_flipped_labels():
    x, y = world(load_digits)
    rng = np.random.default_rng(0)
    wrong = rng.random(len(y)) < 0.1
    given = np.where(wrong, (y + rng.integers(1, 10, len(y))) % 10, y)
    given[:5] = -1
    seen = logistic.dynamics(x, given, 10, rng=rng, epochs=10)
    assert seen.margin.shape == seen.p_given.shape == seen.correct.shape == (10, len(y))
    assert np.isnan(seen.margin[:, :5]).all()
    assert not np.isnan(seen.margin[:, 5:]).any()
    assert (
        np.median(seen.margin[:, 5:][:, wrong[5:]])
        < 0
        < np.median(seen.margin[:, 5:][:, ~wrong[5:]])
    )
    assert (seen.correct == (seen.margin > 0)).all()


@pytest.mark.parametrize(
    ("loss", "chosen", "tried"),
    [
        (lambda s: 1 / s, 1000, [0.1, 1, 10, 100, 1000]),  # never beyond a thousand
        (lambda s: abs(np.log10(s)), 1, [0.1, 1, 10]),
        (lambda s: abs(np.log10(s) + 1), 0.1, [0.1, 1]),  # the best is not the largest
        (lambda s: 1 - 0.001 * np.log10(s), 1, [0.1, 1, 10]),  # less than one per cent is no gain
    ],
)
def test_strengths_beyond_the_largest_are_tried_while_they_help(monkeypatch, loss, chosen, tried):
    seen = []
    monkeypatch.setattr(
        logistic, "fit", lambda features, y, *, strength, by: seen.append(strength) or strength
    )
    monkeypatch.setattr(logistic, "_log_loss", lambda model, features, y: loss(model))
    y = np.arange(20) % 2
    best, _ = logistic.choose(
        np.zeros((20, 1)),
        y,
        np.arange(20) < 4,
        by=None,
        rng=np.random.default_rng(0),
        strengths=(0.1, 1),
    )
    assert best == chosen
    assert seen == pytest.approx(tried)


@pytest.mark.parametrize("load", [load_breast_cancer, load_digits])
def test_labels_that_count_differently_agree_with_sample_weights(load):
    x, y = world(load)
    weight = np.random.default_rng(0).integers(0, 3, len(y)) * (y != 1) + (y == 1) * 0.5
    counts = np.eye(y.max() + 1)[y] * weight[:, None]
    ours = logistic.fit(x, counts, strength=0.1, iterations=2000, tol=1e-8, by=(0.0, 1.0))
    peer = LogisticRegression(C=0.1, max_iter=5000, tol=1e-8).fit(x, y, sample_weight=weight)
    assert np.abs(ours.predict_proba(x) - peer.predict_proba(x)).max() < 1e-3


def test_a_distribution_counts_as_its_classes_by_their_share():
    x, y = world(load_iris)
    p = np.random.default_rng(0).dirichlet(np.ones(3), len(y))
    ours = logistic.fit(x, p, strength=1.0, iterations=2000, tol=1e-8)
    thrice, each = np.repeat(x, 3, 0), np.eye(3)[np.tile(np.arange(3), len(y))] * p.ravel()[:, None]
    peer = logistic.fit(thrice, each, strength=1.0, iterations=2000, tol=1e-8)
    assert np.abs(ours.predict_proba(x) - peer.predict_proba(x)).max() < 1e-3


def test_the_path_holds_the_model_after_each_number_of_steps():
    x, y = world(load_digits)
    by = logistic.scale(x)
    several = logistic.path(x, y, strength=0.1, stops=(3, 7, 5000), by=by)
    for stop, model in zip((3, 7, 5000), several, strict=True):
        alone = logistic.fit(x, y, strength=0.1, iterations=stop, by=by)
        assert np.array_equal(model.weights, alone.weights)
        assert np.array_equal(model.bias, alone.bias)
