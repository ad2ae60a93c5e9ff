"""Personal data: every planted kind is found under its name, look-alikes are not, and nothing that
was found stands in the result.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reliabel.auditors import personal_data
from reliabel.bench.planted_personal import FORMS, planted, scored
from reliabel.core.labels import Classes
from reliabel.core.results import Faults
from reliabel.ops.personal import KINDS, found, masked


def audit(items: Any = None, columns: Any = None, **options: Any) -> Faults:
    n = len(items) if items is not None else len(next(iter(columns.values())))
    return personal_data.audit(Classes(np.zeros(n, int)), items=items, columns=columns, **options)


@pytest.mark.parametrize("seed", [0, 1])
def test_every_kind_is_found_and_no_look_alike(seed: int) -> None:
    counts = scored(planted(seed))
    assert set(counts) == {*KINDS, ""}
    for kind in KINDS:
        one = counts[kind]
        assert one.planted == FORMS, kind
        assert one.hit >= FORMS - 1, f"{kind}: {one.hit} of {FORMS} found"
        assert one.reported <= one.hit + 1, f"{kind}: {one.reported - one.hit} false alarms"
    assert counts[""].planted == FORMS * len(KINDS)
    assert counts[""].reported <= 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [  # numbers published as examples
        ("pay 4012 8888 8888 1881", "credit card"),
        ("3782 822463 10005", "credit card"),
        ("IBAN FR14 2004 1010 0505 0001 3M02 606 is mine", "IBAN"),
        ("ES91 2100 0418 4502 0005 1332 this week", "IBAN"),
        ("NHS number 943 476 5919", "British NHS number"),
        ("2 55 08 14 168 025 38", "French social security number"),
        ("X1234567L", "Spanish DNI or NIE"),
        ("MRTMTT91D08F205J", "Italian codice fiscale"),
        ("BSN 111222333", "Dutch BSN"),
        ("44051401359", "Polish PESEL"),
        ("86 095 742 719", "German tax number"),
        ("529.982.247-25", "Brazilian CPF"),
        ("756.9217.0769.85", "Swiss AHV number"),
        ("BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ", "crypto address"),
        ("+41 44 668 18 00", "phone number"),
        ("http://x.org/?q=1&access_token=abcdef", "URL with credentials"),
    ],
)
def test_published_examples(text: str, kind: str) -> None:
    assert [match.kind for match in found(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4012 8888 8888 1882",  # Luhn fails
        "order 4111-1111",
        "FR14 2004 1010 0505 0001 3M02 607",
        "version 10.0.0.1 and v1.2.3.4",
        "300.1.2.3 and 127.0.0.1",
        "12:30:45 and std::map",
        "icon@2x.png",
        "666-12-1234 and 123-00-1234",
        "1BoatSLRHtKNngkdXEeobR76b53LETtpyX",
        "00:00:00:00:00:00",
        "978-3-16-148410-0",
        "d41d8cd98f00b204e9800998ecf8427e",
        "call on 01.02.2020",
    ],
)
def test_sound_texts(text: str) -> None:
    assert found(text) == []


def test_a_word_decides_on_a_number_that_one_digit_checks() -> None:
    assert found("1112 22333 BSN") == []
    assert [m.kind for m in found("the BSN is 111222333")] == ["Dutch BSN"]
    assert found("order BSN-like, order 111222333") == []
    assert [m.score for m in found("phone 212-555-0123")] == [0.85]
    assert found("invoice 212-555-0123") == []


def test_the_name_of_a_column_speaks_for_its_numbers() -> None:
    cells = {"bsn": np.array([111222333, 123456782, 5]), "n": np.array([111222333, 123456782, 5])}
    said = audit(columns=cells)
    assert said.items == [(0, 1)]
    assert said.where == [{"column": "bsn"}]
    assert said.info["counts"] == {"bsn": {"Dutch BSN": 2}}


def test_missing_cells_and_numbers_read_as_floats() -> None:
    cells = {
        "phone": np.array([4915112345678.0, np.nan]),
        "mail": [None, "a@b.org"],
        "flag": np.array([True, False]),
    }
    assert audit(columns=cells).items == [(1,)]
    assert audit(columns={"pesel": np.array([44051401359.0, np.nan])}).items == [(0,)]


def test_no_match_stands_in_the_result() -> None:
    said = audit(items=["jane@mail.org and jane@mail.org", "pay 4012 8888 8888 1881", "nothing"])
    assert said.items == [(0,), (1,)]
    assert said.why[0] == "2 email addresses in 1 text, such as j***@****.**g"
    whole = repr((said.why, said.where, said.info))
    assert "jane" not in whole
    assert "8888" not in whole
    assert said.info["rows"] == 2


def test_masks_keep_the_length() -> None:
    text = "Call +44 20 7946 0958, mail jo@mail.org, pin 1234."
    hidden = masked(text)
    assert len(hidden) == len(text)
    assert "7946" not in hidden
    assert "jo@" not in hidden
    assert hidden.endswith("pin 1234.")


def test_a_megabyte_takes_no_minutes() -> None:
    assert found("ab12 cd34 1:" * 30_000) == []


def test_a_threshold_is_a_score() -> None:
    assert audit(items=["212-555-0123"], threshold=0.9).items == []
    with pytest.raises(ValueError, match="between 0 and 1, got 2"):
        audit(items=["x"], threshold=2)


@pytest.mark.parametrize(
    "text",
    [
        "(460)648-7647x5938",
        "281.256.5938 ext. 77",
        "001-497-476-5823x6940",
        "phone: (029)2018374",
        "phone: 519 357 389",
        "mobile 335 0279763",
        "How to order a virtual card +44 20 7971 4077",
        "Can I order extra cards? +44 20 7990 7029",
    ],
)
def test_phone_numbers_with_extensions_and_far_from_other_words_are_found(text: str) -> None:
    assert [match.kind for match in found(text)] == ["phone number"]


@pytest.mark.parametrize(
    "text",
    [
        "Mozilla/5.0 (X11; Linux; rv:1.9.5.20) Gecko",
        "the order was no. 212-555-0123",
        "519 357 389",
    ],
)
def test_versions_and_orders_are_no_addresses_and_phones(text: str) -> None:
    assert found(text) == []


def test_the_number_that_its_own_word_names_wins() -> None:
    assert [m.kind for m in found("I lost my phone. BSN 562187492")] == ["Dutch BSN"]
