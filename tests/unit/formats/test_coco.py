"""COCO: what is read, what is told of faults with their places, and what is written."""

import json

import numpy as np
import pytest
from tests.unit.formats.drawn_sets import COCO, coco, picture

import reliabel as rl
from reliabel.formats import coco as reader
from reliabel.formats.coco_edits import rewrite
from reliabel.formats.drawn import Edit


def test_boxes_are_read_picture_by_picture_with_crowds_and_pictures(tmp_path):
    data = rl.read(coco(tmp_path))
    units = data.labels.units
    assert data.labels.offsets.tolist() == [0, 1, 3, 3]
    assert units.xyxy.tolist() == [[5.5, 6, 15.5, 16], [1, 2, 31, 42], [50, 2, 70, 22]]
    assert [units.names[code] for code in units.y] == ["dog", "car", "dog"]
    assert units.crowd.tolist() == [True, False, False]
    assert data.evidence["sizes"].tolist() == [[80, 100]] * 3
    assert list(data.ids.items) == ["a.jpg", "b.jpg", "c.jpg"]
    assert data.evidence["items"][0] == str(tmp_path / "images" / "a.jpg")
    notes = " ".join(data.source["notes"])
    assert "boxes in pictures (COCO): 3 boxes of 2 classes (car, dog) in 3 pictures" in notes
    assert "1 picture without a box" in notes
    assert "1 annotation with an outline: kind='regions' audits these" in notes
    assert "1 box marked as crowd or difficult" in notes


def broken(change):
    whole = json.loads(json.dumps(COCO))
    change(whole)
    return whole


