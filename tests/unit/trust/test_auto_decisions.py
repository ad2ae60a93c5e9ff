"""Changes without people: which, how many mistakes, and when it is refused."""

from dataclasses import replace

import numpy as np
import pytest

import reliabel as rl
from reliabel.trust.surest_changes import auto_decisions


@pytest.fixture(scope="module")
def audit():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 3000)
    probs = np.exp(4 * np.eye(4)[truth] + rng.normal(size=(3000, 4)))
    probs /= probs.sum(1, keepdims=True)
    wrong = rng.random(3000) < 0.08
    given = np.where(wrong, (truth + rng.integers(1, 4, 3000)) % 4, truth)
    return truth, rl.audit(rl.Classes(given), probs=probs, by=["self_confidence"])


def test_changes_are_right_as_often_as_promised(audit):
    truth, seen = audit
    decisions, mistakes = auto_decisions(seen, 0.9)
    right = np.array([one.label == str(truth[int(one.id)]) for one in decisions])
    assert len(decisions) > 100
    assert right.mean() > 0.9
    assert 0 < mistakes <= 0.1 * len(decisions)
    assert len(auto_decisions(seen, 0.99)[0]) < len(decisions)


def test_a_promise_nobody_can_mean_is_refused(audit):
    with pytest.raises(ValueError, match=r"0.5 to 1, got 0.2"):
        auto_decisions(audit[1], 0.2)


def test_changes_of_one_label_of_several_name_their_unit():
    rng = np.random.default_rng(0)
    truth = rng.random((1500, 2)) < 0.4
    probs = np.clip(np.where(truth, 0.97, 0.03) + rng.normal(0, 0.02, (1500, 2)), 0.001, 0.999)
    given = truth ^ (rng.random((1500, 2)) < 0.06)
    seen = rl.audit(
        rl.MultiLabel(given.astype(int), ("a", "b")), probs=probs, by=["self_confidence"]
    )
    decisions, _ = auto_decisions(seen, 0.8)
    assert len(decisions) > 20
    assert {one.unit for one in decisions} == {0, 1}
    for one in decisions:
        assert one.label == ("no" if given[int(one.id), one.unit] else "yes")
        assert (one.verdict, one.who) == ("change", "reliabel")


def test_a_count_that_the_data_cannot_tell_is_refused(audit):
    with pytest.raises(
        ValueError, match=r"auto= needs a count that the data can tell.*has not \(the"
    ):
        auto_decisions(
            replace(audit[1], count=replace(audit[1].count, identified=False), warnings=("the",)),
            0.9,
        )
    with pytest.raises(ValueError, match="the evidence does not allow P"):
        auto_decisions(replace(audit[1], p_suggest=None, warnings=()), 0.9)
    for ends in (0.5, 1.0):
        auto_decisions(audit[1], ends)
    with pytest.raises(ValueError, match=r"0.5 to 1, got 1.1"):
        auto_decisions(audit[1], 1.1)
