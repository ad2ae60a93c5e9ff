"""YOLO: layouts, negative and unlabelled pictures, outlines, bad lines, and writing."""

import numpy as np
import pytest
from tests.unit.formats.drawn_sets import picture, yolo

import reliabel as rl
from reliabel.formats import data_yaml
from reliabel.formats import yolo as reader
from reliabel.formats.drawn import Edit

YAMLS = [
    "train: images/train\nval: images/val\nnames: [car, dog]\n",
    "# one\npath: .  # here\ntrain: images/train\nval: images/val\nnames:\n  0: car\n  1: dog\n",
    "train: ../images/train\nval:\n- images/val\nnc: 2\nnames: ['car', \"dog\"]\n",
    "train: images/train\nval: images/val\nnames: {0: car, 1: dog}\n",
    "train: images/train\nval: images/val\nnames:\n- car\n- dog # four legs\n",
    "train: images/train\nval: images/val\nnames: [\n  car,\n  dog\n]\n",
]


@pytest.mark.parametrize("yaml", YAMLS)
@pytest.mark.parametrize("whole", [True, False])
def test_the_layout_of_ultralytics(tmp_path, yaml, whole):
    folder = yolo(tmp_path / "set", yaml)
    data = rl.read(folder if whole else folder / "data.yaml")
    units = data.labels.units
    assert list(data.ids.items) == ["images/train/0.jpg", "images/train/1.jpg", "images/val/0.jpg"]
    assert data.labels.offsets.tolist() == [0, 3, 3, 4]
    assert units.names == ("car", "dog")
    assert units.xyxy.tolist() == [
        [40, 32, 60, 48],
        [10, 8, 30, 32],
        [15, 12, 25, 20],
        [40, 30, 60, 50],
    ]
    assert data.evidence["split"].tolist() == ["train", "train", "val"]
    notes = " ".join(data.source["notes"])
    assert "1 picture without a box" in notes
    assert "3 pictures without a file of boxes are unlabelled and left out" in notes
    assert "a line is no object (class, middle, width and height), and is left out" in notes
    assert "(the first in line 0.txt:3)" in notes


def test_texts_beside_pictures_with_a_list_of_classes(tmp_path):
    picture(tmp_path / "set" / "a.png")
    (tmp_path / "set" / "a.txt").write_text("2 0.5 0.5 0.1 0.1\n")
    (tmp_path / "set" / "classes.txt").write_text("car\nthe dog\n")
    data = rl.read(tmp_path / "set")
    assert data.labels.units.names == ("car", "the dog", "class 2")
    assert "classes without a name: 2" in " ".join(data.source["notes"])
    (tmp_path / "set" / "classes.txt").unlink()
    told = " ".join(rl.read(tmp_path / "set").source["notes"])
    assert "no file names the classes" in told


def test_bad_numbers_stay_for_the_auditors(tmp_path):
    folder = yolo(tmp_path / "set")
    text = "0 nan 0.5 0.1 0.1\n1 1.5 -0.5 0.2 -0.2\n0 0.5 0.5 0.2 0.2 0.9\n"
    (folder / "labels" / "val" / "0.txt").write_text(text)
    data = rl.read(folder)
    assert np.isnan(data.labels.units.xyxy[3]).any()
    assert data.labels.units.xyxy[4].tolist() == [140, -32, 160, -48]
    notes = " ".join(data.source["notes"])
    assert "a number of a line is none (the first in line 0.txt:1)" in notes
    assert "a line has a sixth number (a confidence?)" in notes


def test_a_broken_picture_has_boxes_without_a_place(tmp_path):
    folder = yolo(tmp_path / "set")
    (folder / "images" / "val" / "0.jpg").write_bytes(b"no picture")
    data = rl.read(folder)
    assert np.isnan(data.labels.units.xyxy[3]).all()
    assert data.evidence["sizes"][2].tolist() == [-1, -1]
    assert "of a picture that is missing or broken" in " ".join(data.source["notes"])


def test_turned_pictures_have_the_size_that_people_see(tmp_path):
    from PIL import Image

    folder = yolo(tmp_path / "set")
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (100, 80)).save(folder / "images" / "val" / "0.jpg", exif=exif)
    assert rl.read(folder).evidence["sizes"][2].tolist() == [100, 80]


