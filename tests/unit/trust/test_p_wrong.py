"""The oracles of P(wrong): its gradient, its invariances, and worlds drawn from its own model or
with nothing to find.
"""

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.special import expit, logit

from reliabel.core.labels import Classes
from reliabel.trust import lapse
from reliabel.trust import p_wrong as module
from reliabel.trust.count import CONTRADICTION, before_review
from reliabel.trust.from_features import from_features
from reliabel.trust.p_wrong import is_flat, p_wrong, shift
from reliabel.trust.tables import Tables, tables


def softmax(s):
    e = np.exp(s - s.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def drawn(k, n=20_000, slope=4.0, alpha=-3.0, gamma=0.3, seed=0):
    """Labels drawn from the model itself: two normal tables with correlation .6, a lapse that grows
    with the log-odds that the label is not the likeliest class, tau 1.
    """
    rng = np.random.default_rng(seed)
    z1 = rng.normal(size=(n, k))
    z2 = 0.6 * z1 + 0.8 * rng.normal(size=(n, k))
    h = softmax(slope * (z1 + z2 / 2))
    truth = (h.cumsum(1) > rng.random((n, 1))).argmax(1)
    unsure = logit(1 - (1 - expit(alpha)) * h.max(1))
    u = unsure - np.sort(unsure)[: n // 10].mean()
    slips = rng.random(n) < expit(alpha + gamma * u)
    q = 0.9 * h + 0.1 / k
    q[np.arange(n), truth] = 0
    q /= q.sum(1, keepdims=True)
    other = (q.cumsum(1) > rng.random((n, 1))).argmax(1)
    y = np.where(slips, other, truth)
    z = np.stack([z1, z2]).astype(np.float32)
    return (
        Classes(y, tuple(str(c) for c in range(k))),
        Tables(("one", "two"), z, np.arange(n), k, None, np.zeros(2)),
        y != truth,
    )


def ece(p, wrong):
    place = np.minimum((p * 10).astype(int), 9)
    return sum(
        (place == b).mean() * abs(p[place == b].mean() - wrong[place == b].mean())
        for b in range(10)
        if (place == b).any()
    )


def average_precision(p, wrong):
    hit = wrong[np.argsort(-p)]
    return float((np.cumsum(hit) / np.arange(1, len(hit) + 1))[hit].mean())


@pytest.mark.parametrize("k", [2, 3, 7, 30])
def test_gradients_agree_with_finite_differences(k):
    rng = np.random.default_rng(k)
    n = 60
    y = Classes(np.r_[np.arange(k), rng.integers(0, k, n - k)], tuple(str(c) for c in range(k)))
    t = tables(
        y, probs=softmax(3 * rng.normal(size=(n, k))), others={"more": rng.normal(size=(n, k))}
    )
    assert (t.candidates is None) == (k <= 20)
    cells = module.cases_of(y, t).cells(np.arange(n))
    start = rng.normal(size=2 + k) / 3
    value = lambda theta: lapse.stack(theta, cells)  # noqa: E731
    scale = np.abs(value(start)[1]).max()
    assert check_grad(lambda x: value(x)[0], lambda x: value(x)[1], start) / scale < 1e-5
    q = lapse.softmax(cells.score(start[:2], start[2:]))
    wrong, u = lapse.mistake(cells, q, 1.5), rng.random(n)
    start = np.append(start, -1.0)
    both = lambda theta: lapse.lapse(theta, cells, u, wrong, 1.2)  # noqa: E731
    scale = np.abs(both(start)[1]).max()
    assert check_grad(lambda x: both(x)[0], lambda x: both(x)[1], start) / scale < 1e-5


def test_without_a_lapse_the_model_is_the_stack():
    labels, t, _ = drawn(3, n=300)
    cells = module.cases_of(labels, t).cells(np.arange(300))
    theta = np.array([1.0, 0.5, 0.1, -0.1, 0.0])
    plain, slope = lapse.stack(theta, cells)
    value, both = lapse.lapse(
        np.append(theta, -700.0), cells, np.zeros(300), np.zeros((3, 300)), 1.2
    )
    assert value - (700 - 3) ** 2 == pytest.approx(plain, abs=1e-6)
    np.testing.assert_allclose(both[:-1], slope, atol=1e-9)


def test_mistakes_of_each_true_class_sum_to_one():
    rng = np.random.default_rng(0)
    k = 25
    y = Classes(np.arange(k).repeat(4), tuple(str(c) for c in range(k)))
    t = tables(y, probs=softmax(3 * rng.normal(size=(100, k))))
    cells = module.cases_of(y, t).cells(np.arange(100))
    q = lapse.softmax(cells.score(np.ones(1), np.zeros(k)))
    total = np.zeros((k, 100))
    for given in range(
        k
    ):  # the chance of every label under the true class 0, where both are candidates
        at = (cells.ids == given).argmax(0)
        there = (cells.ids == given).any(0)
        moved = lapse.Cells(cells.z, cells.ids, at, cells.rest, k)
        total[given] = np.where(there, lapse.mistake(moved, q, 1.0)[0], 0)
    rest = 1 - total.sum(0)
    assert rest.min() > -1e-9  # what is missing belongs to the classes outside
    assert rest.max() < 0.2


@pytest.mark.parametrize(
    ("k", "slope", "alpha", "true", "found", "within"),
    [
        (5, 4.0, -3.0, 0.067, 0.096, 0.008),
        (2, 4.0, -3.0, 0.060, 0.080, 0.008),
        (2, 4.0, -1.5, 0.198, 0.212, 0.02),
        (20, 3.0, -4.6, 0.025, 0.035, 0.006),
    ],
)
def test_labels_drawn_from_the_model_are_counted(k, slope, alpha, true, found, within):
    labels, t, wrong = drawn(k, slope=slope, alpha=alpha)
    seen = p_wrong(labels, t)
    assert wrong.mean() == pytest.approx(true, abs=0.01)
    assert seen.pi == pytest.approx(found, abs=within)
    assert seen.identified
    if k == 5:
        assert seen.floor_gain > 1000
        assert average_precision(seen.p, wrong) == pytest.approx(0.67, abs=0.02)
        # counted too high: the stack is surer of the easiest labels than lapses allow
        assert ece(seen.p, wrong) < 0.035


def test_order_of_items_and_names_of_classes_do_not_matter():
    labels, t, _ = drawn(4, n=2000)
    seen = p_wrong(labels, t)
    rng = np.random.default_rng(1)
    order, name = rng.permutation(2000), rng.permutation(4)
    z = t.z[:, order][:, :, np.argsort(name)]
    moved = p_wrong(
        Classes(name[labels.y[order]], labels.names),
        Tables(t.names, z, np.arange(2000), 4, None, t.floor),
    )
    np.testing.assert_allclose(moved.p, seen.p[order], atol=1e-6)
    np.testing.assert_array_equal(moved.suggest, name[seen.suggest[order]])


def test_labels_that_the_evidence_does_not_know_have_no_p_wrong():
    rng = np.random.default_rng(0)
    y = Classes(rng.integers(0, 3, 3000))
    seen = p_wrong(
        y,
        Tables(
            ("one",),
            rng.normal(size=(1, 3000, 3)).astype(np.float32),
            np.arange(3000),
            3,
            None,
            np.zeros(1),
        ),
    )
    assert np.isnan(seen.p).all()
    assert "shuffled" in seen.warnings[0]


def test_clean_labels_are_not_identified_and_planted_errors_are():
    labels, t, _ = drawn(5, n=4000, alpha=-50, gamma=0)
    clean = p_wrong(labels, t)
    assert clean.floor_gain < 2
    assert not clean.identified
    assert any("no errors that can be told" in line for line in clean.warnings)
    assert p_wrong(*drawn(5, n=4000)[:2]).identified


def test_posterior_suggestion_and_joint_agree_with_p():
    for k in (5, 24):
        labels, t, _ = drawn(k, n=1500)
        if k > 20:
            rng = np.random.default_rng(0)
            t = tables(labels, probs=softmax(2 * t.z[0]), others={"two": t.z[1] + 0 * rng.random()})
        seen = p_wrong(labels, t)
        post = seen.posterior()
        given = post[np.arange(1500), labels.y]
        np.testing.assert_allclose(post.sum(1), 1, atol=1e-4)
        np.testing.assert_allclose(1 - given, seen.p, atol=1e-5)
        np.testing.assert_allclose(post[np.arange(1500), seen.suggest], seen.p_suggest, atol=1e-6)
        np.testing.assert_allclose(seen.joint.sum(0), np.bincount(labels.y, minlength=k), rtol=1e-3)
        assert seen.p.mean() == pytest.approx(seen.pi, abs=1e-9)
        assert (seen.suggest != labels.y).all()


def test_unlabelled_items_are_left_out():
    labels, t, _ = drawn(3, n=1000)
    y = labels.y.copy()
    y[::10] = -1
    seen = p_wrong(Classes(y, labels.names), t)
    assert np.isnan(seen.p[::10]).all()
    assert (seen.suggest[::10] == -1).all()
    assert np.isfinite(seen.p[1::10]).all()


def test_copies_count_once_and_disagreeing_copies_share_one_truth():
    labels, t, _ = drawn(3, n=600)
    y = np.concatenate([labels.y, labels.y[:200], (labels.y[:50] + 1) % 3])
    row = np.concatenate([np.arange(600), np.arange(200), np.arange(50)])
    seen = p_wrong(Classes(y, labels.names), Tables(t.names, t.z, row, 3, None, t.floor))
    np.testing.assert_allclose(seen.p[:200], seen.p[600:800])  # equal copies, one answer
    right = (1 - seen.p[:50]) + (1 - seen.p[800:])  # two labels of one item cannot both be right
    assert right.max() < 1.3
    assert np.median(right) < 1.05


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (np.arange(30) % 2, "only 30 distinct labelled items"),
        (np.zeros(80, dtype=int), "all labels are '0'"),
        (np.full(60, -1), "only 0 distinct"),
    ],
)
def test_what_cannot_be_judged_says_why(y, sentence):
    labels = Classes(y, ("0", "1"))
    seen = p_wrong(labels, tables(labels, probs=np.full((len(y), 2), 0.5)))
    assert np.isnan(seen.p).all()
    assert np.isnan(seen.posterior()).all()
    assert sentence in seen.warnings[0]


