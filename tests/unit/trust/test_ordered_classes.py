"""P(wrong) of ordered classes: a table of steps, and mistakes that may be any class alike."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.labels import Classes
from reliabel.trust.count import before_review
from reliabel.trust.lapse import ORDERED
from reliabel.trust.p_wrong import p_wrong
from reliabel.trust.table_builders import Steps
from reliabel.trust.tables import tables


def grades(far, n=1500, seed=0):
    """Four grades cut from a line, a wide model of them, and 6 % slips: far or to the next."""
    rng = np.random.default_rng(seed)
    line = rng.normal(size=n)
    true = np.digitize(line + rng.normal(0, 0.3, n), [-0.7, 0.0, 0.7])
    middle = np.array([-1.2, -0.35, 0.35, 1.2])
    p = np.exp(-((line[:, None] - middle) ** 2) / 0.25)
    y, wrong = true.copy(), rng.permutation(n) < 0.06 * n
    near = np.where(true > 0, true - 1, 1)
    y[wrong] = (3 - true if far else near)[wrong]
    return Classes(y, ("a", "b", "c", "d")), p / p.sum(1, keepdims=True), y != true


def test_steps_by_hand():
    p = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    (found,) = Steps(p, np.array([0, 1, 3])).rows(0, 2)
    assert found == pytest.approx(-np.array([[0.25, 0.25, 6.25], [9, 4, 0]]))


def test_the_order_gives_a_table_more_and_the_names_of_the_others_stay():
    labels, p, _ = grades(far=True, n=300)
    flat = tables(labels, probs=p)
    made = tables(labels, probs=p, class_order=np.arange(4))
    assert (flat.names, flat.order) == (("model",), None)
    assert made.names == ("model", "steps")
    assert made.z[0] == pytest.approx(flat.z[0])


def test_slips_by_several_steps_are_counted_as_they_are():
    """Without the order they are taken for the rare sort of many slips to the class beside."""
    labels, p, wrong = grades(far=True)
    flat = p_wrong(labels, tables(labels, probs=p))
    found = p_wrong(labels, tables(labels, probs=p, class_order=np.arange(4)))
    count, other = before_review(found), before_review(flat)
    assert count.low < wrong.sum() < count.high
    assert abs(count.value - wrong.sum()) < abs(other.value - wrong.sum())
    assert len(found.pis) < 8 * len(ORDERED)  # the assumptions that do not fit are left out
    assert _area(found.p, wrong) > _area(flat.p, wrong)


def test_slips_to_the_next_class_rank_as_well_as_without_the_order():
    labels, p, wrong = grades(far=False)
    flat = p_wrong(labels, tables(labels, probs=p))
    found = p_wrong(labels, tables(labels, probs=p, class_order=np.arange(4)))
    assert _area(found.p, wrong) > _area(flat.p, wrong) - 0.005


def test_an_audit_takes_the_order_into_its_p_wrong():
    labels, p, _ = grades(far=True, n=120)
    found = rl.audit(labels, probs=p, by=["self_confidence"], class_order=np.arange(4))
    assert set(found.info["p_wrong"]["tables"]) == {"model", "steps"}


def _area(score, wrong):
    return (score[wrong][:, None] > score[~wrong]).mean()
