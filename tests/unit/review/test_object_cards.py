"""Cards of objects in pictures, and of words that people may choose."""

import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image
from tests.unit.reporters.made_objects import NAMES, RIGHT, boxes_audit, drawn, regions_audit
from tests.unit.review.web import Site

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Grouped, Spans
from reliabel.core.results import Audit, Suspicion
from reliabel.core.words import Words
from reliabel.review.cards import AROUND


def site(tmp_path, made=boxes_audit, **options):
    return Site(rl.save(made(tmp_path / "p", **options), tmp_path / "p.audit"))


def shape_of(picture):
    return Image.open(io.BytesIO(picture)).size


def test_a_card_holds_the_object_the_others_and_the_enlarged_part(tmp_path):
    ada = site(tmp_path).alone()
    card = ada.get("/api/items/0")
    drawing = card["drawing"]
    assert card["given"] == "car 40,40,100,90"
    assert drawing["given"] == {"box": [40, 40, 100, 90], "outline": [], "label": "car"}
    assert drawing["suggest"]["box"] == [20, 40, 80, 90]
    assert len(drawing["others"]) == 2
    assert card["near"] == []
    whole = ada.client.get(f"/{card['item'][0]['url']}").content
    near = ada.client.get(f"/{drawing['near_url']}").content
    assert shape_of(whole) == (320, 240)
    assert shape_of(near) == tuple(map(int, drawing["near"][2:]))


def test_an_audited_coco_file_is_reviewed(tmp_path):
    paths = drawn(tmp_path / "images")
    images = [
        {"id": i, "file_name": path.rpartition("/")[2], "width": 320, "height": 240}
        for i, path in enumerate(paths)
    ]
    held = [
        {"id": n, "image_id": i, "category_id": 1 + y, "bbox": [a, b, c - a, d - b]}
        for n, (i, (a, b, c, d), y) in enumerate(RIGHT)
    ]
    categories = [{"id": 1 + k, "name": name} for k, name in enumerate(NAMES)]
    whole = {"images": images, "annotations": held, "categories": categories}
    (tmp_path / "coco.json").write_text(json.dumps(whole))
    audit = rl.audit(rl.read(tmp_path / "coco.json"))
    folder = rl.save(audit, tmp_path / "coco.audit")
    card = Site(folder).alone().get("/api/items/0")
    assert card["drawing"]["given"]["label"] == "person"
    assert [part["kind"] for part in card["item"]] == ["picture"]
    assert len(rl.next(folder, n=2, out=tmp_path / "batch.csv")["rows"]["id"]) == 2
    assert (tmp_path / "batch_pictures").is_dir()
    assert rl.judge(folder).card is not None


def test_a_missing_object_is_added_and_another_box_is_taken(tmp_path):
    made = site(tmp_path)
    ada = made.alone()
    card = ada.get("/api/items/3")
    assert card["drawing"]["missing"]
    assert card["drawing"]["given"] is None
    assert ada.decide(3, "change", card["suggest"])["status"] == "logged"
    assert ada.decide(0, "change", "car 21,41,80.5,90")["status"] == "logged"
    assert ada.decide(1, "change", "person")["status"] == "logged"
    refused = ada.decide(4, "change", "car 90,41,80,90")
    assert refused["status"] == "refused"
    assert "is no box" in refused["why"]
    assert [one.label for one in made.log.decisions()] == [
        "car 200,100,260,160",
        "car 21,41,80.5,90",
        "person",
    ]


def test_labels_are_found_by_their_class(tmp_path):
    ada = site(tmp_path).alone()
    found = ada.post("/api/filter", {"filter": {"given": "person"}})
    assert found["n"] == 2
    assert ada.post("/api/filter", {"filter": {"suggest": "person"}})["rows"] == [1]
    assert ada.get("/api/me")["choices"] == ["car", "person"]


def test_regions_have_outlines_and_no_box_to_move(tmp_path):
    card = site(tmp_path, regions_audit).alone().get("/api/items/1")
    assert card["given"] == "car"
    assert len(card["drawing"]["given"]["outline"][0]) == 8
    assert not card["drawing"]["movable"]


def test_sick_boxes_and_lost_pictures_have_cards(tmp_path):
    made = site(tmp_path, sizes=False, sick=[(np.nan, 0, 9, 9), (-99, -99, -50, -50)])
    shutil.rmtree(tmp_path / "p")
    ada = made.alone()
    last = made.log.layout.rows - 1
    for row in (last - 1, last):
        card = ada.get(f"/api/items/{row}")
        assert not card["drawing"]["missing"]
    assert card["drawing"]["given"]["box"] == [-99, -99, -50, -50]
    answer = ada.client.get(f"/{card['drawing']['near_url']}")
    assert answer.status_code == 404
    assert "is missing" in answer.json()["detail"]


def test_a_picture_without_sizes_is_opened_for_its_own(tmp_path):
    card = site(tmp_path, sizes=False).alone().get("/api/items/0")
    assert (card["drawing"]["width"], card["drawing"]["height"]) == (320, 240)


@pytest.mark.parametrize("far", [0, AROUND + 30])
def test_words_say_where_each_begins(tmp_path, far):
    words = Words([*["so"] * far, "Ada", "flew", "to", "New", "Yörk", "\N{GRINNING FACE}", "today"])
    labels = Grouped(Spans([far + 3], [far + 4], [0], ["LOC", "PER"]), [0, 1])
    data = Dataset(labels, {"items": [words]}, Ids(("s",)), {"task": "tagged text"})
    ada = Site(rl.save(made_audit(data), tmp_path / "s.audit")).alone()
    card = ada.get("/api/items/0")
    text, chosen = card["item"][0]["value"].encode("utf-16-le"), card["words"]
    cut = [
        text[2 * a : 2 * (b - 1)].decode("utf-16-le")
        for a, b in zip(chosen["starts"], chosen["starts"][1:], strict=False)
    ]
    assert cut == list(words[chosen["first"] :])
    assert chosen["first"] == max(far + 3 - AROUND, 0)
    assert ada.decide(0, "change", f"LOC {far + 3}:{far + 5}")["status"] == "logged"


def made_audit(data):
    score = np.array([0.5])
    return Audit(data, {"self_confidence": Suspicion(score)}, {}, {}, score, None, None, (), (), {})
