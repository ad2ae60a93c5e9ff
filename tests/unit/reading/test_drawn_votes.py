"""Votes on boxes and masks: lists in cells, rows of objects, COCO with annotators, Label Studio."""

import json

import numpy as np
import pytest

import reliabel as rl
from reliabel.formats.label_studio_masks import unpacked
from reliabel.reading.answers_boxes import answers as boxes_of
from reliabel.reading.answers_regions import answers as regions_of


def test_boxes_in_cells():
    cells = [
        [["car", 0, 0, 4, 2], ["dog", 1, 1, 2, 2]],
        [],
        "",
        {"label": "car", "bbox": [1, 2, 3, 4]},
    ]
    boxes, given, _ = boxes_of(cells, names=(), missing=())
    assert boxes.offsets.tolist() == [0, 2, 2, 2, 3]
    assert boxes.units.names == ("car", "dog")
    assert boxes.units.xyxy[2].tolist() == [1, 2, 4, 6]
    assert given.tolist() == [True, True, False, True]
    plain, _, notes = boxes_of([[0, 0, 4, 2]], names=(), missing=())
    assert plain.units.names == ("object",)
    assert "no class" in notes[0]


@pytest.mark.parametrize("cell", ["car", [["car", 1, 2]], [["car", 1, 2, 3, "x"]], 7])
def test_what_is_no_box(cell):
    with pytest.raises(ValueError, match=r"a list of boxes is wanted, each \[class, left"):
        boxes_of([cell], names=(), missing=())


def test_masks_in_cells():
    size = [2, 3]
    cells = [
        [{"size": size, "counts": [1, 2, 3], "label": "b"}, {"size": size, "counts": "123"}],
        {"size": size, "polygon": [0, 0, 2, 0, 2, 1, 0, 1], "label": "b"},
        {"size": size, "counts": "2 2", "label": "b"},
        [],
        None,
    ]
    regions, given, _ = regions_of(cells, names=(), missing=())
    assert regions.units.area.tolist() == [2, 2, 2, 2]
    assert regions.units.start[:2].tolist() == [1, 3]
    assert regions.units.names == ("b", "object")
    assert given.tolist() == [True, True, True, True, False]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ({"counts": [1]}, "a list of masks is wanted"),
        ({"size": [2, 3], "counts": [1, 2]}, "counts add up to 3 pixels"),
        ({"size": [2, 3], "counts": "2 2 4"}, "an even number of numbers"),
        ({"size": [2, 3]}, "a list of masks is wanted"),
        ("7", "a list of masks is wanted"),
    ],
)
def test_what_is_no_mask(cell, why):
    with pytest.raises(ValueError, match=why):
        regions_of([cell], names=(), missing=())


def test_run_lengths_in_rows(tmp_path):
    path = tmp_path / "masks.csv"
    path.write_text(
        "item,worker,rle,height,width,class\na,ann,2 2,2,3,car\na,ann,5 1,2,3,car\n"
        "a,bo,2 2,2,3,car\na,cy,,2,3,\nb,ann,1 6,2,3,dog\n"
    )
    data = rl.read(path, item="item", worker="worker", label="rle")
    votes = data.labels
    assert votes.labels.offsets.tolist() == [0, 2, 3, 3, 4]
    assert votes.labels.units.names == ("car", "dog")
    assert "5 rows are 4 answers" in " ".join(data.source["notes"])
    found = rl.aggregate(path)  # the columns are known by their names
    assert found.labels.units.area.tolist()[0] == 2
    assert found.info["method" if "method" in found.info else "by"]


def test_run_lengths_need_a_size(tmp_path):
    path = tmp_path / "masks.csv"
    path.write_text("item,worker,rle\na,ann,2 2\n")
    with pytest.raises(
        ValueError, match="need the size of their picture: columns height and width"
    ):
        rl.read(path, item="item", worker="worker", label="rle", kind="regions")


def test_boxes_in_rows(tmp_path):
    path = tmp_path / "boxes.csv"
    path.write_text(
        "image,annotator,label,xmin,ymin,xmax,ymax\na.jpg,ann,car,0,0,10,10\n"
        "a.jpg,bo,car,2,0,12,10\na.jpg,cy,,,,,\n"
    )
    data = rl.read(path, item="image", worker="annotator", label="label")
    assert data.labels.labels.offsets.tolist() == [0, 1, 2, 2]
    found = rl.aggregate(data)
    assert found.labels.units.xyxy.tolist() == [[1, 0, 11, 10]]
    assert found.labels.units.score == pytest.approx([2 / 3])


