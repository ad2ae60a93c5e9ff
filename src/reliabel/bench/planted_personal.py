"""Personal data planted in texts: every kind in many forms, and as many look-alikes.

The numbers are drawn at random; those with check digits are drawn until the check holds, and the
checks themselves are held against published examples in their docstrings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import md5, sha1, sha256
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from reliabel.core.short_repr import by_fields

FORMS = 24  # texts of each kind
_BARE = ("{}", "Mine is {}, thanks", "({})", "Please note {}.", "we have {} on file", "is it {}?")
_HEX = "0123456789abcdef"
Form = Callable[[Generator], str]


@dataclass(frozen=True, repr=False)
class Planted:
    """Texts, and the kind of personal data that each of them holds, "" for a look-alike."""

    texts: tuple[str, ...]
    kinds: tuple[str, ...]

    __repr__ = by_fields


@dataclass(frozen=True, repr=False)
class Found:
    """Of one kind: texts it was planted in, how many of these were found, how many texts in all
    were reported for it.
    """

    planted: int
    hit: int
    reported: int

    __repr__ = by_fields


def planted(seed: int = 0) -> Planted:
    """24 texts of each kind, and as many texts without personal data that look like some."""
    rng = np.random.default_rng(seed)
    texts, kinds = [], []
    for kind, forms in _FORMS.items():
        for place in range(FORMS):
            texts.append(forms[place % len(forms)](rng))
            kinds.append(kind)
    for place in range(len(texts)):
        texts.append(_ALIKE[place % len(_ALIKE)](rng))
        kinds.append("")
    return Planted(tuple(texts), tuple(kinds))


def scored(world: Planted) -> Mapping[str, Found]:
    """Kind -> what the recognisers find of it; "" counts the look-alikes that are reported."""
    from reliabel.ops.personal import KINDS, found

    reports = [{match.kind for match in found(text)} for text in world.texts]
    both = list(zip(world.kinds, reports, strict=True))
    counts = {
        kind: Found(
            sum(own == kind for own, _ in both),
            sum(own == kind and kind in seen for own, seen in both),
            sum(kind in seen for _, seen in both),
        )
        for kind in KINDS
    }
    alike = [seen for own, seen in both if not own]
    return {**counts, "": Found(len(alike), 0, sum(map(bool, alike)))}


def _holds(name: str) -> Callable[[str], bool]:
    """A check of ``ops.check_digits`` by its name."""

    def holds(text: str) -> bool:
        from reliabel.ops import check_digits

        return bool(getattr(check_digits, name)(text))

    return holds


def _digits(rng: Generator, size: int, first: str = "") -> str:
    return first + "".join(map(str, rng.integers(0, 10, size - len(first))))


def _drawn(rng: Generator, draw: Form, holds: Callable[[str], bool]) -> str:
    text = draw(rng)
    while not holds(text):
        text = draw(rng)
    return text


def _cut(text: str, sizes: tuple[int, ...], mark: str) -> str:
    ends = np.cumsum([0, *sizes])
    return mark.join(text[a:b] for a, b in pairwise(ends.tolist()))


def _valid(
    size: int,
    holds: Callable[[str], bool],
    *shapes: tuple[tuple[int, ...], str],
    first: tuple[str, ...] = ("",),
) -> tuple[Form, ...]:
    """Numbers that pass a check, written in each of some shapes (sizes of the parts, mark)."""

    def form(shape: tuple[tuple[int, ...], str], start: str) -> Form:
        return lambda rng: _cut(_drawn(rng, lambda r: _digits(r, size, start), holds), *shape)

    return tuple(form(shape, start) for start in first for shape in shapes)


def _said(forms: tuple[Form, ...], *frames: str) -> tuple[Form, ...]:
    """Each form within each sentence."""

    def within(form: Form, frame: str) -> Form:
        return lambda rng: frame.format(form(rng))

    return tuple(within(form, frame) for frame in frames for form in forms)


def _texts(*shapes: str) -> tuple[Form, ...]:
    """Shapes in which # is a digit, % one from 1 to 9, ~ a hexadecimal one."""

    def form(shape: str) -> Form:
        return lambda rng: "".join(_sign(rng, sign) for sign in shape)

    return tuple(map(form, shapes))


def _sign(rng: Generator, sign: str) -> str:
    if sign == "#":
        return str(rng.integers(10))
    if sign == "%":
        return str(rng.integers(1, 10))
    return _HEX[rng.integers(16)] if sign == "~" else sign


