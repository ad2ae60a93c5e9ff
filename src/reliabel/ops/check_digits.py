"""Check digits and checksums of cards, accounts, addresses and national numbers.

Each function takes the text of one match, with its separators, and says whether the check holds.
Sources: ISO/IEC 7812-1 (Luhn), ISO 13616 (IBAN), ISO 7064, BIP 13 and BIP 173 (Bitcoin), and the
published definitions of the national numbers.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256

_COUNTRIES = (
    "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 "
    "DE:22 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 "
    "HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 "
    "LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30 NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 "
    "QA:29 RO:24 RS:22 SA:24 SC:31 SE:24 SI:19 SK:24 SM:27 ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 "
    "VA:22 VG:24 XK:20"
)
IBAN_LENGTHS = dict(pair.split(":") for pair in _COUNTRIES.split())
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_ODD = (
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    2,
    4,
    18,
    20,
    11,
    3,
    6,
    8,
    12,
    14,
    16,
    10,
    22,
    25,
    24,
    23,
)
_SIX = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)  # the permutation of Verhoeff


def digits(text: str) -> list[int]:
    """The decimal digits 0 to 9 of a text.

    >>> digits("4-1 x")
    [4, 1]
    """
    return [int(sign) for sign in text if sign in "0123456789"]


def luhn(text: str) -> bool:
    """Whether the sum of the digits, every second one from the right doubled, ends in 0.

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    turned = digits(text)[::-1]
    doubled = sum(2 * d - 9 * (d > 4) for d in turned[1::2])
    return bool(turned) and (sum(turned[::2]) + doubled) % 10 == 0


