"""swapped_rows, unit_slip, relative_noise, heaping and symmetric on numbers."""

import numpy as np
import pytest

from reliabel.core.labels import Numbers
from reliabel.corrupters import heaping, relative_noise, swapped_rows, symmetric, unit_slip

RNG = np.random.default_rng


def given(n=1000):
    y = RNG(0).lognormal(3, 0.5, n)
    y[::50] = np.nan
    return Numbers(y)


@pytest.mark.parametrize(
    "module",
    [swapped_rows, unit_slip, relative_noise, heaping, symmetric],
    ids=lambda m: m.__name__,
)
def test_the_rate_counts_items_with_a_number_and_missing_ones_stay_missing(module):
    labels = given()
    made = module.corrupt(labels, rng=RNG(1), rate=0.1)
    assert made.wrong.sum() == 98
    assert (np.isnan(made.labels.y) == np.isnan(labels.y)).all()
    assert made.info["rate"] == pytest.approx(0.1)
    with pytest.raises(ValueError, match="rate must be a share between 0 and 1"):
        module.corrupt(labels, rng=RNG(1), rate=1.2)


def test_swapped_numbers_are_the_same_numbers_in_other_rows():
    labels = given()
    made = swapped_rows.corrupt(labels, rng=RNG(2), rate=0.3)
    known = ~np.isnan(labels.y)
    assert (np.sort(made.labels.y[known]) == np.sort(labels.y[known])).all()


def test_slips_multiply_by_their_factors():
    labels = given()
    made = unit_slip.corrupt(labels, rng=RNG(3), rate=0.2, factors=(2.54,))
    assert made.labels.y[made.wrong] == pytest.approx(2.54 * labels.y[made.wrong])
    assert set(made.info["factor"][made.wrong].tolist()) == {2.54}
    with pytest.raises(ValueError, match="other than 0 and 1"):
        unit_slip.corrupt(labels, rng=RNG(3), factors=(1.0,))


def test_relative_noise_stays_between_its_ends():
    labels = given()
    made = relative_noise.corrupt(labels, rng=RNG(4), rate=0.5, least=0.2, most=0.4)
    off = np.abs(made.labels.y / labels.y - 1)[made.wrong]
    assert off.min() >= 0.2 - 1e-9
    assert off.max() <= 0.4 + 1e-9
    with pytest.raises(ValueError, match="0 < least <= most"):
        relative_noise.corrupt(labels, rng=RNG(4), least=0.5, most=0.1)


def test_heaped_numbers_lie_on_the_step_and_round_ones_cannot_be_heaped():
    labels = given()
    made = heaping.corrupt(labels, rng=RNG(5), rate=0.3, step=5)
    assert (made.labels.y[made.wrong] % 5 == 0).all()
    with pytest.raises(ValueError, match="it changes only 0 of 10"):
        heaping.corrupt(Numbers(np.arange(10.0) * 10), rng=RNG(5), rate=0.5, step=5)


def test_all_numbers_of_an_item_move_together():
    labels = Numbers(RNG(6).normal(5, 1, (200, 2)))
    made = swapped_rows.corrupt(labels, rng=RNG(6), rate=0.2)
    changed = made.labels.y != labels.y
    assert (changed.all(1) == changed.any(1)).all()
    assert (changed.any(1) == made.wrong).all()


def test_equal_numbers_have_no_other():
    with pytest.raises(ValueError, match="cannot make"):
        symmetric.corrupt(Numbers(np.full(10, 3.0)), rng=RNG(7), rate=0.5)
