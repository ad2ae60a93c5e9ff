"""Exact copies of rows, texts and pictures; near copies of texts."""

from pathlib import Path

import numpy as np
import pytest

from reliabel.ops import copies
from reliabel.ops.copies import (
    groups,
    overlap,
    plain,
    same_pictures,
    same_rows,
    same_texts,
    shingles,
    sort_of,
)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i8", "u1"])
def test_rows_are_told_apart_in_any_dtype(dtype: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 100, (200, 5)).astype(dtype)
    x[[17, 150]] = x[3]
    x[199] = x[198]
    expected = np.arange(200)
    expected[[17, 150, 199]] = [3, 3, 198]
    assert np.array_equal(same_rows(x), expected)
    assert np.array_equal(
        same_rows(x[:, ::-1][:, ::2]), same_rows(np.ascontiguousarray(x[:, ::-1][:, ::2]))
    )
    assert [group.tolist() for group in groups(expected)] == [[3, 17, 150], [198, 199]]


def test_zero_has_no_sign_and_nan_is_like_itself() -> None:
    assert same_rows(np.array([[0.0], [-0.0], [np.nan], [np.nan], [1e-300]])).tolist() == [
        0,
        0,
        2,
        2,
        4,
    ]


def test_copies_are_found_across_blocks_and_in_maps(tmp_path: Path) -> None:
    x = np.arange(70_000 * 2, dtype=np.float32).reshape(70_000, 2)
    x[69_999] = x[5]
    np.save(tmp_path / "x.npy", x)
    first = same_rows(np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert first[69_999] == 5
    assert (first[:-1] == np.arange(69_999)).all()


def test_no_rows_and_no_columns() -> None:
    assert same_rows(np.empty((0, 3))).tolist() == []
    assert same_rows(np.empty((3, 0))).tolist() == [0, 0, 0]
    assert groups(np.arange(4)) == []


def test_texts_character_for_character() -> None:
    assert same_texts(["a", "A", "a ", "a", "\ud800", "\ud800"]).tolist() == [0, 1, 2, 0, 4, 4]


def test_pictures_by_their_bytes(tmp_path: Path) -> None:
    for name, content in (("a.png", b"1"), ("b.png", b"1"), ("c.png", b"2")):
        (tmp_path / name).write_bytes(content)
    paths = [tmp_path / name for name in ("a.png", "b.png", "c.png", "gone.png", "gone2.png")]
    assert same_pictures(paths).tolist() == [0, 0, 2, 3, 4]
    assert same_pictures([b"1", b"2", b"1"]).tolist() == [0, 1, 0]
    assert same_pictures([np.zeros((2, 3)), np.zeros((3, 2)), np.zeros((2, 3))]).tolist() == [
        0,
        1,
        0,
    ]


def test_plain_text_keeps_letters_and_marks() -> None:
    assert plain("Ｆｕｌｌ－width ﬁne") == "full width fine"
    assert plain("STRASSE") == plain("Straße")
    assert plain("हिन्दी!") == "हिन्दी"
    assert plain("?!") == "?!"


def test_overlap_is_jaccard_of_runs_of_characters() -> None:
    assert shingles("abcdef") == {"abcde", "bcdef"}
    assert shingles("abc") == {"abc"}
    assert overlap(shingles("abcdef"), shingles("bcdefg")) == pytest.approx(1 / 3)
    assert overlap(frozenset(), frozenset()) == 1.0


def test_sorts_of_items() -> None:
    assert sort_of(["a.JPG", Path("b.png"), float("nan")]) == "pictures"
    assert sort_of(["a.png is a name", "x"]) == "texts"
    assert sort_of(np.zeros((3, 8, 8))) == "pictures"
    assert sort_of(np.zeros((3, 8))) == "nothing"
    assert sort_of([None, None]) == "nothing"


def test_rows_of_pictures_are_compared_whole() -> None:
    x = np.zeros((3, 4, 5))
    x[1, 3, 4] = 1
    assert same_rows(x).tolist() == [0, 1, 0]


def test_rows_whose_sums_are_equal_are_told_apart_by_their_bytes(monkeypatch):
    monkeypatch.setattr(copies, "_sums", lambda block: np.zeros(len(block), np.uint64))
    x = np.random.default_rng(0).integers(0, 2, (300, 5)).astype(np.float32)
    expected = [int((x == row).all(1).argmax()) for row in x]
    assert same_rows(x).tolist() == expected
    monkeypatch.undo()
    assert same_rows(x).tolist() == expected
    assert same_rows(x[:, :3].astype(np.float16)).tolist() == [
        int((x[:, :3] == row).all(1).argmax()) for row in x[:, :3]
    ]
