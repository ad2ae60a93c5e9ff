"""Files that hold one worker's labels each become votes."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import reliabel as rl
from reliabel.core.joined_labels import joined_labels
from reliabel.core.labels import Classes, Grouped, MultiLabel, Numbers, Spans
from reliabel.core.objects import Boxes, Regions


def coco(path, boxes, names, categories=("car", "dog")):
    """A file of COCO with boxes (picture, category, left, top, width, height)."""
    path.write_text(
        json.dumps(
            {
                "images": [
                    {"id": at, "file_name": name, "width": 50, "height": 40}
                    for at, name in enumerate(names)
                ],
                "categories": [{"id": at, "name": name} for at, name in enumerate(categories)],
                "annotations": [
                    {
                        "id": at,
                        "image_id": names.index(name),
                        "category_id": categories.index(kind),
                        "bbox": list(place),
                    }
                    for at, (name, kind, *place) in enumerate(boxes)
                ],
            }
        )
    )


def test_coco_by_worker_is_matched_by_the_names_of_pictures(tmp_path):
    coco(tmp_path / "ann.json", [("a.jpg", "car", 0, 0, 10, 10)], ["a.jpg", "b.jpg"])
    coco(tmp_path / "bo.json", [("b.jpg", "dog", 1, 1, 9, 9)], ["b.jpg"], ("dog",))
    (tmp_path / "images").mkdir()
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (50, 40)).save(tmp_path / "images" / name)
    data = rl.read_by_worker(tmp_path)
    votes = data.labels
    assert data.ids.items == ("a.jpg", "b.jpg")
    assert data.ids.workers == ("ann", "bo")
    assert (votes.item.tolist(), votes.worker.tolist()) == ([0, 1, 1], [0, 0, 1])
    assert votes.labels.units.names == ("car", "dog")
    assert votes.labels.units.y.tolist() == [0, 1]
    assert votes.labels.offsets.tolist() == [0, 1, 1, 2]
    assert any("1 vote is for no object" in note for note in data.source["notes"])
    assert [Path(one).name for one in data.evidence["items"]] == ["a.jpg", "b.jpg"]


def test_conll_by_worker_is_matched_by_its_words(tmp_path):
    (tmp_path / "ann.conll").write_text("Ann B-PER\nsleeps O\n\nBonn B-LOC\n\nBonn O\n")
    (tmp_path / "bo.conll").write_text("Bonn B-LOC\n\nAnn O\nsleeps O\n")
    data = rl.read_by_worker(tmp_path)
    assert len(data.evidence["items"]) == data.labels.n == 3
    assert data.labels.item.tolist() == [0, 1, 2, 1, 0]
    spans = data.labels.labels
    assert np.diff(spans.offsets).tolist() == [1, 1, 0, 1, 0]


def test_tables_by_worker_leave_out_rows_without_a_label(tmp_path):
    (tmp_path / "ann.csv").write_text("id,label\nx,cat\ny,dog\nz,\n")
    (tmp_path / "bo.csv").write_text("id,label\nz,cat\nx,cat\n")
    data = rl.read_by_worker(tmp_path, id="id", label="label")
    assert data.ids.items == ("x", "y", "z")
    assert data.labels.item.tolist() == [0, 1, 2, 0]
    found = rl.aggregate(data, by="majority")
    assert [found.labels.names[c] for c in found.labels.p.argmax(1)] == ["cat", "dog", "cat"]


def test_what_cannot_be_votes_is_told(tmp_path):
    one = {"label": ["a", "b"]}
    for sources, words, said in (
        ({"ann": one}, {}, "several workers, got 1 file"),
        ({"ann": one, "bo": {"label": ["a"]}}, {}, r"2.*1 items without ids or content"),
        ({"ann": one, "bo": {"label": [0.5, 1.5]}}, {"kind": "auto"}, "ann Classes, bo Numbers"),
        (tmp_path / "nowhere", {}, "is no folder"),
        (3, {}, "got int"),
        ({"ann": one, "bo": one}, {"worker": "w"}, "worker= names no column"),
    ):
        with pytest.raises(ValueError, match=said):
            rl.read_by_worker(sources, **{"label": "label", **words})
    (tmp_path / "ann.csv").write_text("id,label\nx,cat\n")
    (tmp_path / "ann.tsv").write_text("id\tlabel\nx\tcat\n")
    with pytest.raises(ValueError, match="two files of worker 'ann'"):
        rl.read_by_worker(tmp_path)


def test_label_sets_are_joined_field_by_field():
    numbers = joined_labels([Numbers([1.0]), Numbers([2.0, np.nan])])
    assert len(numbers) == 3
    sets = joined_labels([MultiLabel([[1, 0]], ["a", "b"]), MultiLabel([[1]], ["c"])])
    assert sets.y.tolist() == [[1, 0, -1], [-1, -1, 1]]
    boxes = joined_labels(
        [Boxes([[0, 0, 1, 1]], [0], ["a"]), Boxes([[0, 0, 2, 2]], [0], ["b"], score=[0.5])]
    )
    assert boxes.y.tolist() == [0, 1]
    assert np.isnan(boxes.score[0])
    region = Regions([0], [0, 4], [2, 2], [0, 2], [[3, 4]], ["road"])
    regions = joined_labels([Grouped(region, [0, 1]), Grouped(region, [0, 0, 1])])
    assert regions.units.offsets.tolist() == [0, 2, 4]
    assert regions.offsets.tolist() == [0, 1, 1, 2]
    spans = joined_labels([Spans([0], [1], [0], ["x"]), Spans([2], [3], [-1], ["y"])])
    assert (spans.y.tolist(), spans.names) == ([0, -1], ("x", "y"))
    with pytest.raises(ValueError, match="labels of one kind can be joined"):
        joined_labels([numbers, Classes([0])])


def test_folders_of_masks_by_worker_and_their_gold(tmp_path):
    from reliabel.verbs.read_by_worker import known_by_file

    mask = np.zeros((6, 8), np.uint8)
    mask[1:4, 2:6] = 1
    for place in ("masks/ann", "masks/bo", "gold"):
        (tmp_path / place).mkdir(parents=True)
        Image.fromarray(mask).save(tmp_path / place / "p.png")
    data = rl.read_by_worker(tmp_path / "masks")
    assert isinstance(data.labels.labels.units, Regions)
    known = known_by_file(tmp_path / "gold", data, kind="regions")
    assert known.item.tolist() == [0]
    found = rl.aggregate(data, gold=known)
    assert found.info["gold"] == {"items": 1, "of the marked pixels agree": 1}