FAULTS = {
    "ids that are text": (
        lambda w: [one.update(image_id=str(one["image_id"])) for one in w["annotations"]],
        "",
    ),
    "an image twice": (
        lambda w: w["images"].append({"id": 1, "file_name": "d.jpg"}),
        "the id 1 is there twice; annotations count for the first (the first in image d.jpg)",
    ),
    "no name": (lambda w: w["categories"][1].pop("name"), "(the first in annotation category 7)"),
    "one name twice": (
        lambda w: w["categories"].append({"id": 9, "name": "car"}),
        "another category is called 'car' too; its id was added",
    ),
    "an unknown category": (
        lambda w: w["annotations"][2].update(category_id=5),
        "category 5 is not among the categories (the first in annotation 3)",
    ),
    "no picture": (
        lambda w: w["annotations"][2].update(image_id=99),
        "image_id names no image; the annotation is left out (the first in annotation 3)",
    ),
    "an id twice": (
        lambda w: w["annotations"][2].update(id=1),
        "an id of an annotation is there twice (the first in annotation 1)",
    ),
    "three numbers": (
        lambda w: w["annotations"][0].update(bbox=[1, 2, 3]),
        "bbox is a list of 3, four numbers are wanted; its place is unknown",
    ),
    "not a number": (
        lambda w: w["annotations"][0].update(bbox=[1, "x", 3, 4]),
        "a number of bbox is none ([1, 'x', 3, 4]) (the first in annotation 1)",
    ),
    "no bbox": (
        lambda w: w["annotations"][2].pop("bbox"),
        "there is no bbox; the box around the outline is taken",
    ),
    "no object": (lambda w: w["annotations"].append(7), "an annotation is a number, no object"),
    "a lost picture": (
        lambda w: w["images"].append({"id": 4, "file_name": "gone.jpg"}),
        "1 pictures are not there (the first is gone.jpg)",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_does_not_fit_is_told_with_its_place(tmp_path, name):
    change, says = FAULTS[name]
    data = rl.read(coco(tmp_path, broken(change)))
    assert says in " ".join(data.source["notes"])
    given = 2 if name == "no picture" else 3
    assert len(data.labels.units) == given


def test_negative_and_unknown_boxes_are_kept_for_the_auditors(tmp_path):
    whole = broken(lambda w: w["annotations"][0].update(bbox=[-5, 2, -30, float("nan")]))
    units = rl.read(coco(tmp_path, whole)).labels.units
    assert units.xyxy[1][:3].tolist() == [-5, 2, -35]
    assert np.isnan(units.xyxy[1][3])


TEXT = json.dumps(COCO, indent=1)
REFUSED = {
    "cut off": (TEXT[:400], r"line \d+, character \d+: broken JSON \(it ends too early: the fi"),
    "cut off later": (TEXT[:540], "after 1 whole values of 'annotations'"),
    "a comma": (TEXT.replace("},\n  {", "}\n  {", 1), "broken JSON .* after 1 whole values of 'im"),
    "no list": (json.dumps(COCO | {"images": {}, "annotations": []}).replace('"id"', '"image_id"'),
                "whose 'images' is an object; a list is wanted"),
    "none": (json.dumps(COCO | {"images": []}), "lists no images"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_broken_says_where(tmp_path, name):
    raw, says = REFUSED[name]
    with pytest.raises(ValueError, match=says):
        reader.read(coco(tmp_path, raw))


def test_the_folder_of_the_pictures_may_be_named(tmp_path):
    path = coco(tmp_path)
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / "images" / name).unlink()
        picture(tmp_path / "far" / "away" / name)
    data = rl.read(path)
    assert "items" not in data.evidence
    assert "none of the pictures was found (such as a.jpg)" in " ".join(data.source["notes"])
    data = rl.read(path, image=tmp_path / "far" / "away")
    assert data.evidence["items"][2] == str(tmp_path / "far" / "away" / "c.jpg")
    with pytest.raises(ValueError, match=r"holds none of the pictures that instances\.json names"):
        rl.read(path, image=tmp_path)


@pytest.mark.parametrize("how", [{}, {"indent": 2}, {"separators": (",", ":")}, {"indent": "\t"}])
def test_what_nobody_decided_on_stays_byte_for_byte(tmp_path, how):
    path, out = coco(tmp_path, **how), tmp_path / "out.json"
    rewrite(path, out, {}, set(), encoding="utf-8")
    assert out.read_bytes() == path.read_bytes()
    edits = {
        1: [Edit(0, "dog"), Edit(1, None), Edit(None, "bus", (1, 2, 3.5, 4))],
        0: [Edit(0, "dog", (5.5, 6, 20, 16))],
    }
    rewrite(path, out, edits, {2}, encoding="utf-8")
    was, now = COCO, json.loads(out.read_text())
    assert now["images"] == was["images"][:2]
    first, second, new = now["annotations"]
    assert first == was["annotations"][0] | {"category_id": 7}
    assert second == was["annotations"][1] | {"bbox": [5.5, 6, 14.5, 10]}
    assert (new["image_id"], new["bbox"], new["category_id"]) == (2, [1, 2, 2.5, 2], 8)
    assert now["categories"] == [*was["categories"], {"id": 8, "name": "bus"}]
    same = json.dumps(was["info"], **how)
    assert same.split("\n")[0] in out.read_text()
    if how.get("indent") == 2:  # laid out as the others are
        assert '\n    {\n      "id": 4,' in out.read_text()


def test_the_area_follows_a_box_but_not_an_outline(tmp_path):
    path, out = coco(tmp_path), tmp_path / "out.json"
    edits = {1: [Edit(0, "car", (1, 2, 31, 52)), Edit(1, "dog", (50, 2, 80, 22))]}
    notes = rewrite(path, out, edits, set(), encoding="utf-8")
    now = json.loads(out.read_text())["annotations"]
    assert (now[0]["bbox"], now[0]["area"]) == ([1, 2, 30, 50], 1500)
    assert now[2]["segmentation"] == COCO["annotations"][2]["segmentation"]
    assert "1 boxes were moved whose annotation holds an outline" in notes[0]


def test_other_encodings_and_packed_files(tmp_path):
    import gzip

    whole = broken(lambda w: w["categories"][0].update(name="voilà"))
    path = tmp_path / "u.json"
    path.write_bytes(json.dumps(whole, ensure_ascii=False).encode("utf-16"))
    assert rl.read(path).labels.units.names == ("voilà", "dog")
    packed = tmp_path / "instances.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(whole).encode()))
    assert len(rl.read(packed).labels.units) == 3
