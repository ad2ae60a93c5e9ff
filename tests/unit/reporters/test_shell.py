import json
import re

import pytest

from reliabel.reporters.shell import (
    Html,
    Section,
    chance,
    embed,
    join,
    note,
    number,
    page,
    pairs,
    percent,
    short,
    table,
)

BAD = "<script>alert(1)</script>"


def test_a_page_holds_its_sections_in_order_and_lists_those_with_a_title():
    made = page(
        "Answer",
        "how sure",
        [
            Section("hero", "", note("first")),
            Section("w", "Workers", note("second"), "12"),
            Section("i", "Items", note("third")),
        ],
    )
    assert [made.index(word) for word in ("Answer", "first", "second", "third")] == sorted(
        made.index(word) for word in ("Answer", "first", "second", "third")
    )
    assert re.findall(r'<li><a href="#(\w+)">', made) == ["w", "i"]
    assert made.count("<nav") == 1


def test_a_page_forbids_the_network_and_names_no_other_place():
    made = page("x", "y", [], source="f.csv", stamp="now", script="findings.js")
    assert "default-src 'none'; img-src data:" in made
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:|//)""", made)
    assert "@import" not in made
    assert "url(" not in made


@pytest.mark.parametrize(
    "part",
    [
        "title",
        "subtitle",
        "source",
        "stamp",
        "section title",
        "cell",
        "head",
        "caption",
        "fact",
        "note",
        "join",
    ],
)
def test_plain_text_is_escaped_wherever_it_is_put(part):
    def text(name):
        return BAD if name == part else "plain"

    body = join(
        table([text("head")], [[text("cell")]], caption=text("caption")),
        pairs({text("fact"): text("fact")}),
        note(text("note")),
        text("join"),
    )
    made = page(
        text("title"),
        text("subtitle"),
        [Section("a", text("section title"), body)],
        source=text("source"),
        stamp=text("stamp"),
    )
    assert BAD not in made
    assert "&lt;script&gt;" in made


def test_html_is_taken_as_it_is():
    assert "<b>bold</b>" in table(["a"], [[Html("<b>bold</b>")]])


def test_a_table_without_rows_is_its_empty_sentence():
    made = table(["a"], [], empty="No duplicates among 5 texts")
    assert "<table" not in made
    assert "No duplicates among 5 texts" in made


def test_embedded_json_comes_back_and_cannot_close_its_element():
    value = {"text": "</script><!-- <script> & \u2028 ok", "n": [1, 2.5, None]}
    made = embed("index", value)
    inner = made.removeprefix('<script type="application/json" id="index">').removesuffix(
        "</script>"
    )
    assert "<" not in inner
    assert json.loads(inner) == value


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (1234567, "1,234,567"), (0.00004, "4.0e-05"), (99.5, "99.5"), (-0.25, "-0.25")],
)
def test_numbers(value, words):
    assert number(value) == words


def test_chances_and_shares_never_claim_certainty_they_lack():
    assert chance(0.9999) == ">.99"
    assert chance(1e-9) == "<.01"
    assert chance(1.0) == "1.00"
    assert chance(float("nan")) == "?"
    assert percent(float("nan")) == "?"


def test_short_text_has_one_line_no_control_characters_and_the_length_asked_for():
    assert short("a\x00b\n\nc", 20) == "a b c"
    assert len(short("x" * 10**6, 50)) == 50
    assert short(" " * 10**6 + "x", 10) in ("…", "")
