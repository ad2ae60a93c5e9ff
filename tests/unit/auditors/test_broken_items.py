"""Broken items: every kind once, and sound items that must not be blamed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reliabel.auditors import broken_items
from reliabel.core.labels import Classes


def audit(items: Any = None, features: Any = None, n: int | None = None) -> Any:
    size = n if n is not None else len(items) if items is not None else len(features)
    return broken_items.audit(Classes(np.zeros(size, int)), items=items, features=features)


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("", "empty", "the text is empty"),
        (" \t\n\u00a0", "empty", "the text holds nothing but spaces"),
        ("\u200b\u200d", "empty", "the text holds no character that can be seen"),
        (
            "a\x00b\x07",
            "control characters",
            "the text holds 2 control characters, the first is U+0000",
        ),
        (
            "a\ud800b",
            "control characters",
            "the text holds 1 control characters, the first is U+D800",
        ),
        ("na\ufffdve", "encoding", "1 characters were lost when the text was decoded (U+FFFD)"),
        ("Itâ€™s fine", "encoding", "looks like UTF-8 read in another encoding: 'â€™' in 1 place"),
        ("cafÃ© crÃ¨me", "encoding", "looks like UTF-8 read in another encoding: 'Ã©' in 2 places"),
        ("Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "encoding", "looks like UTF-8 read in another encoding: 'Ð¿' in 6 places"),
        (None, "empty", "there is no text"),
    ],
)
def test_texts(text: Any, kind: str, why: str) -> None:
    said = audit(["sound", text, "also sound"])
    assert (said.items, said.kind, said.why) == ([(1,)], [kind], [why])


@pytest.mark.parametrize(
    "text",
    [
        "naïve café",
        "Übergröße „Spaß“",
        "AMANHÃ”",
        "Добрый день",
        "שלום",
        "مرحبا",
        "5 × 3 = 15",
        "Ελλάδα – “ναι”",
        "日本語",
        "👍🏽",
        "a\tb\nc",
        "São João: “é”",
        "ÅÄÖ å",
    ],
)
def test_sound_texts_are_left_alone(text: str) -> None:
    assert audit([text, "other"]).items == []


def test_every_alphabet_damaged_is_noticed() -> None:
    for text in (
        "Größe über alles",
        "Добрый день",
        "Ελληνικά γράμματα",
        "שלום עולם",
        "“quoted” – text’s",
    ):
        damaged = text.encode().decode("cp1252", "ignore")
        assert audit([damaged, "x"]).kind == ["encoding"], text


def test_texts_that_are_all_the_same() -> None:
    said = audit(["yes"] * 12)
    assert said.items == [tuple(range(10))]
    assert said.kind == ["all the same"]
    assert said.why == ["all 12 texts are the same: nothing can be learnt from them"]
    assert audit(["yes"]).items == []


def test_rows_without_any_value() -> None:
    items = {
        "age": np.array([1.0, np.nan, np.nan]),
        "city": np.array(["x", None, "y"], dtype=object),
        "on": np.array(["2020-01-01", "NaT", "NaT"], "M8[D]"),
    }
    said = audit(items, n=3)
    assert said.items == [(1,)]
    assert said.kind == ["no values"]


def test_features_that_say_nothing() -> None:
    features = np.ones((5, 3), dtype=np.float32)
    features[1] = 0
    features[3, 2], features[4, :2] = np.inf, np.nan
    said = audit(features=features)
    assert said.items == [(1,), (3,), (4,)]
    assert said.score.tolist() == [0.8, 1.0, 1.0]
    assert said.why[2] == "2 of its 3 features are NaN or infinite, the first is column 0"


def test_an_item_is_told_once() -> None:
    assert audit(["", "b"], np.array([[0.0], [1.0]])).kind == ["empty"]


def test_pictures(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(tmp_path / "good.png")
    image.new("RGB", (8, 8), (7, 7, 7)).save(tmp_path / "flat.png")
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").write_bytes(b"")
    paths = [
        str(tmp_path / name)
        for name in ("good.png", "flat.png", "text.png", "empty.png", "gone.png")
    ]
    said = audit(paths)
    assert said.items == [(1,), (2,), (3,), (4,)]
    assert set(said.kind) == {"picture"}
    assert said.why[0] == "the picture is of one colour (7, 7, 7)"
    assert all(said.why)


def test_nothing_to_look_at() -> None:
    said = audit(n=4)
    assert said.items == []
    assert len(said.score) == 0
    assert said.info["checked"] == "nothing"


def test_pictures_that_are_nearly_black_or_white_are_told_where_they_are_rare() -> None:
    rng = np.random.default_rng(0)
    usual = [rng.integers(0, 256, (8, 8, 3)).astype(np.uint8) for _ in range(20)]
    night = rng.integers(0, 40, (8, 8, 3)).astype(np.uint8)
    snow = rng.integers(250, 256, (8, 8, 3)).astype(np.uint8)
    said = audit([*usual, night, snow])
    assert said.items == [(20,), (21,)]
    assert said.kind == ["dark", "light"]
    many = [night + step for step in range(3)]  # as of a telescope
    assert not audit([*usual, *many]).items