def test_lines_that_nobody_decided_on_stay(tmp_path):
    folder, out = yolo(tmp_path / "set"), tmp_path / "out"
    edits = {
        0: [Edit(0, "dog"), Edit(2, None), Edit(None, "car", (0, 0, 10, 8))],
        2: [Edit(0, "car", (40, 30, 60, 46))],
    }
    assert reader.rewrite(folder, out, edits, {1}, yaml="data.yaml") == []
    lines = (out / "labels" / "train" / "0.txt").read_text().split("\n")
    was = (folder / "labels" / "train" / "0.txt").read_text().split("\n")
    assert lines[1:3] == was[1:3]
    assert lines[0] == "1 0.5 0.5 0.2 0.2"
    assert lines[3] == "0 0.050000 0.050000 0.100000 0.100000"
    told = (out / "labels" / "val" / "0.txt").read_bytes()
    assert told == b"0 0.500000 0.475000 0.200000 0.200000\r\n"
    assert not (out / "images" / "train" / "1.jpg").exists()
    assert (out / "data.yaml").read_bytes() == (folder / "data.yaml").read_bytes()
    notes = reader.rewrite(folder, tmp_path / "b", {0: [Edit(1, "car", (0, 0, 9, 9))]}, set(),
                           yaml="data.yaml")  # fmt: skip
    assert notes == ["1 outlines were replaced by boxes (the first in images/train/0.jpg)"]


@pytest.mark.parametrize("form", range(6))
def test_new_classes_join_the_file_that_names_them(tmp_path, form):
    folder = yolo(tmp_path / "set", YAMLS[form])
    edits = {0: [Edit(0, "bus"), Edit(2, "no")], 2: [Edit(0, "bus")]}
    notes = reader.rewrite(folder, tmp_path / "out", edits, set(), yaml="data.yaml")
    assert notes == ["data.yaml names 'bus', 'no' now, as 2 and after"]
    told = data_yaml.read(tmp_path / "out" / "data.yaml")
    assert told["names"] == {0: "car", 1: "dog", 2: "bus", 3: "no"}
    assert told.get("nc", "4") == "4"
    lines = (tmp_path / "out" / "labels" / "train" / "0.txt").read_text().split("\n")
    assert lines[0] == "2 0.5 0.5 0.2 0.2"
    was = (folder / "data.yaml").read_text().splitlines()
    now = (tmp_path / "out" / "data.yaml").read_text().splitlines()
    kept = [line for line in was if "dog" not in line and not line.startswith(("nc", "]"))]
    assert [line for line in now if line in kept] == kept


def test_new_classes_come_after_numbers_without_a_name(tmp_path):
    folder = yolo(tmp_path / "set")
    (folder / "data.yaml").unlink()
    (folder / "classes.txt").write_bytes(b"car")
    edits = {0: [Edit(0, "it's a bus")]}
    reader.rewrite(folder, tmp_path / "out", edits, set(), yaml=None)
    assert (tmp_path / "out" / "classes.txt").read_bytes() == b"car\nclass 1\nit's a bus\n"
    (folder / "classes.txt").unlink()
    with pytest.raises(
        ValueError, match='the class "it\'s a bus" is new, and no file of set names'
    ):
        reader.rewrite(folder, tmp_path / "b", edits, set(), yaml=None)


@pytest.mark.parametrize(
    ("yaml", "says"),
    [
        ("train: images/train\nnames: [car, dog\n", "line 2: the list '.car, dog'... does not end"),
        ("train: images/train\nnames:\n  car: 0\n", "names are numbered from 0"),
        ("train images\nnames: [a]\n", "line 1: 'train images' is no 'key: value' line"),
    ],
)
def test_a_yaml_that_is_none_says_where(tmp_path, yaml, says):
    path = tmp_path / "data.yaml"
    path.write_text(yaml)
    with pytest.raises(ValueError, match=says):
        data_yaml.read(path)


def test_folders_that_are_not_there_are_told(tmp_path):
    folder = yolo(tmp_path / "set", "train: images/train\ntest: images/none\nnames: [a, b]\n")
    told = "data.yaml names images/none as test, which is not there"
    assert told in rl.read(folder).source["notes"]
    for one in (folder / "labels").rglob("*.txt"):
        one.unlink()
    with pytest.raises(ValueError, match="holds 3 pictures, and none has a file of boxes"):
        rl.read(folder)
