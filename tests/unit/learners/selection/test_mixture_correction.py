"""mixture_correction: the target, the chance of a wrong label, and what it is worth."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.selection.degenerate import CASES, answers
from tests.unit.learners.selection.trials import RNG, against_plain, plain, trial
from torch import nn

from reliabel.core.training import Training
from reliabel.learners.selection.mixture_correction import Corrected, learn
from reliabel.ops.mixture import BINS, beta_groups
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import from_loss


def test_without_mixing_and_before_correction_it_is_plain_training():
    here, found = trial(0), []
    torch.manual_seed(0)
    net = nn.Linear(64, 4)
    short = Training(epochs=3, keep="last", hold_out=0.0, decay=0.0)
    for recipe in (partial(Corrected, 1.1, 0.0, 0.0), from_loss(cross_entropy)):
        words = {"features": here.features, "rng": RNG(0), "training": short, "nets": [net]}
        found.append(train(here.labels, recipe, **words).nets[0].weight.detach().numpy())
    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_the_target_moves_to_the_prediction_as_the_label_becomes_unlikely():
    recipe, net = Corrected(0.0, 0.0, 0.0), nn.Identity()
    recipe.chance[:] = torch.linspace(0, 1, BINS)
    recipe.low.fill_(0.5)
    recipe.width.fill_(2.0)
    logits = torch.tensor([[4.0, 0.0], [4.0, 0.0], [0.0, 1.0]])
    batch = type("Batch", (), {"x": logits, "y": torch.tensor([0, 1, 1])})
    batch.target = torch.eye(2)[batch.y]
    target = recipe.target(net, batch)
    assert target[0, 0] > 0.999, "the loss is below the least that counts"
    assert target[1, 0] > 0.99, "the loss is beyond the largest"
    assert target[2].tolist() == pytest.approx([0.0, 1.0], abs=1e-3), "the prediction is the label"


def test_the_chance_in_training_is_that_of_the_groups():
    here = trial(0)
    recipe, p = Corrected(0.0, 0.0, 0.0), plain(0).predict(here.features).p
    logits = torch.as_tensor(np.log(p))
    y = torch.as_tensor(here.labels.y)
    seen = type("Seen", (), {"y": y, "logits": lambda _: logits})
    recipe.after_epoch(seen())
    loss = cross_entropy(logits, y)
    want = beta_groups(loss.double().numpy()).higher(loss.double().numpy())
    assert recipe.wrong(loss).numpy() == pytest.approx(want, abs=0.02)
    assert want.max() - want.min() > 0.8


def test_evenness_punishes_a_mean_prediction_that_is_not_even():
    batch = type("Batch", (), {"x": torch.tensor([[3.0, 0.0]] * 4), "share": 0.0})
    batch.target = torch.tensor([[1.0, 0.0]] * 4)
    bare, with_term = (Corrected(0.5, 0.0, w).step([nn.Identity()], batch) for w in (0.0, 1.0))
    uneven = (0.5 * (0.5 / torch.tensor([3.0, 0.0]).softmax(0)).log()).sum()
    assert (with_term - bare).item() == pytest.approx(uneven.item(), abs=1e-5)


@pytest.mark.parametrize("pair", [False, True])
def test_keeps_its_accuracy_to_the_last_epoch_and_mends_labels(pair):
    more, relabelled = against_plain(learn, pair=pair).min(0)
    assert more > 0.1
    assert relabelled > 0.1, "seven of ten labels are right, of .6 as given"


@pytest.mark.parametrize("case", CASES)
def test_little_to_work_with_gives_an_answer(case):
    answers(learn, case)
    answers(learn, case, batch=1, epochs=2)
