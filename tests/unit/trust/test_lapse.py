"""The lapse model by hand: chances of mistakes, posteriors, ranks, and the rate that the surest
items set.
"""

import numpy as np
import pytest
from scipy.special import expit

from reliabel.trust import lapse
from reliabel.trust.lapse import (
    Cells,
    difficulty,
    fitted,
    mistake,
    posterior,
    softmax,
    uncertainty,
)


def cells_of(z, at, ids=None, rest=None, k=None):
    z = np.asarray(z, dtype=float)
    return Cells(
        z,
        ids,
        np.asarray(at),
        np.zeros(len(at)) if rest is None else rest,
        z.shape[1] if k is None else k,
    )


def crowd(n, wrong=0.1, seed=0):
    """n items of three classes with clear evidence; a share of the labels are slips to another
    class.
    """
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(1, 3, n))
    truth = (4 * z[0] + rng.gumbel(size=(3, n))).argmax(0)
    return cells_of(z, np.where(rng.random(n) < wrong, (truth + rng.integers(1, 3, n)) % 3, truth))


def test_mistakes_by_hand():
    """q = .9 Q + .1/k; the chance of giving y by mistake where t is true is q_y / (1 - q_t)."""
    q = np.array([[0.6], [0.3], [0.1]])
    even = 0.1 / 3
    mixed = 0.9 * q[:, 0] + even  # .573, .303, .123
    for given in range(3):
        expected = mixed[given] / (1 - mixed)
        expected[given] = 0
        assert mistake(cells_of(np.zeros((1, 3, 1)), [given]), q, 1.0)[:, 0] == pytest.approx(
            expected
        )


def test_flat_mistakes_take_a_root_of_the_chances():
    q = np.array([[0.64], [0.32], [0.04]])
    root = q[:, 0] ** (1 / 1.5)
    mixed = 0.9 * root / root.sum() + 0.1 / 3
    assert mistake(cells_of(np.zeros((1, 3, 1)), [2]), q, 1.5)[:, 0] == pytest.approx(
        [mixed[2] / (1 - mixed[0]), mixed[2] / (1 - mixed[1]), 0]
    )


def test_the_rest_stands_for_many_classes_of_equal_chance():
    """Two candidates of chance .5 and .3, and four further classes that share .2: each of them is
    taken for .05.
    """
    cells = cells_of(np.zeros((1, 3, 1)), [0], ids=np.array([[2], [5]]), rest=np.array([4.0]), k=6)
    mixed = 0.9 * np.array([0.5, 0.3, 0.05]) + 0.1 / 6
    found = mistake(cells, np.array([[0.5], [0.3], [0.2]]), 1.0)[:, 0]
    assert found == pytest.approx([0, mixed[0] / (1 - mixed[1]), mixed[0] / (1 - mixed[2])])


def test_places_without_a_candidate_stand_for_no_class():
    cells = cells_of(np.zeros((1, 3, 1)), [0], ids=np.array([[2], [6]]), rest=np.array([5.0]), k=6)
    mixed = 0.9 * np.array([0.5, 0.1]) + 0.1 / 6
    found = mistake(cells, np.array([[0.5], [0.0], [0.5]]), 1.0)[:, 0]
    assert found[2] == pytest.approx(mixed[0] / (1 - mixed[1]))


def test_the_posterior_by_hand():
    """The label is 0.  It is right with .7 x (1 - .1), a mistake for 1 with .2 x .1 x .8, for 2
    with .1 x .1 x .5.
    """
    h, wrong = np.array([[0.7], [0.2], [0.1]]), np.array([[0.0], [0.8], [0.5]])
    post, p = posterior(cells_of(np.zeros((1, 3, 1)), [0]), h, np.array([0.1]), wrong)
    parts = np.array([0.63, 0.016, 0.005])
    assert p[0] == pytest.approx(parts.sum())
    assert post[:, 0] == pytest.approx(parts / parts.sum())
    assert h.tolist() == [[0.7], [0.2], [0.1]]


def test_scores_are_weighted_tables_and_biases_of_the_classes():
    z = np.array([[[1.0], [2.0], [3.0]], [[0.5], [0.0], [-1.0]]])
    assert cells_of(z, [0]).score(np.array([2.0, 4.0]), np.array([0.1, 0.2, 0.3]))[
        :, 0
    ] == pytest.approx([4.1, 4.2, 2.3])


def test_the_rest_has_the_bias_of_all_classes_it_stands_for():
    """Classes 1 and 3 are candidates: the rest has the chance of 0 and 2 together."""
    b = np.log([1.0, 2.0, 3.0, 4.0])
    cells = cells_of(
        np.zeros((1, 3, 2)), [0, 0], ids=np.array([[1, 1], [3, 4]]), rest=np.array([2.0, 3.0]), k=4
    )
    np.testing.assert_allclose(
        np.exp(cells.score(np.zeros(1), b)), [[2, 2], [4, 0], [4, 8]]
    )  # the second item has one candidate only
    none = cells_of(np.zeros((1, 3, 1)), [0], ids=np.array([[0], [1]]), rest=np.array([0.0]), k=2)
    assert none.score(np.zeros(1), np.zeros(2))[2, 0] == -np.inf


def test_softmax_and_hardness():
    q = softmax(np.log([[1.0, 8.0], [3.0, 2.0]]))
    np.testing.assert_allclose(q, [[0.25, 0.8], [0.75, 0.2]])
    np.testing.assert_allclose(uncertainty(q), [0.25, 0.2])
    np.testing.assert_allclose(softmax(np.array([[1e4], [0.0]])), [[1.0], [0.0]], atol=1e-100)


