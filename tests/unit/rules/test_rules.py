"""Labelling functions made of words, patterns and models, and those of a file."""

import pytest

from reliabel.rules import ABSTAIN, Function, function, keyword, llm, model, not_of, one_of, regex
from reliabel.rules.answers import answer_of
from reliabel.rules.from_file import from_file
from reliabel.rules.function import as_functions


def test_keyword_matches_whole_words_and_phrases_whatever_their_case():
    found = keyword("spam", ["free", "click here"])
    assert found("FREE!") == found("please Click\nhere") == "spam"
    assert found("freedom") is None
    assert found("click there") is None
    assert keyword("spam", "Free", exact=True)("free") is None
    assert keyword("spam", ["a", "b"], at_least=2)("a a") is None
    assert keyword("spam", ["a", "b"], at_least=2)("b a") == "spam"


def test_keyword_takes_a_gazetteer_and_a_field_of_a_row():
    towns = keyword("place", [f"town {i}" for i in range(5000)], field="body", name="towns")
    assert towns({"title": "town 1", "body": "in Town 4999 today"}) == "place"
    assert towns({"title": "town 1", "body": ""}) is None
    assert towns.name == "towns"


def test_regex_and_its_mistakes():
    assert regex("question", r"\?$")("how far?") == "question"
    with pytest.raises(ValueError, match="no regular expression"):
        regex("question", "(")
    with pytest.raises(ValueError, match="needs a word"):
        keyword("spam", [])
    with pytest.raises(ValueError, match="needs an answer"):
        keyword(None, "free")


def test_a_model_speaks_where_it_is_sure():
    sure = model(lambda texts: [[len(t) / 10, 1 - len(t) / 10] for t in texts], ["long", "short"])
    assert sure.answer(["a", "abcdefghi", "abcde"], 0) == ["short", "long", None]
    with pytest.raises(ValueError, match=r"shape \(1, 1\)"):
        model([[1.0]], ["a", "b"]).answer(["x"], 0)


def test_an_llm_answers_by_the_longest_that_fits():
    asked = []

    def ask(prompt):
        asked.append(prompt)
        return "**Not sure**"

    said = llm(ask, "About {title}?", {"no": "ham", "not sure": None, "yes": one_of("a", "b")})
    assert said({"title": "cats"}) is None
    assert asked == ["About cats?"]
    assert said.says == ("ham", "a", "b")
    with pytest.raises(ValueError, match="none of yes"):
        llm(lambda prompt: "perhaps", "{item}", {"yes": "a"})("x")


@pytest.mark.parametrize(
    ("given", "names"),
    [("a", ("a",)), (1, ("1",)), (1.0, ("1",)), (True, ("1",)), ({"b", "a"}, ("a", "b"))],
)
def test_answers_are_class_names(given, names):
    assert answer_of(given).names == names


@pytest.mark.parametrize("nothing", [None, ABSTAIN, float("nan"), (), []])
def test_answers_that_say_nothing(nothing):
    assert answer_of(nothing) is None


def test_answers_that_leave_a_choice():
    assert not answer_of(not_of("a")).among
    with pytest.raises(ValueError, match="one class name at least"):
        one_of()


def test_functions_of_one_name_are_numbered():
    named = as_functions([keyword("a", "x", name="f"), lambda t: None, keyword("b", "x", name="f")])
    assert [one.name for one in named] == ["f", "<lambda>", "f_2"]
    assert [one.name for one in as_functions({"g": len})] == ["g"]
    with pytest.raises(ValueError, match="no labelling functions"):
        as_functions([])
    with pytest.raises(ValueError, match="callable"):
        function("free")


def test_a_file_of_functions(tmp_path):
    file = tmp_path / "rules.py"
    file.write_text(
        "from reliabel.rules import keyword\nCLASSES = ['a', 'b']\n"
        "named = keyword('a', 'x')\ndef second(text): return 'b'\n"
        "def _helper(text): return 'a'\ndef two(x, y): return 'a'\n"
    )
    found, classes = from_file(file)
    assert [one.name for one in found] == ["named", "second"]
    assert classes == ("a", "b")
    file.write_text("f = lambda t: 'a'\nFUNCTIONS = {'only': f}\n")
    assert [one.name for one in from_file(file)[0]] == ["only"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "defines no labelling function"),
        ("def f(t)\n", r"cannot be run \(line 1\): SyntaxError"),
        ("x = 1\nnot_there\n", r"cannot be run \(line 2\): NameError"),
        ("CLASSES = 'a'\ndef f(t): return 'a'\n", "CLASSES in .* must be a list"),
    ],
)
def test_files_that_are_none(tmp_path, text, said):
    file = tmp_path / "rules.py"
    file.write_text(text)
    with pytest.raises(ValueError, match=said):
        from_file(file)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        from_file(tmp_path / "rules.py")
    assert isinstance(function(len, "f"), Function)
