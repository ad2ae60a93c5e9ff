"""Spurious correlations: planted ones are found by name, independent properties are not."""

import numpy as np
import pytest

from reliabel.auditors import spurious_correlation
from reliabel.core.labels import Classes
from reliabel.ops.dependence_of_tables import cramers_v

NAMES = ("ape", "bee", "cat", "dog", "elk")
WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "saw", "nine", "birds", "in", "old", "trees"]


def said(y, seed=0, **evidence):
    labels = Classes(y, NAMES[: int(y.max()) + 1])
    return spurious_correlation.audit(labels, rng=np.random.default_rng(seed), **evidence)


def texts(rng: np.random.Generator, long: np.ndarray) -> list[str]:
    return [" ".join(rng.choice(WORDS, size)) for size in long.tolist()]


def pictures(rng: np.random.Generator, n: int) -> list[np.ndarray]:
    return [rng.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(n)]


def test_a_planted_length_is_found_and_the_class_is_named():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 5, 800)
    long = np.where((y == 2) & (rng.random(800) < 0.8), rng.integers(40, 60, 800), 0)
    found = said(y, items=texts(rng, np.maximum(long, rng.integers(5, 30, 800))))
    assert found.kind[:2] in (
        ["length in characters", "length in words"],
        ["length in words", "length in characters"],
    )
    assert "alone tells 'cat' from the other classes: 8" in found.why[0]
    assert (y[list(found.items[0])] == 2).all()
    assert 0.7 < found.score[0] < 0.9


def test_a_planted_watermark_is_found_where_it_stands():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 5, 200)
    shown = pictures(rng, 200)
    for row in np.flatnonzero((y == 4) & (rng.random(200) < 0.9)).tolist():
        shown[row][25:31, 25:31] = 255
    found = said(y, items=shown)
    where = "brightness in row 4, column 4 of a 4 x 4 grid"
    assert where in found.kind[:3]
    assert f"{where} alone tells 'elk'" in " ".join(found.why)
    assert found.score[0] > 0.8


def test_brightness_and_size_of_pictures_are_found():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 200)
    shown = [
        (p // 2 + 100 * c).astype(np.uint8) for p, c in zip(pictures(rng, 200), y, strict=True)
    ]
    assert "brightness" in said(y, items=shown).kind
    wide = [p[:, : 32 - 8 * c] for p, c in zip(pictures(rng, 200), y, strict=True)]
    assert {"size in pixels", "width for height"} <= set(said(y, items=wide).kind)


def test_a_planted_source_is_found_with_its_corrected_cramers_v():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 600)
    source = np.where(rng.random(600) < 0.9, np.array(["web", "desk", "fax"])[y], "web")
    found = said(y, columns={"source": source, "day": rng.integers(0, 7, 600)})
    assert found.kind == ["source"]
    assert found.why[0].startswith("source alone ")
    table = found.info["properties"]
    assert table["source"]["cramers_v"] == pytest.approx(0.9, abs=0.04)
    assert table["day"]["cramers_v"] < 0.1
    assert cramers_v(y, rng.integers(0, 300, 600)) < 0.2  # without the correction about .7


def test_a_common_class_earns_nothing():
    """The majority is predicted with 95 % accuracy by any property; a peer took the number of the
    commonest class for its share.
    """
    rng = np.random.default_rng(4)
    y = (rng.random(1000) < 0.05).astype(int)
    found = said(y, columns={"day": rng.integers(0, 7, 1000), "size": rng.random(1000)}, least=0.0)
    assert found.items == []
    assert found.info["properties"]["size"]["balanced_accuracy"] < 0.6


def test_independent_properties_raise_at_most_the_stated_level_of_false_alarms():
    alarms = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 4, 300)
        columns = {f"c{n}": rng.random(300) for n in range(6)}
        columns["source"] = rng.choice(["a", "b", "c"], 300)
        alarms += bool(said(y, seed, columns=columns, least=0.0, permutations=39).items)
    assert alarms <= 6  # 2 expected at most; above 6 has a chance under 1 %


def test_the_columns_that_are_the_items_are_no_facts_beside_them():
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, 200)
    table = {"petal": y + rng.random(200), "row": rng.random(200)}
    assert said(y, items=table, columns=table).items == []
    assert said(y, columns=table).kind == ["petal"]


def test_odd_inputs_get_an_answer():
    rng = np.random.default_rng(6)
    y = np.full(40, -1)
    assert said(np.zeros(40, int), columns={"a": range(40)}).items == []
    labels = Classes(y, NAMES)
    assert spurious_correlation.audit(labels, rng=rng, columns={"a": list(range(40))}).items == []
    y = rng.integers(0, 2, 40)
    odd = [np.nan if row % 3 else row for row in range(40)]
    said(y, columns={"a": odd, "b": [None] * 40, "c": ["x"] * 40})
    said(y, items=["", *["a b"] * 39])
    said(y, items=[b"no picture"] * 40)
    with pytest.raises(ValueError, match="level and least must lie between 0 and 1"):
        said(y, level=2.0)
