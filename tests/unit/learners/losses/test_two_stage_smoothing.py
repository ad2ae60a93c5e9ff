"""two_stage_smoothing: the switch, and that it reaches the goal that smoothing alone cannot."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy as plain
from reliabel.learners.losses import label_smoothing
from reliabel.learners.losses.two_stage_smoothing import learn, loss
from reliabel.ops.torch.losses import cross_entropy

Z, Y = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]]), torch.tensor([0, 2])


def test_it_switches_from_smoothed_to_given_targets():
    assert torch.allclose(loss(Z, Y, 0.49), label_smoothing.loss(Z, Y, smoothing=0.4))
    assert torch.allclose(loss(Z, Y, 0.5), cross_entropy(Z, Y))


def test_it_reaches_the_goal_of_cross_entropy_and_predicts_no_worse():
    """The paper's claim is about the end of a training of limited length: smoothing throughout
    stays away from the optimum.
    """
    goal = {name: [] for name in ("plain", "smoothed", "two stages")}
    right = {name: [] for name in goal}
    for seed in range(3):
        x, truth, fresh, true = clouds(seed=seed)
        y = flipped(truth, 0.2, seed=seed)
        words = {"features": x, "training": Training(keep="last", hold_out=0, decay=0.001)}
        for name, by, options in (
            ("plain", plain.learn, {}),
            ("smoothed", label_smoothing.learn, {"smoothing": 0.4}),
            ("two stages", learn, {}),
        ):
            model = by(Classes(y), rng=np.random.default_rng(seed), **words, **options)
            p = model.predict(x).p[np.arange(len(y)), y]
            goal[name].append(-np.log(p).mean())
            right[name].append(accuracy(model, fresh, true))
    cost = {name: np.mean(values) for name, values in goal.items()}
    assert cost["two stages"] < cost["plain"] + 0.02
    assert cost["two stages"] < cost["smoothed"] - 0.1
    assert np.mean(right["two stages"]) > np.mean(right["plain"]) + 0.01


def test_a_rate_outside_is_refused():
    with pytest.raises(ValueError, match="smoothing must lie between 0 and 1, got -0"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), smoothing=-0.1)
