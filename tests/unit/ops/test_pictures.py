"""Pictures of every mode, size and state of decay."""

import io

import numpy as np
import pytest
from PIL import Image

from reliabel.formats.picture_places import size_of as place_size
from reliabel.ops import pictures
from reliabel.ops.pictures import ORIENTATION, digest, examine, load, reduced, size_of


def saved(tmp_path, image, name, **options):
    image.save(tmp_path / name, **options)
    return str(tmp_path / name)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I", "F"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    grey = np.tile(np.linspace(0, 255, 20), (10, 1))
    image = (
        Image.fromarray((grey * 257).astype(np.uint16))
        if mode == "I;16"
        else Image.fromarray(grey.astype(np.uint8)).convert(mode)
    )
    path = saved(tmp_path, image, "a.tiff" if mode in ("F", "I") else "a.png")
    pixels, why = load(path)
    assert why is None
    assert pixels.shape == (10, 20, 3)
    assert pixels.dtype == np.uint8
    if mode != "1":
        assert (
            np.abs(pixels[:, :, 0].mean(0) - grey[0]).max() < 3
        )  # the ramp is still there, not clipped to white


def test_cmyk(tmp_path):
    red = Image.new("RGB", (8, 8), (200, 30, 30))
    pixels, why = load(saved(tmp_path, red.convert("CMYK"), "a.jpg"))
    assert why is None
    assert pixels[4, 4, 0] > 150 > pixels[4, 4, 1]


def test_transparent_is_white_and_the_first_frame_counts(tmp_path):
    assert load(saved(tmp_path, Image.new("RGBA", (4, 4), (255, 0, 0, 0)), "a.png"))[0].min() == 255
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    moving = saved(tmp_path, frames[0], "a.gif", save_all=True, append_images=frames[1:])
    assert load(moving)[0][0, 0].tolist() == [255, 0, 0]


def test_the_whole_picture_is_squeezed_into_the_square(tmp_path):
    wide = np.zeros((50, 400, 3), np.uint8)
    wide[:, 300:] = 255
    pixels, _ = load(saved(tmp_path, Image.fromarray(wide), "a.jpg"), side=32)
    assert pixels.shape == (32, 32, 3)
    assert pixels[:, :22].mean() < 5
    assert pixels[:, 26:].mean() > 250
    assert load(np.zeros((3, 3), np.uint8), side=32)[0].shape == (32, 32, 3)


def test_reasons(tmp_path, monkeypatch):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture at all")
    whole = saved(
        tmp_path,
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)),
        "whole.png",
    )
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:200])
    assert examine(whole) is None
    assert examine(str(tmp_path / "gone.png")) == "the file is missing"
    assert examine(str(tmp_path)) == "the path is no file"
    assert examine(str(tmp_path / "empty.png")) == "the file is empty"
    assert examine(str(tmp_path / "text.png")) == "not a picture that can be read"
    assert examine(str(tmp_path / "cut.png")).startswith("broken: ")
    assert examine("") == examine(None) == examine(float("nan")) == "no picture is given"
    assert examine("a\0b.png") == "the path holds a null byte"
    assert examine(np.zeros((2, 2, 7), np.uint8)).startswith(
        "an array of shape (2, 2, 7) is no picture"
    )
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1000)
    assert examine(whole) == "refused: 40 x 40 pixels, more than the limit of 0 million"
    assert load(whole) == (None, examine(whole))


