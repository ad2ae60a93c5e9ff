"""Conformal sets: equal to going through all vectors, nested, and they cover as promised."""

from itertools import product

import numpy as np
import pytest

from reliabel.core.labels import MultiLabel
from reliabel.measures.powerset_conformal import measure
from reliabel.ops.powerset import boldest, distance, entropy, left_open, members, threshold


def world(n=2000, k=6, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.random((n, k)) ** 3
    return MultiLabel((rng.random((n, k)) < p).astype(int)), p


@pytest.mark.parametrize("within", [0.3, 0.8, 1.5])
def test_the_set_is_that_of_brute_force_and_nearest_first(within):
    rng = np.random.default_rng(1)
    every = np.array(list(product((0, 1), repeat=8)))
    for _ in range(5):
        p = rng.random(8)
        far = distance(every, np.broadcast_to(p, every.shape))
        wanted = {tuple(v) for v in every[far <= within].tolist()}
        found = list(members(p, within))
        assert {tuple(v) for v in found} == (wanted or {tuple((p >= 0.5).astype(int))})
        away = distance(np.array(found), np.broadcast_to(p, (len(found), 8)))
        assert (np.diff(away) >= -1e-9).all()


def test_open_labels_are_those_that_differ_within_the_box():
    rng = np.random.default_rng(1)
    every = np.array(list(product((0, 1), repeat=6)))
    for limit in (0.55, 0.7, 0.95):
        p = rng.random(6)
        inside = every[boldest(every, np.broadcast_to(p, every.shape)) <= limit]
        assert (left_open(p[None], limit)[0] == (inside != inside[0]).any(0)).all()
        assert len(inside) == 2 ** left_open(p[None], limit).sum()


def test_of_many_informed_labels_most_are_settled_and_none_by_distance():
    rng = np.random.default_rng(0)
    p = rng.random((4000, 100)) ** 20
    y = (rng.random(p.shape) < p).astype(int)
    found = measure(MultiLabel(y), probs=p, rng=rng, coverage=0.9)
    assert abs(found.parts["coverage"] - 0.9) < 0.015
    assert found.parts["decided"] > 0.7
    assert entropy(p).mean() < found.value < 3 * entropy(p).mean()
    settled = ~found.parts["open"]
    right = np.where(settled, found.parts["nearest"] == y, True).all(1)
    assert right.mean() == pytest.approx(found.parts["coverage"])


def test_sets_are_nested_and_large_ones_are_not_enumerated():
    p = np.full(100, 0.45)
    first = [tuple(v) for _, v in zip(range(50), members(p, 1e9), strict=False)]
    assert len(set(first)) == 50
    scores = np.random.default_rng(0).random(999)
    assert threshold(scores, 0.1) <= threshold(scores, 0.05)
    assert np.isinf(threshold(scores[:5], 0.05))


@pytest.mark.parametrize("coverage", [0.8, 0.95])
def test_it_covers_as_promised(coverage):
    got = [
        measure(
            *world(seed=seed)[:1],
            probs=world(seed=seed)[1],
            rng=np.random.default_rng(seed),
            coverage=coverage,
        ).parts["coverage"]
        for seed in range(10)
    ]
    assert abs(np.mean(got) - coverage) < 0.01


def test_renaming_classes_renames_the_answer_and_unknown_rows_do_not_calibrate():
    y, p = world()
    turn = np.arange(6)[::-1]
    one = measure(y, probs=p, rng=np.random.default_rng(0))
    two = measure(MultiLabel(y.y[:, turn]), probs=p[:, turn], rng=np.random.default_rng(0))
    assert (one.parts["open"][:, turn] == two.parts["open"]).all()
    some = y.y.copy()
    some[:500, 0] = -1
    part = measure(MultiLabel(some), probs=p, rng=np.random.default_rng(0))
    assert part.info["calibrated on"] == 1500
    with pytest.raises(ValueError, match="coverage must lie between 0 and 1"):
        measure(y, probs=p, rng=np.random.default_rng(0), coverage=1.0)
