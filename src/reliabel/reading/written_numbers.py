"""Numbers as people write them: with thousands apart, a decimal comma, a currency, a percent sign
or a unit ("€24,000", "12.5 kg", "1 234,5").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reliabel.core.short_repr import by_fields

WRITTEN = re.compile(
    r"(?P<before>[^\d+\-.,]*)(?P<number>[-+]?\d[\d., '\u00a0\u202f]*)(?P<after>.*)"
)
APART = re.compile(r"[ '\u00a0\u202f]")  # marks that stand between thousands and nowhere else
GROUPED = r"[-+]?[1-9]\d{0,2}(?:%s\d{3})+"
NEARLY_ALL = 0.95  # share of the cells that are written in one way


@dataclass(frozen=True)
class Style:
    """How the numbers of a column are written: what stands ``before`` and ``after`` each, and the
    ``decimal`` mark.
    """

    before: str
    after: str
    decimal: str

    __repr__ = by_fields

    def read(self, text: str) -> float | None:
        """The number of a cell; None where it is written otherwise."""
        found = WRITTEN.fullmatch(text.strip())
        if found is None:
            return None
        around = (found["before"].strip(), found["after"].strip())
        if around not in ((self.before, self.after), ("", "")):
            return None
        return _read(found["number"], self.decimal)


def style_of(cells: Sequence[str]) -> Style | None:
    """How nearly all cells are written, where they are numbers with something about them; None for
    plain numbers, and for text.

    >>> style_of(["€24,000", "€1,250.50", "€9"])
    Style(before='€', decimal='.')
    >>> style_of(["24,5 kg", "3,0 kg"])
    Style(after='kg', decimal=',')
    >>> style_of(["3", "3,7", "1,3"]), style_of(["12 kg", "5 lb"]), style_of(["A1", "B2"])
    (None, None, None)
    """
    found = [WRITTEN.fullmatch(cell.strip()) for cell in cells]
    known = [one for one in found if one is not None]
    if not known or len(known) < NEARLY_ALL * len(cells):
        return None
    around = Counter((one["before"].strip(), one["after"].strip()) for one in known)
    (before, after), count = around.most_common(1)[0]
    if count < NEARLY_ALL * len(cells) or not _stands_beside(before, after):
        return None
    numbers = [one["number"].strip() for one in known]
    if not before and not after and all(_plain(number) for number in numbers):
        return None
    for decimal in ".,":
        read = sum(_read(number, decimal) is not None for number in numbers)
        if read >= NEARLY_ALL * len(cells) and (decimal == "." or _decimals(numbers)):
            return Style(before, after, decimal)
    return None


def _stands_beside(before: str, after: str) -> bool:
    """Whether what stands about numbers is a sign before, or a sign or a unit after: no code such
    as "A1" and no sentence.
    """
    signs = not any(character.isalnum() for character in before) or before.isupper()
    return signs and len(before) <= 3 and len(after) <= 12 and not any(c.isdigit() for c in after)


def _decimals(numbers: Sequence[str]) -> bool:
    """Whether commas stand before decimals, not between codes: one in nearly every number."""
    return sum(number.count(",") == 1 for number in numbers) >= NEARLY_ALL * len(numbers)


def _plain(number: str) -> bool:
    try:
        float(number)
    except ValueError:
        return False
    return True


def _read(number: str, decimal: str) -> float | None:
    """A number with a decimal mark, and thousands apart by the other one or by a space."""
    number, other = number.strip(), "," if decimal == "." else "."
    whole, *rest = number.split(decimal)
    if len(rest) > 1 or (rest and not rest[0].isdigit()):
        return None
    for mark in (re.escape(other), APART.pattern):
        if re.search(mark, whole):
            if not re.fullmatch(GROUPED % mark, whole):
                return None
            whole = re.sub(mark, "", whole)
    return float(".".join([whole, *rest])) if re.fullmatch(r"[-+]?\d+", whole) else None
