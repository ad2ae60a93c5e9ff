"""Spans as plain values: classes alone, other words, taking away and adding."""

import numpy as np
import pytest

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.kinds import kind_for, known_labels
from reliabel.core.labels import Grouped, Spans
from reliabel.core.results import Decision
from reliabel.core.span_values import span_parts
from reliabel.folders.decisions import resolve
from reliabel.verbs.apply import mended

NAMES = ("LOC", "PER")
UNITS = Spans([0, 3, 1], [2, 4, 2], [0, 1, -1], NAMES)
TEXT = Grouped(UNITS, [0, 2, 3])


def decided(*decisions):
    data = Dataset(TEXT, {}, Ids(["a", "b"]))
    resolved = resolve(data, [Decision(**one) for one in decisions])
    return resolved, mended(TEXT, resolved)[0].units


def test_tagged_text_is_its_own_task():
    assert kind_for(TEXT).task == "tagged text"
    assert kind_for(TEXT).name == "Grouped[Spans]"
    assert known_labels(TEXT) == 2


def test_another_class_keeps_the_words_and_other_words_the_rest():
    resolved, units = decided(
        {"id": "a", "unit": 0, "verdict": "change", "label": "PER"},
        {"id": "a", "unit": 1, "verdict": "change", "label": "PER 3:5"},
    )
    assert len(resolved.change) == 2
    assert [kind_for(units).value(units, row) for row in range(3)] == ["PER 0:2", "PER 3:5", None]


def test_a_span_is_taken_away_and_one_is_added():
    resolved, units = decided(
        {"id": "a", "unit": 0, "verdict": "drop"},
        {"id": "b", "unit": 0, "verdict": "change", "label": "LOC"},
    )
    assert resolved.drop == {(0, 0)}
    assert [kind_for(units).value(units, row) for row in range(3)] == [None, "PER 3:4", "LOC 1:2"]


def test_the_class_that_a_span_has_is_no_change():
    resolved, _ = decided({"id": "a", "unit": 0, "verdict": "change", "label": "LOC"})
    assert resolved.change == {}
    assert resolved.kept == 1


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        ("LOK 0:2", "there is no class 'LOK', did you mean 'LOC'"),
        ("LOC 2:2", "covers no word: the second number is the word after its last"),
    ],
)
def test_a_bad_span_gets_a_sentence(label, sentence):
    with pytest.raises(ValueError, match=sentence):
        kind_for(UNITS).parsed(UNITS, label)


def test_a_class_whose_name_looks_like_a_span_is_a_class():
    odd = Spans([0], [1], [0], ["ratio 1:2"])
    assert kind_for(odd).parsed(odd, "ratio 1:2") == "ratio 1:2"
    assert kind_for(odd).value(odd, 0) == "ratio 1:2 0:1"
    assert kind_for(odd).equal(odd, "ratio 1:2", "ratio 1:2 0:1")
    assert span_parts("ratio 1:2 0:1") == ("ratio 1:2", (0, 1))


def test_what_a_label_set_gives_cause_to_doubt():
    said = kind_for(TEXT).warnings(Grouped(Spans([0, 1], [1, 2], [0, 1], ["loc", "LOC"]), [0, 2]))
    assert len(said) == 1
    assert "'LOC'" in said[0]
    none = Grouped(Spans([], [], [], NAMES), [0, 0])
    assert "no word has a span" in kind_for(none).warnings(none)[0]
    assert kind_for(none).unfit(none) == "no word has a span"
    assert kind_for(TEXT).unfit(TEXT) is None


def test_columns_hold_each_span_once():
    column = kind_for(UNITS).cells_of(UNITS, np.array([0, 0, 1, 2]))
    assert column.names[column.code[0]] == "LOC 0:2"
    assert column.code[0] == column.code[1]
    assert column.code[3] == -1
