"""Faults of numbers: each is found where it is planted and not where it is not."""

import numpy as np
import pytest

from reliabel.auditors import target_faults
from reliabel.core.labels import Numbers
from reliabel.corrupters import heaping, unit_slip

RNG = np.random.default_rng


def kinds(y, **given):
    return target_faults.audit(Numbers(np.asarray(y, dtype=float)), **given).kind


def clean(seed=0, n=1000):
    return RNG(seed).lognormal(4, 0.4, n).round(1)


def test_clean_numbers_have_no_fault():
    for seed in range(5):
        y = clean(seed)
        said = Numbers(y * np.exp(RNG(seed).normal(0, 0.1, len(y))))
        assert kinds(y, predicted=said) == []
        assert kinds(RNG(seed).normal(size=400)) == []


def test_heaped_numbers_are_told():
    made = heaping.corrupt(Numbers(clean()), rng=RNG(1), rate=0.4, step=5)
    found = target_faults.audit(made.labels)
    assert found.kind == ["heaping"]
    assert "end in 0 or 5" in found.why[0]


@pytest.mark.parametrize("end", [1, -1])
def test_a_scale_that_was_cut_off_is_told_with_its_rows(end):
    y = clean()
    limit = np.quantile(y, 0.9)
    cut = end * np.minimum(y, limit)
    found = target_faults.audit(Numbers(cut))
    assert found.kind == ["cut off"]
    assert set(found.items[0]) == set(np.flatnonzero(y >= limit).tolist())


def test_a_few_negative_numbers_are_told_and_many_are_not():
    y = clean()
    y[[3, 7]] *= -1
    found = target_faults.audit(Numbers(y))
    assert found.kind == ["impossible sign"]
    assert found.items == [(3, 7)]
    assert "impossible sign" not in kinds(RNG(0).normal(size=500))


@pytest.mark.parametrize(("factor", "told"), [(10.0, "ten times"), (2.54, "inches"), (0.1, "10")])
def test_another_unit_is_told_by_its_factor(factor, told):
    true = clean()
    made = unit_slip.corrupt(Numbers(true), rng=RNG(2), rate=0.03, factors=(factor,))
    said = Numbers(true * np.exp(RNG(3).normal(0, 0.05, len(true))))
    found = target_faults.audit(made.labels, predicted=said)
    assert found.kind == ["other unit"]
    assert told in found.why[0]
    wrong = set(np.flatnonzero(made.wrong).tolist())
    assert set(found.items[0]) <= wrong
    assert len(found.items[0]) >= 0.9 * len(wrong)


def test_several_columns_are_named_and_missing_numbers_left_out():
    y = np.stack([clean(0), clean(1)], 1)
    y[5, 1] = -4
    y[6, 0] = np.nan
    found = target_faults.audit(Numbers(y))
    assert found.items == [(5,)]
    assert found.why[0].startswith("column 1:")
    with pytest.raises(ValueError, match="level must lie between"):
        kinds(clean(), level=0)


def test_equal_items_with_other_numbers_give_a_floor_that_no_model_goes_below():
    rng = RNG(0)
    x = np.repeat(rng.normal(size=(300, 3)), 2, axis=0)
    y = 50 + x @ [3.0, 2.0, 1.0] + rng.normal(0, 1.5, 600)
    found = target_faults.audit(Numbers(y), features=x)
    assert found.kind == ["noise floor"]
    assert found.info["noise_floor"][0] == pytest.approx(1.5, rel=0.1)
    best = 100 * (1 - 1.5**2 / y.var())
    told = int(found.why[0].split("more than ")[1].split(" %")[0])
    assert told == pytest.approx(best, abs=4)
    first, second = found.items[0][:2]  # the pair that differs most
    assert first // 2 == second // 2
    assert abs(y[first] - y[second]) == np.abs(y[::2] - y[1::2]).max()


def test_few_equal_items_or_equal_ones_with_the_same_number_give_no_fault():
    rng = RNG(0)
    x = rng.normal(size=(600, 3))
    y = 50 + x @ [3.0, 2.0, 1.0] + rng.normal(0, 1.5, 600)
    x[:8] = x[8:16]
    assert kinds(y, features=x) == []
    twice = Numbers(np.repeat(y, 2))
    found = target_faults.audit(twice, features=np.repeat(x, 2, axis=0))
    assert found.kind == ["noise floor"]  # of the eight alone
    assert len(found.items[0]) == 32
    x = rng.normal(size=(600, 3))
    found = target_faults.audit(twice, features=np.repeat(x, 2, axis=0))
    assert found.kind == []
    assert found.info["noise_floor"].tolist() == [0]


def test_a_floor_that_is_a_rounding_error_is_no_fault():
    y = np.repeat(RNG(0).normal(0.1, 0.3, 200), 3)
    assert kinds(y, features=np.repeat(RNG(1).normal(size=(200, 2)), 3, axis=0)) == []


@pytest.mark.parametrize("bound", [1, 100])
def test_a_few_numbers_above_a_share_or_a_percentage_are_told(bound):
    y = bound * RNG(0).uniform(0, 1, 800)
    assert kinds(y) == []
    y[[3, 9]] = [1.4 * bound, 17 * bound]
    found = target_faults.audit(Numbers(y))
    assert (found.kind, found.items) == (["above the bound"], [(3, 9)])
    assert kinds(bound * RNG(1).normal(0.5, 0.2, 800).clip(0.01)) == []  # a tail, and no bound


def test_a_number_that_stands_for_a_missing_one_is_told_and_does_not_count_as_heaped():
    y = RNG(0).integers(12, 99, 800).astype(float)
    y[::3] = 0
    found = target_faults.audit(Numbers(y))
    assert found.kind == ["cut off"]
    assert "or 0 may stand for a missing number" in found.why[0]


def test_numbers_written_with_a_digit_less_or_in_steps_of_five_are_not_heaped():
    y = RNG(0).normal(0.9967, 0.002, 900).round(5)
    y[::2] = y[::2].round(4)
    assert kinds(y) == []
    assert kinds((RNG(1).normal(0.8, 0.1, 900) / 0.005).round() * 0.005) == []


def test_dates_written_as_numbers_are_told():
    days = RNG(0).integers(1, 29, 300) + 100 * RNG(1).integers(1, 13, 300) + 20210000
    assert kinds(days) == ["dates"]
    assert kinds(20210000 + RNG(1).integers(0, 9999, 300)) == []


def test_a_round_number_at_an_end_is_no_cut_where_round_ones_are_common():
    y = RNG(0).uniform(0, 100, 2000).round(1)
    y[::2] = (y[::2] / 10).round() * 10
    assert kinds(y) == ["heaping"]
