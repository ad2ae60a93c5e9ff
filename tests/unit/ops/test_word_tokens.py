"""Words of texts in any script, and texts made of words again."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reliabel.ops.word_tokens import plain_word, tokens_of, written


def words(*texts):
    found = tokens_of(list(texts))
    spelled = [found.whole[a:b] for a, b in zip(found.start, found.end, strict=True)]
    return [spelled[a:b] for a, b in zip(found.offsets, found.offsets[1:], strict=False)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The cat\tsat.\n", ["The", "cat", "sat."]),
        ("我很好", ["我", "很", "好"]),
        ("iPhone很好 ok", ["iPhone", "很", "好", "ok"]),
        ("好ok", ["好", "ok"]),
        ("น้ำ", ["น้", "ำ"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("👩‍🚀 up", ["👩‍🚀", "up"]),
        ("", []),
        (" \u3000 ", []),
        ("e\u0301a", ["e\u0301a"]),
    ],
)
def test_words_of_a_text(text, found):
    assert words(text, "x") == [found, ["x"]]


def test_words_that_differ_in_form_are_the_same():
    found = tokens_of(["Straße STRASSE strasse, ＳＴＲＡＳＳＥ other"])
    assert len(set(found.code[:4].tolist())) == 1
    assert len(set(found.form.tolist())) == 5
    assert len(set(tokens_of(["the cat", "a the the", "then the"]).form.tolist())) == 4
    assert plain_word("¿") == "¿"


@given(st.lists(st.text(max_size=12), max_size=6))
def test_each_word_is_where_it_is_said_to_be(texts):
    found = tokens_of(texts)
    assert len(found.offsets) == len(texts) + 1
    assert words(*texts) == words(*[" " + text + "  " for text in texts])
    spelled = [found.whole[a:b] for a, b in zip(found.start, found.end, strict=True)]
    assert not any(character.isspace() for word in spelled for character in word)
    same = {}
    for word, form, code in zip(spelled, found.form.tolist(), found.code.tolist(), strict=True):
        assert same.setdefault(form, word) == word
        assert same.setdefault(f"c{code}", plain_word(word)) == plain_word(word)
    kept = "".join(spelled)
    assert len(kept) == sum(
        not (c.isspace() or c == "\0" or unicodedata.category(c) == "Zs")
        for text in texts
        for c in text
    )


@given(st.lists(st.text("ab 好", max_size=8), max_size=5))
def test_texts_are_made_of_their_words_again(texts):
    found = tokens_of(texts)
    owner = np.repeat(np.arange(len(texts)), np.diff(found.offsets))
    again = written(found, np.arange(len(owner)), owner, len(texts))
    assert words(*again) == words(*texts)
