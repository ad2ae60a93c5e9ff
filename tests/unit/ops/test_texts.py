"""Texts as people bring them."""

from reliabel.ops.texts import LONGEST, oddities, plain


def test_plain_text_of_anything():
    assert plain("a" * (LONGEST + 5)) == "a" * LONGEST
    assert plain("a\0b") == "a b"
    assert plain(None) == plain(float("nan")) == ""
    assert plain(7) == "7"


def test_oddities_are_counted():
    said = oddities(["x" * 10**6, "a\0b", "", "  ", None, "fine"])
    assert said == [
        "1 text is longer than 20,000 characters; features were made from that much of each",
        "1 text holds null bytes, which were read as spaces",
        "3 texts are empty",
    ]
    assert oddities(["same", "same"]) == [
        "all texts are the same, so no item can be told from another"
    ]
    assert oddities(["a", "b"]) == []
