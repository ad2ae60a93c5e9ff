"""Numbers as people write them are read as numbers, codes and lists of codes are not."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.labels import Numbers
from reliabel.reading.written_numbers import style_of


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["€24,000", "€1,250.50", "€9"], [24000, 1250.5, 9]),
        (["24,5 kg", "3,0 kg", "-1,5 kg"], [24.5, 3, -1.5]),
        (["12.5 %", "3 %", "100.0 %"], [12.5, 3, 100]),
        (["1.234,50 €", "12,00 €", "0,99 €"], [1234.5, 12, 0.99]),
        (["1 234,5", "12,25", "7,5"], [1234.5, 12.25, 7.5]),
        (["1,234", "12", "1,234,567"], [1234, 12, 1234567]),
        (["USD 12.00", "USD 1,000.00", "USD 3"], [12, 1000, 3]),
        (["3.5kg", "4", "12.0"] + ["3.5kg"] * 60, [3.5, 4, 12] + [3.5] * 60),
    ],
)
def test_numbers_are_read_as_they_are_written(cells, numbers):
    style = style_of(cells)
    assert style is not None
    assert [style.read(cell) for cell in cells] == numbers


@pytest.mark.parametrize(
    "cells",
    [
        ["12", "3.5", "1e-3"],  # plain
        ["3", "3,7", "1,3"],  # lists of codes
        ["12 kg", "5 lb"],
        ["A1", "B2", "C17"],
        ["room 12", "room 13"],
        ["2020-01-02", "2020-01-03"],
        ["1,23,4", "12,3"],
        ["cat", "dog"],
        [],
    ],
)
def test_what_is_no_number_is_left(cells):
    assert style_of(cells) is None


def test_a_column_of_written_numbers_is_a_quantity_and_its_reading_is_told(tmp_path):
    values = np.arange(60) * 37.5 + 1000
    rows = "\n".join(f'{i},"€{value:,.2f}"' for i, value in enumerate(values))
    (tmp_path / "prices.csv").write_text(f"size,price\n{rows}\n", encoding="utf-8")
    data = rl.read(tmp_path / "prices.csv", label="price")
    assert isinstance(data.labels, Numbers)
    assert data.labels.y.tolist() == values.tolist()
    assert any("'€1,000.00' is read as the number 1000" in note for note in data.source["notes"])


def test_a_word_for_none_among_numbers_means_no_label(tmp_path):
    cells = [*(f"{value:.1f}" for value in np.arange(60) / 7), *["NA"] * 8, *[""] * 4]
    rows = "\n".join(f"{i},{cell}" for i, cell in enumerate(cells))
    (tmp_path / "table.csv").write_text(f"size,y\n{rows}\n", encoding="utf-8")
    data = rl.read(tmp_path / "table.csv", label="y")
    assert isinstance(data.labels, Numbers)
    assert np.isnan(data.labels.y).sum() == 12


def test_whole_numbers_that_rise_and_fall_are_a_quantity_and_codes_are_not():
    rng = np.random.default_rng(0)
    rings = np.clip(np.round(rng.gamma(9, 1.4, 2000)), 1, 40)
    assert isinstance(rl.read({"size": rng.random(2000), "y": rings}, label="y").labels, Numbers)
    for codes in (rng.integers(0, 30, 2000), np.minimum(rng.geometric(0.1, 2000), 30)):
        read = rl.read({"size": rng.random(2000), "y": codes}, label="y").labels
        assert not isinstance(read, Numbers)
