"""Probabilities of tags and places without a span, of a small tagged text."""

import numpy as np
import pytest

from reliabel.core.dataset import Dataset
from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Grouped, Spans
from reliabel.folders.evidence_store import Store
from reliabel.ops.tagger import tag_codes
from reliabel.ops.word_features import same_sentences
from reliabel.prepare import prepare

NEEDS = frozenset({"token_probs"})
CITIES = ("Bern", "Rome", "Oslo", "Lima")


def text(n: int = 120, left_out: int = 5) -> tuple[list[tuple[str, ...]], Grouped[Spans]]:
    """A city in each sentence, tagged LOC but for the first few."""
    rng = np.random.default_rng(0)
    items = [
        ("they", "met", "in", str(rng.choice(CITIES)), str(rng.choice(["today", "then"])), str(i))
        for i in range(n)
    ]
    given = (np.arange(n) >= left_out).astype(int)
    size = int(given.sum())
    spans = Spans(np.full(size, 3), np.full(size, 4), np.zeros(size, int), ["LOC"])
    return items, Grouped(spans, np.concatenate([[0], np.cumsum(given)]))


def test_places_without_a_span_join_the_labels_as_candidates():
    items, labels = text()
    made = prepare(Dataset(labels, {"items": items}), NEEDS)
    units = made.data.labels.units
    assert len(made.data.labels) == len(items)
    assert made.data.labels.item[units.y < 0].tolist() == [0, 1, 2, 3, 4]
    assert set(units.start[units.y < 0].tolist()) == {3}
    probs = made.data.evidence["token_probs"]
    assert probs.names == ("O", "B-LOC", "I-LOC")
    assert made.info["model"]["accuracy"] > 0.95


def test_no_word_is_predicted_by_a_model_that_saw_its_sentence():
    """The tag of a word that no other sentence has cannot be known."""
    items, labels = text()
    items[50] = ("zzz", "yyy", "xxx", "www", "vvv", "uuu")
    probs = prepare(Dataset(labels, {"items": items}), NEEDS).data.evidence["token_probs"]
    assert probs.p[probs.offsets[50] + 3, 1] < 0.5


def test_a_second_run_finds_the_probabilities_again(tmp_path):
    items, labels = text()
    first = prepare(Dataset(labels, {"items": items}), NEEDS, store=Store(tmp_path))
    again = Store(tmp_path)
    second = prepare(Dataset(labels, {"items": items}), NEEDS, store=again)
    assert again.reused == ["token_probs"]
    assert (first.data.evidence["token_probs"].p == second.data.evidence["token_probs"].p).all()


def test_probabilities_that_are_given_are_taken():
    items, labels = text(20)
    p = np.full((120, 3), [0.9, 0.1, 0.0])
    given = TokenProbs(p, np.arange(21) * 6, ("O", "B-LOC", "I-LOC"))
    made = prepare(Dataset(labels, {"items": items, "token_probs": given}), NEEDS)
    assert made.data.evidence["token_probs"] is given
    assert made.info["model"] == {"name": "given"}
    twice = prepare(made.data, NEEDS).data.labels
    assert len(twice.units) == len(made.data.labels.units), "candidates are added once"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda items, labels: (None, labels), "the words are not there"),
        (lambda items, labels: ([" ".join(i) for i in items], labels), "the first is str"),
        (lambda items, labels: ([i[:3] for i in items], labels), "the item has 3 words"),
        (lambda items, labels: (items[:1], labels.take(np.arange(1))), "no word has a span"),
        (lambda items, labels: (items[9:10], labels.take(np.arange(9, 10))), "one sentence"),
    ],
)
def test_what_cannot_be_made_is_told(change, told):
    items, labels = change(*text(20))
    made = prepare(Dataset(labels, {} if items is None else {"items": items}), NEEDS)
    assert "token_probs" not in made.data.evidence
    assert any(told in line for line in made.warnings), made.warnings


def test_tags_of_spans_and_of_spans_that_cross():
    spans = Spans([0, 1, 0], [2, 3, 1], [0, 1, 1], ("A", "B"))
    codes = tag_codes(Grouped(spans, [0, 2, 3]), np.array([0, 4, 6]))
    assert codes.tolist() == [1, 2, 4, 0, 3, 0]


def test_sentences_of_the_same_words_are_one():
    word = np.array([0, 1, 2, 1, 0, 2, 0, 1, 2])
    same = same_sentences(word, np.array([0, 3, 6, 9, 9]))
    assert same[0] == same[2] != same[1]
    assert len(set(same.tolist())) == 3


def test_vectors_of_words_are_looked_at_where_an_embedder_gives_them(monkeypatch):
    """What a word is can be told by its vector alone: each has a spelling of its own."""
    from reliabel.embedders import text_minilm

    rng = np.random.default_rng(0)
    items = [tuple(f"w{i}x{j}" for j in range(4)) for i in range(150)]
    place = rng.integers(0, 4, 150)
    spans = Spans(place, place + 1, np.zeros(150, int), ["LOC"])
    data = Dataset(Grouped(spans, np.arange(151)), {"items": items})
    vectors = rng.normal(size=(600, 200)).astype(np.float16)
    vectors[4 * np.arange(150) + place, :100] += 2
    monkeypatch.setattr(text_minilm, "words", lambda sentences: vectors)
    blind, seeing = prepare(data, NEEDS), prepare(data, NEEDS, embed="minilm")
    assert blind.info["model"]["in spans"] < 0.5
    assert seeing.info["model"]["in spans"] > 0.95
    assert "vectors of words" in seeing.info["model"]["name"]


def test_an_embedder_that_gives_words_no_vectors_is_left_out_with_a_sentence():
    items, labels = text()
    made = prepare(Dataset(labels, {"items": items}), NEEDS, embed="tfidf")
    assert any("embed='tfidf' gives words no vectors" in told for told in made.warnings)
    assert "vectors" not in made.info["model"]["name"]
