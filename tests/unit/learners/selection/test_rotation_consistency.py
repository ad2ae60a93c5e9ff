"""rotation_consistency: turning, pictures under noise, plain features, what is refused."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

torch = pytest.importorskip("torch")

from torch import nn

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners.selection.rotation_consistency import learn, turned


def network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def test_pictures_are_turned_each_by_its_own_quarters():
    x = torch.arange(36.0).reshape(4, 1, 3, 3)
    found = turned(x, torch.arange(4))
    assert torch.equal(found[0], x[0])
    for quarter in (1, 2, 3):
        assert torch.equal(found[quarter], torch.rot90(x[quarter], quarter, (1, 2)))


def test_pictures_are_learnt_under_noise_and_turns_are_told():
    """No gain over cross-entropy is claimed: it is experimental."""
    x, truth = load_digits(return_X_y=True)
    x = (x.reshape(-1, 1, 8, 8) / 16).astype(np.float32)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(truth))
    row, fresh = order[:400], order[400:]
    y = np.where(rng.random(400) < 0.5, (truth[row] + rng.integers(1, 10, 400)) % 10, truth[row])
    how = Training(module=network, epochs=30, hold_out=0.0, keep="last")
    model = learn(Classes(y), features=x[row], rng=rng, training=how)
    right = (model.predict(x[fresh]).p.argmax(1) == truth[fresh]).mean()
    assert right > (y == truth[row]).mean() + 0.1, "nearer to the truth than the labels"
    assert model.info["turns_told"].mean() > 0.5, "by chance .25"


def test_plain_features_are_learnt_by_consistency_alone_and_it_says_so():
    x, y = np.repeat(np.eye(2, 5), 30, 0), np.repeat([0, 1], 30)
    words = {"features": x, "rng": np.random.default_rng(0), "training": Training(epochs=3)}
    model = learn(Classes(y), **words)
    assert "nothing could be turned" in model.info["warnings"][0]
    assert (model.predict(x).p.argmax(1) == y).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"features": np.zeros((2, 1, 4, 6))}, r"have to be square, got features of shape"),
        ({"weight": -1}, "weight must be a number from 0 up, got -1"),
        ({"features": np.zeros((2, 1, 4, 4))}, "the built-in head takes one vector an item"),
    ],
)
def test_what_makes_no_sense_is_refused(changed, message):
    words = {"features": np.eye(2), "rng": np.random.default_rng(0)}
    with pytest.raises(ValueError, match=message):
        learn(Classes([0, 1]), **{**words, **changed})
