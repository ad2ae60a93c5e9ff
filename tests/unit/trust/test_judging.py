"""P(wrong) piece by piece: cases of copies, conditions and sentences, posteriors of candidates,
joint counts, shifts.
"""

import numpy as np
import pytest
from scipy.special import expit, logit

from reliabel.core.labels import Classes
from reliabel.trust import p_wrong as module
from reliabel.trust.lapse import Cells
from reliabel.trust.p_wrong import PWrong, p_wrong, shift
from reliabel.trust.tables import Tables, tables


def softmax(s):
    e = np.exp(s - s.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def drawn(n, k=3, slips=0.08, slope=4.0, seed=0):
    """Labels that one table explains, and a share of slips."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, k))
    truth = (slope * z + rng.gumbel(size=(n, k))).argmax(1)
    y = np.where(rng.random(n) < slips, (truth + rng.integers(1, k, n)) % k, truth)
    labels = Classes(y, tuple("abcdefgh"[:k]))
    return labels, Tables(("one",), z[None].astype(np.float32), np.arange(n), k, None, np.zeros(1))


def test_a_weighted_mean_is_met():
    """Odds of 1/4 and 4, both times four, are 1 and 16: three labels of .5 and one of .941."""
    p = np.array([0.2, 0.8, np.nan])
    weight = np.array([3.0, 1.0, 5.0])
    mean = (3 * 0.5 + 16 / 17) / 4
    moved = shift(p, mean, weight)
    assert moved[:2].tolist() == pytest.approx([0.5, 16 / 17])
    assert np.isnan(moved[2])
    assert shift(p, mean)[0] != pytest.approx(0.5)
    assert np.nanmean(shift(p, 0.0)) == pytest.approx(1e-9)
    assert np.nanmean(shift(p, 1.0)) == pytest.approx(1 - 1e-9)


def test_cases_are_rows_and_labels_and_weigh_what_they_stand_for():
    labels = Classes(np.array([0, 1, -1, 1, 1, 0]), ("a", "b"))
    t = Tables(("one",), np.zeros((1, 4, 2)), np.array([0, 0, 1, 2, 2, 3]), 2, None, np.zeros(1))
    cases = module.cases_of(labels, t)
    assert cases.row.tolist() == [0, 0, 2, 3]
    assert cases.y.tolist() == [0, 1, 1, 0]
    assert cases.weight.tolist() == [1, 1, 2, 1]
    assert cases.case.tolist() == [0, 1, -1, 2, 2, 3]


def test_cells_of_candidates_carry_their_places_and_the_rest():
    z = np.arange(12.0).reshape(1, 2, 6)[:, :, :3]
    candidates = np.array([[4, 1, -1], [0, 2, 3]])
    t = Tables(("one",), z, np.array([0, 1]), 5, candidates, np.array([-7.0]))
    cells = module.cases_of(Classes(np.array([1, 3]), tuple("abcde")), t).cells(np.arange(2))
    assert cells.ids.T.tolist() == [[4, 1, 5], [0, 2, 3]]
    assert cells.at.tolist() == [1, 2]
    assert cells.rest.tolist() == [3, 2]
    assert cells.z[0, :3].T.tolist() == z[0].tolist()
    assert cells.z[0, 3].tolist() == [-7, -7]


@pytest.mark.parametrize(("n", "judged"), [(49, False), (50, True)])
def test_fifty_distinct_labels_are_needed(n, judged):
    seen = p_wrong(*drawn(n))
    assert np.isfinite(seen.p).all() == judged
    assert any("only 49 distinct" in line for line in seen.warnings) == (not judged)


@pytest.mark.parametrize(("n", "weak"), [(999, True), (1000, False)])
def test_evidence_is_weak_on_fewer_than_a_thousand_labels(n, weak):
    seen = p_wrong(*drawn(n))
    assert seen.weak == weak
    assert any("999 distinct labels (fewer than 1,000)" in line for line in seen.warnings) == weak


def test_evidence_is_weak_that_agrees_with_few_labels_or_is_not_sure_of_any():
    disagrees = p_wrong(*drawn(3000, slips=0.5))
    assert disagrees.sure["agreement"] < 0.55
    assert disagrees.weak
    assert any("% of the labels (less than 55 %)" in line for line in disagrees.warnings)
    unsure = p_wrong(*drawn(3000, k=2, slips=0.0, slope=0.4))
    assert unsure.sure["conf"] < 0.8
    assert unsure.weak
    assert any("sure of the surest tenth (less than 80 %)" in line for line in unsure.warnings)


def test_one_table_is_called_probabilities_only_by_its_name():
    labels, t = drawn(1200)
    named = Tables(("model",), t.z, t.row, t.k, None, t.floor)
    assert any("probabilities only" in line for line in p_wrong(labels, named).warnings)
    assert not any("probabilities only" in line for line in p_wrong(labels, t).warnings)


def test_errors_are_identified_where_the_lapse_gains_more_than_a_parameter_does_by_chance():
    """Half the log of the labels and the log of six fits; here from far below to far above."""
    told = set()
    for slips in (0.0, 0.004, 0.008, 0.012, 0.02, 0.05):
        for seed in range(3):
            seen = p_wrong(*drawn(600, slips=slips, seed=seed))
            assert seen.identified == (seen.floor_gain >= np.log(600) / 2 + np.log(6))
            told.add(seen.identified)
    assert told == {True, False}


def test_the_share_is_the_mean_of_twelve_fits_in_log_odds():
    seen = p_wrong(*drawn(1500))
    assert len(seen.pis) == 12
    assert seen.pi == pytest.approx(expit(logit(seen.pis).mean()))
    assert seen.p.mean() == pytest.approx(seen.pi)
    assert len(p_wrong(*drawn(1500), noise="random").pis) == 4


def test_of_many_labels_some_are_fitted_and_all_are_judged(monkeypatch):
    labels, t = drawn(3000)
    whole = p_wrong(labels, t)
    monkeypatch.setattr(module, "FIT", 1000)
    one, again, other = (p_wrong(labels, t, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.isfinite(one.p).all()
    assert one.p.tolist() == again.p.tolist() != other.p.tolist()
    assert one.sure["n"] == 100
    assert one.sure["cases"] == 3000
    assert one.pi == pytest.approx(whole.pi, rel=0.3)


def of_candidates(post, classes, case, k):
    n = len(case)
    nobody = np.zeros(n, dtype=int)
    known = (
        np.array(post, dtype=np.float32),
        None if classes is None else np.array(classes),
        np.array(case),
    )
    return PWrong(
        np.zeros(n),
        nobody,
        np.zeros(n),
        np.zeros((k, k)),
        0.1,
        np.zeros(1),
        0,
        True,
        False,
        {},
        {},
        (),
        known,
        k,
    )


def test_the_posterior_of_candidates_spreads_the_rest_over_all_other_classes():
    found = of_candidates(
        [[0.6, 0.3, 0.1], [0.7, 0.0, 0.3]], [[2, 0], [1, -1]], [1, -1, 0], 4
    ).posterior()
    assert found[0].tolist() == pytest.approx([0.1, 0.7, 0.1, 0.1])
    assert np.isnan(found[1]).all()
    assert found[2].tolist() == pytest.approx([0.3, 0.05, 0.6, 0.05])
    dense = of_candidates([[0.9, 0.1], [0.2, 0.8]], None, [1, 0, -1], 2).posterior()
    assert dense[:2] == pytest.approx(np.array([[0.2, 0.8], [0.9, 0.1]]))
    assert np.isnan(dense[2]).all()


def test_joint_counts_by_hand():
    labels = Classes(np.array([0, 0, 1]), ("a", "b", "c"))
    post = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1]])
    t = Tables(("one",), np.zeros((1, 2, 3)), np.array([0, 0, 1]), 3, None, np.zeros(1))
    dense = module._joint(post, module.cases_of(labels, t), t)
    assert dense == pytest.approx(np.array([[1.8, 0.2, 0], [0.2, 0.7, 0], [0, 0.1, 0]]))
    some = Tables(
        ("one",),
        np.zeros((1, 2, 2)),
        np.array([0, 0, 1]),
        3,
        np.array([[0, 2], [1, -1]]),
        np.zeros(1),
    )
    joint = module._joint(
        np.array([[0.9, 0.04, 0.06], [0.7, 0.0, 0.3]]), module.cases_of(labels, some), some
    )
    rest = np.array([0.06 * 2 / 3, 0.3 / 3, 0])  # of the labels a, a and b, over three classes
    assert joint == pytest.approx(np.array([[1.8, 0, 0], [0, 0.7, 0], [0.08, 0, 0]]) + rest)


def test_copies_that_disagree_share_one_truth():
    """Labels a and b of one row: a is true with h_a (1 - w) w m(b|a), and so on; a third label
    stands alone.
    """
    z = np.zeros((1, 3, 3))
    cells = Cells(z, None, np.array([0, 1, 0]), np.zeros(3), 3)
    h = np.tile(np.array([[0.5], [0.3], [0.2]]), (1, 3))
    w = np.array([0.1, 0.1, 0.2])
    likely = np.array([[0.0, 0.6, 0.0], [0.7, 0.0, 0.7], [0.4, 0.5, 0.4]])
    found = module._together(cells, h, w, likely, np.array([5, 5, 9]), np.arange(3))
    both = np.array([0.5 * 0.9 * 0.1 * 0.6, 0.3 * 0.1 * 0.7 * 0.9, 0.2 * 0.1 * 0.4 * 0.1 * 0.5])
    alone = np.array([0.5 * 0.8, 0.3 * 0.2 * 0.7, 0.2 * 0.2 * 0.4])
    assert found[:, 0] == pytest.approx(both / both.sum())
    assert found[:, 1] == pytest.approx(both / both.sum())
    assert found[:, 2] == pytest.approx(alone / alone.sum())


def test_the_likeliest_other_class_has_its_share_of_p_wrong():
    labels, t = drawn(400)
    seen = p_wrong(labels, t)
    post = seen.posterior().astype(float)
    row = np.arange(400)
    post[row, labels.y] = -1
    assert seen.suggest.tolist() == post.argmax(1).tolist()
    assert seen.p_suggest == pytest.approx(post.max(1), abs=1e-6)
    assert (seen.p_suggest <= seen.p + 1e-9).all()


def test_tables_of_rows_that_share_a_copy_are_as_long_as_the_distinct_rows():
    labels, _ = drawn(60)
    probs = softmax(np.random.default_rng(1).normal(size=(60, 3)))
    made = tables(labels, probs=probs, copies=np.r_[np.zeros(2, dtype=int), np.full(58, -1)])
    assert made.z.shape == (1, 59, 3)
