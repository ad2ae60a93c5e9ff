"""Kinds of personal data that are the same everywhere: email and IP addresses, URLs with
credentials, cards, IBAN, MAC, phones, crypto addresses; and US social security.

Names of people need a model and are not looked for.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from reliabel.ops import check_digits as checks
from reliabel.ops.recogniser import Recogniser, one, words_in

PHONE, EMAIL, IP, SOCIAL = (
    "phone number",
    "email address",
    "IP address",
    "US social security number",
)
FILES = words_in("png jpg jpeg gif svg webp css js ts json html pdf txt zip exe mp4")
CALLED = words_in(
    "phone phones tel telephone telefon telefono teléfono téléphone telefone mobile mobil handy "
    "cell cellphone call fax whatsapp sms ring dial portable móvil"
)
# country codes of the telephone network (ITU-T E.164): two digits, and the zones of three digits
TWO = words_in(
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 "
    "65 66 81 82 84 86 90 91 92 93 94 95 98"
)
THREE = words_in("21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80 85 87 88 96 97 99")
EXTENSION = r"(?: ?(?:x|ext\.?) ?\d{1,6})?"  # of an office, behind the number
DATE = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2,4}")


def _email(text: str) -> bool:
    name, _, domain = text.rpartition("@")
    sound = ".." not in text and not name.endswith(".") and len(name) <= 64
    return sound and domain.rsplit(".", 1)[-1].lower() not in FILES


def _ip4(text: str) -> bool:
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return False
    own = address.is_unspecified or address.is_loopback or address.is_multicast
    return not own and not text.startswith("0.") and int(address) < 0xF0000000


def _ip6(text: str) -> bool:
    try:
        first = int(IPv6Address(text)) >> 112
    except AddressValueError:
        return False
    real = 0x2000 <= first <= 0x3FFF or 0xFC00 <= first <= 0xFDFF or 0xFE80 <= first <= 0xFEBF
    return real and any(sign.isdecimal() for sign in text)


def _mac(text: str) -> bool:
    plain = re.sub("[^0-9A-Fa-f]", "", text).lower()
    return len(set(re.sub("[0-9A-Fa-f]", "", text))) == 1 and plain not in ("0" * 12, "f" * 12)


def _abroad(text: str) -> bool:
    number = "".join(map(str, checks.digits(text.replace("(0)", "")))).removeprefix("00")
    zone = number[:1] in ("1", "7") or number[:2] in TWO or number[:2] in THREE
    return zone and 8 <= len(number) <= 15 and len(set(number)) > 2


def _american(text: str) -> bool:
    d = checks.digits(re.split("[xe]", text)[0])[-10:]  # without an extension
    area, exchange = d[0] > 1 and d[1:3] != [1, 1], d[3] > 1 and d[4:6] != [1, 1]
    return area and exchange and len(set(d)) > 2


def _national(text: str) -> bool:
    return 8 <= len(checks.digits(text)) <= 13 and DATE.fullmatch(text) is None


GENERAL: tuple[Recogniser, ...] = (
    one(
        "URL with credentials",
        r"[A-Za-z][A-Za-z0-9+.\-]{1,15}://[^\s/@:]+:[^\s/@]+@[\w.\-]+(?::\d+)?(?:/[^\s\"'<>]*)?",
        1.0,
        sign="://",
        right="",
    ),
    one(
        "URL with credentials",
        r"https?://[^\s\"'<>?]+\?(?:[^\s\"'<>]*&)?(?:api[_-]?key|access[_-]?token|auth[_-]?token"
        r"|token|password|passwd|pwd|secret)=[^\s\"'<>&]{4,}[^\s\"'<>]*",
        1.0,
        sign="://",
        right="",
    ),
    one(
        EMAIL,
        r"[A-Za-z0-9][\w.%+'\-]*@(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,24}",
        0.5,
        _email,
        1.0,
        sign="@",
        left=r"(?<![\w.%+'\-/])",
        right=r"(?![\w@])",
    ),
    one(
        "credit card",
        r"\d(?:[ \-]?\d){12,18}",
        0.3,
        checks.card,
        1.0,
        words="card visa mastercard amex credit debit karte carte tarjeta cc",
        digits=14,
    ),
    one(
        "IBAN",
        r"[A-Za-z]{2}\d{2}(?:[A-Za-z0-9]{11,30}|(?:[ \-][A-Za-z0-9]{4}){2,7}"
        r"(?:[ \-][A-Za-z0-9]{1,3})?)",
        0.5,
        checks.iban,
        1.0,
        words="iban konto",
        digits=8,
        trim=True,
    ),
    one(
        IP,
        r"\d{1,3}(?:\.\d{1,3}){3}",
        0.6,
        _ip4,
        words="ip",
        digits=4,
        sign=".",
        left=r"(?<![\w.+\-])",
        right=r"(?![\w\-]|\.\w)",
        unlike_versions=True,
    ),
    one(
        IP,
        r"(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}",
        0.6,
        _ip6,
        words="ip",
        digits=1,
        sign=":",
        left=r"(?<![\w.:])",
        right=r"(?![\w:]|\.\d)",
    ),
    one(
        "MAC address",
        r"[0-9A-Fa-f]{2}(?:[:\-][0-9A-Fa-f]{2}){5}",
        0.6,
        _mac,
        words="mac",
        left=r"(?<![\w.:\-])",
        right=r"(?![\w\-:])",
    ),
    one("MAC address", r"[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}", 0.6, _mac, words="mac", sign="."),
    one(
        PHONE,
        r"\+[1-9]\d{0,2}[ .\-]?(?:\(\d{1,4}\)[ .\-]?)?\d{1,14}(?:[ .\-]\d{1,8}){0,5}",
        0.4,
        _abroad,
        0.6,
        words=CALLED,
        digits=8,
        sign="+",
        left=r"(?<![\w+/])",
    ),
    one(
        PHONE,
        r"00[1-9]\d{0,2}[ .\-]?(?:\(\d{1,4}\)[ .\-]?)?\d{1,14}(?:[ .\-]\d{1,8}){0,5}",
        0.4,
        _abroad,
        words=CALLED,
        digits=10,
    ),
    one(
        PHONE,
        r"(?:(?:\+|00)?1[ .\-])?(?:\(\d{3}\) ?\d{3}[ .\-]\d{4}|\d{3}([.\-])\d{3}\1\d{4})"
        + EXTENSION,
        0.4,
        _american,
        0.5,
        words=CALLED,
        digits=10,
    ),
    one(
        PHONE,
        r"(?:\(0\d{1,4}\)\d{2,8}(?:[ /.\-]{1,3}\d{2,8}){0,4}"
        r"|\(?0\d{1,4}\)?(?:[ /.\-]{1,3}\d{2,8}){1,5})",
        0.4,
        _national,
        words=CALLED,
        digits=8,
    ),
    one(PHONE, r"0\d{8,10}", 0.3, words=CALLED, digits=9),
    one(PHONE, r"\d{3} ?\d{3} ?\d{4}", 0.3, _american, words=CALLED, digits=10),
    one(PHONE, r"\d{3}([ .\-]?)\d{3}\1\d{3}|3\d{2}[ .\-]?\d{7}", 0.2, words=CALLED, digits=9),
    one(
        SOCIAL,
        r"\d{3}([ .\-])\d{2}\1\d{4}",
        0.5,
        checks.social_security,
        words="ssn social",
        digits=9,
    ),
    one(SOCIAL, r"\d{9}", 0.15, checks.social_security, words="ssn social", digits=9),
    one(
        "crypto address",
        r"[13LMD][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc|BC|ltc|LTC)1[0-9A-Za-z]{11,71}",
        0.5,
        checks.bitcoin,
        1.0,
    ),
    one(
        "crypto address",
        r"0x[0-9A-Fa-f]{40}",
        0.3,
        words="ethereum eth wallet crypto coin token address",
        sign="0x",
    ),
)
