"""A loss that is no number ends a training with a sentence, and the last good state."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Recipe

X, Y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), Classes(np.repeat([0, 0, 1, 1], 15))


class BreaksIn(Recipe):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def step(self, nets, batch):
        loss = cross_entropy(nets[0](batch.x), batch.y).mean()
        return loss * float("nan") if batch.epoch == self.epoch else loss


def trained(epoch):
    words = {"features": X, "rng": np.random.default_rng(0), "training": Training(epochs=6)}
    return train(Y, lambda: BreaksIn(epoch), **words)


def test_the_state_before_the_broken_epoch_is_kept():
    done = trained(4)
    assert "the loss became nan in epoch 5" in done.stopped
    assert "the state after epoch 4 is kept" in done.stopped
    assert len(done.loss) == done.epoch == 4
    assert (done.probs().argmax(1) == Y.y).all()
    assert done.model().info["stopped"] == done.stopped


def test_the_first_epoch_raises_a_sentence():
    with pytest.raises(ValueError, match=r"nan in epoch 1.*a smaller lr may help"):
        trained(0)


def test_a_recipe_without_a_step_says_what_is_missing():
    words = {"features": X, "rng": np.random.default_rng(0)}
    with pytest.raises(NotImplementedError, match="Recipe does not say what to minimise"):
        train(Y, Recipe, **words)
