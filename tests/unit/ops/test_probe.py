"""The probe that chooses its strength and steps on the labels it is given."""

import numpy as np
import pytest

from reliabel.ops import logistic
from reliabel.ops.probe import STOPS, STRENGTHS, UNSEEN, head_of, probe

NAMES = ("ape", "bee", "cat")


def groups(seed=0, n=300, d=40, rate=0.4):
    """Three classes in the first of many directions, some labels wrong, and fresh items."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, 2 * n)
    x = 2.0 * np.eye(3, d)[true] + rng.normal(size=(2 * n, d))
    y = np.where(rng.random(2 * n) < rate, (true + rng.integers(1, 3, 2 * n)) % 3, true)
    return x[:n], y[:n], x[n:], true[n:]


def test_the_choice_beats_the_strongest_probe_under_wrong_labels():
    gains = []
    for seed in range(4):
        x, y, fresh, true = groups(seed)
        chosen = probe(x, y, NAMES, rng=np.random.default_rng(seed)).head(fresh).p.argmax(1)
        full = logistic.fit(x, y, strength=100.0, iterations=500).predict_proba(fresh).argmax(1)
        gains.append((chosen == true).mean() - (full == true).mean())
    assert np.mean(gains) > 0.05, gains


def test_it_says_what_it_tried():
    x, y, *_ = groups()
    found = probe(x, y, NAMES, rng=np.random.default_rng(0))
    assert (found.strength, found.steps) in found.tried
    assert found.agreement == max(found.tried.values())
    assert {steps for _, steps in found.tried} == set(STOPS)
    assert {strength for strength, _ in found.tried} <= set(STRENGTHS)


def test_labels_and_labels_that_count_once_are_the_same():
    x, y, fresh, _ = groups()
    one = probe(x, y, NAMES, rng=np.random.default_rng(0))
    two = probe(x, np.eye(3)[y], NAMES, rng=np.random.default_rng(0))
    assert one.tried == pytest.approx(two.tried)
    assert np.allclose(one.head(fresh).p, two.head(fresh).p, atol=1e-4)


def test_a_row_that_counts_nothing_is_not_learnt_from():
    x, y, fresh, _ = groups()
    counts = np.eye(3)[y]
    counts[::3] = 0
    one = probe(x, np.where(np.arange(len(y)) % 3, y, -1), NAMES, rng=np.random.default_rng(0))
    two = probe(x, counts, NAMES, rng=np.random.default_rng(0))
    assert np.allclose(one.head(fresh).p, two.head(fresh).p, atol=1e-4)


def test_held_out_labels_may_be_others_than_those_trained_on():
    x, y, *_ = groups()
    truth = probe(x, y, NAMES, rng=np.random.default_rng(0), judge=x[:, :3].argmax(1))
    assert truth.agreement > probe(x, y, NAMES, rng=np.random.default_rng(0)).agreement


def test_a_class_without_items_is_never_predicted():
    x, y, fresh, _ = groups()
    said = probe(x, np.where(y == 1, -1, y), NAMES, rng=np.random.default_rng(0)).head(fresh).p
    assert said[:, 1].max() < 1e-6
    assert UNSEEN < 0


def test_a_single_item_is_learnt_without_a_choice():
    found = probe(np.zeros((1, 2)), np.array([2]), NAMES, rng=np.random.default_rng(0))
    assert found.tried == {}
    assert np.isnan(found.agreement)
    assert found.head(np.ones((2, 2))).p.argmax(1).tolist() == [2, 2]


def test_no_label_at_all_is_a_sentence():
    with pytest.raises(ValueError, match="no item has a label"):
        probe(np.zeros((3, 2)), np.full(3, -1), NAMES, rng=np.random.default_rng(0))


def test_the_head_says_what_the_model_says():
    x, y, fresh, _ = groups()
    by = logistic.scale(x + 1000)
    model = logistic.fit(x + 1000, y, by=by)
    said = head_of(model, NAMES, by)(fresh + 1000).p
    assert np.allclose(said, model.predict_proba(fresh + 1000), atol=1e-4)
