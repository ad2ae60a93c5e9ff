"""Rows of a table: each kind of column, and columns that say nothing."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from reliabel.embedders.table import embed


def rng():
    return np.random.default_rng(0)


def made(**columns):
    return embed(columns, rng=rng())


def test_numbers_are_scaled_by_their_quartiles_and_outliers_bent():
    x = made(value=[*rng().normal(50, 10, 500), 1e6])
    assert np.abs(np.median(x[:, 0])) < 1e-6
    assert np.percentile(x[:, 0], 75) - np.percentile(x[:, 0], 25) == pytest.approx(1.349, abs=0.01)
    assert 5 < x[-1, 0] < 20


def test_missing_numbers_are_marked():
    x = made(value=[1.0, None, 3.0, float("nan"), 5.0, float("inf")])
    assert x.shape == (6, 2)
    assert x[:, 1].tolist() == [0, 1, 0, 1, 0, 1]
    assert x[1, 0] == x[3, 0] == 0


def test_text_that_is_numbers_is_numbers():
    assert np.allclose(made(value=["1", "2", "3", "4.5"]), made(value=[1, 2, 3, 4.5]))


def test_categories_and_the_pooled_rest():
    x = made(town=["Rome"] * 5 + ["Oslo"] * 5 + ["Bonn", "Kyiv", ""])
    assert x.shape == (13, 4)  # missing, Oslo, Rome, rare
    assert x.sum(0).tolist() == [1, 5, 5, 2]


def test_at_most_so_many_categories():
    x = embed({"code": [f"c{place % 50}" for place in range(500)]}, rng=rng(), categories=10)
    assert x.shape == (500, 11)
    assert (x.sum(1) == 1).all()


def test_booleans_are_categories():
    assert made(flag=[True, False, True, None, False]).tolist() == [
        [0, 0, 1],
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
        [0, 1, 0],
    ]


@pytest.mark.parametrize(
    "dates",
    [
        [date(2024, month, 15) for month in range(1, 13)],
        [f"2024-{month:02d}-15" for month in range(1, 13)],
        [datetime(2024, month, 15, 12) for month in range(1, 13)],
        np.array([f"2024-{month:02d}-15" for month in range(1, 13)], dtype="datetime64[ns]"),
        pd.Series(pd.to_datetime([f"2024-{month:02d}-15" for month in range(1, 13)])),
    ],
)
def test_dates_are_a_line_and_two_circles(dates):
    x = made(when=dates)
    assert x.shape == (12, 5)
    assert (np.diff(x[:, 0]) > 0).all()
    assert np.allclose(x[:, 1] ** 2 + x[:, 2] ** 2, 1, atol=1e-5)
    assert x[0, 1] == pytest.approx(0, abs=1e-6)  # January
    assert x[0, 3] == pytest.approx(np.sin(0), abs=1e-6)  # 15 January 2024 was a Monday


def test_pandas_and_missing_kinds():
    frame = pd.DataFrame(
        {
            "a": pd.array([1, None, 3, 4], dtype="Int64"),
            "b": pd.Categorical(["x", "y", "x", None]),
            "t": pd.to_datetime(["2024-01-01", None, "2024-02-01", "2024-03-01"]),
        }
    )
    x = embed({name: frame[name] for name in frame}, rng=rng())
    assert np.isfinite(x).all()
    assert len(x) == 4


def test_what_says_nothing_is_left_out():
    with pytest.raises(
        ValueError, match=r"no column tells what rows have in common: \['same', 'name', 'row'\]"
    ):
        made(same=[1] * 30, name=[f"person {place}" for place in range(30)], row=list(range(30)))


def test_the_label_is_left_out():
    assert embed({"a": [1, 2, 3], "y": [0, 1, 1]}, rng=rng(), leave=("y",)).shape == (3, 1)


def test_mixed_columns_are_categories():
    assert made(odd=["a", 1, "a", 1, ["list"], None]).shape[0] == 6


@pytest.mark.parametrize(
    "written", [["1,5", "2", "-3,25", "1.204,5"], ["1.5", "2", "-3.25", "1,204.5"]]
)
def test_numbers_with_decimal_commas_or_thousands_are_numbers(written):
    assert np.allclose(made(value=written), made(value=[1.5, 2, -3.25, 1204.5]))


def test_words_with_commas_stay_words():
    assert made(value=["1,5", "a,b", "1,5", "a,b"]).shape == (4, 2)


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y"])
def test_dates_as_people_write_them(form):
    days = [date(2021, 1, 31), date(2021, 2, 25), date(2021, 12, 24), date(2022, 6, 30)]
    assert np.allclose(made(day=[day.strftime(form) for day in days]), made(day=days))


def test_columns_that_say_nothing_are_refused_with_what_can_be_done():
    with pytest.raises(
        ValueError, match=r"no column tells what rows have in common: \['name'\].*text="
    ):
        made(name=[f"person {i}" for i in range(30)])
