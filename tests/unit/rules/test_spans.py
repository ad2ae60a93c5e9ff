"""Functions that mark spans: what they mark, and answers that are none."""

import pytest

from reliabel.core.words import Words
from reliabel.rules import (
    Function,
    complete,
    gazetteer,
    on_text,
    on_words,
    one_of,
    span_pattern,
    tagger,
    word_pattern,
)
from reliabel.rules.span_answers import Passage, on_passages, read

SAID = ("Tony", "Blair", "left", "New", "York", "in", "May")


def test_a_gazetteer_takes_the_longest_phrase_and_any_number_of_them():
    places = gazetteer("LOC", ["York", "New York", "in May", *(f"town {n}" for n in range(5000))])
    assert places(SAID) == [("LOC", 3, 5), ("LOC", 5, 7)]
    assert places("of new york") == []
    assert gazetteer("LOC", "New York", exact=False)("of new york") == [("LOC", 3, 11)]
    assert gazetteer(None, "May")(SAID) == [("O", 6, 7)]
    assert places.name == "gazetteer York +5,002"
    with pytest.raises(ValueError, match="needs a phrase"):
        gazetteer("LOC", [" "])
    with pytest.raises(ValueError, match="one class name"):
        gazetteer(one_of("LOC", "PER"), "May")


def test_patterns_of_words_and_of_the_text():
    names = word_pattern("PER", r"[A-Z]\w+", most=2)
    assert names(SAID) == [("PER", 0, 2), ("PER", 3, 5), ("PER", 6, 7)]
    assert word_pattern("PER", r"[A-Z]\w+", most=1)(SAID) == [("PER", 6, 7)]
    assert span_pattern("LOC", r"left ([A-Z]\w+ [A-Z]\w+)")(SAID) == [("LOC", 3, 5)]
    assert span_pattern("LOC", r"York\s")("in York now") == [("LOC", 3, 7)]
    with pytest.raises(ValueError, match="no regular expression"):
        word_pattern("PER", "(")


def test_a_tagger_speaks_of_every_word():
    tags = ["B-PER", "I-PER", "O", "I-LOC", "I-LOC", "O", "S-X"]
    marks = tagger(lambda words: tags)(SAID)
    assert sorted(marks, key=lambda mark: mark[1]) == [
        ("PER", 0, 2), ("O", 2, 3), ("LOC", 3, 5), ("O", 5, 6), ("X", 6, 7),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="2 tags for 7 words"):
        tagger(lambda words: ["O", "O"])(SAID)


def test_a_complete_function_says_that_there_is_nothing_else():
    whole = complete(gazetteer("LOC", "New York"))
    assert whole(SAID) == [("LOC", 3, 5), ("O", 0, 3), ("O", 5, 7)]
    assert complete(lambda words: None)(("a", "b")) == [("O", 0, 2)]


def test_words_of_a_text():
    second = on_words(lambda words: [("X", 1, 2)])
    assert second(SAID) == [("X", 1, 2)]
    assert second("Tony Blair left") == [("X", 5, 10)]
    with pytest.raises(ValueError, match="within 1 words"):
        second("Tony")


def test_characters_of_words():
    found = on_text(lambda text: [("X", text.index("eft"), text.index("ork"))])
    assert found(SAID) == [("X", 2, 5)]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("LOC", "triples"),
        (3, "triples"),
        ([("LOC", 0)], "triples"),
        ([("LOC", 0.5, 2)], "triples"),
        ([(7, 0, 2)], "triples"),
        ([("LOC", 2, 2)], "does not lie within"),
        ([("LOC", 1, 9)], "which has 7 words"),
        (one_of("a"), "triples"),
    ],
)
def test_answers_that_are_no_spans(value, said):
    with pytest.raises(ValueError, match=said):
        read(value, Passage(Words(SAID)))


def test_answers_are_sorted_and_one_span_is_enough():
    assert read(("LOC", 3, 5), Passage(Words(SAID))) == (("LOC", 3, 5),)
    assert read([("B", 3, 5), ("A", 0, 1), ("A", 0, 1)], Passage(Words(SAID))) == (
        ("A", 0, 1), ("B", 3, 5),
    )  # fmt: skip
    assert read([], Passage(Words(SAID))) is None
    whole = on_passages(Function("f", lambda block, start: [[("A", 0, 1)], None], whole=True))
    assert whole.answer([Passage(Words(SAID))] * 2, 0) == [(("A", 0, 1),), None]
