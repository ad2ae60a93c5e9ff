"""cross_split: neither network is shown the labels of the other's half."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.selection.degenerate import CASES, answers
from tests.unit.learners.selection.trials import RNG, against_plain, trial
from torch import nn

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners.selection.cross_split import Halves, learn, unlikeness, within_class
from reliabel.ops.torch.half_supervised import Mix
from reliabel.ops.torch.loop import train

SHORT = Training(epochs=4, keep="last", hold_out=0.0)
EVEN = torch.full((4,), 0.25)


def weights_after(y, warm):
    """The two networks after a training in which the first half of the items is the first's."""
    here = trial(0)
    side = torch.arange(800) // 400
    torch.manual_seed(3)
    nets = [nn.Linear(64, 4), nn.Linear(64, 4)]
    words = {"features": here.features, "rng": RNG(0), "training": SHORT, "nets": nets}
    done = train(Classes(y), lambda: Halves(side, EVEN, Mix(warm, 0.0, 0.0), 0.5), **words)
    return [net.weight.detach().numpy() for net in done.nets]


def test_the_labels_of_one_half_do_not_reach_the_other_network():
    y = trial(0).labels.y
    changed = np.where(np.arange(800) < 400, (y + 1) % 4, y)
    here, there = weights_after(y, warm=1.1), weights_after(changed, warm=1.1)
    assert np.array_equal(here[1], there[1])
    assert np.abs(here[0] - there[0]).max() > 0.01


def test_after_the_warm_up_they_do_through_the_labels_that_are_softened():
    y = trial(0).labels.y
    changed = np.where(np.arange(800) < 400, (y + 1) % 4, y)
    here, there = weights_after(y, warm=0.25), weights_after(changed, warm=0.25)
    assert np.abs(here[1] - there[1]).max() > 1e-4


def test_unlikeness_is_the_jensen_shannon_divergence():
    p, given = torch.tensor([[0.5, 0.5], [1.0, 0.0], [0.0, 1.0]]), torch.eye(2)[[0, 0, 0]]
    middle = 0.75 * np.log(0.75) + 0.25 * np.log(0.25)
    want = [-middle - np.log(2) / 2, 0.0, np.log(2)]
    assert unlikeness(p, given).tolist() == pytest.approx(want, abs=1e-5)


def test_the_doubt_is_scaled_within_each_class():
    score, y = torch.tensor([5.0, 1.0, 3.0, 9.0, 8.0, 7.0]), torch.tensor([0, 0, 0, 1, 1, -1])
    assert within_class(score, y, 3).tolist() == [1.0, 0.0, 0.5, 1.0, 0.0, 0.0]


def test_labels_are_softened_more_boldly_as_time_goes_on():
    recipe = Halves(torch.zeros(2, dtype=torch.long), EVEN, Mix(0.0, 0.0, 0.0), 1.0)
    recipe.doubt[:] = torch.tensor([0.0, 1.0])
    for share, least in ((0.2, 0.2), (0.6, 0.1), (0.9, 0.0)):
        batch = type("Batch", (), {"index": torch.arange(2), "share": share})
        assert recipe.doubted(batch).tolist() == pytest.approx([least, 1 - least])


def test_keeps_its_accuracy_to_the_last_epoch_and_finds_the_truth():
    more, relabelled = against_plain(learn, seeds=2).min(0)
    assert more > 0.1
    assert relabelled > 0.3, "nine of ten labels are right, of .6 as given"


@pytest.mark.parametrize("case", CASES)
def test_little_to_work_with_gives_an_answer(case):
    answers(learn, case)
    answers(learn, case, batch=1, epochs=2)
