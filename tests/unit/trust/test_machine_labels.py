"""Machine labels: the grid, which draws count for which threshold, and that promises are kept."""

from __future__ import annotations

import numpy as np
import pytest

from reliabel.bench.machine_worlds import SETTINGS, simulate
from reliabel.trust.capital import ends
from reliabel.trust.machine_labels import (
    CHOSEN,
    MachineLooks,
    accepted,
    draws_of_level,
    grid_of,
)


def looks_of(item, wrong, width, unseen) -> MachineLooks:
    return MachineLooks(*(np.array(one) for one in (item, wrong, width, unseen)))


def review(grid, wrong, widths, rng) -> MachineLooks:
    """Draws from the given levels in turn, each decided at once."""
    order = np.argsort(grid.level, kind="stable")
    seen: list[int] = []
    unseen = []
    for width in widths:
        size = int(grid.size[width]) if width < len(grid) else len(order)
        free = np.setdiff1d(order[:size], seen)
        unseen.append(len(free))
        seen.append(int(rng.choice(free)))
    return looks_of(seen, wrong[seen].astype(int), widths, unseen)


def test_the_grid_is_made_of_confidence_alone_and_keeps_ties_together():
    score = np.repeat([0.9, 0.8, 0.5], [300, 500, 200])
    grid = grid_of(score, 0.05)
    assert grid.threshold.tolist() == [0.9, 0.8, 0.5]
    assert grid.size.tolist() == [300, 800, 1000]
    assert grid.level[[0, 300, 999]].tolist() == [0, 1, 2]


def test_unknown_confidence_is_never_accepted():
    score = np.r_[np.linspace(0.5, 1, 400), [np.nan] * 50]
    grid = grid_of(score, 0.05)
    assert (grid.level[400:] == len(grid)).all()
    assert grid.size[-1] == 400


@pytest.mark.parametrize(
    ("score", "risk", "says"),
    [
        (np.full(5, np.nan), 0.05, "none of the 5 labels has a confidence"),
        (np.linspace(0, 1, 10), 0.05, "too few to accept some"),
        (np.linspace(0, 1, 100), 0.0, "risk is a share"),
        (np.linspace(0, 1, 100), 1.0, "risk is a share"),
    ],
)
def test_bad_input_is_a_sentence(score, risk, says):
    with pytest.raises(ValueError, match=says):
        grid_of(score, risk)


def test_draws_count_for_their_level_and_narrower_ones_alone():
    grid = grid_of(np.repeat([0.9, 0.8, 0.5], [300, 500, 200]), 0.05)
    doubt = np.full(1000, 0.02)
    # a draw from level 1 that falls into level 0, one that does not, one from level 0, a chosen
    looks = looks_of(
        [5, 400, 6, 7, 900], [0, 1, 0, 1, 0], [1, 1, 0, CHOSEN, 3], [800, 799, 299, 0, 996]
    )
    first = draws_of_level(grid, 0, looks, doubt, 15)
    assert first.wrong.tolist() == [False, False]
    assert first.unseen.tolist() == [300, 299]
    second = draws_of_level(grid, 1, looks, doubt, 40)
    assert second.wrong.tolist() == [False, True]  # that from level 0 is a chosen item here
    whole = draws_of_level(grid, 2, looks, doubt, 50)
    assert whole.wrong.tolist() == [False]  # the draw from all items
    assert whole.found.tolist() == [2]
    assert whole.unseen.tolist() == [996]


def test_an_undecided_draw_holds_up_later_ones_and_a_clash_counts_for_nothing():
    grid = grid_of(np.repeat([0.9, 0.5], [500, 500]), 0.05)
    doubt = np.full(1000, 0.02)
    waiting = looks_of([1, 2, 3], [0, -1, 0], [0, 0, 0], [500, 499, 498])
    assert len(draws_of_level(grid, 0, waiting, doubt, 25)) == 1
    # the log drew from 500 items, though one of them stood drawn from another level and undecided
    clash = looks_of([1, 2], [0, 0], [1, 0], [1000, 500])
    assert len(draws_of_level(grid, 0, clash, doubt, 25)) == 1


def test_stricter_thresholds_come_first_and_one_that_fails_ends_the_row():
    rng = np.random.default_rng(0)
    score = np.sort(rng.random(2000))[::-1]
    grid = grid_of(score, 0.05)
    wrong = np.zeros(2000, dtype=bool)
    doubt = np.full(2000, 0.01)
    clean = review(grid, wrong, [len(grid) - 1] * 500, rng)
    told = accepted(grid, clean, 0.05, doubt)
    assert told.best >= 10
    assert all(one.passes for one in told.levels[: told.best + 1])
    # errors among the surest alone: nothing may be accepted, whatever the rest is
    wrong[:200] = True
    bad = review(grid, wrong, [0] * 60 + [len(grid) - 1] * 100, rng)
    told = accepted(grid, bad, 0.05, doubt)
    assert told.best == -1
    assert told.accepted == 0
    assert told.then == 0


def test_bounds_are_those_of_the_capital_of_the_level():
    rng = np.random.default_rng(1)
    score = np.linspace(1, 0, 1000)
    grid = grid_of(score, 0.1)
    wrong = rng.random(1000) < 0.03
    looks = review(grid, wrong, [4] * 80, rng)
    told = accepted(grid, looks, 0.1, 1 - score)
    draws = draws_of_level(grid, 2, looks, 1 - score, told.levels[2].allowed)
    level = told.levels[2]
    assert (
        level.high == ends(draws, level.wrong, level.wrong + level.items - level.looked, 0.05).high
    )


def test_everything_reviewed_is_exact():
    score = np.linspace(1, 0, 40)
    grid = grid_of(score, 0.1)
    wrong = np.arange(40) >= 38
    looks = review(grid, wrong, [len(grid) - 1] * 40, np.random.default_rng(2))
    told = accepted(grid, looks, 0.1, 1 - score)
    assert told.levels[-1].high == 2
    assert told.accepted == 40
    assert told.then is None


@pytest.mark.parametrize("setting", list(SETTINGS))
def test_promises_are_kept(setting):
    """Sixty simulated reviews of each setting; the suite evaluation runs 2,000."""
    found = simulate(setting, 60, np.random.default_rng(3), budget=250)
    assert found.broken.sum() <= 8
    if setting == "calibrated":
        assert found.share.mean() > 0.25


def test_the_simulation_is_the_product():
    """The arrays of the suite say the same as ``accepted`` after the same draws."""
    from reliabel.bench import machine_worlds as worlds

    rng = np.random.default_rng(4)
    doubt, wrong = worlds.SETTINGS["calibrated"](rng, 3)
    grid = grid_of(1 - doubt, worlds.RISK)
    tests = worlds.Tests(grid, doubt, worlds.RISK, 3)
    for run in range(3):
        looks = review(grid, wrong[run], [2] * 90 + [7] * 60, np.random.default_rng(run))
        for item, width in zip(looks.item, looks.width, strict=True):
            one = np.full(3, item)
            active = np.arange(3) == run
            tests.see(grid.level[one], wrong[run][one], np.full(3, width), doubt[one], active)
        told = accepted(grid, looks, worlds.RISK, doubt)
        assert told.best + 1 == tests.accepted[run]
        assert [one.drawn for one in told.levels] == tests.drawn[run].tolist()
        assert told.then == tests.widths(worlds.RISK)[run]
