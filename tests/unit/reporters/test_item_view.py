import base64
import io

import numpy as np
import pytest
from PIL import Image

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, MultiLabel
from reliabel.reporters.item_view import ItemViews, thumbnail


def shown(items, task="text", **more):
    return ItemViews(
        Dataset(
            Classes(np.zeros(len(items) if not isinstance(items, dict) else 2, dtype=int), ("a",)),
            {"items": items},
            source={"task": task},
        ),
        **more,
    )


def pixels(uri):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1]))))


def test_a_small_array_keeps_its_pixels_and_is_stretched():
    digit = np.arange(64.0).reshape(8, 8) / 4  # 0..16, as scikit-learn's digits
    uri, small = thumbnail(digit)
    seen = pixels(uri)
    assert small
    assert seen.shape == (8, 8)
    assert seen.min() == 0
    assert seen.max() == 255


@pytest.mark.parametrize(
    "mode", ["RGB", "L", "1", "P", "RGBA", "LA", "CMYK", "I;16", "I", "F", "YCbCr"]
)
def test_every_mode_of_pictures_is_shown(mode, tmp_path):
    place = tmp_path / ("x.tif" if mode in ("F", "CMYK", "YCbCr", "I", "I;16") else "x.png")
    Image.new(mode, (300, 200)).save(place)
    if mode == "YCbCr":
        try:
            with Image.open(place) as written:
                written.load()
        except OSError:  # up to Pillow 11
            pytest.skip("this Pillow cannot read the TIFF that it writes")
    uri, small = thumbnail(str(place))
    assert uri.startswith("data:image/webp;base64,")
    assert not small
    assert max(pixels(uri).shape[:2]) == 96


def test_what_cannot_be_read_is_no_picture_and_no_crash(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    cut = tmp_path / "cut.png"
    Image.new("RGB", (200, 200)).save(cut)
    cut.write_bytes(cut.read_bytes()[:100])
    for one in (
        str(broken),
        str(cut),
        str(tmp_path / "missing.png"),
        b"",
        b"text",
        np.zeros((0, 3)),
        np.zeros((2, 3, 7)),
        "a\0b",
        None,
        3.5,
    ):
        assert thumbnail(one) == ("", False)


def test_an_unreadable_picture_is_named():
    assert "gone.png" in shown(["gone.png"], "image").whole(0)


def test_pictures_stop_when_the_budget_is_spent_and_those_beside_stop_earlier():
    rng = np.random.default_rng(0)
    items = rng.integers(0, 255, (100, 40, 40)).astype(np.uint8)
    few = shown(items, "image", budget=40_000)
    beside = [few.brief(i, spare=0.5) for i in range(100)]
    spent = 40_000 - few.left
    whole = [few.whole(i) for i in range(100)]
    assert 20_000 <= spent < 25_000
    assert 0 < sum("<img" in one for one in beside) < 100
    assert 0 < sum("<img" in one for one in whole) < 100
    assert few.left >= 0


def test_a_row_shows_names_and_values_and_says_how_many_more():
    row = {f"c{i}": [i, "<i>"] for i in range(20)}
    first = shown(row, "table").whole(0)
    assert "c0" in first
    assert "and 8 more columns" in first
    assert "&lt;i&gt;" in shown(row, "table").whole(1)


def test_long_and_empty_texts():
    texts = shown(["x" * 10**6, "", "ordinary"])
    assert len(texts.whole(0)) < 700
    assert "(empty)" in texts.whole(1)
    assert "ordinary" in texts.brief(2)


def test_a_token_is_marked_among_its_neighbours():
    tokens = shown([["<b>", "bank", "of", "the", "river"], ["x"]])
    made = tokens.whole(0, unit=1)
    assert "<mark>bank</mark>" in made
    assert "&lt;b&gt;" in made


def test_without_items_the_row_is_named():
    data = Dataset(Classes(np.zeros(3, dtype=int), ("a",)))
    assert "row 2" in ItemViews(data).whole(2)


def test_labels_in_words():
    labels = ItemViews(Dataset(Classes(np.array([0, -1]), ("a",))))
    assert [labels.label(0), labels.label(1)] == ["a", "no label"]
    cells = ItemViews(Dataset(MultiLabel(np.array([[1, 1], [0, -1]]), ("x", "y"))))
    assert [cells.label(0), cells.label(1)] == ["x, y", "none of the classes"]


def test_cells_of_a_row_are_written_as_people_write_them():
    row = {
        "day": np.array(["2021-03-01T00:00:00"], dtype="datetime64[s]"),
        "x": np.array([0.1234567890123]),
        "gone": np.array([np.nan]),
        "n": [12345678.0],
    }
    page = str(ItemViews(Dataset(Classes(np.array([0])), {"items": row})).whole(0))
    for cell in ("2021-03-01", "0.12346", "–", "12345678"):
        assert f'<dd dir="auto">{cell}</dd>' in page


def test_personal_data_are_masked_unless_asked_for() -> None:
    data = Dataset(
        Classes(np.array([0])), {"items": ["write to jane@mail.org " + "x" * 3000]}, source={}
    )
    assert "jane@mail.org" not in str(ItemViews(data).whole(0))
    assert "write to j***@****.**g" in str(ItemViews(data).brief(0))
    assert "jane@mail.org" in str(ItemViews(data, clear=True).whole(0))
    row = {"items": {"bsn": np.array([111222333]), "age": np.array([41])}}
    table = str(ItemViews(Dataset(Classes(np.array([0])), row, source={})).whole(0))
    assert "111222333" not in table
    assert "41" in table