def test_difficulty_is_the_log_odds_of_uncertainty_beyond_the_surest():
    found = difficulty(np.array([0.2, 0.5, 0.8]), float(np.log(0.25)))
    np.testing.assert_allclose(found, np.log([1, 4, 16]))


def test_certain_items_are_no_easier_than_one_in_ten_thousand():
    found = difficulty(np.array([0.0, 1e-9, 1e-4, 1.0]), 0.0)
    np.testing.assert_allclose(found, [-9.21, -9.21, -9.21, 9.21], atol=0.01)


@pytest.mark.parametrize(("n", "size"), [(2000, 200), (300, 50), (30, 30)])
def test_the_surest_tenth_but_fifty_at_least(n, size):
    cells = crowd(n)
    a, b = np.array([4.0]), np.zeros(3)
    q = softmax(cells.score(a, b))
    hard = uncertainty(q)
    found, chosen = lapse._surest(cells, q, hard)
    surest = np.argsort(hard)[:size]
    wrong = (q.argmax(0) != cells.at)[surest].sum()
    assert (found["n"], found["d"]) == (size, wrong)
    assert found["rate"] == pytest.approx((wrong + 1) / (size + 20))
    assert sorted(np.flatnonzero(chosen)) == sorted(surest)
    assert found["conf"] == pytest.approx(q.max(0)[surest].mean())
    assert found["agreement"] == pytest.approx((q.argmax(0) == cells.at).mean())


def test_items_as_sure_as_the_last_of_the_surest_are_taken_along():
    q = np.tile([[0.9], [0.1]], (1, 100))
    cells = cells_of(np.zeros((1, 2, 100)), np.arange(100) % 2)
    found, chosen = lapse._surest(cells, q, uncertainty(q))
    assert (found["n"], found["d"]) == (100, 50)
    assert chosen.all()


def test_anchored_fits_lapse_on_the_surest_items_as_often_as_these_disagree():
    """Whatever the growth of errors, the chance of a lapse at the mean difficulty of the surest
    tenth, 0, is (d + 1)/(m + 20).
    """
    cells = crowd(2000)
    family = fitted(cells, (0.2, 0.3, 0.4))
    assert family.sure["n"] == 200
    anchored = [fit for fit in family.fits if np.isnan(fit.gain)]
    assert sorted((fit.tau, fit.gamma) for fit in anchored) == [
        (tau, gamma) for tau in (1.0, 1.5) for gamma in (0.2, 0.3, 0.4)
    ]
    for fit in anchored:
        assert expit(fit.alpha) == pytest.approx((family.sure["d"] + 1) / 220)


def test_free_fits_climb_from_the_anchor_and_gain_over_the_stack():
    cells = crowd(2000)
    family = fitted(cells, (0.3,))
    free, held = family.fits[:2]
    a, b = family.stack
    stack = lapse.stack(np.concatenate([a, b]), cells)[0]
    hard = uncertainty(softmax(cells.score(a, b)))
    wrong, u = mistake(cells, softmax(cells.score(a, b)), 1.0), difficulty(hard, family.easy)
    value = {
        fit: lapse.lapse(np.concatenate([fit.a, fit.b, [fit.alpha]]), cells, u, wrong, 0.3)[0]
        for fit in (free, held)
    }
    assert free.gain == pytest.approx(stack - value[free])
    assert free.gain > 50
    assert value[free] < value[held]
    assert u[np.argsort(hard)[:200]].mean() == pytest.approx(0)


def test_penalties_of_the_fits():
    """(a a + 5 b b)/2 beside the likelihood, and (alpha + 3)^2: the spread of the priors of
    weights, biases and lapses.
    """
    cells = cells_of(np.zeros((2, 2, 1)), [0])
    a, b = np.array([1.0, 2.0]), np.array([0.5, 0.5])
    assert lapse.stack(np.concatenate([a, b]), cells)[0] == pytest.approx(
        np.log(2) + (5 + 5 * 0.5) / 2
    )
    wrong = np.array([[0.0], [1.0]])
    for alpha in (-3.0, 0.0):
        value = lapse.lapse(np.concatenate([a, b, [alpha]]), cells, np.zeros(1), wrong, 1.2)[
            0
        ]  # the label is likely as any: .5
        assert value == pytest.approx(np.log(2) + (5 + 5 * 0.5) / 2 + (alpha + 3) ** 2)


def test_lapses_grow_with_the_rank_of_difficulty():
    cells = cells_of(np.zeros((1, 2, 1)), [0])
    wrong, theta = np.array([[0.0], [0.5]]), np.array([0.0, 0.0, 0.0, -1.0])
    for u in (0.0, 0.5, 1.0):
        w = expit(-1 + 1.2 * u)
        likelihood = 0.5 * (1 - w) + 0.5 * w * 0.5
        assert lapse.lapse(theta, cells, np.array([u]), wrong, 1.2)[0] == pytest.approx(
            -np.log(likelihood) + 4
        )


def test_evidence_without_information_is_told_from_evidence():
    rng = np.random.default_rng(0)
    assert fitted(
        cells_of(rng.normal(size=(1, 3, 1000)), rng.integers(0, 3, 1000)), ()
    ).no_information
    assert not fitted(crowd(1000), ()).no_information
