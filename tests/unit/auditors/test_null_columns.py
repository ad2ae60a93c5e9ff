"""Faults of columns: every kind once, codes that are values, and the level of the test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reliabel.auditors import null_columns
from reliabel.core.labels import Classes
from reliabel.core.results import Faults

N = 400


def audit(y: Any = None, **columns: Any) -> Faults:
    n = len(next(iter(columns.values())))
    labels = Classes(np.zeros(n, int) if y is None else np.asarray(y), ("no", "yes"))
    return null_columns.audit(labels, columns=columns)


def kinds(**columns: Any) -> list[str]:
    return list(audit(**columns).kind)


def ages(*others: float) -> np.ndarray:
    line = 20.0 + np.random.default_rng(0).integers(0, 60, N)
    line[: len(others)] = others
    return line


def test_missing_values() -> None:
    said = audit(age=np.where(np.arange(N) < 40, np.nan, ages()))
    assert said.items == [tuple(range(40))]
    assert said.kind == ["missing values"]
    assert said.score.tolist() == [0.1]
    assert said.where == [{"column": "age"}]
    assert kinds(age=ages(np.nan)) == []  # fewer than one in twenty
    assert kinds(age=[None] * 9) == ["empty"]
    assert kinds(text=["", " ", None]) == ["empty"]


@pytest.mark.parametrize("code", [-999, 999, 9999, -1, 99999])
def test_numbers_in_disguise(code: int) -> None:
    said = audit(age=ages(code, code))
    assert (said.items, said.kind) == ([(0, 1)], ["disguised missing values"])
    assert f"holds {code} in 2 rows" in said.why[0]
    assert said.info["disguised"]["age"] == 2 / N


def test_zero_far_from_all_others_with_many_rows() -> None:
    glucose = 80.0 + np.random.default_rng(1).integers(0, 100, N)
    glucose[:30] = 0
    assert kinds(glucose=glucose) == ["disguised missing values"]


def test_a_spike_inside_the_others() -> None:
    line = np.random.default_rng(2).integers(0, 200, 2000).astype(float)
    line[:300] = 99
    assert kinds(weight=line) == ["disguised missing values"]


@pytest.mark.parametrize(
    "line",
    [
        np.random.default_rng(0).integers(0, 120, N),  # 0 and 99 are values like others
        np.random.default_rng(0).poisson(0.5, N),  # counts with many zeros
        np.random.default_rng(0).integers(-1, 2, N),  # three codes
        np.random.default_rng(0).normal(0, 10, N).round(),
        np.random.default_rng(0).integers(0, 2, N),
        np.random.default_rng(0).integers(-9, 10, N),
        np.random.default_rng(0).integers(900, 1100, N),
    ],
)
def test_codes_that_are_values(line: np.ndarray) -> None:
    assert kinds(line=line) == []


def test_words_and_dates_in_disguise() -> None:
    towns = ["Rome", "Oslo", "Bern"] * 10
    assert audit(town=[*towns, "N/A", "?"]).items == [(31,), (30,)]
    days = np.datetime64("2020-01-01") + np.arange(N) % 300
    days[:3] = np.datetime64("1900-01-01")
    said = audit(day=days.astype("M8[s]"))
    assert said.items == [(0, 1, 2)]
    assert "1900-01-01" in said.why[0]


def test_constants_identifiers_and_mixed_types() -> None:
    assert kinds(one=["a"] * 5) == ["constant"]
    assert kinds(one=np.ones(5)) == ["constant"]
    assert kinds(row=np.arange(100, 100 + N)) == ["identifier"]
    assert kinds(code=[f"u{row:04d}" for row in range(N)]) == ["identifier"]
    assert kinds(price=np.random.default_rng(0).random(N)) == []
    assert kinds(text=[f"the text of row {row}" for row in range(N)]) == []
    said = audit(size=[str(row % 9) for row in range(100)] + ["about three"])
    assert (said.items, said.kind) == ([(100,)], ["mixed types"])
    assert kinds(size=["small", "large", "3"] * 20) == []  # sizes of two sorts


def test_rows_of_stand_ins_alone() -> None:
    towns = ["Rome", "Oslo"] * 20
    said = audit(town=[*towns, "n/a"], land=[*towns, "unknown"])
    assert ((40,), "no values") in zip(said.items, said.kind, strict=True)
    assert said.info["together"] == (("town", "land"),)


def test_missing_values_that_tell_the_label() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(N) % 2
    line = np.where((y == 1) & (rng.random(N) < 0.3), np.nan, ages())
    said = audit(y, age=line)
    assert "missing depends on the label" in said.kind
    assert "of 'yes', 0.0% of 'no'" in said.why[-1]
    assert "missing depends on the label" not in audit(rng.permutation(y), age=line).kind


def test_the_level_holds_when_nothing_is_missing_by_class() -> None:
    alarms = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        table = {f"c{j}": np.where(rng.random(200) < 0.2, np.nan, 1.5) for j in range(4)}
        labels = Classes(rng.integers(0, 3, 200))
        said = null_columns.audit(labels, columns=table, level=0.05)
        alarms += "missing depends on the label" in said.kind
    assert alarms <= 25  # 15 are expected; 25 is the .995 point of 300 draws at .05


def test_small_and_odd_tables() -> None:
    for n in (0, 1, 2, 9):
        table = {"a": [None] * n, "b": ["x"] * n, "c": np.full(n, np.nan), "d": np.arange(n)}
        assert len(null_columns.audit(Classes(np.full(n, -1)), columns=table).kind) >= 0
    assert null_columns.audit(Classes(np.zeros(3, int)), columns={}).items == []
    with pytest.raises(ValueError, match="between 0 and 1"):
        null_columns.audit(Classes(np.zeros(3, int)), columns={}, level=2)


def test_zeros_of_a_measure_that_starts_at_zero_are_values() -> None:
    line = np.random.default_rng(0).gamma(2, 0.05, 500).round(5) + 0.001
    line[:20] = 0
    assert kinds(concavity=line) == []


def test_a_class_that_misses_nothing_among_few_gaps_is_no_proof() -> None:
    gaps = (0, 5, 7, 8)  # p .055 by Pearson's test; a G test said .007
    y = np.repeat(np.arange(4), 100)
    column = np.random.default_rng(0).normal(size=400)
    for c, many in enumerate(gaps):
        column[100 * c : 100 * c + many] = np.nan
    found = null_columns.audit(Classes(y), columns={"dose": column}, least=1.0)
    assert found.kind == []
