"""Pascal VOC: coordinates from 0 and from 1, difficult objects, bad files, and writing."""

import pytest
from tests.unit.formats.drawn_sets import VOC, voc

import reliabel as rl
from reliabel.formats import voc as reader
from reliabel.formats.drawn import Edit


def test_boxes_of_a_folder(tmp_path):
    data = rl.read(voc(tmp_path / "set"))
    units = data.labels.units
    assert units.xyxy.tolist() == [[48, 24, 95, 71], [8.5, 12, 35, 40]]
    assert [units.names[code] for code in units.y] == ["dog & cat", "person"]
    assert units.crowd.tolist() == [True, False]  # difficult
    assert data.labels.offsets.tolist() == [0, 2, 2]
    assert list(data.ids.items) == ["Annotations/a", "Annotations/b"]
    assert data.evidence["items"][1] == str(tmp_path / "set" / "JPEGImages" / "b.jpg")
    assert data.evidence["sizes"].tolist() == [[80, 100], [80, 100]]  # the second of the picture
    notes = " ".join(data.source["notes"])
    assert "taken as edges counted from 0" in notes
    assert "the size of the picture is not said, or is 0 (the first in file Annotations/b)" in notes


def test_coordinates_from_one(tmp_path):
    folder = voc(tmp_path / "set")
    data = rl.read(folder, one_based=True)
    assert data.labels.units.xyxy.tolist() == [[47, 23, 95, 71], [7.5, 11, 35, 40]]
    out = tmp_path / "out"
    reader.rewrite(folder, out, {0: [Edit(0, "cat", (47, 23, 90, 71))]}, set(), one_based=True)
    told = (out / "Annotations" / "a.xml").read_text()
    assert told == VOC.replace("dog &amp; cat", "cat").replace("<xmax>95", "<xmax>90")


def test_all_else_stays_byte_for_byte(tmp_path):
    folder, out = voc(tmp_path / "set"), tmp_path / "out"
    edits = {
        0: [Edit(1, None), Edit(None, "a<b", (1, 2, 3.5, 4))],
        1: [Edit(None, "bus", (0, 1, 2, 3))],
    }
    reader.rewrite(folder, out, edits, set(), one_based=False, links=True)
    told = (out / "Annotations" / "a.xml").read_text()
    start = VOC.index("\t<object>\n\t\t<name>person")
    assert told.startswith(VOC[: start - 1])
    assert "<name>a&lt;b</name>" in told
    assert (out / "JPEGImages" / "a.jpg").is_symlink()
    again = rl.read(out)
    assert again.labels.units.names == ("a<b", "bus", "dog & cat")
    assert again.labels.units.xyxy.tolist() == [[48, 24, 95, 71], [1, 2, 3.5, 4], [0, 1, 2, 3]]
    reader.rewrite(folder, tmp_path / "same", {}, {1}, one_based=False)
    assert (tmp_path / "same" / "Annotations" / "a.xml").read_bytes() == VOC.encode()
    assert not (tmp_path / "same" / "JPEGImages" / "b.jpg").exists()


def test_a_side_that_is_not_there_is_told_and_can_be_given(tmp_path):
    folder = voc(tmp_path / "set")
    page = folder / "Annotations" / "a.xml"
    page.write_text(VOC.replace("<ymax>40</ymax>", ""))
    data = rl.read(folder)
    told = "ymax of a box is not there or is no number (the first in file Annotations/a, object 2)"
    assert told in " ".join(data.source["notes"])
    edits = {0: [Edit(1, "person", (8.5, 12, 35, 44))]}
    reader.rewrite(folder, tmp_path / "out", edits, set(), one_based=False)
    assert rl.read(tmp_path / "out").labels.units.xyxy[1].tolist() == [8.5, 12, 35, 44]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (VOC[:-15], r"c.xml, line \d+: broken XML \(no element found\); mend the file"),
        (VOC.replace("</size>", ""), "broken XML .mismatched tag"),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "/etc/passwd">]>' + VOC, "it has a document type"),
    ],
)
def test_broken_files_are_named_with_their_line(tmp_path, raw, says):
    folder = voc(tmp_path / "set")
    (folder / "Annotations" / "c.xml").write_text(raw)
    with pytest.raises(ValueError, match=says):
        rl.read(folder)


def test_splits_of_image_sets(tmp_path):
    folder = voc(tmp_path / "set")
    (folder / "ImageSets" / "Main").mkdir(parents=True)
    (folder / "ImageSets" / "Main" / "train.txt").write_text("a\n")
    (folder / "ImageSets" / "Main" / "val.txt").write_text("b\n")
    assert rl.read(folder).evidence["split"].tolist() == ["train", "val"]
