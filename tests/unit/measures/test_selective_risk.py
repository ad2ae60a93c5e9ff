"""Selective risk against worked examples: curves, ties, the norm of logits, the interval."""

from __future__ import annotations

import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.measures.selective_risk import measure
from reliabel.ops.selective import (
    area_interval,
    area_under_curve,
    chosen_norm,
    coverage_at,
    logit_norm,
    logits_of,
    risk_coverage,
)


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def model(n: int, k: int, seed: int, *, honest: bool = True) -> tuple[Classes, np.ndarray]:
    """Labels drawn from the model's own probabilities, or from the same for all items."""
    rng = chance(seed)
    z = rng.normal(0, 2.0, (n, k))
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    right = p.max(1) if honest else np.full(n, p.max(1).mean())
    y = np.where(rng.random(n) < right, p.argmax(1), (p.argmax(1) + 1) % k)
    return Classes(y, [f"c{c}" for c in range(k)]), p


def test_curve_counts_errors_among_the_surest():
    wrong = np.array([False, False, True, False])
    coverage, risk = risk_coverage(np.array([0.9, 0.8, 0.7, 0.6]), wrong)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk == pytest.approx([0, 0, 1 / 3, 1 / 4])


def test_a_perfect_ranking_is_the_oracle():
    wrong = chance().random(500) < 0.2
    perfect = area_under_curve(-wrong.astype(float), wrong)
    right = int((~wrong).sum())
    by_hand = sum((i - right) / i for i in range(right + 1, 501)) / 500
    assert perfect == pytest.approx(by_hand)
    error = wrong.mean()
    assert perfect == pytest.approx(error + (1 - error) * np.log(1 - error), abs=2e-3)


def test_equal_scores_are_a_random_order():
    wrong = np.array([True, False, False, True, False])
    assert area_under_curve(np.zeros(5), wrong) == pytest.approx(0.4)
    orders = [area_under_curve(chance(seed).random(5), wrong) for seed in range(3000)]
    assert np.mean(orders) == pytest.approx(0.4, abs=0.01)


def test_coverage_takes_ties_together():
    score, wrong = np.array([0.9, 0.8, 0.2, 0.2]), np.array([False, False, True, False])
    assert coverage_at(score, wrong, 0.1) == 0.5
    assert coverage_at(score, wrong, 0.25) == 1.0
    assert coverage_at(np.array([0.9, 0.8]), np.array([True, True]), 0.5) == 0.0


def test_coverage_looks_beyond_a_bump_in_the_curve():
    score, wrong = np.array([5.0, 4, 3, 2, 1]), np.array([True, False, False, False, False])
    assert coverage_at(score, wrong, 0.2) == 1.0


@pytest.mark.parametrize("norm", [1, 2, 5, 10])
def test_the_norm_by_hand(norm):
    z = np.array([[2.0, -1.0, 0.5]])
    centred = z[0] - 0.5
    by_hand = centred.max() / (np.abs(centred) ** norm).sum() ** (1 / norm)
    assert logit_norm(z, norm)[0] == pytest.approx(by_hand, abs=1e-6)


def test_the_norm_does_not_change_with_the_scale_or_a_constant():
    z = chance().normal(size=(40, 6))
    assert np.allclose(logit_norm(7 * z + 3, 4), logit_norm(z, 4), atol=2e-6)
    log_p = logits_of(np.exp(z) / np.exp(z).sum(1, keepdims=True))
    assert np.allclose(logit_norm(log_p, 4), logit_norm(z, 4), atol=2e-6)


@pytest.mark.parametrize("z", [[[1e30, 0.0, -1e30]], [[0.0, 0.0, 0.0]], [[1e-30, 0.0, 0.0]]])
def test_extreme_logits_have_a_score(z):
    for norm in (1, 10):
        assert np.isfinite(logit_norm(np.array(z), norm)).all()


def test_the_best_class_is_left_as_it_is():
    z = chance().normal(size=(50, 5))
    centred = z - z.mean(1, keepdims=True)
    scaled = centred / (np.abs(centred) ** 3).sum(1, keepdims=True) ** (1 / 3)
    assert np.array_equal(scaled.argmax(1), z.argmax(1))
    assert np.allclose(scaled.max(1), logit_norm(z, 3), atol=1e-6)


