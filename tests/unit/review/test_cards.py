"""What a card shows: text, picture or row, why, and the nearest items."""

from __future__ import annotations

import io

import numpy as np
import pytest
from tests.unit.review.web import Site, audited, pictures

import reliabel as rl
from reliabel.ops.pictures import thumbnail
from reliabel.review import pictures as module
from reliabel.review.pictures import NoPicture


def site_of(tmp_path, lines, **words):
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    return Site(audited(rl.read(tmp_path / "t.csv", **words), tmp_path / "t.audit"))


def test_a_text_with_the_columns_beside_it(tmp_path):
    lines = ["id,text,label,place", *(f"n{i},text {i},{'ab'[i % 2]},here {i}" for i in range(20))]
    site = site_of(tmp_path, lines, label="label", text="text", id="id")
    card = site.alone().get("/api/items/3")
    assert (card["id"], card["given"], card["unit"], card["about"]) == ("n3", "b", None, None)
    told = {part["name"]: (part["kind"], part["value"]) for part in card["item"]}
    assert told == {"text": ("text", "text 3"), "place": ("value", "here 3")}
    assert card["p_wrong"] is None or 0 <= card["p_wrong"] <= 1
    assert len(card["near"]) == 6
    near = card["near"][0]
    assert near["text"] == f"text {near['row']}"
    assert near["distance"] <= card["near"][-1]["distance"]
    assert "nearest are" in card["why"]


def test_a_row_of_a_table(tmp_path):
    lines = ["size,colour,label", *(f"{i},red,{'ab'[i % 2]}" for i in range(20))]
    site = site_of(tmp_path, lines, label="label")
    parts = site.alone().get("/api/items/3")["item"]
    assert {(part["name"], part["kind"], part["value"]) for part in parts} == {
        ("size", "value", "3"),
        ("colour", "value", "red"),
    }


def test_a_picture(tmp_path):
    ada = Site(pictures(tmp_path / "p")).alone()
    card = ada.get("/api/items/3")
    part = card["item"][0]
    assert (part["name"], part["kind"], part["value"]) == ("picture", "picture", None)
    answer = ada.client.get(f"/{part['url']}")
    assert answer.headers["content-type"] == "image/webp"
    assert opened(answer.content).size == (60, 40)
    assert "private" in answer.headers["cache-control"]
    again = ada.client.get(f"/{part['url']}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert ada.client.get(f"/{card['near'][0]['url']}").status_code == 200


def opened(held):
    from PIL import Image

    return Image.open(io.BytesIO(held))


def test_pictures_that_the_table_holds_as_bytes(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from PIL import Image

    held = []
    for row in range(12):
        out = io.BytesIO()
        Image.new("RGB", (30, 20), (20 * row, 0, 0)).save(out, "PNG")
        held.append(out.getvalue())
    table = pa.table({"picture": held, "label": ["a", "b"] * 6})
    pq.write_table(table, tmp_path / "t.parquet")
    data = rl.read(tmp_path / "t.parquet", label="label", image="picture")
    ada = Site(audited(data, tmp_path / "t.audit")).alone()
    answer = ada.client.get("/api/pictures/5")
    assert opened(answer.content).getpixel((5, 5))[0] == pytest.approx(100, abs=8)
    pq.write_table(table.slice(1), tmp_path / "t.parquet")
    ada = Site(tmp_path / "t.audit").alone()
    answer = ada.client.get("/api/pictures/5")
    assert answer.status_code == 404
    assert "its file has changed" in answer.json()["detail"]


def test_pictures_found_again_where_the_audit_was_made_from_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pictures(tmp_path / "p")
    data = rl.read("p/table.csv", label="label", image="name")
    folder = audited(data, tmp_path / "q.audit")
    monkeypatch.chdir("/")
    assert Site(folder).alone().client.get("/api/pictures/5").status_code == 200


def test_a_picture_that_is_missing_or_broken_is_said(tmp_path):
    folder = pictures(tmp_path / "p")
    (tmp_path / "p" / "3.png").unlink()
    (tmp_path / "p" / "4.png").write_bytes(b"no picture")
    ada = Site(folder).alone()
    assert "is missing: 3.png" in ada.client.get("/api/pictures/3").json()["detail"]
    assert "not a picture that can be read" in ada.client.get("/api/pictures/4").json()["detail"]


def test_thumbnails_are_made_once_and_bounded(tmp_path, monkeypatch):
    site = Site(pictures(tmp_path / "p"))
    made = []
    known = module.Pictures._made
    monkeypatch.setattr(
        module.Pictures, "_made", lambda self, *what: made.append(what) or known(self, *what)
    )
    one = site.shared.pictures.webp(3, 256)
    assert site.shared.pictures.webp(3, 256) == one
    assert made == [(3, 256, None)]
    monkeypatch.setattr(module, "KEPT", len(one) + 1)
    site.shared.pictures.webp(4, 256)
    site.shared.pictures.webp(3, 256)
    assert made == [(3, 256, None), (4, 256, None), (3, 256, None)]


def test_a_large_file_is_not_opened(tmp_path, monkeypatch):
    site = Site(pictures(tmp_path / "p"))
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    with pytest.raises(NoPicture, match="is not opened"):
        site.shared.pictures.webp(3, 256)


def test_a_thumbnail_keeps_the_shape_and_small_ones_every_pixel():
    large = np.zeros((600, 300, 3), np.uint8)
    made, why = thumbnail(large, 256)
    assert why is None
    assert opened(made).size == (128, 256)
    small = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    assert np.array_equal(np.asarray(opened(thumbnail(small, 256)[0])), small)


def test_several_labels_an_item_ask_about_a_class(tmp_path):
    rng = np.random.default_rng(0)
    y = (rng.random((30, 3)) < 0.5).astype(int)
    labels = rl.MultiLabel(y, ("cat", "dog", "owl"))
    p = np.where(y == 1, 0.8, 0.2)
    folder = rl.save(rl.audit(labels, probs=p, by=["self_confidence"]), tmp_path / "m.audit")
    ada = Site(folder).alone()
    card = ada.get("/api/items/4")
    assert (card["unit"], card["about"]) == (1, "dog")
    assert ada.get("/api/me")["choices"] == ["no", "yes"]
    other = "no" if card["given"] == "yes" else "yes"
    assert ada.decide(4, "change", other)["status"] == "logged"
