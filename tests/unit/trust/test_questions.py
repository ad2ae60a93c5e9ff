"""Questions of a multi-label set by hand: shares drawn together, borrowed shares, added counts."""

import numpy as np
import pytest
from scipy.special import expit, logit

from reliabel.trust import multilabel as module
from reliabel.trust.count import before_review, reach
from reliabel.trust.p_wrong import PWrong


def answer(pi, low, high, n=1000, said=()):
    """An answer whose fits reach from low to high; the surest items leave open .25 and a little of
    log-odds.
    """
    fits = np.array([low, high])
    p, nobody = np.full(n, pi), np.full(n, -1)
    sure = {"n": 100, "d": 49, "conf": 0.95, "cases": float(n), "agreement": 0.9}
    identified = bool(np.isfinite(pi))
    return PWrong(p, nobody, p, np.zeros((2, 2)), pi, fits, 9.0, identified, False, sure, {}, said)


def test_shares_of_questions_are_drawn_together_as_far_as_they_are_uncertain():
    """Random effects of two log-odds x and z of equal doubt d: between = (x - z)^2/2 - d, and each
    is drawn to their mean by d/(between + d).
    """
    one, other = answer(0.05, 0.04, 0.06), answer(0.2, 0.17, 0.24)
    odds = logit([0.05, 0.2])
    doubt = np.array(
        [((reach(found)[1] - reach(found)[0]) / (2 * 1.96)) ** 2 for found in (one, other)]
    )
    between = odds.var(ddof=1) - doubt.mean()
    assert between > 0
    weight = 1 / (between + doubt)
    common = weight @ odds / weight.sum()
    drawn = expit(common + (odds - common) * between / (between + doubt))
    p = np.tile([0.05, 0.2], (1000, 1))
    assert module._level(p, np.zeros((1000, 2), dtype=int), [((0,), one), ((1,), other)]) == []
    assert p.mean(0) == pytest.approx(drawn)


def test_questions_that_differ_by_less_than_their_doubt_get_one_share():
    p = np.tile([0.1, 0.11], (1000, 1))
    module._level(
        p,
        np.zeros((1000, 2), dtype=int),
        [((0,), answer(0.1, 0.02, 0.3)), ((1,), answer(0.11, 0.02, 0.3))],
    )
    assert p[0, 0] == pytest.approx(p[0, 1])
    assert 0.1 < p[0, 0] < 0.11


def test_a_single_question_is_left_as_it_is():
    p = np.full((1000, 1), 0.1)
    assert module._level(p, np.zeros((1000, 1), dtype=int), [((0,), answer(0.1, 0.05, 0.2))]) == []
    assert (p == 0.1).all()


def test_borrowed_chances_of_a_yes_and_a_no():
    """A tenth says yes, a twentieth of all labels is wrong either way: true yes (.1 - .05)/(1 - .1)
    of all.
    """
    y = np.r_[np.ones(10, dtype=int), np.zeros(90, dtype=int), -1]
    found = module._borrowed(y, float(logit(0.05)), 0.0)
    true = 0.05 / 0.9
    assert found[0] == pytest.approx((1 - true) * 0.05 / 0.1)
    assert found[50] == pytest.approx(true * 0.05 / 0.9)
    assert np.isnan(found[100])
    assert np.isnan(module._borrowed(np.ones(5, dtype=int), 0.0, 1.0)).all()


def test_borrowed_chances_are_the_mean_over_what_the_share_may_be():
    y = np.r_[np.ones(300, dtype=int), np.zeros(700, dtype=int)]
    share = np.minimum(
        expit(logit(0.04) + 0.8 * np.random.default_rng(0).normal(size=200_000)), 0.3
    )
    true = (0.3 - share) / (1 - 2 * share)
    found = module._borrowed(y, float(logit(0.04)), 0.8)
    assert found[0] == pytest.approx(((1 - true) * share).mean() / 0.3, rel=0.06)
    assert found[500] == pytest.approx((true * share).mean() / 0.7, rel=0.06)


def test_no_more_labels_are_wrong_than_the_rarer_answers():
    y = np.r_[np.ones(2, dtype=int), np.zeros(98, dtype=int)]
    found = module._borrowed(y, float(logit(0.4)), 0.0)
    assert found[0] == pytest.approx(1)
    assert found[50] == pytest.approx(0)


def test_counts_are_added_with_their_ends_and_what_cannot_be_told_is_named():
    one, other = (
        answer(0.05, 0.04, 0.06),
        answer(0.2, 0.17, 0.24, said=("weak evidence", "no errors that")),
    )
    unknown = answer(np.nan, np.nan, np.nan, said=("no P(wrong): few",))
    count, said = module._added(
        [((0,), one), ((1,), other), ((2, 3), unknown)], ("a", "b", "c", "d")
    )
    parts = [before_review(one), before_review(other)]
    assert count.value == pytest.approx(250)
    assert count.low == pytest.approx(sum(part.low for part in parts))
    assert count.high == pytest.approx(sum(part.high for part in parts))
    assert count.identified
    assert said == (
        "c, d: no P(wrong): few",
        "weak evidence",
        "not in the count, no errors that can be told from ambiguity: c, d",
    )
    assert module._some(list(range(7)), tuple("abcdefg")) == "a, b, c, d, e and 2 more"