def test_the_norm_is_chosen_by_the_area():
    labels, p = model(400, 6, 1)
    wrong = p.argmax(1) != labels.y
    norm, score = chosen_norm(logits_of(p), wrong)
    areas = [area_under_curve(logit_norm(logits_of(p), each), wrong) for each in range(1, 11)]
    assert areas[norm - 1] == min(areas) == area_under_curve(score, wrong)


def test_items_scaled_at_random_are_ranked_by_the_norm_and_not_by_the_probability():
    """What label smoothing does to a network, in the large: its logits are stretched in a way that
    says nothing about how right it is.
    """
    rng = chance(3)
    z = rng.normal(0, 1.0, (2000, 5))
    p = np.exp(2 * z) / np.exp(2 * z).sum(1, keepdims=True)
    y = np.array([rng.choice(5, p=row) for row in p])
    stretched = z * np.exp(rng.normal(0, 1.5, (2000, 1)))
    q = np.exp(stretched - stretched.max(1, keepdims=True))
    found = measure(Classes(y), probs=q / q.sum(1, keepdims=True), rng=rng)
    assert found.info["score"] == "logit_norm"
    assert found.parts["logit_norm"] < found.parts["probability"] - 0.03


def test_an_honest_model_ranks_better_than_one_that_knows_nothing_of_its_errors():
    honest, p = model(1500, 4, 2)
    blind, q = model(1500, 4, 2, honest=False)
    knows = measure(honest, probs=p, rng=chance(), by_score="probability")
    guesses = measure(blind, probs=q, rng=chance(), by_score="probability")
    assert knows.value < 0.7 * knows.info["error"]
    assert guesses.value == pytest.approx(guesses.info["error"], abs=0.05)
    assert knows.parts["oracle"] <= knows.value


def test_unlabelled_items_are_left_out():
    labels, p = model(60, 3, 4)
    some = np.where(np.arange(60) < 30, labels.y, -1)
    found = measure(Classes(some, labels.names), probs=p, rng=chance())
    alone = measure(labels.take(np.arange(30)), probs=p[:30], rng=chance())
    assert (found.value, found.low, found.high) == (alone.value, alone.low, alone.high)
    assert np.isnan(found.parts["score"][30:]).all()
    assert len(found.parts["curve"]) == 30


def test_without_labels_there_is_no_number_and_a_reason():
    found = measure(Classes(np.full(5, -1), ["a", "b"]), probs=np.full((5, 2), 0.5), rng=chance())
    assert np.isnan([found.value, found.low, found.high]).all()
    assert "no label" in found.info["why"]


def test_without_errors_the_interval_has_an_upper_end():
    p = np.tile([[0.9, 0.1]], (40, 1))
    found = measure(Classes(np.zeros(40, dtype=int), ["a", "b"]), probs=p, rng=chance())
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(1 - 0.05 ** (1 / 40))


def test_the_interval_covers_and_many_items_use_a_standard_error():
    labels, p = model(200_000, 3, 5)
    wrong = p.argmax(1) != labels.y
    truth = area_under_curve(p.max(1), wrong)
    hit = 0
    for seed in range(40):
        some = chance(seed).choice(200_000, 300, replace=False)
        low, high = area_interval(p.max(1)[some], wrong[some], chance(seed), 0.95)
        hit += low <= truth <= high
    assert hit >= 34
    many = slice(0, 60_000)
    low, high = area_interval(p.max(1)[many], wrong[many], chance(), 0.95)
    assert low < truth < high
    assert high - low < 0.01


@pytest.mark.parametrize(
    "bad", [{"by_score": "entropy"}, {"risk": 1.5}, {"risk": -0.1}, {"level": 1.0}]
)
def test_bad_options_are_told_in_a_sentence(bad):
    with pytest.raises(ValueError, match="by_score must be one of"):
        measure(Classes(np.array([0, 1])), probs=np.eye(2), rng=chance(), **bad)
