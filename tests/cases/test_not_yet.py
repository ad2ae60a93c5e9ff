"""Annotations that are not read are named as what they are, and boxes are read.

The small files follow https://cocodataset.org/#format-data, the Pascal VOC development kit
(http://host.robots.ox.ac.uk/pascal/VOC/voc2012/devkit_doc.pdf),
https://docs.ultralytics.com/datasets/detect/, https://www.clips.uantwerpen.be/conll2003/ner/,
https://universaldependencies.org/format.html and https://github.com/wkentaro/labelme.
"""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app

COCO = {
    "info": {"year": 2024},
    "images": [{"id": 1, "file_name": "1.jpg", "width": 640, "height": 480}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]}],
    "categories": [{"id": 2, "name": "car", "supercategory": "vehicle"}],
}
VOC = (
    "<annotation>\n<folder>x</folder><filename>1.jpg</filename>\n<object><name>car</name>"
    "<bndbox><xmin>1</xmin></bndbox></object></annotation>"
)
FILES = {
    "results.json": (json.dumps(COCO["annotations"]), "is a list of COCO annotations or results"),
    "labelme.json": (
        json.dumps({"version": "5", "shapes": [{"label": "a"}], "imagePath": "1.jpg"}),
        "is a LabelMe annotation",
    ),
    "create_ml.json": (
        json.dumps([{"image": "1.jpg", "annotations": [{"label": "a", "coordinates": {"x": 1}}]}]),
        "is a CreateML file of boxes",
    ),
    "1.txt": ("0 0.5 0.5 0.2 0.2\n1 0.1 0.2 0.3 0.4\n", "is a YOLO label file"),
    "page.xml": ("<?xml version='1.0'?><rss></rss>", "holds a web page or XML"),
}


TAGGED = {  # words with tags, whatever the file is called
    "train.txt": "EU B-ORG\nrejects O\n\nPeter B-PER\n",
    "eng.conll": "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n",
    "ner.tsv": "EU\tB-ORG\nrejects\tO\n\nPeter\tB-PER\n",
    "en.conllu": "# text = a b\n1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n2\tb\tb\tY\t_\t_\t1\tdep\t_\t_\n",
}


@pytest.mark.parametrize("name", TAGGED)
def test_words_with_tags_are_read_as_labels(tmp_path, name):
    (tmp_path / name).write_text(TAGGED[name])
    assert type(rl.read(tmp_path / name).labels).__name__ == "Grouped"


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_named_as_what_it_is_with_what_can_be_done(tmp_path, name):
    raw, says = FILES[name]
    (tmp_path / name).write_text(raw)
    done = CliRunner().invoke(app, ["audit", str(tmp_path / name)])
    assert done.exit_code == 2
    assert says in done.output
    assert "give" in done.output


BOXES = {  # boxes in pictures, as a file or in a folder
    "instances.json": (json.dumps(COCO), "boxes in pictures (COCO): 1 box of 1 class"),
    "1.xml": (VOC, "boxes in pictures (Pascal VOC): 1 box of 1 class (car) in 1 picture"),
    "2.xml": ('<?xml version="1.0"?>\n' + VOC, "boxes in pictures (Pascal VOC)"),
    "data/Annotations/1.xml": (VOC, "boxes in pictures (Pascal VOC)"),
    "data/annotations/instances.json": (json.dumps(COCO), "boxes in pictures (COCO)"),
}


@pytest.mark.parametrize("name", BOXES)
def test_boxes_are_read_as_labels(tmp_path, name):
    raw, says = BOXES[name]
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(raw)
    source = tmp_path / "data" if "/" in name else path
    done = CliRunner().invoke(app, ["audit", str(source), "--dry-run"])
    assert done.exit_code == 0, done.output
    assert says in done.output


def test_boxes_that_are_shares_need_their_pictures(tmp_path):
    path = tmp_path / "data" / "labels" / "train" / "1.txt"
    path.parent.mkdir(parents=True)
    path.write_text("0 0.5 0.5 0.2 0.2\n")
    done = CliRunner().invoke(app, ["audit", str(tmp_path / "data")])
    assert done.exit_code == 2
    assert "holds YOLO boxes but no pictures: their sizes are needed" in done.output


def test_a_table_of_words_and_tags_with_a_header_is_read(tmp_path):
    (tmp_path / "tags.tsv").write_text("word\ttag\nEU\tB-ORG\nrejects\tO\n" * 1)
    done = CliRunner().invoke(
        app, ["audit", str(tmp_path / "tags.tsv"), "--label", "tag", "--dry-run"]
    )
    assert done.exit_code == 0, done.output
