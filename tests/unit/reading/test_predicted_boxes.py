"""Boxes of a model in every form that people have them in, told apart by picture and class."""

import json

import numpy as np
import pytest
from tests.unit.formats.drawn_sets import coco, yolo

import reliabel as rl
from reliabel.reading.predicted_boxes import with_boxes

RESULTS = [
    {"image_id": 2, "category_id": 3, "bbox": [1, 2, 30, 40], "score": 0.9},
    {"image_id": 1, "category_id": 7, "bbox": [5, 6, 10, 10], "score": 0.1},
    {"image_id": 2, "category_id": 90, "bbox": [0, 0, 5, 5], "score": 0.5},
    {"image_id": 77, "category_id": 3, "bbox": [0, 0, 5, 5], "score": 0.5},
    {"image_id": 2, "category_id": 3, "bbox": [0, 0, 5]},
]
XYXY = np.array([[1.0, 2, 31, 42], [5, 6, 15, 16]])


def seen(boxes):
    units = boxes.units
    rows = zip(boxes.item.tolist(), units.y.tolist(), units.xyxy.tolist(), strict=True)
    return [(item, units.names[y], corners) for item, y, corners in rows]


def test_results_of_coco_by_ids(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps(RESULTS))
    data = rl.read(coco(tmp_path), predicted=path)
    found = data.evidence["predicted"]
    assert seen(found) == [
        (0, "dog", [5, 6, 15, 16]),
        (1, "car", [1, 2, 31, 42]),
        (1, "90", [0, 0, 5, 5]),
    ]
    assert found.units.score.tolist() == [0.1, 0.9, 0.5]
    notes = " ".join(data.source["notes"])
    assert "results.json: 3 boxes of a model in 2 of 3 pictures" in notes
    assert "1 boxes of results.json are of no picture of the data (the first of '77')" in notes
    assert (
        "there is no box of four numbers with a score; it is left out (the first in result 4)"
        in notes
    )
    assert "results.json has classes that the labels have not: 90" in notes


def test_an_archive_arrays_and_lists(tmp_path):
    path = coco(tmp_path)
    data = rl.read(path)
    flat = {"xyxy": XYXY, "y": [0, 1], "score": [0.9, 0.1], "image": ["b.jpg", "a"]}
    np.savez(tmp_path / "p.npz", **{name: np.array(part) for name, part in flat.items()})
    want = [(0, "dog", [5, 6, 15, 16]), (1, "car", [1, 2, 31, 42])]
    named = {**flat, "names": np.array(["car", "dog"])}
    for given in (tmp_path / "p.npz", named):
        held = rl.read(path, predicted=given).evidence["predicted"]
        if given is named:
            assert seen(held) == want
    torchvision = [  # by the order of the pictures, classes by the ids of the file
        {"boxes": XYXY[1:], "labels": [7], "scores": [0.1]},
        {"boxes": XYXY[:1], "labels": [3], "scores": [0.9]},
        {"boxes": np.zeros((0, 4)), "labels": [], "scores": []},
    ]
    assert seen(rl.read(path, predicted=torchvision).evidence["predicted"]) == want
    audit = rl.audit(data, predicted=torchvision, by=["broken_items"])
    assert seen(audit.data.evidence["predicted"]) == want


def test_lists_of_arrays_as_peers_keep_them(tmp_path):
    labels = rl.Grouped(rl.Boxes(XYXY, [0, 1], ["car", "dog"]), [0, 1, 2])
    rows = [np.array([[*XYXY[0], 0.9, 0]]), np.array([[*XYXY[1], 0.1, 1]])]
    none = np.zeros((0, 5))
    by_class = [
        [np.array([[*XYXY[0], 0.9]]), none],
        [none, np.array([[*XYXY[1], 0.1]])],
    ]
    whole = [np.zeros((2, 1, 5)), np.zeros((2, 1, 5))]  # as many boxes of each class
    whole[0][0, 0, :], whole[1][1, 0, :] = [*XYXY[0], 0.9], [*XYXY[1], 0.1]
    both = with_boxes(labels, {"predicted": whole})[0]["predicted"]
    assert both.units.y.tolist() == [0, 1, 0, 1]
    for given in (rows, by_class):
        found = with_boxes(labels, {"predicted": given})[0]["predicted"]
        assert seen(found) == [(0, "car", XYXY[0].tolist()), (1, "dog", XYXY[1].tolist())]


def test_texts_of_yolo_with_confidences(tmp_path):
    folder = yolo(tmp_path / "set")
    told = tmp_path / "predict" / "labels"
    told.mkdir(parents=True)
    (told / "1.txt").write_text("1 0.5 0.5 0.2 0.2 0.75\n0 0.5 0.5\n")
    data = rl.read(folder, predicted=told)
    found = data.evidence["predicted"]
    assert seen(found) == [(1, "dog", [40, 32, 60, 48])]
    assert found.units.score.tolist() == [0.75]
    notes = " ".join(data.source["notes"])
    assert "it is left out (the first in line 1.txt:2)" in notes
    assert "the lowest score of labels is 0.75" in notes


BAD = [
    ([{"boxes": [], "labels": [], "scores": []}], "predicted has 1 entries, the labels have 3"),
    ({"xyxy": np.zeros((2, 3)), "y": [0, 0], "score": [1, 1], "image": [0, 1]}, "got shape"),
    ({"xyxy": np.zeros((2, 4)), "y": [0], "score": [1, 1], "image": [0, 1]}, "differ in length"),
    ({"boxes": np.zeros((2, 4))}, "predicted has no classes"),
    ("gone.json", "there is no file"),
    (7, "predicted takes the boxes of a model: .* got int"),
    (
        {"xyxy": np.zeros((1, 4)), "y": [0], "score": [1], "image": ["q"]},
        "none of its 1 boxes is of a picture of the data",
    ),
    ([{"boxes": [[0, 0, 1, 1]], "labels": [], "scores": [1]}, {}, {}], "picture 0: 1 boxes, 0 cl"),
]


@pytest.mark.parametrize(("given", "says"), BAD)
def test_what_does_not_fit_gets_a_sentence(tmp_path, given, says):
    with pytest.raises(ValueError, match=says):
        rl.read(coco(tmp_path), predicted=given)


def test_predictions_beside_other_labels_are_refused():
    with pytest.raises(ValueError, match="predicted takes boxes of a model beside boxes"):
        rl.read({"label": ["a", "b"]}, label="label", predicted=[1, 2])
