"""tuned uses the traces of a learner only: here a learner whose traces are known."""

import numpy as np
import pytest

from reliabel.auto.choose import OPTIONS, chosen, options_beside, tuned
from reliabel.core.results import Model
from reliabel.core.training import Training


class Learner:
    """Remembers how it was asked to train; its trace depends on the learning rate."""

    def __init__(self, peak):
        self.peak, self.asked = peak, []

    def __call__(self, how):
        self.asked.append(how)
        steps = np.arange(how.stop or how.epochs)
        height = {0.01: 0.5, 0.05: 0.7, 0.2: 0.6}.get(how.lr, 0.4)
        trace = height - 0.01 * abs(steps - self.peak) if how.hold_out else np.empty(0)
        return Model(str, trace=trace + 0.001 * how.fold)


def test_below_six_thousand_rows_each_row_is_held_out_once():
    learner = Learner(peak=4)
    model, choice = tuned(learner, 900, training=Training(epochs=8))
    assert len(learner.asked) == 3 * 3 + 1
    held = learner.asked[:-1]
    assert [how.fold for how in held] == [0, 1, 2] * 3
    assert {how.hold_out for how in held} == {1 / 3}
    assert {how.keep for how in held} == {"last"}
    final = learner.asked[-1]
    assert (final.lr, final.decay, final.stop, final.epochs) == (0.05, 0.001, 5, 8)
    assert final.hold_out == 0
    assert choice.agreement == pytest.approx(0.701)
    assert choice.training == final
    assert [one["epoch"] for one in choice.tried] == [5, 5, 5]
    assert model.trace.argmax() == 4


@pytest.mark.parametrize(("n", "share"), [(6_000, 1 / 3), (10_000, 0.2), (100_000, 0.1)])
def test_above_one_fold_of_at_least_two_thousand_rows_judges(n, share):
    learner = Learner(peak=2)
    chosen(learner, n, training=Training(epochs=4))
    assert [how.fold for how in learner.asked] == [0, 0, 0]
    assert [how.hold_out for how in learner.asked] == pytest.approx([share] * 3)


def test_ties_go_to_the_earlier_epoch_and_option():
    def flat(how):
        return Model(str, trace=np.full(how.epochs, 0.5))

    choice = chosen(flat, 900, training=Training(epochs=4))
    assert choice.training.stop == 1
    assert choice.options == OPTIONS[0]


def test_an_option_whose_loss_is_no_number_is_left_out():
    learner = Learner(peak=1)

    def breaks(how):
        if how.lr == 0.05:
            raise FloatingPointError("the loss became nan")
        return learner(how)

    assert chosen(breaks, 900).options["lr"] == 0.2

    def always(how):
        raise FloatingPointError("the loss became nan")

    with pytest.raises(FloatingPointError):
        chosen(always, 900)


def test_a_learner_without_a_trace_gets_a_sentence():
    with pytest.raises(ValueError, match="reports no agreement after each epoch"):
        chosen(lambda how: Model(str), 900)


def test_what_people_set_is_not_tried():
    assert options_beside({"lr": 0.3, "decay": 0.1}) == ({"lr": 0.3, "decay": 0.1},)
    assert options_beside({}) == OPTIONS
