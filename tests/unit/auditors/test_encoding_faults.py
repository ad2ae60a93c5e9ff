"""Encoding and language faults: every kind once, and sound texts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reliabel.auditors import encoding_faults
from reliabel.core.labels import Classes
from reliabel.core.results import Faults

ENGLISH = [f"This is what the {n} of them said about it, and they were right" for n in range(40)]


def audit(items: Any, **options: Any) -> Faults:
    return encoding_faults.audit(Classes(np.zeros(len(items), int)), items=items, **options)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("\ufeffsound", "byte order mark"),
        ("a \ue012 sign", "private use characters"),
        ("zero\u200bwidth", "invisible characters"),
        ("soft\u00adhyphen", "invisible characters"),
        ("join\u200ded", "invisible characters"),
        ("cafe\u0301", "not composed (NFC)"),
        ("one<br/>two", "markup"),
        ("Tom &amp; Jerry", "markup"),
        ("it&#39;s", "markup"),
        ("a\r\nb\nc", "mixed line ends"),
        ("p\u0430ypal", "mixed scripts in a word"),
    ],
)
def test_every_kind(text: str, kind: str) -> None:
    said = audit([*ENGLISH, text])
    assert (said.items, said.kind) == ([(40,)], [kind])


@pytest.mark.parametrize(
    "text",
    [
        "caf\u00e9",
        "a < b and c > d",
        "AT&T; R&D",
        "👩\u200d👩\u200d👧",
        "می\u200cخواهم",
        "שלום\u200f",
        "a\r\nb\r\n",
        "<3 you",
        "5 µm, Δx, π",
        "COVID\u2011ковид",
        "",
    ],
)
def test_sound_texts(text: str) -> None:
    assert not set(audit([text] * 3).kind) - {"another script", "another language"}


def test_texts_in_another_language_or_script() -> None:
    foreign = ["Das ist nicht der Film, den wir sehen wollten", "Где моя новая карта, скажите"]
    said = audit([*ENGLISH, *foreign, "M8x40", "Rome"])
    assert ((40,), "another language") in zip(said.items, said.kind, strict=True)
    assert ((41,), "another script") in zip(said.items, said.kind, strict=True)
    assert said.info["language"] == "English"
    assert said.info["script"] == "Latin"
    assert {row for rows in said.items for row in rows} == {40, 41}


def test_a_set_in_several_languages_has_no_strangers() -> None:
    german = [f"Das ist nicht der Film, den die {n} sehen wollten" for n in range(30)]
    said = audit([*ENGLISH, *german])
    assert said.items == []
    assert said.info["language"] == ""


def test_other_items_and_odd_input() -> None:
    assert audit([]).items == []
    assert audit([None, "", "x"]).items == []
    assert encoding_faults.audit(Classes(np.zeros(3, int))).info["checked"] == "nothing"
    with pytest.raises(ValueError, match=r"above 0\.5"):
        audit(["x"], main=0.2)


def test_an_english_text_with_a_russian_name_is_english() -> None:
    texts = ["Where is the card that I ordered and is it on its way?"] * 9
    texts.append("Where is my cash deposit? by Достоевский")
    found = encoding_faults.audit(Classes(np.zeros(len(texts), int)), items=texts)
    assert "another language" not in found.kind
