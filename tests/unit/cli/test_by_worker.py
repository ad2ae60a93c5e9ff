"""reliabel aggregate FOLDER --by-worker: a file for each worker."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from reliabel.cli.app import app


def _coco(boxes):
    return {
        "images": [
            {"id": i, "file_name": f"{i}.jpg", "width": 100, "height": 80} for i in range(2)
        ],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [
            {"id": n, "image_id": i, "category_id": 1, "bbox": box}
            for n, (i, box) in enumerate(boxes)
        ],
    }


@pytest.fixture
def folder(tmp_path):
    said = {
        "ann": [(0, [10, 10, 30, 20])],
        "bo": [(0, [12, 10, 30, 20]), (1, [60, 40, 20, 20])],
        "cy": [(0, [11, 10, 30, 20])],
    }
    (tmp_path / "files").mkdir()
    for who, boxes in said.items():
        (tmp_path / "files" / f"{who}.json").write_text(json.dumps(_coco(boxes)))
    return tmp_path / "files"


def _run(folder, *more):
    words = ["aggregate", str(folder), "--by-worker", "-o", str(folder.parent / "out"), *more]
    return CliRunner().invoke(app, words)


def test_the_boxes_of_three_files_become_one_box(folder):
    done = _run(folder)
    assert done.exit_code == 0, done.output
    rows = pq.read_table(folder.parent / "out" / "consensus.parquet").to_pydict()
    assert rows["id"] == ["0.jpg"]
    assert rows["label"] == ["car 11,10,41,30"]
    assert "3 workers" in done.output


@pytest.mark.parametrize("word", ["--features", "--probs", "--items"])
def test_what_belongs_to_one_table_is_refused(folder, word):
    (folder.parent / "x.npy").write_bytes(b"")
    done = _run(folder, word, str(folder.parent / "x.npy"))
    assert done.exit_code == 2
    assert f"{word} goes with one table of votes" in done.output
