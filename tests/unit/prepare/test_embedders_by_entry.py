"""Which embedder is taken hangs on what the files say of themselves, not on their names."""

from dataclasses import replace

import numpy as np
import pytest

from reliabel.core import catalogue as module
from reliabel.core.catalogue import Entry, catalogue
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes
from reliabel.folders.evidence_store import Store
from reliabel.prepare import features
from reliabel.prepare.preparation import Preparation


@pytest.fixture
def renamed(monkeypatch):
    """Every embedder under the name of a letter, without other names."""
    letters = {}
    entries = []
    for entry in catalogue():
        if entry.verb == "embed":
            letters[entry.name] = chr(ord("a") + len(letters))
            instead_of = letters.get(entry.instead_of, "")
            entry = replace(entry, name=letters[entry.name], also=(), instead_of=instead_of)
        entries.append(entry)
    monkeypatch.setattr(module, "_catalogue", lambda evidence: tuple(entries))
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: ())
    return letters


def chosen(items, task, embed="auto"):
    data = Dataset(Classes(np.array([0, 1])), {"items": items}, source={"task": task})
    work = Preparation(data, Store(), 0, evidence=dict(data.evidence))
    return features.embedder(work, embed)


@pytest.mark.parametrize(("seconds", "name"), [(30.0, "text_minilm"), (3000.0, "text_tfidf")])
def test_texts_take_the_highest_rank_that_is_quick_enough(renamed, monkeypatch, seconds, name):
    monkeypatch.setattr(features, "probe", lambda *_: seconds)
    assert chosen(["a", "b"], "text")[0].name == renamed[name]


def test_where_one_is_not_installed_another_is_taken_instead(renamed, monkeypatch):
    monkeypatch.setattr(features, "probe", lambda *_: 30.0)
    absent = {renamed["text_minilm"]}
    monkeypatch.setattr(Entry, "missing_extras", lambda e: ("x",) if e.name in absent else ())
    instead = renamed["text_sentence_transformers"]
    assert chosen(["a", "b"], "text")[0].name == instead
    assert chosen(["a", "b"], "text", renamed["text_minilm"])[0].name == instead
    absent |= {instead, renamed["text_multilingual"]}
    assert chosen(["a", "b"], "text")[0].name == renamed["text_tfidf"]
    assert chosen(["a", "b"], "text", renamed["text_minilm"])[0].name == renamed["text_minilm"]


GERMAN = ["Wo ist meine Karte?", "Die Karte ist noch nicht da", "Ich warte auf die Karte"]
ENGLISH = ["Where is my card?", "The card is not there", "I am waiting for the card"]
HINDI = ["मेरा कार्ड नहीं आया", "कार्ड कहाँ है"]


@pytest.mark.parametrize(
    ("texts", "absent", "name", "said"),
    [
        (ENGLISH, (), "text_minilm", "about 30 s, estimated from 3 texts"),
        (
            GERMAN,
            (),
            "text_multilingual",
            "about 30 s, estimated from 3 texts; of 3 texts looked at, 3 seem to be in German; "
            "embed='text_minilm' takes the model for English",
        ),
        (
            ENGLISH * 3 + GERMAN,
            (),
            "text_minilm",
            "about 30 s, estimated from 12 texts; of 12 texts looked at, 9 seem to be in English "
            "and 3 seem to be in German",
        ),
        (
            HINDI,
            (),
            "text_tfidf",
            "of 2 texts looked at, 2 seem to be in a language in Devanagari letters, which no "
            "sentence model here was trained on; embed='text_minilm' takes the model for English",
        ),
        (  # the wheel of PyTorch alone: as before there was another
            GERMAN,
            ("text_minilm", "text_multilingual"),
            "text_sentence_transformers",
            "about 30 s, estimated from 3 texts; of 3 texts looked at, 3 seem to be in German, "
            "which a model of the extra [x] reads",
        ),
        (
            GERMAN,
            ("text_minilm", "text_multilingual", "text_sentence_transformers"),
            "text_tfidf",
            "the extra [x] is not installed; of 3 texts looked at, 3 seem to be in German, which a "
            "model of the extra [x] reads",
        ),
        (
            ENGLISH,
            ("text_minilm", "text_multilingual", "text_sentence_transformers"),
            "text_tfidf",
            "the extra [x] is not installed",
        ),
    ],
)
def test_texts_take_the_model_of_their_language(monkeypatch, texts, absent, name, said):
    monkeypatch.setattr(features, "probe", lambda *_: 30.0)
    monkeypatch.setattr(Entry, "missing_extras", lambda e: ("x",) if e.name in absent else ())
    entry, options, why = chosen(texts, "text")
    assert (entry.name, options) == (name, {})
    assert why.replace("'minilm'", "'text_minilm'") == said


def test_where_the_best_is_too_slow_the_next_is_asked(monkeypatch):
    slow = {"text_minilm"}
    monkeypatch.setattr(features, "probe", lambda e, *_: 3000.0 if e.name in slow else 30.0)
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: ())
    entry, _, why = chosen(ENGLISH, "text")
    assert (entry.name, why) == (
        "text_multilingual",
        "about 30 s, estimated from 3 texts; minilm would take about 50 minutes; embed='minilm' "
        "takes it all the same",
    )
    slow.add("text_multilingual")
    entry, _, why = chosen(ENGLISH, "text")
    assert entry.name == "text_tfidf"
    assert why == "minilm would take about 50 minutes; embed='minilm' takes it all the same"


@pytest.mark.parametrize(
    ("seconds", "name"), [(30.0, "image_efficientnet"), (3000.0, "image_patches")]
)
def test_pictures_do_so_too(renamed, monkeypatch, seconds, name):
    monkeypatch.setattr(features, "probe", lambda *_: seconds)
    assert chosen(["a.png", "b.png"], "image")[0].name == renamed[name]


def test_rows_have_one_embedder_that_auto_takes(renamed):
    assert chosen({"x": [1, 2]}, "table")[0].name == renamed["table"]
    assert chosen({"x": [1, 2]}, "")[0].name == renamed["table"]
    with pytest.raises(ValueError, match=f"'{renamed['table']}' reads table, the items are text"):
        chosen(["a", "b"], "text", renamed["table"])


def test_a_folder_and_the_name_of_a_model_are_options(renamed, tmp_path):
    entry, options, _ = chosen(["a", "b"], "text", str(tmp_path))
    named = renamed["text_sentence_transformers"]
    assert (entry.name, options) == (named, {"folder": str(tmp_path)})
    entry, options, _ = chosen(["a.png", "b.png"], "image", "resnet18:my/weights:1.pth")
    given = {"backbone": "resnet18", "weights": "my/weights:1.pth"}
    assert (entry.name, options) == (renamed["image_timm"], given)
    assert chosen(["a.png", "b.png"], "image", "resnet50")[1] == {"backbone": "resnet50"}
    with pytest.raises(ValueError, match="unknown embedder 'nowhere'"):
        chosen(["a", "b"], "text", "nowhere")
