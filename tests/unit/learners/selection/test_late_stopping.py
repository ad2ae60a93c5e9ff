"""late_stopping: when an item counts as learnt, when a round ends, and what is kept."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.selection.degenerate import CASES, answers
from tests.unit.learners.selection.trials import LAST, plain, trial

from reliabel.learners.selection.late_stopping import NEVER, Soonest, learn, times_of


def test_an_item_counts_after_enough_epochs_in_a_row():
    recipe = Soonest(3, np.arange(3), enough=3, times=2, skip=1)
    right = torch.eye(2)[torch.zeros(3, dtype=torch.long)]
    said = [  # which items are predicted as labelled after each epoch
        [True, True, True],  # skipped
        [True, True, False],
        [True, False, True],
        [False, True, True],
        [False, True, False],
    ]
    ended = []
    for epoch, hits in enumerate(said):
        y = torch.where(torch.tensor(hits), 0, 1)
        seen = type("Seen", (), {"epoch": epoch, "y": y, "logits": lambda _: right})
        ended.append(recipe.after_epoch(seen()))
    assert recipe.hit.tolist() == [2, 4, 3]
    assert ended == [False, False, False, False, True]


def test_other_rows_do_not_end_a_round():
    recipe = Soonest(4, np.array([0]), enough=1, times=1, skip=0)
    seen = type("Seen", (), {"epoch": 0, "y": torch.tensor([1, 0, 0, 0])})
    seen.logits = lambda _: torch.eye(2)[[0, 0, 0, 0]]
    assert not recipe.after_epoch(seen())
    assert recipe.hit.tolist() == [NEVER, 0, 0, 0]


def test_rounds_ask_for_more_epochs_in_a_row():
    assert [times_of(turn, 3) for turn in range(3)] == [1, 2, 3]
    assert times_of(0, 1) == 1


@pytest.mark.parametrize("seed", [0, 1])
def test_most_wrong_labels_are_gone_after_all_rounds(seed):
    """The share of right labels among the kept rises, and with it the accuracy; not above what the
    losses of plain training tell here, for which it is experimental.
    """
    here = trial(seed)
    model = here.run(learn, LAST, rate=0.4, rounds=4)
    assert (model.labels.y >= 0).mean() == pytest.approx(0.6, abs=0.01)
    assert here.right(model.labels) > 0.8, "of .6 as given"
    assert here.accuracy(model) > here.accuracy(plain(seed)) + 0.02


def test_items_without_a_label_stay_without():
    here = trial(0)
    y = np.where(np.arange(800) < 700, here.labels.y, -1)
    model = learn(
        type(here.labels)(y, here.labels.names),
        features=here.features,
        rng=np.random.default_rng(0),
        probs=here.probs,
        rounds=2,
    )
    assert (model.labels.y[700:] == -1).all()


def test_rounds_below_one_are_refused():
    with pytest.raises(ValueError, match="rounds must be a whole number from 1 up"):
        trial(0).run(learn, rounds=0)


@pytest.mark.parametrize("case", CASES)
def test_little_to_work_with_gives_an_answer(case):
    answers(learn, case, epochs=2)
