"""Croissant files are read by MLCommons' own library, mlcroissant."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import HOSTILE, an_audit, with_p_wrong
from tests.unit.reporters.test_card import STATED, a_table, content

import reliabel as rl
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, MultiLabel
from reliabel.formats.files import sha256_of
from reliabel.reporters import croissant

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
REQUIRED = ("name", "description", "license", "url", "creator", "datePublished", "conformsTo")


@pytest.fixture(scope="module")
def mlcroissant():
    return pytest.importorskip("mlcroissant", reason="needs pip install mlcroissant")


def opened(mlcroissant, text, folder):
    (folder / "croissant.json").write_text(text)
    return mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))


def plain(value):
    return value.decode() if isinstance(value, bytes) else value


def in_a_file(tmp_path, audit, columns, name="items.csv"):
    """The audit as one of a CSV file that is there."""
    path = tmp_path / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    source = {**audit.data.source, "path": str(path), "sha256": sha256_of(path), "form": "csv"}
    info = {**audit.info, "input": {"path": str(path), "sha256": sha256_of(path)}}
    return replace(audit, data=replace(audit.data, source=source), info=info)


def a_table_in_a_file(tmp_path):
    audit = a_table()
    labels = audit.data.labels
    kind = [labels.names[c] for c in labels.y.tolist()]
    split = np.asarray(audit.data.evidence["split"]).tolist()
    cells = {n: ["" if v is None or v != v else v for v in np.asarray(c, dtype=object).tolist()]
             for n, c in audit.data.evidence["columns"].items()}  # fmt: skip
    audit = in_a_file(tmp_path, audit, {**cells, "kind": kind, "part": split})
    source = {**audit.data.source, "columns": {"label": "kind", "split": "part"}}
    return replace(audit, data=replace(audit.data, source=source))


def test_a_full_card_validates_without_a_remark_and_its_records_are_read(tmp_path, mlcroissant):
    audit = a_table_in_a_file(tmp_path)
    given = {**STATED, "version": "1.0.0", "citeAs": "@misc{x}", "labelling": "by experts"}
    text = croissant.render(content(audit, **given))
    assert set(REQUIRED) <= set(json.loads(text))
    found = opened(mlcroissant, text, tmp_path)
    assert found.metadata.ctx.issues.report() == ""
    assert found.metadata.name == "Film reviews"
    assert [one.name for one in found.metadata.creators] == ["Ana", "Lab"]
    assert found.metadata.data_annotation_protocol == ["by experts"]
    rows = list(found.records("items"))
    assert len(rows) == 200
    assert plain(rows[0]["items/kind"]) == audit.data.labels.names[audit.data.labels.y[0]]
    assert rows[0]["items/size"] == pytest.approx(audit.data.evidence["columns"]["size"][0])
    assert [plain(row["classes/name"]) for row in found.records("classes")] == ["a", "b", "c"]
    splits = {plain(row["splits/name"]): row["splits/url"] for row in found.records("splits")}
    assert set(splits) == {"train", "test"}


def test_the_numbers_of_the_audit_are_annotations(tmp_path, mlcroissant):
    audit = a_table_in_a_file(tmp_path)
    found = opened(mlcroissant, croissant.render(content(audit)), tmp_path)
    items = next(one for one in found.metadata.record_sets if one.id == "items")
    told = {one.id.rpartition("/")[2]: one.value for one in items.annotations}
    assert float(told["wrong_labels"]) == pytest.approx(audit.count.value)
    assert float(told["wrong_labels_high"]) == pytest.approx(audit.count.high)
    assert told["wrong_labels_method"] == "lapse model"
    assert told["audit_version"] == "0.1.0"
    assert "recall 100 %" in told["neighbours"]


def test_nothing_is_made_up(tmp_path, mlcroissant):
    text = croissant.render(content(a_table_in_a_file(tmp_path)))
    assert not {"license", "creator", "description", "datePublished", "url"} & set(json.loads(text))
    assert "license" in opened(mlcroissant, text, tmp_path).metadata.ctx.issues.report()


@pytest.mark.parametrize(
    "audit",
    [
        with_p_wrong(an_audit()),
        an_audit(names=(HOSTILE, "a b", 'c"d'), items=[HOSTILE] * 60),
        an_audit(n=40, items=[np.zeros((4, 6), np.uint8)] * 40, task="image"),
        replace(an_audit(), data=replace(an_audit().data, evidence={}, source={})),
        replace(
            an_audit(),
            data=Dataset(MultiLabel(np.zeros((60, 2), dtype=np.int64) + [0, 1], ("a", "b"))),
        ),
        replace(an_audit(), data=Dataset(Classes(np.full(60, -1), ("a",)))),
    ],
    ids=["texts", "hostile", "pictures", "nothing known", "several labels", "unlabelled"],
)
def test_any_audit_validates(tmp_path, mlcroissant, audit):
    found = opened(mlcroissant, croissant.render(content(audit, name="x")), tmp_path)
    assert not found.metadata.ctx.issues.errors


def test_columns_with_odd_and_like_names_have_identities_of_their_own(tmp_path, mlcroissant):
    base = a_table()
    columns = {"a b": np.arange(200.0), "a/b": np.arange(200.0), "a_b": np.arange(200.0)}
    data = replace(base.data, evidence={"items": columns, "columns": columns})
    audit = in_a_file(tmp_path, replace(base, data=data), columns)
    found = opened(mlcroissant, croissant.render(content(audit)), tmp_path)
    assert not found.metadata.ctx.issues.errors
    fields = [one.id for one in found.metadata.record_sets[0].fields]
    assert len(set(fields)) == len(fields) == 4


def of_folder(data, names):
    made = an_audit(n=len(data), k=len(names), names=names, nothing=True)
    return replace(made, data=data, info={**made.info, "input": {}})


def test_a_folder_of_pictures_is_a_set_of_files_whose_records_are_read(tmp_path, mlcroissant):
    image = pytest.importorskip("PIL.Image")
    for part, many in (("train", 4), ("test", 2)):
        for place, kind in enumerate(("cat", "dog")):
            folder = tmp_path / "photos" / part / kind
            folder.mkdir(parents=True)
            for number in range(many):
                level = 60 * place + 10 * number
                image.new("RGB", (8, 8), (level, level, level)).save(folder / f"{number}.png")
    data = rl.read(tmp_path / "photos")
    audit = of_folder(data, ("cat", "dog"))
    given = {**STATED, "version": "1.0.0", "citeAs": "@misc{x}"}
    found = opened(mlcroissant, croissant.render(content(audit, **given)), tmp_path)
    assert found.metadata.ctx.issues.report() == ""
    rows = list(found.records("items"))
    assert len(rows) == 12
    said = {plain(row["items/path"]): plain(row["items/label"]) for row in rows}
    for row in range(12):
        given = data.labels.names[data.labels.y[row]]
        assert said[f"photos/{data.ids.item(row)}"] == given
    assert {plain(row["items/split"]) for row in rows} == {"train", "test"}
    assert np.asarray(rows[0]["items/image"]).shape == (8, 8, 3)


def test_a_folder_whose_labels_are_not_its_folders_has_no_label_field(tmp_path, mlcroissant):
    image = pytest.importorskip("PIL.Image")
    folder = tmp_path / "photos [raw]"
    folder.mkdir()
    for number in range(4):
        image.new("L", (8, 8), 10 * number).save(folder / f"{number}.png")
    rows = [f"{n}.png,{'ab'[n % 2]}" for n in range(4)]
    (folder / "metadata.csv").write_text("\n".join(["file_name,label", *rows]) + "\n")
    data = rl.read(folder, label="label")
    audit = of_folder(data, ("a", "b"))
    found = opened(mlcroissant, croissant.render(content(audit, name="x")), tmp_path)
    assert not found.metadata.ctx.issues.errors
    fields = [one.id for one in found.metadata.record_sets[0].fields]
    assert fields == ["items/image", "items/path"]
    assert len(list(found.records("items"))) == 4
