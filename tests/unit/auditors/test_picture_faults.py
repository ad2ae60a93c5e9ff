"""Picture faults: each kind planted once is found by its name, sound pictures are left alone."""

from typing import Any

import numpy as np
import pytest

from reliabel.auditors import picture_faults
from reliabel.core.labels import Classes

Image = pytest.importorskip("PIL.Image")
Filter = pytest.importorskip("PIL.ImageFilter")


def audit(items: Any, **options: Any) -> Any:
    return picture_faults.audit(Classes(np.zeros(len(items), int)), items=items, **options)


def scene(rng: np.random.Generator, side: int = 48) -> np.ndarray:
    """A sharp coloured picture: rectangles of any level, in noise."""
    out = np.full((side, side, 3), rng.integers(60, 200, size=3), dtype=np.int64)
    for _ in range(12):
        top, left = rng.integers(0, side - 8, size=2)
        high, wide = rng.integers(4, side // 2, size=2)
        out[top : top + high, left : left + wide] = rng.integers(0, 256, size=3)
    return np.clip(out + rng.normal(0, 8, out.shape), 0, 255).astype(np.uint8)


def scenes(seed: int = 0, many: int = 60) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [scene(rng) for _ in range(many)]


def blurred(picture: np.ndarray, radius: float) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).filter(Filter.GaussianBlur(radius)))


def test_each_kind_is_found_by_its_name() -> None:
    shown = scenes()
    shown[3] = blurred(shown[3], 3)
    shown[9] = np.full_like(shown[9], (90, 60, 120))
    shown[9][:6, :6] = 200
    shown[20] = np.tile(shown[20], (3, 3, 1))
    shown[31] = shown[31][:12]
    shown[44] = np.repeat(shown[44].mean(2, keepdims=True).astype(np.uint8), 3, axis=2)
    found = audit(shown)
    assert set(zip(found.items, found.kind, strict=True)) >= {
        ((3,), "out of focus"),
        ((9,), "little to see"),
        ((20,), "odd size"),
        ((31,), "odd shape"),
        ((44,), "no colour"),
    }
    assert {items[0] for items in found.items} == {3, 9, 20, 31, 44}
    why = {items[0]: said for items, said in zip(found.items, found.why, strict=True)}
    assert why[20] == "the longer side of the picture has 144 pixels, usually 48"
    assert why[31] == "the picture is 4 times as wide as high, usually 1 times"
    assert why[44].startswith("the picture has no colour, unlike 98.3 % of all")
    assert ((found.score >= 0.5) & (found.score < 1)).all()


def test_blur_is_told_at_every_contrast_and_more_blur_scores_more() -> None:
    shown = scenes(1)
    faint = [(128 + 0.25 * (one.astype(float) - 128)).astype(np.uint8) for one in shown[:2]]
    shown[:2] = [blurred(faint[0], 3), faint[1]]
    shown[2:4] = [blurred(shown[2], 2), blurred(shown[3], 5)]
    found = audit(shown)
    told = [f for f, kind in enumerate(found.kind) if kind == "out of focus"]
    rows = [found.items[f][0] for f in told]
    assert set(rows) == {0, 2, 3}
    assert rows.index(3) < rows.index(2)
    assert (np.diff(found.score[told]) <= 0).all()


def test_what_is_usual_is_no_fault() -> None:
    soft = [blurred(one, 3) for one in scenes(2)]
    assert audit(soft).items == []
    grey = [one.mean(2).astype(np.uint8) for one in scenes(3)]
    assert audit(grey).items == []
    half = [one if row % 2 else np.tile(one, (1, 3, 1)) for row, one in enumerate(scenes(4))]
    assert audit(half).items == []


def test_a_coloured_picture_among_grey_ones_is_told() -> None:
    shown: list[Any] = [one.mean(2).astype(np.uint8) for one in scenes(5)]
    shown[8] = scenes(6)[0]
    found = audit(shown)
    assert found.items == [(8,)]
    assert found.kind == ["colour"]


def test_sound_pictures_raise_at_most_the_stated_level_of_false_alarms() -> None:
    alarms = sum(bool(audit(scenes(seed, 40)).items) for seed in range(40))
    assert alarms <= 6  # 2 expected at most; above 6 has a chance under 1 %


def test_few_unreadable_or_other_items_give_nothing() -> None:
    assert audit(scenes(7, 19)).items == []
    assert audit(["a text"] * 30).info["checked"] == "texts"
    shown: list[Any] = scenes(8)
    shown[5], shown[6] = b"no picture", None
    found = audit(shown)
    assert found.items == []
    assert found.info["pictures"] == 58
    tiny = [np.random.default_rng(row).integers(0, 256, (8, 8), np.uint8) for row in range(30)]
    assert audit(tiny).items == []
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        audit(shown, level=0)


def test_size_is_that_of_the_file_and_not_of_what_was_looked_at(tmp_path: Any) -> None:
    paths = []
    for row, one in enumerate(scenes(9, 30)):
        paths.append(str(tmp_path / f"{row}.jpg"))
        size = (3000, 3000) if row == 4 else (300, 300)
        Image.fromarray(one).resize(size, Image.Resampling.NEAREST).save(paths[-1], quality=95)
    found = audit(paths)
    assert found.items == [(4,)]
    assert found.why == ["the longer side of the picture has 3,000 pixels, usually 300"]
