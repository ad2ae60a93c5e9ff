"""Changes without people: which, how many mistakes, and when it is refused."""

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