def card(text: str) -> bool:
    """A card number: Luhn, and a prefix and length that an issuer uses.

    >>> card("5555 5555 5555 4444"), card("1234 5678 9012 3452")
    (True, False)
    """
    number = "".join(map(str, digits(text)))
    size, two, four = len(number), int(number[:2]), int(number[:4])
    issued = (
        (number[0] == "4" and size in (16, 19))
        or (size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720 or 3528 <= four <= 3589))
        or (size == 15 and two in (34, 37))
        or (size == 14 and (300 <= four // 10 <= 305 or two in (36, 38, 39)))
        or (16 <= size <= 19 and (four == 6011 or two in (62, 65) or 644 <= four // 10 <= 649))
    )
    return issued and len(set(number)) > 1 and luhn(number)


def iban(text: str) -> bool:
    """An account number of ISO 13616: the length of its country, and a remainder of 1 by 97.

    >>> iban("GB82 WEST 1234 5698 7654 32"), iban("GB83 WEST 1234 5698 7654 32")
    (True, False)
    """
    plain = "".join(text.split()).replace("-", "").upper()
    if IBAN_LENGTHS.get(plain[:2]) != str(len(plain)):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def bitcoin(text: str) -> bool:
    """An address with a base58check or a bech32 checksum (bitcoin, litecoin, dogecoin).

    >>> bitcoin("1BoatSLRHtKNngkdXEeobR76b53LETtpyT"), bitcoin("1BoatSLRHtKNngkdXEeobR76b53LETtpyU")
    (True, False)
    """
    prefix = next((p for p in ("bc1", "ltc1") if text.lower().startswith(p)), "")
    return _bech32(text, len(prefix) - 1) if prefix else _base58(text)


def _base58(text: str) -> bool:
    number = 0
    for sign in text:
        if sign not in _BASE58:
            return False
        number = number * 58 + _BASE58.index(sign)
    if number >= 1 << 200:
        return False
    whole = number.to_bytes(25, "big")
    return sha256(sha256(whole[:21]).digest()).digest()[:4] == whole[21:]


def _bech32(text: str, split: int) -> bool:
    low = text.lower()
    if text not in (low, text.upper()) or any(sign not in _BECH32 for sign in low[split + 1 :]):
        return False
    name = low[:split]
    values = [*(ord(c) >> 5 for c in name), 0, *(ord(c) & 31 for c in name)]
    check = 1
    for value in (*values, *(_BECH32.index(sign) for sign in low[split + 1 :])):
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, mixed in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= mixed if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)  # bech32 and bech32m


def nhs(text: str) -> bool:
    """A number of the British National Health Service: weights 10 to 2, modulo 11.

    >>> nhs("943 476 5919"), nhs("943 476 5918")
    (True, False)
    """
    d = digits(text)
    return len(d) == 10 and len(set(d)) > 1 and _weighted(d[:9], range(10, 1, -1), 11) == -d[9] % 11


def nir(text: str) -> bool:
    """A French social security number: 13 digits and 97 minus their remainder; 2A, 2B in Corsica.

    >>> nir("2 55 08 14 168 025 38"), nir("2 55 08 14 168 025 39")
    (True, False)
    """
    plain = "".join(sign for sign in text.upper() if sign.isalnum())
    month = plain[3:5]
    number = plain.replace("2A", "19", 1) if plain[5:7] == "2A" else plain
    number = number.replace("2B", "18", 1) if plain[5:7] == "2B" else number
    if len(number) != 15 or not number.isdecimal() or number[0] not in "12":
        return False
    known = 1 <= int(month) <= 12 or 20 <= int(month) <= 42 or 50 <= int(month) <= 99
    return known and int(number[13:]) == 97 - int(number[:13]) % 97


def dni(text: str) -> bool:
    """A Spanish identity number of a citizen (DNI) or a foreigner (NIE): a letter modulo 23.

    >>> dni("12345678Z"), dni("X1234567L"), dni("12345678A")
    (True, True, False)
    """
    plain = "".join(sign for sign in text.upper() if sign.isalnum())
    number = {"X": "0", "Y": "1", "Z": "2"}.get(plain[0], plain[0]) + plain[1:8]
    return len(plain) == 9 and number.isdecimal() and plain[8] == _DNI[int(number) % 23]


def codice_fiscale(text: str) -> bool:
    """An Italian tax code: 16 signs, the last of which is a sum over the others.

    >>> codice_fiscale("RSSMRA85T10A562S"), codice_fiscale("RSSMRA85T10A562T")
    (True, False)
    """
    plain = "".join(text.upper().split())
    if len(plain) != 16:
        return False
    places = [int(sign, 36) - 10 if sign.isalpha() else int(sign) for sign in plain]
    total = sum(_ODD[place] for place in places[:15:2]) + sum(places[1:15:2])
    return total % 26 == places[15]


def bsn(text: str) -> bool:
    """A Dutch citizen service number: nine digits that pass the eleven test.

    >>> bsn("111222333"), bsn("111222334")
    (True, False)
    """
    d = digits(text)
    return len(d) == 9 and any(d) and _weighted(d, (9, 8, 7, 6, 5, 4, 3, 2, -1), 11) == 0


def pesel(text: str) -> bool:
    """A Polish number: a date of birth with the century in its month, and a weighted sum.

    >>> pesel("44051401359"), pesel("44051401358")
    (True, False)
    """
    d = digits(text)
    if len(d) != 11 or _weighted(d, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10):
        return False
    year, month, day = 10 * d[0] + d[1], 10 * d[2] + d[3], 10 * d[4] + d[5]
    century = {80: 1800, 0: 1900, 20: 2000, 40: 2100, 60: 2200}[month // 20 * 20]
    return _is_date(century + year, month % 20, day)


def steuer_id(text: str) -> bool:
    """A German tax number: 11 digits by ISO 7064 (mod 11, 10); of the first ten one digit stands
    two or three times, and no other more than once.

    >>> steuer_id("86 095 742 719"), steuer_id("86 095 742 718")
    (True, False)
    """
    d = digits(text)
    if len(d) != 11 or d[0] == 0:
        return False
    counts = sorted((d[:10].count(one) for one in set(d[:10])), reverse=True)
    if counts[0] not in (2, 3) or counts[1] != 1:
        return False
    product = 10
    for digit in d[:10]:
        product = ((digit + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == d[10]


def cpf(text: str) -> bool:
    """A Brazilian taxpayer number: two check digits modulo 11.

    >>> cpf("529.982.247-25"), cpf("529.982.247-26")
    (True, False)
    """
    d = digits(text)
    if len(d) != 11 or len(set(d)) == 1:
        return False
    checks = (_weighted(d[:size], range(size + 1, 1, -1), 11) for size in (9, 10))
    return [0 if rest < 2 else 11 - rest for rest in checks] == d[9:]


def aadhaar(text: str) -> bool:
    """An Indian number: 12 digits, the first of them 2 to 9, by Verhoeff's scheme.

    >>> aadhaar("2341 2341 2346"), aadhaar("2341 2341 2347")
    (True, False)
    """
    d = digits(text)
    return len(d) == 12 and d[0] > 1 and verhoeff(d)


def verhoeff(number: list[int]) -> bool:
    """Whether the last digit is the check digit of the others (Verhoeff 1969: the symmetry group of
    the pentagon).

    >>> verhoeff([2, 3, 6, 3]), verhoeff([2, 3, 6, 4])
    (True, False)
    """
    turns = [list(range(10))]
    for _ in range(7):
        turns.append([_SIX[turns[-1][digit]] for digit in range(10)])
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = _pentagon(check, turns[place % 8][digit])
    return check == 0


def _pentagon(one: int, other: int) -> int:
    """Rotations 0-4 and reflections 5-9 of a pentagon, one after the other."""
    if one < 5:
        return (one + other) % 5 + 5 * (other >= 5)
    return (one - other) % 5 + 5 * (other < 5)


def ahv(text: str) -> bool:
    """A Swiss social security number: 756, and the check digit of an EAN-13.

    >>> ahv("756.9217.0769.85"), ahv("756.9217.0769.84")
    (True, False)
    """
    d = digits(text)
    return len(d) == 13 and d[:3] == [7, 5, 6] and (sum(d[::2]) + 3 * sum(d[1::2])) % 10 == 0


def social_security(text: str) -> bool:
    """A number of the United States that can have been issued; it has no check digit.

    >>> social_security("536-22-1234"), social_security("666-22-1234")
    (True, False)
    """
    d = "".join(map(str, digits(text)))
    apart = {sign for sign in text if not sign.isdecimal()}
    blank = d[:3] in ("000", "666") or d[3:5] == "00" or d[5:] == "0000"
    return len(d) == 9 and not blank and len(set(d)) > 1 and len(apart) < 2


def _weighted(number: list[int], weights: range | tuple[int, ...], modulo: int) -> int:
    return sum(w * d for w, d in zip(weights, number, strict=True)) % modulo


def _is_date(year: int, month: int, day: int) -> bool:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    last = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
    return day <= last
