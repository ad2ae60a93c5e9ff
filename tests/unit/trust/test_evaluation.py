"""Models on noisy tests: worked examples, laws of the estimates, and planted worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reliabel.bench.evaluation_worlds import reviewed, weighted, world
from reliabel.core.evaluation import Share
from reliabel.trust.evaluation import (
    ANY_TIME,
    NO_DRAW,
    OTHER,
    UNKNOWN,
    Looks,
    beats,
    difference,
    guesses,
    nothing_seen,
    right_share,
    within,
)


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def looks_of(item, truth, drawn, n, *, planned=True) -> Looks:
    item, drawn = np.array(item), np.array(drawn, dtype=bool)
    unseen = np.where(drawn, n - np.arange(len(item)), 0)
    return Looks(item, np.array(truth), drawn, unseen, planned=planned)


def test_guesses_follow_the_label_and_what_was_seen_of_wrong_ones():
    given, predicted = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    p = np.array([0.2, 0.5, 0.4, 0.1])
    assert guesses(given, predicted, p, nothing_seen()) == pytest.approx([0.8, 0.35, 0.28, 0.9])
    # item 1 was wrong and the model right: (2 * .7 + 1) / (2 + 1) = .8
    seen = looks_of([1], [1], [False], 4)
    assert guesses(given, predicted, p, seen) == pytest.approx([0.8, 0.4, 0.32, 0.9])


def test_the_planned_estimate_by_hand():
    """Guesses that are all alike leave the mean of the draws; variance and 1 / D by hand."""
    n = 100
    given = np.zeros(n, dtype=int)
    predicted, p = np.zeros(n, dtype=int), np.full(n, 0.1)
    item = np.arange(20)
    truth = np.where(item < 5, 1, 0)
    found = right_share(given, predicted, p, looks_of(item, truth, [True] * 20, n))
    assert found.value == pytest.approx(0.75, abs=0.01)
    # weights 1 / u^2 sum to nearly D / (N (N - D)); the spread of 15 right and 5 wrong, and 1 / D
    error = np.sqrt((0.75 * 0.25 + 1 / 20) * (1 - 20 / n) / 18)  # two things are fitted
    assert found.error == pytest.approx(error, rel=0.05)
    assert found.low == pytest.approx(found.value - 2.1009 * found.error, abs=1e-3)
    assert found.high == 0.95  # five of a hundred are known to be wrong


def test_chosen_reviews_are_known_and_say_nothing_of_the_rest():
    """Wrong items that were chosen lower the accuracy by themselves alone."""
    n = 1000
    given, predicted, p = np.zeros(n, int), np.zeros(n, int), np.full(n, 0.01)
    drawn = looks_of(np.arange(200, 400), [0] * 200, [True] * 200, n)
    both = looks_of(
        np.r_[np.arange(50), np.arange(200, 400)],
        [1] * 50 + [0] * 200,
        [False] * 50 + [True] * 200,
        n,
    )
    without, with_chosen = (right_share(given, predicted, p, one) for one in (drawn, both))
    assert without.value == pytest.approx(1.0, abs=0.01)
    assert with_chosen.value == pytest.approx(0.95, abs=0.01)
    assert with_chosen.high <= 0.95 + 1e-9


def test_all_reviewed_is_exact():
    made = world(chance(), 60, 0.2, "useless")
    for planned in (True, False):
        found = right_share(
            made.given, made.first, made.p, reviewed(made, 10, 50, chance(), planned=planned)
        )
        assert found.low == found.value == found.high == (made.first == made.truth).mean()
    gap = difference(
        made.given, made.first, made.second, made.p, reviewed(made, 0, 60, chance(), planned=True)
    )
    assert gap.value == pytest.approx(
        (made.first == made.truth).mean() - (made.second == made.truth).mean()
    )
    assert gap.low == gap.high


def test_the_unsure_widen_the_interval_both_ways():
    made = world(chance(1), 2000, 0.1, "good")
    looks = reviewed(made, 0, 200, chance(2), planned=True)
    unsure = replace(looks, truth=np.where(np.arange(200) < 20, UNKNOWN, looks.truth))
    plain, wide = (right_share(made.given, made.first, made.p, one) for one in (looks, unsure))
    assert wide.low < plain.low
    assert wide.high > plain.high
    assert wide.high - wide.low > plain.high - plain.low + 0.05


def test_a_class_that_no_model_has_is_a_wrong_prediction():
    given, predicted, p = np.zeros(4, int), np.zeros(4, int), np.full(4, 0.1)
    looks = looks_of(range(4), [OTHER, 0, 0, 0], [True] * 4, 4)
    assert right_share(given, predicted, p, looks).value == 0.75


def test_without_draws_there_is_a_value_and_no_interval():
    made = world(chance(3), 500, 0.1, "good")
    found = right_share(made.given, made.first, made.p, nothing_seen())
    fit = guesses(made.given, made.first, made.p, nothing_seen())
    assert found.value == pytest.approx(fit.mean())
    assert np.isnan(found.low)
    assert found.method == NO_DRAW


def test_models_are_compared_where_they_differ_alone():
    made = world(chance(4), 3000, 0.1, "good", differ=0.1, lead=0.05)
    looks = reviewed(made, 0, 400, chance(5), planned=True)
    found = difference(made.given, made.first, made.second, made.p, looks)
    where = made.first != made.second
    blurred = replace(looks, truth=np.where(where[looks.item], looks.truth, UNKNOWN))
    again = difference(made.given, made.first, made.second, made.p, blurred)
    assert (found.value, found.low, found.high) == (again.value, again.low, again.high)
    turned = difference(made.given, made.second, made.first, made.p, looks)
    assert turned.value == pytest.approx(-found.value)
    assert beats(turned) == pytest.approx(1 - beats(found))
    same = difference(made.given, made.first, made.first, made.p, looks)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert beats(same) == 0.5


def test_draws_of_all_items_that_fall_into_a_part_are_draws_of_it():
    looks = looks_of([7, 2, 9, 4], [0, 0, 0, 0], [True, False, True, True], 10)
    own = within(looks, np.array([2, 4, 9]), 10)
    assert own.item.tolist() == [0, 2, 1]
    assert own.unseen.tolist() == [0, 2, 1]
    assert own.drawn.tolist() == [False, True, True]


def test_beats_is_a_normal_chance():
    assert beats(Share(0.0, -1, 1, 0.5, "")) == 0.5
    assert beats(Share(-0.0196, -1, 1, 0.01, "")) == pytest.approx(0.025, abs=1e-3)
    assert np.isnan(beats(Share(0.1, np.nan, np.nan, np.nan, NO_DRAW)))


@pytest.mark.parametrize("kind", ["good", "useless", "reversed"])
def test_intervals_hold_and_a_good_p_narrows_them(kind):
    """80 worlds of each: planned, weighted and open-ended reviews."""
    rng = chance(6)
    held = {"planned": 0, "weighted": 0, "any time": 0}
    width: dict[str, list[float]] = {"ours": [], "alone": []}
    for _ in range(80):
        made = world(rng, 2000, 0.1, kind)
        true = (made.first == made.truth).mean()
        looks = {
            "planned": reviewed(made, 50, 150, rng, planned=True),
            "weighted": weighted(made, 150, rng),
            "any time": reviewed(made, 50, 150, rng, planned=False),
        }
        for name, one in looks.items():
            found = right_share(made.given, made.first, made.p, one)
            held[name] += found.low <= true <= found.high
        width["ours"].append(
            np.ptp(
                [(f := right_share(made.given, made.first, made.p, looks["planned"])).low, f.high]
            )
        )
        width["alone"].append(2 * 1.96 * np.sqrt(true * (1 - true) / 200))
    assert held["planned"] >= 71
    assert held["weighted"] >= 71
    assert held["any time"] >= 74
    if kind == "good":
        assert np.mean(width["ours"]) <= 0.7 * np.mean(width["alone"])


def test_open_ended_reviews_are_said_to_hold_at_any_time_and_are_wider():
    made = world(chance(7), 2000, 0.1, "good")
    planned = right_share(
        made.given, made.first, made.p, reviewed(made, 0, 200, chance(8), planned=True)
    )
    open_ended = right_share(
        made.given, made.first, made.p, reviewed(made, 0, 200, chance(8), planned=False)
    )
    assert open_ended.method == ANY_TIME
    assert 1.1 < (open_ended.high - open_ended.low) / (planned.high - planned.low) < 2.2


def test_lengths_that_differ_are_a_sentence():
    with pytest.raises(ValueError, match="one entry an item, got 3, 2 and 3"):
        right_share(np.zeros(3, int), np.zeros(2, int), np.zeros(3), nothing_seen())