def test_a_class_with_one_item_is_no_obstacle():
    labels, t, _ = drawn(3, n=500)
    y = np.where(labels.y == 2, 0, labels.y)
    y[7] = 2
    seen = p_wrong(Classes(y, labels.names), t)
    assert np.isfinite(seen.p).all()
    assert seen.weak


def test_bad_input_is_refused_with_a_sentence():
    labels, t, _ = drawn(3, n=100)
    with pytest.raises(ValueError, match="make them again"):
        p_wrong(labels.take(np.arange(50)), t)
    with pytest.raises(ValueError, match='"human" or "random"'):
        p_wrong(labels, t, noise="other")


def test_random_noise_supposes_no_difficulty():
    labels, t, wrong = drawn(5, gamma=0.0, alpha=-2.2)
    human, even = p_wrong(labels, t).pi, p_wrong(labels, t, noise="random").pi
    assert abs(even - wrong.mean()) < abs(human - wrong.mean())
    assert even == pytest.approx(wrong.mean(), abs=0.01)


def test_shift_meets_the_mean_and_keeps_the_order():
    p = np.r_[np.random.default_rng(0).beta(0.2, 2, 500), np.nan, 0.0, 1.0]
    for mean in (1e-4, 0.03, 0.4, 0.99):
        moved = shift(p, mean)
        assert np.nanmean(moved) == pytest.approx(mean, abs=1e-9)
        known = np.isfinite(p)
        assert (np.diff(moved[known][np.argsort(p[known], kind="stable")]) >= 0).all()
        assert np.isnan(moved[500])


