"""nested_dropout and nested_co_teaching: widths, axes, and what they are worth."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.selection.degenerate import CASES, answers
from tests.unit.learners.selection.trials import LAST, RNG, against_plain, plain, trial
from torch import nn

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners.selection import co_teaching, nested_co_teaching, nested_dropout
from reliabel.learners.selection.nested_co_teaching import NarrowPair, keep_batch_norm, slower
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.nested import Nesting, best_width, cut, drawn_width, narrowed, turned
from reliabel.ops.torch.nets import Head

METHODS = (nested_dropout, nested_co_teaching)


def test_widths_are_drawn_as_the_paper_says():
    torch.manual_seed(0)
    drawn = np.bincount([drawn_width(6, 2.0) for _ in range(6000)], minlength=7)
    want = np.exp(-((np.arange(1, 7) / 2.0) ** 2))
    assert drawn[0] == 0
    assert drawn[1:] / 6000 == pytest.approx(want / want.sum(), abs=0.02)
    assert drawn_width(5, 1e-3) == 1
    assert drawn_width(1, 10.0) == 1


@pytest.mark.parametrize(
    "net", [Head(4, 3), Head(4, 3, hidden=4), nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 3))]
)
def test_only_the_first_features_go_through_a_narrow_network(net):
    x = torch.randn(5, 4)
    with torch.no_grad():
        for layer in net.parameters():
            layer.normal_()
        whole = net(x)
        with narrowed(net, 2):
            narrow = net(x)
        with narrowed(net, 4):
            assert torch.equal(net(x), whole)
        assert torch.equal(net(x), whole), "no longer narrow"
        cut(net, 2)
        assert net(x) == pytest.approx(narrow, abs=1e-6)
    assert not torch.allclose(narrow, whole)


def test_features_beyond_the_width_are_not_trained():
    here, net = trial(0), nn.Linear(64, 4)
    words = {"features": here.features, "training": Training(epochs=2, hold_out=0.0, decay=0.0)}
    done = train(here.labels, partial(Nesting, 1e-3), rng=RNG(0), nets=[net], **words)
    moved = (done.nets[0].weight - net.weight).detach().abs().sum(0)
    assert moved[0] > 0
    assert (moved[1:] == 0).all()


def test_the_best_width_is_that_of_the_features_that_tell():
    """Two features tell the class, the others are noise that has been learnt."""
    rng = RNG(0)
    y = rng.integers(0, 2, 400)
    x = rng.normal(size=(400, 6)).astype(np.float32)
    x[:, :2] += 0.9 * (2 * y - 1)[:, None]
    words = {"features": x, "rng": RNG(0), "training": Training(epochs=1, lr=1e-9)}
    net = nn.Linear(6, 2)
    with torch.no_grad():
        net.bias.zero_()
        net.weight.copy_(torch.tensor([[-1.0, -1, 0, 2, -2, 2], [1.0, 1, 0, -2, 2, -2]]))
    done = train(Classes(y), partial(Nesting, 10.0), nets=[net], **words)
    assert len(done.held)
    assert best_width(done, 0) == 2, "the third adds nothing, and costs a little"
    done.held = done.held[:0]
    assert best_width(done, 0) == 6, "nothing to choose by"


def test_the_model_is_on_the_features_as_they_were():
    """Heads on principal axes are folded back, so that new items need no axes."""
    here, training = trial(0), Training(epochs=3, hold_out=0.0)
    there = turned(here.features, training, 10.0, RNG(0))
    assert there.features.shape == (800, 30)
    done = train(
        here.labels, partial(Nesting, 10.0), features=there.features, rng=RNG(0), training=training
    )
    model = there.back(done, here.features, training).model()
    assert model.predict(here.features).p == pytest.approx(done.probs(), abs=1e-5)
    assert model.predict.mean.shape == (64,)


def test_features_of_a_hidden_layer_or_of_a_network_stay_as_they_are():
    x = trial(0).features
    assert turned(x, Training(hidden=8), 10.0, RNG(0)).features is x
    assert turned(x, Training(module=lambda: nn.Linear(64, 4)), 10.0, RNG(0)).features is x


def test_nested_dropout_keeps_what_plain_training_loses_at_the_last_epoch():
    gains = []
    for seed in range(3):
        here = trial(seed)
        gains.append(here.accuracy(here.run(nested_dropout.learn)) - here.accuracy(plain(seed)))
    assert min(gains) > 0.08


def test_the_hidden_layer_is_ordered_too():
    here, training = trial(1), Training(hidden=32, lr=0.01, epochs=30)
    model = here.run(nested_dropout.learn, training, spread=4.0)
    assert 0 < model.info["width"] < 32
    _, out = model.predict.heads[0]
    assert out[0].shape == (32, 4)
    assert (out[0][model.info["width"] :] == 0).all()


def test_nested_co_teaching_keeps_more_right_labels_and_is_no_worse_than_co_teaching():
    mine = against_plain(nested_co_teaching.learn, seeds=2)
    assert mine[:, 0].min() > 0.1
    assert mine[:, 1].min() > 0.01
    assert mine[:, 0].mean() > against_plain(co_teaching.learn, seeds=2)[:, 0].mean()


def test_both_stages_hold_out_the_same_rows_and_the_second_is_slow(monkeypatch):
    stages = []

    def watched(*given, **words):
        stages.append((train(*given, **words), words))
        return stages[-1][0]

    monkeypatch.setattr(nested_co_teaching, "train", watched)
    trial(0).run(nested_co_teaching.learn, Training(epochs=3, stop=2))
    (first, words_first), (second, words_second) = stages
    assert len(first.held)
    assert np.array_equal(first.held, second.held)
    assert (words_first["training"].stop, words_second["training"].stop) == (0, 2)
    assert words_second["around"] is slower
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.5)
    assert slower(optimiser).param_groups[0]["lr"] == pytest.approx(0.05)


def test_batch_norm_is_left_as_the_first_stage_made_it():
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 2)).train()
    keep_batch_norm(net)
    assert not net[0].training
    assert net[1].training
    x, y = torch.randn(8, 3) * 5 + 2, torch.zeros(8, dtype=torch.long)
    batch = type("Batch", (), {"x": x, "y": y, "share": 1.0})
    NarrowPair(0.2, 0.3, (3, 3)).step([net, net], batch)
    assert net[0].running_mean.tolist() == [0.0, 0.0, 0.0]


class Pooled(nn.AdaptiveAvgPool1d):
    """Four means of the features as logits, without a linear layer."""

    def __init__(self):
        super().__init__(4)
        self.factor = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.factor * super().forward(x)[:, 0]


def test_a_network_without_a_linear_layer_is_refused():
    here = trial(0)
    words = Training(epochs=1, module=lambda: nn.Sequential(nn.Unflatten(1, (1, 64)), Pooled()))
    with pytest.raises(ValueError, match=r"has no torch\.nn\.Linear"):
        here.run(nested_dropout.learn, words)


@pytest.mark.parametrize("method", METHODS)
def test_a_spread_of_nothing_is_refused(method):
    with pytest.raises(ValueError, match="spread must be above 0"):
        trial(0).run(method.learn, LAST, spread=0.0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", CASES)
def test_little_to_work_with_gives_an_answer(method, case):
    answers(method.learn, case)
    answers(method.learn, case, batch=1, epochs=1, hidden=4)