def test_a_decompression_bomb_is_refused_unread(tmp_path):
    import struct
    import zlib

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    (tmp_path / "bomb.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    assert "more" in examine(str(tmp_path / "bomb.png"))
    assert "refused" in examine(str(tmp_path / "bomb.png"))


def test_bytes_pil_pictures_and_hugging_face_cells():
    image = Image.new("RGB", (4, 4), "blue")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    for picture in (image, stream.getvalue(), {"bytes": stream.getvalue(), "path": None}):
        assert load(picture)[0][0, 0].tolist() == [0, 0, 255]
    assert load(image)[1] is None  # looked at twice: a picture that was handed in stays open
    assert examine(b"") == "the picture is empty"


def test_equal_bytes_equal_hash(tmp_path):
    a = saved(tmp_path, Image.new("RGB", (4, 4), "blue"), "a.png")
    b = saved(tmp_path, Image.new("RGB", (4, 4), "blue"), "b.png")
    c = saved(tmp_path, Image.new("RGB", (4, 4), "red"), "c.png")
    assert digest(a) == digest(b) != digest(c)
    assert digest("missing.png") != digest("other.png")
    assert digest(np.zeros((2, 3), np.uint8)) != digest(np.zeros((3, 2), np.uint8))


def test_cells_of_hugging_face_are_hashed_by_their_bytes_or_their_path(tmp_path):
    path = saved(tmp_path, Image.new("RGB", (4, 4), "blue"), "a.png")
    content = (tmp_path / "a.png").read_bytes()
    assert digest({"bytes": content, "path": "gone.png"}) == digest(content) == digest(path)
    assert digest({"bytes": None, "path": path}) == digest({"path": path}) == digest(path)
    assert digest(bytearray(content)) == digest(content)


def test_large_files_are_hashed_to_the_end(tmp_path):
    one, other = tmp_path / "one.bin", tmp_path / "other.bin"
    one.write_bytes(b"a" * (2**20 + 5))
    other.write_bytes(b"a" * (2**20 + 4) + b"b")
    assert digest(str(one)) != digest(str(other))
    assert digest(str(one)) == digest(one.read_bytes())


def test_grey_levels_of_any_scale():
    def levels(*values, dtype=float):
        return load(np.array([values], dtype=dtype))[0][0, :, 0].tolist()

    assert levels(0.0, 0.5, 1.0) == [0, 128, 255]
    assert levels(0.0, 51.0, 255.0) == [0, 51, 255]
    assert levels(0, 257, 65535, dtype=np.uint16) == [0, 1, 255]
    assert levels(-1.0, 0.0, 1.0) == [0, 128, 255]
    assert levels(0.0, 70_000.0) == [0, 255]
    assert levels(np.nan, 1.0, np.inf) == [0, 255, 255]
    assert levels(7.0, 7.0, 7.0) == [7, 7, 7]


def test_a_small_picture_is_blown_up_and_a_large_one_averaged():
    small = np.array([[0, 255], [0, 255]], dtype=np.uint8)
    assert len(np.unique(load(small, side=8)[0])) > 2  # in between, not in steps
    stripes = np.tile(np.array([0, 255], dtype=np.uint8), (64, 32))
    assert (np.abs(load(stripes, side=16)[0].astype(int) - 127) <= 1).all()
    exact = load(np.arange(48, dtype=np.uint8).reshape(4, 4, 3), side=4)[0]
    assert exact.ravel().tolist() == list(range(48))


@pytest.mark.parametrize("told", range(1, 10))
def test_photographs_are_turned_as_their_exif_says(tmp_path, told):
    pixels = np.zeros((16, 48, 3), np.uint8)
    pixels[:8, :8] = 255  # the corner that is white says how it was turned
    exif = Image.Exif()
    exif[ORIENTATION] = told
    path = tmp_path / "photo.jpg"
    Image.fromarray(pixels).save(path, quality=95, exif=exif)
    shape = (48, 16) if told in (5, 6, 7, 8) else (16, 48)
    corner = {2: (0, -1), 3: (-1, -1), 4: (-1, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}
    whole = load(str(path))[0]
    assert whole.shape[:2] == shape
    assert whole[corner.get(told, (0, 0))].min() > 200
    assert size_of(str(path)) == shape[::-1]
    assert reduced(str(path), 24)[1] == shape[::-1]
    assert place_size(path) == shape  # what boxes are measured in
    assert load(str(path), shape=shape)[0].shape[:2] == shape
    as_held = load(str(path), shape=(16, 48))[0]  # labels that were drawn before it was turned
    assert as_held.shape[:2] == (16, 48)
    assert as_held[0, 0].min() > 200 or told not in (5, 6, 7, 8)