def test_candidates_and_a_common_rest_say_what_all_classes_say(monkeypatch):
    labels, t, wrong = drawn(8, n=4000, slope=3.0)
    probs, other = softmax(3 * t.z[0]), t.z[1]
    whole = p_wrong(labels, tables(labels, probs=probs, others={"two": other}))
    monkeypatch.setattr("reliabel.trust.tables.DENSE", 4)
    monkeypatch.setattr("reliabel.trust.table_builders.TOP", 4)
    part = tables(labels, probs=probs, others={"two": other})
    assert part.candidates is not None
    assert (part.candidates < 0).any()
    some = p_wrong(labels, part)
    assert some.pi == pytest.approx(whole.pi, rel=0.15)
    assert np.abs(some.p - whole.p).mean() < 0.02
    assert average_precision(some.p, wrong) == pytest.approx(
        average_precision(whole.p, wrong), abs=0.02
    )
    np.testing.assert_allclose(some.posterior().sum(1), 1, atol=1e-4)


def test_flips_to_the_next_class_are_counted_though_votes_explain_them():
    """The floor gain is near 0 there; disagreement is as frequent on sure items as elsewhere."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 2000)
    x = (3 * np.eye(3)[truth] + rng.normal(size=(2000, 3))).astype(np.float32)
    y = np.where(rng.random(2000) < 0.05, (truth + 1) % 3, truth)
    labels = Classes(y, ("a", "b", "c"))
    found = p_wrong(labels, from_features(labels, x, rng=np.random.default_rng(0))[0])
    assert found.floor_gain < 0
    assert found.flat
    assert found.identified
    assert len(found.pis) == 6
    count = before_review(found)
    assert count.low <= (y != truth).sum() <= count.high
    assert count.assumes == CONTRADICTION


@pytest.mark.parametrize(
    ("sure", "flat"),
    [
        ({"agreement": 0.9, "surer": 600, "surer_d": 30}, True),
        ({"agreement": 0.9, "surer": 600, "surer_d": 23}, False),  # under .4 times as often as all
        ({"agreement": 0.7, "surer": 600, "surer_d": 170}, False),  # the evidence is poor
        ({"agreement": 0.9, "surer": 60, "surer_d": 3}, False),  # may be chance
        ({"agreement": 1.0, "surer": 600, "surer_d": 0}, False),
    ],
)
def test_disagreement_is_flat_where_sure_items_disagree_as_often(sure, flat):
    assert is_flat(sure) is flat
