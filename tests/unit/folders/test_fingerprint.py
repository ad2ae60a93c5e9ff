"""The fingerprint: equal content has an equal name; another content, type or shape has another."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from reliabel.folders.fingerprint import fingerprint

LARGE = np.arange(200_000, dtype=np.int32)  # more than one block of 65,536


class Opened:
    """Rows that are read on demand, as from a large file."""

    def __init__(self, array):
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __getitem__(self, rows):
        return self.array[rows]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros(6), np.zeros((6, 1))),
        (np.zeros(0), np.zeros((0, 2))),
        (np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.float64)),
        (np.array([1, 2]), np.array([2, 1])),
        (np.array(1), np.array([1])),
        (LARGE, np.where(np.arange(200_000) == 199_999, 0, LARGE).astype(np.int32)),
        (LARGE, np.where(np.arange(200_000) == 70_000, 0, LARGE).astype(np.int32)),
        ({"seed": 1}, {"version": 1}),
        ({"seed": 1, "version": 2}, {"seed": 2, "version": 1}),
        ({"seed": 1}, {"seed": 2}),
        ({"seed": 1}, {"seed": 1, "version": 1}),
        ({"1": 2}, {1: 2}),
        ({}, ""),
        ("a", b"a"),
        ({"a": {"b": "c", "d": 1}}, {"a": {"b": "c"}, "d": 1}),
        ({"a": 1}, ["a", 1]),
        ({}, []),
        ([{}, {"a": 1}], [{"a": 1}, {}]),
        (["ab", "c"], ["a", "bc"]),
        ([[1], [2]], [[1, 2]]),
        ([[1, 2], []], [[1], [2]]),
        ("1", 1),
        (1, 1.0),
        (1, True),
        (None, "None"),
        (1.0, np.float64(1.0)),
        (date(2020, 1, 2), "2020-01-02"),
        (Decimal("1.0"), Decimal("1.00")),
        (np.array(["a", None], dtype=object), np.array(["a", "b"], dtype=object)),
        ("ä", "a"),
        ("\ud800", "?"),
    ],
)
def test_what_differs_has_another_name(one, other):
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint({"of": one}) != fingerprint({"of": other})


def test_what_is_equal_has_the_same_name():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint(np.arange(6).reshape(2, 3)) == fingerprint(
        np.asfortranarray(np.arange(6).reshape(2, 3))
    )
    assert fingerprint(LARGE) == fingerprint(Opened(LARGE)) == fingerprint(np.repeat(LARGE, 2)[::2])
    assert fingerprint(Opened(LARGE)) != fingerprint(Opened(LARGE[::-1]))
    assert (
        fingerprint([1, "a"])
        == fingerprint((1, "a"))
        == fingerprint(np.array([1, "a"], dtype=object))
    )
    assert len(fingerprint()) == 64


def test_names_outlast_the_version_of_the_package():
    """SHA-256 of what says what is there, followed by its bytes; with other names, folders would
    lose what they keep.
    """
    import hashlib

    little = np.array([1, 2], dtype="<i4")
    assert fingerprint(little) == hashlib.sha256(b"array <i4 (2,)" + little.tobytes()).hexdigest()
    assert fingerprint("ä", 3) == hashlib.sha256("text 2 ä".encode() + b"int 3").hexdigest()


def test_what_has_no_content_of_its_own_is_refused():
    with pytest.raises(
        TypeError,
        match="cannot fingerprint a object; give arrays, text, numbers, or lists and mappings",
    ):
        fingerprint({"of": object()})


def test_keys_of_several_types_are_taken_in_the_order_of_their_text():
    assert fingerprint({1: "a", "b": 2, None: 3}) == fingerprint({"b": 2, None: 3, 1: "a"})
