"""Target leakage: columns, pairs, identifiers, and no alarm where nothing tells the label."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reliabel.auditors import target_leakage
from reliabel.core.labels import Classes
from reliabel.core.results import Faults

N = 1200


def audit(y: Any, columns: Any, **options: Any) -> Faults:
    rng = np.random.default_rng(0)
    return target_leakage.audit(Classes(np.asarray(y)), columns=columns, rng=rng, **options)


def world(seed: int = 0, k: int = 2) -> tuple[np.ndarray, dict[str, Any], np.random.Generator]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, N)
    town = np.array(["Rome", "Oslo", "Bern"], dtype=object)[rng.integers(0, 3, N)]
    return y, {"age": rng.normal(size=N) + 0.7 * y, "town": town, "row": np.arange(N)}, rng


@pytest.mark.parametrize("k", [2, 5])
def test_each_sort_of_column_that_gives_the_label_away(k: int) -> None:
    y, table, rng = world(k=k)
    leaks = {
        "number": 10.0 * y + rng.random(N),
        "word": np.array([f"group {c}" for c in y], dtype=object),
        "code": rng.integers(0, 20, N) * k + y,
    }
    for name, leak in leaks.items():
        said = audit(y, {**table, name: leak})
        assert said.where == [{"column": name}]
        assert said.kind == ["column"]
        assert said.info["accuracy"] > 0.9
        assert said.info["without"] < 0.8
        assert "without it in" in said.why[0]


def test_missing_values_alone_can_give_it_away() -> None:
    y, table, rng = world()
    said = audit(y, {**table, "closed": np.where(y == 1, rng.random(N), np.nan)})
    assert said.where == [{"column": "closed"}]


def test_a_threshold_on_a_rare_class() -> None:
    rng = np.random.default_rng(0)
    score = rng.random(5000)
    said = audit(score > 0.97, {"score": score, "other": rng.random(5000)})
    assert said.where == [{"column": "score"}]


def test_a_pair_that_neither_gives_away_alone() -> None:
    y, table, rng = world()
    one = rng.integers(0, 2, N)
    both = {**table, "a": one, "b": one ^ y}
    said = audit(y, both)
    assert said.where == [{"columns": ["a", "b"]}] or said.where == [{"columns": ["b", "a"]}]
    assert said.kind == ["pair of columns"]
    assert audit(y, both, pairs=False).items == []


def test_rows_that_are_numbered_by_class_are_no_leak() -> None:
    y, table, _ = world()
    y = np.sort(y)
    table["code"] = [f"item{row:05d}" for row in range(N)]
    said = audit(y, table)
    assert said.items == []
    assert said.info["identifiers"] == ("row", "code")


def test_no_alarm_without_leaks() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(30, 300))
        table = {f"c{j}": rng.integers(0, int(rng.integers(2, 200)), n) for j in range(8)}
        assert audit(rng.random(n) < rng.uniform(0.05, 0.5), table).items == []


def test_small_and_odd_tables() -> None:
    for y in ([], [0, 1], [0] * 50, [-1] * 50, [0] * 48 + [1] * 2):
        said = audit(np.array(y, dtype=int), {"a": np.arange(len(y)), "b": [None] * len(y)})
        assert said.items == []
        assert "too few" in said.info["why"]
    assert audit(np.arange(60) % 2, {}).items == []
    with pytest.raises(ValueError, match="between 0 and 1"):
        audit(np.arange(60) % 2, {}, share=2)
