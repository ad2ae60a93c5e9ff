"""The evidence store: arrays and plain values are the same, to the last bit, made or reused."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliabel.folders.evidence_keys import Key
from reliabel.folders.evidence_store import Store


@dataclass(frozen=True, eq=False)
class Numbers(Key):
    NAME: ClassVar[str] = "numbers"
    VERSION: ClassVar[int] = 1
    of: int


def made_and_reused(folder, made):
    """What a store gives when it makes a piece, and what another gives that finds it."""
    first, second = Store(folder), Store(folder)
    new = first.made(Numbers(1), lambda: made)
    old = second.made(Numbers(1), lambda: pytest.fail("made again"))
    assert (first.reused, second.reused) == ([], ["numbers"])
    return new, old


def bits(value):
    """A value with its floats as bytes, so that NaN equals NaN and 0.0 is not -0.0."""
    if isinstance(value, float):
        return struct.pack("<d", value)
    if isinstance(value, list):
        return [bits(part) for part in value]
    if isinstance(value, dict):
        return [(key, bits(part)) for key, part in value.items()]
    return (type(value), value)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    LEAVES, lambda part: st.lists(part) | st.dictionaries(st.text(), part), max_leaves=20
)


@settings(max_examples=60, deadline=None)
@given(value=VALUES)
def test_any_plain_value_is_reused_to_the_last_bit(tmp_path_factory, value):
    new, old = made_and_reused(tmp_path_factory.mktemp("store"), {"value": value})
    assert bits(new["value"]) == bits(old["value"])
    kept = Store().made(Numbers(1), lambda: {"value": value})  # without a folder as well
    assert bits(kept["value"]) == bits(new["value"])


@pytest.mark.parametrize(
    "value",
    [0.1, 1 / 3, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, 2**70, "ü\ud800"],
)
def test_numbers_and_text_are_exact(tmp_path, value):
    new, old = made_and_reused(tmp_path, {"value": value})
    assert bits(old["value"]) == bits(new["value"]) == bits(value)


def test_nan_is_nan_whatever_its_sign(tmp_path):
    new, old = made_and_reused(tmp_path, {"plus": math.nan, "minus": math.copysign(math.nan, -1)})
    assert bits(new) == bits(old)
    assert all(math.isnan(value) for value in old.values())


def test_tuples_and_numbers_of_numpy_have_one_form(tmp_path):
    given = {"value": (np.float32(0.1), np.int8(3), np.bool_(True), np.str_("a"), {"x": (1,)})}
    new, old = made_and_reused(tmp_path, given)
    expected = bits([float(np.float32(0.1)), 3, True, "a", {"x": [1]}])
    assert bits(new["value"]) == bits(old["value"]) == expected


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(12.0)[::2],
        np.arange(24.0).reshape(4, 6)[:, ::2],
        np.array(3.5),
        np.zeros((0, 4), np.float32),
        np.array(["a", "ü"]),
        np.array(["2026-01-02", "NaT"], dtype="datetime64[D]"),
        np.arange(3, dtype=">i4"),
        np.array([np.nan, -np.nan, -0.0]),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_arrays_have_the_same_bytes_type_shape_and_layout(tmp_path, array):
    new, old = made_and_reused(tmp_path, {"x": array, "name": "n"})
    for one in (new["x"], old["x"], Store().made(Numbers(1), lambda: {"x": array})["x"]):
        assert one.tobytes() == array.tobytes()
        assert (one.dtype, one.shape, one.strides) == (array.dtype, array.shape, new["x"].strides)
    assert old["name"] == "n"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({1, 2}, "numbers: value is a set"),
        ({1: "a"}, "numbers: value is a mapping by other keys than text"),
        ({"a": [{"b": object()}]}, "numbers: value, 'a', 'b' is a object"),
        (b"raw", "numbers: value is a bytes"),
        (np.array([None, "a"], dtype=object), "numbers: value is a ndarray"),
        (np.datetime64("2026-01-02"), "numbers: value is a date"),
        (1j, "numbers: value is a complex"),
    ],
)
@pytest.mark.parametrize("folder", [True, False])
def test_what_has_no_plain_form_is_refused_with_its_place(tmp_path, value, named, folder):
    store = Store(tmp_path if folder else None)
    with pytest.raises(TypeError, match=f"evidence cannot be kept \\({named}\\); give arrays"):
        store.made(Numbers(1), lambda: {"value": value})
    assert not list(tmp_path.glob("**/*.json"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda card: card["values"].update(share=0.26),
        lambda card: card["values"].pop("share"),
        lambda card: card.pop("values"),
        lambda card: card.pop("values_sha256"),
        lambda card: card.update(key="of another piece"),
        lambda card: card["sha256"].update(x="0"),
        lambda card: card["sha256"].update(gone="0"),
    ],
)
def test_a_damaged_card_is_noticed_and_the_piece_made_again(tmp_path, damage):
    def make():
        return {"x": np.arange(3), "share": 0.25}

    Store(tmp_path).made(Numbers(1), make)
    (path,) = (tmp_path / "evidence").glob("numbers-*.json")
    card = json.loads(path.read_text())
    damage(card)
    path.write_text(json.dumps(card))
    store = Store(tmp_path)
    assert store.made(Numbers(1), make)["share"] == 0.25
    assert (store.damaged, store.reused) == ([path.stem], [])
    again = Store(tmp_path)
    again.made(Numbers(1), make)
    assert (again.damaged, again.reused) == ([], ["numbers"])


def test_a_large_array_comes_back_as_a_memory_map(tmp_path, monkeypatch):
    monkeypatch.setattr("reliabel.folders.evidence_store.LARGE", 80)
    given = {"small": np.arange(10.0), "large": np.arange(11.0)}
    new, old = made_and_reused(tmp_path, given)
    assert not isinstance(old["small"], np.memmap)
    assert isinstance(old["large"], np.memmap)
    assert old["large"].tolist() == new["large"].tolist() == given["large"].tolist()


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = Store()
    for expected in (1, 2):
        assert store.made(Numbers(1), lambda value=expected: {"v": value}) == {"v": expected}
    assert list(tmp_path.iterdir()) == []


def test_a_piece_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError):
        Store(tmp_path).made(Numbers(1), lambda: {"v": 1 / 0})
    assert Store(tmp_path).made(Numbers(1), lambda: {"v": 1}) == {"v": 1}