def _iban(country: str, shape: str, groups: bool) -> Form:
    def form(rng: Generator) -> str:
        body = next(iter(_texts(shape)))(rng)
        value = int("".join(str(int(sign, 36)) for sign in f"{body}{country}00"))
        plain = f"{country}{98 - value % 97:02d}{body}"
        return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4)) if groups else plain

    return form


def _letter(rng: Generator) -> str:
    return chr(65 + int(rng.integers(26)))


def _fiscal(rng: Generator) -> str:
    name = "".join(_letter(rng) for _ in range(6))
    month, place = "ABCDEHLMPRST"[rng.integers(12)], _letter(rng)
    stem = f"{name}{rng.integers(10, 99)}{month}{rng.integers(10, 29)}{place}{_digits(rng, 3)}"
    return next(
        stem + chr(65 + c) for c in range(26) if _holds("codice_fiscale")(stem + chr(65 + c))
    )


def _dni(first: str, mark: str, small: bool) -> Form:
    def form(rng: Generator) -> str:
        stem = first + _digits(rng, 8 - len(first))
        letter = next(chr(65 + c) for c in range(26) if _holds("dni")(stem + chr(65 + c)))
        return stem + mark + (letter.lower() if small else letter)

    return form


def _nir(mark: str) -> Form:
    def form(rng: Generator) -> str:
        stem = f"{rng.integers(1, 3)}{_digits(rng, 2)}{rng.integers(1, 13):02d}"
        stem += f"{rng.integers(1, 96):02d}{_digits(rng, 6)}"
        return _cut(f"{stem}{97 - int(stem) % 97:02d}", (1, 2, 2, 2, 3, 3, 2), mark)

    return form


def _cpf(rng: Generator) -> str:
    plain = _drawn(rng, lambda r: _digits(r, 11), _holds("cpf"))
    return f"{plain[:3]}.{plain[3:6]}.{plain[6:9]}-{plain[9:]}"


def _base58(version: int) -> Form:
    signs = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

    def form(rng: Generator) -> str:
        body = bytes([version]) + rng.bytes(20)
        number = int.from_bytes(body + sha256(sha256(body).digest()).digest()[:4], "big")
        text = ""
        while number:
            number, place = divmod(number, 58)
            text = signs[place] + text
        return "1" * (version == 0) + text

    return form


def _hash(make: Callable[[bytes], str], frame: str = "{}") -> Form:
    return lambda rng: frame.format(make(rng.bytes(16)))