def coco_file(path, **more):
    images = [
        {"id": 1, "file_name": "a.jpg", "width": 40, "height": 30, **more},
        {"id": 2, "file_name": "b.jpg", "width": 40, "height": 30},
    ]
    drawn = [(1, 0, "ann"), (1, 2, "bo"), (2, 5, "bo"), (2, 5, None)]
    annotations = [
        {
            "id": place,
            "image_id": image,
            "category_id": 1,
            "bbox": [x, 0, 10, 10],
            "annotator": who,
            "segmentation": [[x, 0, x + 10, 0, x + 10, 10, x, 10]],
        }
        for place, (image, x, who) in enumerate(drawn)
    ]
    whole = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "car"}]}
    path.write_text(json.dumps(whole))
    return path


def test_a_coco_file_that_says_who_drew(tmp_path):
    path = coco_file(tmp_path / "all.json", annotators=["ann", "bo", "cy"])
    found = rl.aggregate(path)
    data = found.info["data"]
    assert data.ids.workers == ("ann", "bo", "cy")
    assert np.stack([data.labels.item, data.labels.worker], 1).tolist() == [
        [0, 0],
        [0, 1],
        [0, 2],
        [1, 1],
    ]
    assert found.labels.units.score == pytest.approx([2 / 3, 1])
    assert "1 annotation of nobody left out" in " ".join(data.source["notes"])
    masks = rl.read(path, worker="annotator", kind="regions").labels
    assert masks.labels.units.area.tolist() == [100, 100, 100]
    with pytest.raises(ValueError, match="has a field 'anotator', did you mean 'annotator'"):
        rl.read(path, worker="anotator")


def test_without_a_list_of_who_looked_it_says_so(tmp_path):
    data = rl.read(coco_file(tmp_path / "all.json"), worker="annotator")
    assert "who looked at a picture and drew nothing is not known" in " ".join(data.source["notes"])


def result(value, kind):
    about = {"from_name": "l", "to_name": "i", "type": kind}
    return {**about, "original_width": 100, "original_height": 50, "value": value}


def export(path, *answers):
    annotations = [{"completed_by": who, "result": held} for who, held in answers]
    path.write_text(json.dumps([{"id": 7, "data": {"image": "a.jpg"}, "annotations": annotations}]))
    return path


def test_rectangles_of_several_annotators(tmp_path):
    def rectangle(x):
        sides = {"x": x, "y": 0, "width": 10, "height": 20, "rotation": 0}
        return result({**sides, "rectanglelabels": ["car"]}, "rectanglelabels")

    answers = ("ann", [rectangle(0)]), ("bo", [rectangle(2)]), ("cy", [])
    found = rl.aggregate(export(tmp_path / "ls.json", *answers))
    assert found.labels.units.xyxy.tolist() == [[1, 0, 11, 10]]
    assert found.labels.units.score == pytest.approx([2 / 3])


def test_polygons_and_brushes_of_several_annotators(tmp_path):
    corners = [[0, 0], [10, 0], [10, 20], [0, 20]]
    polygon = result({"points": corners, "polygonlabels": ["car"]}, "polygonlabels")
    bits = f"{20000:032b}{7:05b}" + "".join(f"{size:04b}" for size in (2, 3, 7, 15))
    for row in range(50):  # 10 pixels of ten rows
        for pixels, value in ((10 if row < 10 else 0, 255), (90 if row < 10 else 100, 0)):
            if pixels:
                bits += f"111{pixels * 4 - 1:016b}{value:08b}"
    bits += "0" * (-len(bits) % 8)
    packed = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    assert unpacked(packed).sum() == 255 * 4 * 100
    brush = result({"format": "rle", "rle": packed, "brushlabels": ["car"]}, "brushlabels")
    path = export(tmp_path / "ls.json", ("ann", [polygon]), ("bo", [brush]))
    votes = rl.aggregate(path).info["data"].labels
    assert votes.labels.units.area.tolist() == [100, 100]
    assert (
        votes.labels.units.take([0]).start.tolist() == votes.labels.units.take([1]).start.tolist()
    )


def test_single_numbers_of_a_brush_stand_one_after_another():
    values = [3, 200, 0, 9]
    bits = f"{4:032b}{7:05b}" + "0010" * 4 + "000" + f"{3:03b}"
    bits += "".join(f"{value:08b}" for value in values)
    bits += "0" * (-len(bits) % 8)
    assert unpacked([int(bits[a : a + 8], 2) for a in range(0, len(bits), 8)]).tolist() == values
    with pytest.raises(IndexError, match="in the middle"):
        unpacked([0, 0, 0, 9, 57])
