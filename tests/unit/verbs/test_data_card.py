import json
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import an_audit, with_p_wrong
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.results import Consensus
from reliabel.reporters import card_meta
from reliabel.verbs.data_card import data_card, read_meta

FILES = ["card.html", "card.md", "croissant.json", "methods.md", "methods.tex"]
FILES += ["references.bib", "with_label.svg"]
STATED = {one.key: "x" for one in card_meta.STATED if one.form == "text"}
STATED |= {"creator": "x", "publisher": "x", "keywords": "x", "datePublished": "2026-01-31"}
META = """
name = "Reviews"
description = "What people wrote."
license = "https://creativecommons.org/licenses/by/4.0/"
url = "https://example.org"
datePublished = 2026-01-31
creator = [{name = "Ana", type = "Person"}]
"""


@pytest.fixture
def folder(tmp_path):
    rl.save(with_p_wrong(an_audit()), tmp_path / "reviews.audit")
    return tmp_path / "reviews.audit"


def test_a_card_is_written_from_the_folder_alone(folder, tmp_path):
    out = tmp_path / "card"
    with pytest.warns(UserWarning, match="Croissant requires it"):
        text = rl.report(folder, out, form="card")
    assert sorted(path.name for path in out.iterdir()) == FILES
    assert (out / "card.md").read_text(encoding="utf-8") == text
    assert "reviews.csv is not at hand" in text
    assert str(tmp_path) not in "".join(path.read_text(encoding="utf-8") for path in out.iterdir())


def test_a_suffix_asks_for_one_file(folder, tmp_path):
    files, _ = data_card(rl.load(folder), folder=folder)
    for suffix, name in (
        (".html", "card.html"),
        (".json", "croissant.json"),
        (".tex", "methods.tex"),
    ):
        with pytest.warns(UserWarning, match="stated"):
            rl.report(folder, tmp_path / f"one{suffix}", form="card")
        assert (tmp_path / f"one{suffix}").read_text(encoding="utf-8") == files[name]
    with pytest.warns(UserWarning, match="stated"):
        rl.report(folder, tmp_path / "sub.md", form="card")
    assert (tmp_path / "with_label.svg").is_file()


@pytest.mark.parametrize("form", ["toml", "json"])
def test_what_is_stated_comes_from_a_file(folder, tmp_path, form):
    meta = tmp_path / f"meta.{form}"
    text = META if form == "toml" else json.dumps({"name": "Reviews", "license": "MIT"})
    meta.write_text(text, encoding="utf-8")
    files, missing = data_card(rl.load(folder), meta=meta)
    assert json.loads(files["croissant.json"])["name"] == "Reviews"
    assert ("Croissant requires" in " ".join(missing)) is (form == "json")


def test_bad_meta_files_get_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="is not there"):
        read_meta(tmp_path / "none.json")
    for name, text, words in (
        ("a.json", "{", "a.json is not JSON"),
        ("a.toml", "x =", "a.toml is not TOML"),
        ("b.json", "[1]", "holds a list"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(ValueError, match=words):
            read_meta(tmp_path / name)
    (tmp_path / "c.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(ValueError, match="not UTF-8"):
        read_meta(tmp_path / "c.json")


def test_nothing_but_an_audit_has_a_card_and_only_a_card_has_meta(folder, tmp_path):
    model = Consensus(rl.Classes(np.array([0, 1])))
    with pytest.raises(ValueError, match="made of an audit"):
        rl.report(model, form="card")
    with pytest.raises(ValueError, match="meta= belongs to the form card"):
        rl.report(folder, form="text", meta={"name": "x"})
    with (
        pytest.raises(ValueError, match="a card is a folder"),
        pytest.warns(UserWarning, match="not at hand"),
    ):
        rl.report(folder, tmp_path / "card.docx", form="card", meta=STATED)


def test_the_command_warns_and_names_where_it_wrote(folder):
    done = CliRunner().invoke(app, ["report", str(folder), "--form", "card"])
    assert done.exit_code == 0
    assert done.stdout.strip() == str(folder / "card")
    assert "warning: not stated" in done.stderr
    assert "--meta" in done.stderr
    done = CliRunner().invoke(app, ["report", str(folder), "--meta", "x.json"])
    assert done.exit_code == 2
    assert "--meta belongs to" in done.stderr


def test_the_audited_file_is_never_written_over(tmp_path):
    path = tmp_path / "data.json"
    path.write_text("[]")
    audit = an_audit()
    data = replace(audit.data, source={**audit.data.source, "path": str(path)})
    audit = replace(audit, data=data)
    with pytest.raises(ValueError, match="is the data that were audited"):
        rl.report(audit, path, form="card", meta=STATED)
