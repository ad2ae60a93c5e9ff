"""What the loop hands to a method."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.run import running
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.nets import Average
from reliabel.ops.torch.recipe import LossRecipe, Recipe, from_loss

X, TRUTH, _, _ = clouds(200)
Y = Classes(np.where(np.arange(200) % 10, flipped(TRUTH, 0.2), -1))


class Watches(LossRecipe):
    """Keeps what it was shown."""

    def __init__(self):
        super().__init__(cross_entropy)
        self.batches, self.seen, self.steps = [], [], 0

    def step(self, nets, batch):
        self.batches.append(batch)
        return super().step(nets, batch)

    def after_step(self, nets):
        self.steps += 1

    def after_epoch(self, seen):
        assert not torch.is_grad_enabled()
        self.seen.append(
            (seen.epoch, seen.share, seen.logits(), seen.probs(), seen.embed(), seen.y)
        )


@pytest.fixture(scope="module")
def done():
    training = Training(epochs=4, hold_out=0)
    return train(Y, Watches, features=X, rng=np.random.default_rng(0), training=training)


def test_a_batch_knows_rows_features_targets_and_time(done):
    batches = done.recipe.batches
    assert done.recipe.steps == len(batches)
    for batch in batches:
        assert torch.equal(batch.x, torch.tensor(X)[batch.index])
        assert torch.equal(batch.y, torch.tensor(Y.y)[batch.index])
        assert torch.equal(batch.target.argmax(1), batch.y)
        assert (batch.y >= 0).all()
    share = [batch.share for batch in batches]
    assert share[0] == 0
    assert share == sorted(share)
    assert share[-1] < 1
    assert sorted({batch.epoch for batch in batches}) == [0, 1, 2, 3]
    other = batches[0].take(np.array([5, 7]))
    assert torch.equal(other.x, torch.tensor(X[[5, 7]]))
    assert (other.epoch, other.share) == (batches[0].epoch, batches[0].share)


def test_after_an_epoch_all_rows_are_seen_unlabelled_ones_too(done):
    epoch, share, logits, probs, embedded, y = done.recipe.seen[-1]
    assert (epoch, share) == (3, 1.0)
    assert logits.shape == probs.shape == (200, 4)
    assert embedded.shape == (200, 64)
    assert torch.allclose(probs, logits.softmax(1))
    assert y.tolist() == Y.y.tolist()
    assert np.allclose(probs.numpy(), done.probs(), atol=1e-6)
    assert np.allclose(done.probs(np.array([3, 1])), done.probs()[[3, 1]], atol=1e-6)
    assert done.embed().shape == (200, 64)


def test_the_result_carries_how_it_went(done):
    model = done.model(labels=Y, rate=0.2)
    assert model.labels is Y
    assert model.info["epoch"] == 4
    assert model.info["held_out"] == 0
    assert model.info["rate"] == 0.2
    assert np.array_equal(model.info["loss"], done.loss)
    assert "stopped" not in model.info


def test_an_average_may_be_the_judge():
    class Averaged(LossRecipe):
        def begin(self, nets):
            self.average = Average(nets[0], 0.9)
            return ()

        def after_step(self, nets):
            self.average.follow(nets[0])

        def judges(self, nets):
            return [self.average]

    words = {"features": X, "training": Training(epochs=3)}
    done = train(Y, lambda: Averaged(cross_entropy), rng=np.random.default_rng(0), **words)
    plain = train(Y, from_loss(cross_entropy), rng=np.random.default_rng(0), **words)
    assert np.abs(done.model().predict(X).p - done.probs()).max() < 1e-5
    assert not np.allclose(done.probs(), plain.probs())
    assert np.array_equal(done.loss, plain.loss), "training itself is as it was"


def test_the_agreement_is_the_method_s_own_word():
    class Own(LossRecipe):
        def agreement(self, probs, rows):
            assert probs.shape == (len(rows), 4)
            return float(len(told)) if told.append(rows.tolist()) else -float(len(told))

    told = []
    words = {"features": X, "training": Training(epochs=3, hold_out=0.2)}
    done = train(Y, lambda: Own(cross_entropy), rng=np.random.default_rng(0), **words)
    assert done.trace.tolist() == [-1.0, -2.0, -3.0]
    assert done.epoch == 1
    assert told[0] == done.held.tolist()


def test_a_recipe_without_a_step_is_no_method():
    with pytest.raises(NotImplementedError):
        train(Y, Recipe, features=X, rng=np.random.default_rng(0))


def test_dynamics_are_those_of_the_mean_of_the_networks():
    class Two(LossRecipe):
        nets = 2

        def step(self, nets, batch):
            return sum(self.loss(net(batch.x), batch.y).mean() for net in nets)

    words = {"features": X, "training": Training(epochs=3, keep="last")}
    with running(record=True):
        done = train(Y, lambda: Two(cross_entropy), rng=np.random.default_rng(0), **words)
    p, known = done.probs(), Y.y >= 0
    last = done.dynamics.p_given[-1]
    assert np.allclose(last[known], p[np.flatnonzero(known), Y.y[known]], atol=1e-5)
    assert np.isnan(last[~known]).all()
    assert not done.dynamics.correct[:, ~known].any()
    assert done.dynamics.correct.shape == (3, 200)


def test_nothing_is_recorded_unless_the_run_asks():
    words = {"features": X, "training": Training(epochs=1)}
    done = train(Y, from_loss(cross_entropy), rng=np.random.default_rng(0), **words)
    assert done.dynamics is None
