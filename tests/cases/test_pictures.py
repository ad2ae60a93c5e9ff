"""Folders of pictures as people have them, and columns of bytes that are pictures or are not."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app

Image = pytest.importorskip("PIL.Image")


def picture(shade: int = 0) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((4, 4, 3), shade % 256, np.uint8)).save(out, "PNG")
    return out.getvalue()


def fill(root: Path, *names: str) -> Path:
    for shade, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(picture(shade))
    return root


def labels_of(root: Path, **words: str) -> dict[str, str | None]:
    data = rl.read(root, **words)
    return {
        str(Path(str(item)).relative_to(root)): None if code < 0 else data.labels.names[code]
        for item, code in zip(data.evidence["items"], data.labels.y.tolist(), strict=True)
    }


def notes_of(root: Path) -> str:
    return " | ".join(rl.read(root).source["notes"])


def test_case_9_a_column_of_hashes_is_no_column_of_pictures(tmp_path):
    texts = [f"the {w} thing number {n} is told here" for n in range(30) for w in ("good", "bad")]
    hashes = [hashlib.sha1(text.encode()).digest() for text in texts]
    table = {"sha1": hashes, "text": texts, "label": ["pos", "neg"] * 30}
    pq.write_table(pa.table(table), tmp_path / "hashes.parquet")
    data = rl.read(tmp_path / "hashes.parquet", label="label")
    assert data.source["task"] == "text"
    assert data.evidence["items"] == texts
    words = ["audit", tmp_path / "hashes.parquet", "--label", "label", "-o", tmp_path / "out"]
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.stderr
    assert "picture" not in done.stdout + done.stderr


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
@pytest.mark.parametrize("held", ["bytes", "struct"])
def test_bytes_that_begin_like_a_picture_are_pictures(tmp_path, form, held):
    cells = []
    for shade in range(12):
        out = io.BytesIO()
        Image.fromarray(np.full((4, 4, 3), 20 * shade, np.uint8)).save(out, form)
        cells.append(out.getvalue())
    column = cells if held == "bytes" else [{"bytes": cell, "path": None} for cell in cells]
    pq.write_table(pa.table({"scan": column, "label": ["a", "b"] * 6}), tmp_path / "p.parquet")
    data = rl.read(tmp_path / "p.parquet")
    assert (data.source["task"], data.source["columns"]["image"]) == ("image", "scan")


def test_sounds_are_no_pictures_and_bytes_named_as_pictures_are_refused(tmp_path):
    sound = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(16)
    struct = [{"bytes": sound, "path": f"{n}.wav"} for n in range(10)]
    table = pa.table({"audio": struct, "raw": [sound] * 10, "label": ["a", "b"] * 5})
    pq.write_table(table, tmp_path / "s.parquet")
    assert "image" not in rl.read(tmp_path / "s.parquet").source["columns"]
    with pytest.raises(ValueError, match=r"column 'raw' holds bytes that begin like no picture"):
        rl.read(tmp_path / "s.parquet", image="raw")


def test_case_31_splits_in_any_spelling_are_no_classes(tmp_path):
    fill(
        tmp_path / "scenes",
        *(f"seg_{s}/seg_{s}/{c}/{n}.png" for s in ("train", "test") for c in "abc" for n in "12"),
    )
    data = rl.read(tmp_path / "scenes")
    assert data.labels.names == ("a", "b", "c")
    assert sorted(data.evidence["split"].tolist()) == ["test"] * 6 + ["train"] * 6
    assert "splits from the folders seg_test, seg_train" in data.source["notes"]


@pytest.mark.parametrize(
    ("folders", "splits"),
    [
        (("train", "val"), {"train", "val"}),
        (("Training", "Testing"), {"train", "test"}),
        (("TRAIN", "VALIDATION", "TEST"), {"train", "val", "test"}),
        (("training_set", "test_set"), {"train", "test"}),
        (("train2017", "val2017"), {"train", "val"}),
        (("trainset", "devset"), {"train", "dev"}),
        (("flowers_train", "flowers_valid"), {"train", "val"}),
        (("seg_train", "seg_test", "seg_pred"), {"train", "test", "pred"}),
        (("Train_Images", "Test_Images"), {"train", "test"}),
        (("data/train", "data/test"), {"train", "test"}),
        (("train/images", "test/images"), {"train", "test"}),
        (("images/train", "images/val"), {"train", "val"}),
    ],
)
def test_spellings_of_splits(tmp_path, folders, splits):
    fill(tmp_path, *(f"{f}/{c}/{n}.png" for f in folders for c in ("cat", "dog") for n in "12"))
    data = rl.read(tmp_path)
    assert data.labels.names == ("cat", "dog")
    assert set(data.evidence["split"].tolist()) == splits


def test_a_class_called_train_beside_bus_and_tram_stays_a_class(tmp_path):
    fill(tmp_path, *(f"{c}/{n}.png" for c in ("train", "bus", "tram") for n in "123"))
    data = rl.read(tmp_path)
    assert data.labels.names == ("bus", "train", "tram")
    assert "split" not in data.evidence


def test_classes_called_train_and_test_are_pointed_out(tmp_path):
    fill(tmp_path, *(f"{c}/{n}.png" for c in ("train", "test") for n in "123"))
    assert rl.read(tmp_path).labels.names == ("test", "train")
    assert "the classes test, train are called like splits" in notes_of(tmp_path)


def test_splits_inside_the_classes(tmp_path):
    fill(
        tmp_path,
        *(f"{c}/{s}/{n}.png" for c in ("cat", "dog") for s in ("train", "test") for n in "1"),
    )
    data = rl.read(tmp_path)
    assert data.labels.names == ("cat", "dog")
    assert sorted(data.evidence["split"].tolist()) == ["test", "test", "train", "train"]


def test_case_32_inner_folders_are_the_classes_and_the_outer_ones_are_spoken_of(tmp_path):
    inner = {"lemon": "citrus", "lime": "citrus", "plum": "stone", "cherry": "stone"}
    fill(tmp_path, *(f"{outer}/{name}/{n}.png" for name, outer in inner.items() for n in "123"))
    data = rl.read(tmp_path)
    assert data.labels.names == ("cherry", "lemon", "lime", "plum")
    assert data.evidence["columns"]["folder"].tolist() == ["citrus"] * 6 + ["stone"] * 6
    assert "the classes are the inner folders; the outer ones (citrus, stone)" in notes_of(tmp_path)
    assert rl.read(tmp_path, label="folder").labels.names == ("citrus", "stone")


def test_numbered_folders_inside_words_are_groups_not_classes(tmp_path):
    fill(
        tmp_path,
        *(f"{c}/person{n}/{p}.png" for c in ("smile", "frown") for n in "123" for p in "12"),
    )
    assert rl.read(tmp_path).labels.names == ("frown", "smile")
    assert "12 pictures lie in folders inside those of the classes" in notes_of(tmp_path)


def test_class_numbers_inside_numbered_patients_are_classes(tmp_path):
    fill(
        tmp_path,
        *(f"{patient}/{c}/{n}.png" for patient in (10253, 8863) for c in "01" for n in "12"),
    )
    assert rl.read(tmp_path).labels.names == ("0", "1")


def test_masks_are_no_class(tmp_path):
    fill(
        tmp_path / "a",
        *(
            f"{kind}/{c}/{n}.png"
            for kind in ("images", "masks")
            for c in ("cat", "dog")
            for n in "12"
        ),
    )
    assert labels_of(tmp_path / "a") == {
        "images/cat/1.png": "cat",
        "images/cat/2.png": "cat",
        "images/dog/1.png": "dog",
        "images/dog/2.png": "dog",
    }
    assert "4 masks of pictures left out" in notes_of(tmp_path / "a")
    fill(
        tmp_path / "b",
        *(
            f"{c}/{kind}/{n}.png"
            for kind in ("images", "masks")
            for c in ("covid", "healthy")
            for n in "12"
        ),
    )
    assert set(labels_of(tmp_path / "b").values()) == {"covid", "healthy"}
    assert len(labels_of(tmp_path / "b")) == 4
    fill(
        tmp_path / "c",
        *(
            f"{c}/{c} ({n}){mask}.png"
            for c in ("benign", "malignant")
            for n in "12"
            for mask in ("", "_mask")
        ),
    )
    assert len(labels_of(tmp_path / "c")) == 4
    fill(tmp_path / "d", *(f"{kind}/{n}.png" for kind in ("images", "masks") for n in "123"))
    assert isinstance(rl.read(tmp_path / "d").labels.units, rl.Regions)  # no class folder


def test_boxes_of_yolo_are_read_as_boxes(tmp_path):
    fill(tmp_path, *(f"images/{s}/{n}.png" for s in ("train", "val") for n in "12"))
    for split in ("train", "val"):
        (tmp_path / "labels" / split).mkdir(parents=True)
        for n in "12":
            (tmp_path / "labels" / split / f"{n}.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    labels = rl.read(tmp_path).labels
    assert len(labels) == 4
    assert len(labels.units) == 4


@pytest.mark.parametrize("name", ["metadata.csv", "metadata.jsonl", "labels.csv", "meta.parquet"])
def test_a_table_beside_flat_pictures_says_their_labels(tmp_path, name):
    fill(tmp_path, *(f"{n}.png" for n in range(12)))
    columns = {
        "file_name": [f"{n}.png" for n in reversed(range(12))],
        "label": ["odd", "even"] * 6,
        "camera": ["a"] * 6 + ["b"] * 6,
    }
    if name.endswith("csv"):
        rows = [",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]
        (tmp_path / name).write_text("\n".join(rows) + "\n")
    elif name.endswith("jsonl"):
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        (tmp_path / name).write_text("\n".join(str(row).replace("'", '"') for row in rows))
    else:
        pq.write_table(pa.table(columns), tmp_path / name)
    found = labels_of(tmp_path)
    assert found == {f"{n}.png": ("odd" if n % 2 else "even") for n in range(12)}
    assert f"{name} names 12 of 12 pictures and adds 'label', 'camera'" in notes_of(tmp_path)


def test_a_table_may_name_pictures_by_id_and_in_a_folder(tmp_path):
    fill(
        tmp_path,
        *(f"train/{n:03}.png" for n in range(10)),
        *(f"test/{n:03}.png" for n in range(20, 24)),
    )
    rows = [f"{n:03},{'cat' if n < 5 else 'dog'}" for n in range(10)]
    (tmp_path / "train.csv").write_text("\n".join(["id,breed", *rows, "999,dog"]) + "\n")
    data = rl.read(tmp_path, label="breed")
    assert data.labels.names == ("cat", "dog")
    assert (data.labels.y >= 0).sum() == 10
    assert len(data) == 14
    assert sorted(set(data.evidence["split"].tolist())) == ["test", "train"]
    with pytest.raises(ValueError, match="which column holds the labels"):
        rl.read(tmp_path)


def test_hidden_files_and_what_systems_leave_are_not_read(tmp_path):
    fill(tmp_path, "cat/1.png", "dog/2.png", "cat/._1.png", "__MACOSX/cat/1.png", ".git/x/1.png")
    (tmp_path / "cat" / "Thumbs.db").write_bytes(b"x")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    assert labels_of(tmp_path) == {"cat/1.png": "cat", "dog/2.png": "dog"}


def test_class_numbers_and_a_wrapping_folder(tmp_path):
    fill(tmp_path, *(f"dataset/{c}/{n}.png" for c in (0, 1, 2, 10) for n in "12"))
    assert set(rl.read(tmp_path).labels.names) == {"0", "1", "2", "10"}


def test_a_folder_of_tables_is_told_to_be_given_as_a_file(tmp_path):
    (tmp_path / "train.json").write_text("{}")
    with pytest.raises(ValueError, match=r"holds no pictures.*as a file, such as .*train\.json"):
        rl.read(tmp_path)
