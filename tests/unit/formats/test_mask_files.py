"""Mask files: what their codes are, and that a change keeps all else."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from reliabel.formats.mask_files import open_mask, write_mask
from reliabel.formats.mask_legend import read_legend
from reliabel.formats.png_chunks import SIGNATURE, _chunk, _chunks, _lines, bit_depth

GRID = np.array([[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 255, 0]], np.uint8)


def _palette(path, grid=GRID, bits=None):
    picture = Image.fromarray(grid, "P")
    few = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0]
    picture.putpalette(few if bits is not None else few + [224, 224, 192] * 252)
    told = PngImagePlugin.PngInfo()
    told.add_text("who", "an annotator")
    picture.save(path, pnginfo=told, dpi=(72, 72), **({} if bits is None else {"bits": bits}))
    return path


@pytest.fixture
def kinds(tmp_path):
    few = np.minimum(GRID, 3)
    rgb = np.stack([few * 60, few * 20, few], axis=2)
    made = {
        "palette": _palette(tmp_path / "p.png"),
        "two bits": _palette(tmp_path / "p2.png", few, 2),
        "one bit": _palette(tmp_path / "p1.png", few & 1, 1),
    }
    for name, array in {
        "grey": GRID,
        "sixteen": GRID.astype(np.uint16) * 100,
        "colours": rgb,
        "with alpha": np.dstack([rgb, np.where(few == 2, 0, 255).astype(np.uint8)]),
    }.items():
        made[name] = tmp_path / f"{name}.png"
        Image.fromarray(array).save(made[name])
    made["bits"] = tmp_path / "bits.png"
    Image.fromarray(few == 1).save(made["bits"])
    made["tiff"] = tmp_path / "a.tif"
    Image.fromarray(GRID).save(made["tiff"])
    made["gif"] = tmp_path / "a.gif"
    Image.fromarray(few, "P").save(made["gif"])
    made["npy"] = tmp_path / "a.npy"
    np.save(made["npy"], GRID.astype(np.int16))
    made["npz"] = tmp_path / "a.npz"
    np.savez_compressed(made["npz"], mask=GRID, other=np.arange(3))
    return made


@pytest.mark.parametrize("name", ["palette", "grey", "tiff", "npy", "npz"])
def test_codes_are_the_numbers_of_the_pixels(kinds, name):
    held = open_mask(kinds[name])
    assert np.array_equal(held.codes, GRID)
    assert held.sort == "ids"


def test_other_depths_and_colours(kinds):
    few = np.minimum(GRID, 3).astype(int)
    assert np.array_equal(open_mask(kinds["two bits"]).codes, few)
    assert np.array_equal(open_mask(kinds["sixteen"]).codes, GRID.astype(int) * 100)
    assert open_mask(kinds["sixteen"]).top == 65535
    assert np.array_equal(open_mask(kinds["bits"]).codes, few == 1)
    colours = open_mask(kinds["colours"])
    assert (colours.sort, int(colours.codes[0, 3])) == ("colours", 180 << 16 | 60 << 8 | 3)
    assert open_mask(kinds["with alpha"]).codes[0, 2] == -1


@pytest.mark.parametrize("depth", [2, 4])
def test_grey_values_of_few_bits_are_the_numbers_of_the_file(tmp_path, depth):
    few = np.minimum(GRID, 3)
    path = _grey(tmp_path / "few.png", few, depth)
    assert bit_depth(path) == depth
    assert np.array_equal(open_mask(path).codes, few)
    write_mask(path, tmp_path / "out.png", np.array([0]), np.array([2]), "ids")
    assert open_mask(tmp_path / "out.png").codes[0, 0] == 2
    assert bit_depth(tmp_path / "out.png") == depth


def _grey(path, grid, depth):
    head = struct.pack(">IIBBBBB", grid.shape[1], grid.shape[0], depth, 0, 0, 0, 0)
    body = zlib.compress(_lines(grid[..., None], depth))
    path.write_bytes(
        SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize(
    "name",
    [
        *("palette", "two bits", "one bit", "grey", "sixteen", "colours", "with alpha", "bits"),
        *("tiff", "gif", "npy", "npz"),
    ],
)
def test_a_change_keeps_all_other_pixels(kinds, name, tmp_path):
    path = kinds[name]
    held = open_mask(path)
    code = int(held.codes.ravel()[1])
    out = tmp_path / f"out{path.suffix}"
    write_mask(path, out, np.array([0, 11]), np.array([code, code]), held.sort)
    expected = held.codes.copy()
    expected.ravel()[[0, 11]] = code
    assert np.array_equal(open_mask(out).codes, expected)


@pytest.mark.parametrize("name", ["palette", "two bits", "one bit"])
def test_palette_depth_and_metadata_of_a_png_stay(kinds, name, tmp_path):
    path, out = kinds[name], tmp_path / "out.png"
    write_mask(path, out, np.array([0]), np.array([1]), "ids")
    was, now = (list(_chunks(one.read_bytes())) for one in (path, out))
    kept = [chunk for chunk in was if chunk[0] != b"IDAT"]
    assert kept == [chunk for chunk in now if chunk[0] != b"IDAT"]
    assert (b"tEXt", b"who\x00an annotator") in kept


def test_what_a_file_cannot_hold_is_told(kinds, tmp_path):
    with pytest.raises(ValueError, match="holds numbers to 255, the class written"):
        write_mask(kinds["grey"], tmp_path / "o.png", np.array([0]), np.array([700]), "ids")
    with pytest.raises(ValueError, match="has no colour #010203"):
        write_mask(
            kinds["palette"], tmp_path / "o.png", np.array([0]), np.array([66051]), "colours"
        )
    write_mask(
        kinds["palette"], tmp_path / "o.png", np.array([0]), np.array([128 << 16]), "colours"
    )
    assert open_mask(tmp_path / "o.png").codes[0, 0] == 1


def test_broken_files_say_why(tmp_path, kinds):
    (tmp_path / "cut.png").write_bytes(kinds["grey"].read_bytes()[:45])
    with pytest.raises(ValueError, match="cannot be opened as a picture"):
        open_mask(tmp_path / "cut.png")
    np.save(tmp_path / "f.npy", np.zeros((2, 2)))
    with pytest.raises(ValueError, match="whole number a pixel"):
        open_mask(tmp_path / "f.npy")
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (90, 90, 3), dtype=np.uint8)).save(tmp_path / "n.png")
    with pytest.raises(ValueError, match="more than 4,096 colours"):
        open_mask(tmp_path / "n.png")


@pytest.mark.parametrize(
    ("name", "text", "ids", "colours"),
    [
        ("classes.txt", "sky\nsea\n", {0: "sky", 1: "sea"}, {}),
        ("classes.txt", "1: sky\n7: open sea\n", {1: "sky", 7: "open sea"}, {}),
        ("labelmap.txt", "# label:color_rgb:parts:actions\nsky:0,0,255::\n", {}, {255: "sky"}),
        ("colors.txt", "sky 0 0 255\nsea 0 1 0\n", {}, {255: "sky", 256: "sea"}),
        ("class_dict.csv", "name,r,g,b\nsky,0,0,255\n", {0: "sky"}, {255: "sky"}),
        ("classes.csv", "id,name\n4,sky\n", {4: "sky"}, {}),
        ("id2label.json", '{"0": "sky", "3": "sea"}', {0: "sky", 3: "sea"}, {}),
        ("label2id.json", '{"sky": 5}', {5: "sky"}, {}),
        ("colors.json", '{"sky": [0, 0, 255], "sea": "#000100"}', {}, {255: "sky", 256: "sea"}),
        ("legend.json", '["sky", "sea"]', {0: "sky", 1: "sea"}, {}),
        ("legend.json", '[{"id": 3, "name": "sky", "color": [0, 1, 0]}]', {3: "sky"}, {256: "sky"}),
    ],
)
def test_legends(tmp_path, name, text, ids, colours):
    (tmp_path / name).write_text(text)
    found = read_legend(tmp_path / name)
    assert (dict(found.ids), dict(found.colours)) == (ids, colours)


def test_a_broken_legend_is_told(tmp_path):
    (tmp_path / "classes.json").write_text("{")
    with pytest.raises(ValueError, match="the legend of the masks, is no JSON"):
        read_legend(tmp_path / "classes.json")
