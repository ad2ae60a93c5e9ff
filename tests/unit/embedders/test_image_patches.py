"""Patch features: pictures of a kind are near; any size, mode and broken file is no crash."""

import numpy as np
import pytest
from PIL import Image

from reliabel.embedders import image_patches
from reliabel.embedders.image_patches import embed

FAST = {"filters": 30, "patches": 2000, "axes": 12}


def rng():
    return np.random.default_rng(0)


def pictures(n=60, size=32):
    """Horizontal or vertical stripes, in noise."""
    draw = rng()
    y = draw.integers(0, 2, n)
    stripes = np.where((np.arange(size) // 2) % 2, 200, 40)
    whole = [np.tile(stripes, (size, 1)).T if c else np.tile(stripes, (size, 1)) for c in y]
    return [
        np.clip(one + draw.normal(0, 20, one.shape), 0, 255).astype(np.uint8) for one in whole
    ], y


def test_pictures_of_a_kind_are_near():
    items, y = pictures()
    x = embed(items, rng=rng(), **FAST)
    assert x.dtype == np.float32
    assert x.std() == pytest.approx(1, abs=1e-3)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    alike = unit @ unit.T
    assert alike[y[:, None] == y].mean() > alike[y[:, None] != y].mean() + 0.3


def test_any_size_and_mode_and_what_cannot_be_read(tmp_path):
    items, _ = pictures(10)
    Image.fromarray(items[0]).resize((300, 77)).save(tmp_path / "big.png")
    Image.fromarray(items[1]).convert("CMYK").save(tmp_path / "a.jpg")
    (tmp_path / "broken.png").write_text("no")
    x = embed(
        [
            *items,
            str(tmp_path / "big.png"),
            str(tmp_path / "a.jpg"),
            str(tmp_path / "broken.png"),
            None,
        ],
        rng=rng(),
        **FAST,
    )
    assert np.isnan(x).all(1).tolist() == [False] * 12 + [True] * 2
    assert np.isfinite(x[:12]).all()


def test_nothing_can_be_read():
    assert np.isnan(embed([None, ""], rng=rng())).all()
    assert embed([], rng=rng()).shape == (0, 0)


def test_pictures_that_are_all_the_same():
    assert np.isfinite(embed([np.full((9, 9), 7, np.uint8)] * 3, rng=rng(), **FAST)).all()


def test_many_pictures_go_through_filters_that_a_sample_taught(monkeypatch):
    items, y = pictures()
    monkeypatch.setattr(image_patches, "SAMPLE", 30)
    monkeypatch.setattr(image_patches, "BLOCK", 7)
    x = embed([*items, None], rng=rng(), **FAST)
    assert np.isfinite(x[:60]).all()
    assert np.isnan(x[60]).all()
    unit = x[:60] / np.linalg.norm(x[:60], axis=1, keepdims=True)
    alike = unit @ unit.T
    assert alike[y[:, None] == y].mean() > alike[y[:, None] != y].mean() + 0.3


def test_blocks_do_not_change_the_answer(monkeypatch):
    items, _ = pictures(20)
    whole = embed(items, rng=rng(), **FAST)
    monkeypatch.setattr(image_patches, "BLOCK", 3)
    assert embed(items, rng=rng(), **FAST) == pytest.approx(whole, abs=1e-3)