_AMERICAN = _texts("2%4-2%7-####", "(3%5) 4%6-####", "7%3.5%8.####", "+1 6%2 3%9 ####")
_FORMS: Mapping[str, tuple[Form, ...]] = {
    "URL with credentials": _texts(
        "postgres://admin:s3cr3t##@db.host.io:5432/shop",
        "see https://bob:pa55w##d@intra.acme.com/x",
        "ftp://u##:p##@10.0.0.%/files",
        "mongodb+srv://app:h~~~~@c0.mongodb.net/main",
        "GET https://api.x.io/v1?token=~~~~~~~~~~~~",
        "https://x.io/a?user=1&api_key=~~~~~~~~",
        "https://x.io/cb?access_token=~~~~~~~~.~~~~",
        "redis://me:~~~~~~@cache:6379/0",
        "https://x.io/login?password=hunter##",
    ),
    "email address": _texts(
        "jane.doe##@gmail.com",
        "mailto:jd##@uni-bonn.de",
        "<x.y##@mail.example.co.uk>",
        "write to o'neil##@web.ie.",
        "a##@b.museum, c",
        "me+tag##@fastmail.fm",
        "FIRST_LAST##@COMPANY.COM",
        "j##@sub.domain.travel;",
        "q: j-##@x-y.org?",
        "ana##@correo.es,bob@x.com",
    ),
    "credit card": _said(
        _valid(
            16, _holds("card"), ((16,), ""), ((4, 4, 4, 4), " "), ((4, 4, 4, 4), "-"), first=("4",)
        )
        + _valid(16, _holds("card"), ((4, 4, 4, 4), " "), ((16,), ""), first=("52", "2345", "6011"))
        + _valid(15, _holds("card"), ((15,), ""), ((4, 6, 5), " "), first=("37",))
        + _valid(14, _holds("card"), ((14,), ""), first=("38",)),
        "{}",
        "pay with {} today",
    ),
    "IBAN": _said(
        tuple(
            _iban(country, shape, groups)
            for groups in (False, True)
            for country, shape in (
                ("DE", "#" * 18),
                ("GB", "BARC" + "#" * 14),
                ("FR", "#" * 10 + "0A" + "#" * 11),
                ("ES", "#" * 20),
                ("NL", "ABNA" + "#" * 10),
                ("IT", "X" + "#" * 22),
            )
        ),
        "{}",
        "to {} this week",
    ),
    "IP address": _texts(
        "192.168.1%.%%",
        "from 8%.12.2%.4%:8080",
        "host 10.%.%.%%,",
        "http://17%.6%.0.1/x",
        "[2001:db8::%~%~]",
        "fe80::%~~:~~ff:fe%~:%~~~",
        "2a02:%~~:1:2:3:4:5:%",
        "ssh root 3%.4%.5%.6%",
        "100.2%.3%.4%/24",
    ),
    "MAC address": _texts(
        "0~:1~:%~:~~:4~:~%",
        "0~-1~-%~-~~-4~-~%",
        "mac %~%~.~~~~.~~~%",
        "device A4:5%:6%:B%:0%:FF joined",
        "(0~:1~:%~:~~:4~:~%)",
    ),
    "phone number": _AMERICAN
    + _texts(
        "+44 20 79## ##%%",
        "+49 (0)30 %#######",
        "+33 6 ## ## ## %%",
        "+91-98%##-#####",
        "+55 11 9%###-%###",
        "+4915%########",
        "+86 138 %### %###",
        "tel 030 / %## ## ##",
        "call 020 79## ##%%",
        "phone: 06%#######",
        "mobile 0043 664 %######",
        "Fax 0171-%######",
        "whatsapp 21255%1%%%",
    ),
    "US social security number": _texts(
        "5%%-2%-4%%%",
        "3%% 1% 7%%%",
        "SSN 1%%-3%-2%%%",
        "ssn: 4%%5%6%%%",
        "her social is 2%%-4%-9%%%.",
        "2%%.4%.9%%%",
    ),
    "crypto address": _said(
        (_base58(0), _base58(5), _base58(48), _base58(30)), "{}", "send to {} now"
    )
    + _texts("wallet 0x" + "~" * 40, "ETH 0x" + "~" * 40)
    + (
        lambda rng: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        lambda rng: "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ),
    "British NHS number": _said(
        _valid(
            10, _holds("nhs"), ((10,), ""), ((3, 3, 4), " "), ((3, 3, 4), "-"), first=("4", "6")
        ),
        "NHS {}",
        "my NHS number is {}.",
        "(nhs no. {})",
        "NHS: {}",
    ),
    "French social security number": _said((_nir(""), _nir(" ")), *_BARE),
    "Spanish DNI or NIE": _said(
        (
            _dni("", "", False),
            _dni("", "-", False),
            _dni("", "", True),
            _dni("X", "", False),
            _dni("Y", "-", False),
            _dni("Z", "", True),
        ),
        *_BARE,
    ),
    "Italian codice fiscale": _said((_fiscal, lambda rng: _fiscal(rng).lower()), *_BARE),
    "Dutch BSN": _said(
        _valid(9, _holds("bsn"), ((9,), ""), ((4, 2, 3), "."), ((3, 3, 3), " "), first=("1", "2")),
        "BSN {}",
        "bsn: {}",
        "burgerservicenummer {}",
        "mijn BSN is {}.",
    ),
    "Polish PESEL": _said(
        _valid(11, _holds("pesel"), ((11,), ""), first=("8", "92", "02", "7")),
        "PESEL {}",
        "pesel: {}",
        "mój PESEL to {}",
        "(PESEL {})",
        "PESEL nr {}",
        "numer pesel {}",
    ),
    "German tax number": _said(
        _valid(11, _holds("steuer_id"), ((2, 3, 3, 3), " "), ((2, 3, 3, 3), "/")), *_BARE[:3]
    )
    + _said(_valid(11, _holds("steuer_id"), ((11,), "")), "Steuer-ID {}", "IdNr: {}", "IdNr. {}"),
    "Brazilian CPF": _said((_cpf,), *_BARE)
    + _said(
        _valid(11, _holds("cpf"), ((11,), ""), ((9, 2), "-")), "CPF {}", "cpf: {}", "meu CPF {}."
    ),
    "Indian Aadhaar": _said(
        _valid(12, _holds("aadhaar"), ((4, 4, 4), " "), ((4, 4, 4), "-"), first=("2", "5", "9")),
        *_BARE[:3],
    )
    + _said(_valid(12, _holds("aadhaar"), ((12,), "")), "Aadhaar {}", "UIDAI: {}", "aadhaar no {}"),
    "Swiss AHV number": _said(
        _valid(13, _holds("ahv"), ((3, 4, 4, 2), "."), ((13,), ""), first=("756",)), *_BARE
    ),
}


def _failing(size: int, holds: Callable[[str], bool], sizes: tuple[int, ...], mark: str) -> Form:
    """Numbers that do not pass a check."""
    return lambda rng: _cut(
        _drawn(rng, lambda r: _digits(r, size), lambda t: not holds(t)), sizes, mark
    )


_ALIKE: tuple[Form, ...] = (
    *_texts(
        "order 4%%-%%#-####",
        "order no. %#########",
        "Order #%%%-%%%%%%%-%%%%%%%",
        "invoice 2021-%%%%%",
        "version %.#.#.#",
        "v%.%.##.%",
        "Chrome/%#.0.%#.%%%",
        "release 10.0.%.%%",
        "ISBN 978-3-16-14841#-#",
        "ISBN 0-%%-%%%%%%-X",
        "isbn 978%#########",
        "on 2021-0%-1% at 1#:##:##",
        "0%/1%/20## to 1%/0%/19##",
        "2020-1#-0%T1#:##:##Z",
        "call on 0%.0%.20##",
        "commit ~~~~~~~",
        "~~~~~~~~-~~~~-4~~~-a~~~-~~~~~~~~~~~~",
        "ticket ABC-#####",
        "doi 10.%###/s%####-0##-####-#",
        "arXiv:2%0%.#####",
        "EAN 40%##########",
        "tracking 1Z%%%AA1012345678%",
        "icon@2x.png",
        "thanks @user%% and @other",
        "npm i pkg@%.#.#",
        "git@ the gate, at 1#:##",
        "about %#,###,### of %#,###,###",
        "3.1415926535897932384%#",
        "lat 52.%######, lon 13.%######",
        "1%%%-20## and %-#-# again",
        "the final was %-%, then 2%%-%%",
        "std::vector and a::b::c",
        "ratio 1#:##:##",
        "key ~~:~~:~~:~~:~~:~~:~~:~~",
        "0x~~~~~~~~ is the address",
        "see https://example.org/a?b=%#&c=d",
        "http://host.io:80%%/index",
        "IMEI 35%%%%%%%%%%%%#",
        "$%#,###.## or %##.## EUR",
        "serial 5%%-2%-4%%%",
        "part no 212-555-%%%%",
        "sku %%%.%%%.%%%",
        "model RSSMRA85X10A562S",
        "paragraph 1.2.3.%.5",
        "A4:5%:6% and no more",
        "WIN-%~~~~-~~~~~-~~~~~",
        "timestamp 16%#########",
        "id 00%#######",
        "page 12345678A",
        "room 0%# 1%# floor 2",
    ),
    _hash(lambda raw: md5(raw).hexdigest()),
    _hash(lambda raw: sha1(raw).hexdigest(), "commit {}"),
    _hash(lambda raw: sha256(raw).hexdigest(), "sha256:{}"),
    _failing(16, _holds("luhn"), (4, 4, 4, 4), " "),
    _failing(16, _holds("luhn"), (16,), ""),
    lambda rng: "DE" + _failing(20, lambda t: _holds("iban")("DE" + t), (20,), "")(rng),
    lambda rng: "NHS " + _failing(10, _holds("nhs"), (3, 3, 4), " ")(rng),
    lambda rng: "BSN " + _failing(9, _holds("bsn"), (9,), "")(rng),
    lambda rng: "PESEL " + _failing(11, _holds("pesel"), (11,), "")(rng),
    lambda rng: "1" + _failing(14, lambda t: _holds("nir")("1" + t), (14,), "")(rng),
    _failing(12, _holds("aadhaar"), (4, 4, 4), " "),
    lambda rng: "756." + _failing(10, lambda t: _holds("ahv")("756" + t), (4, 4, 2), ".")(rng),
    lambda rng: "1BoatSLRHtKNngkdXEeobR76b53LETtpy" + _letter(rng).replace("T", "U"),
    _failing(11, _holds("steuer_id"), (2, 3, 3, 3), " "),
)
