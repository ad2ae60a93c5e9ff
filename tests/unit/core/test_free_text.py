"""Free text as labels: what comes in, what is missing, and what is no text."""

import numpy as np
import pytest

from reliabel.core.free_text import Texts
from reliabel.core.kinds import kind_for, known_labels
from reliabel.core.labels import Votes


def test_missing_values_of_any_library_are_none_and_an_empty_text_is_an_answer():
    pandas = pytest.importorskip("pandas")
    texts = Texts(["a", "", None, float("nan"), pandas.NA, np.str_("b")])
    assert texts.y == ("a", "", None, None, None, "b")
    assert type(texts.y[5]) is str
    assert known_labels(texts) == 3
    assert kind_for(texts).warnings(texts)[0].startswith("3 of 6 labels are missing")
    assert Texts(np.array(["x", None], dtype=object)).y == ("x", None)
    assert Texts(pandas.Series(["x", None])).y == ("x", None)


def test_texts_of_any_script_are_kept_to_the_last_space():
    given = [" Привет,  мир ", "我 很好", "e\u0301", "\u202eabc", "👩‍🚀"]
    assert list(Texts(given).take(np.array([4, 3, 2, 1, 0])).y) == given[::-1]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("one text", "got the single text 'one text'; put it into a list"),
        (["a", 3], r"row 1 holds 3, a int. Write it as text"),
        ([["a", "b"]], r"row 0 holds .*, a list. Write it as text"),
    ],
)
def test_what_is_no_text_gets_a_sentence(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        Texts(given)


def test_a_vote_without_an_answer_is_no_vote():
    with pytest.raises(ValueError, match=r"1 votes hold no text .* an abstention is no row"):
        Votes([0, 0], [0, 1], Texts(["a", None]), 1, 2)
    assert len(Votes([0, 0], [0, 1], Texts(["a", ""]), 1, 2)) == 2
