"""How the cells of a CoNLL column hold tags: as they are, as brackets around spans (CoNLL 2012),
or as a value among others (``name=B-PER`` in the column MISC of CoNLL-U).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

Words = tuple[str, ...]
BRACKETS = re.compile(r"^(?:\([^()*\s]+)*\*?\)*$")
OPENED = re.compile(r"\(([^()*\s]+)")
ROLE = re.compile(r"^(O|[BIESLUMW][-_]\S+)$")
OUTSIDE = "*"


def key_of(cells: Sequence[str]) -> str:
    """The key under which most of the cells hold a tag; an empty text where there is none.

    >>> key_of(["SpaceAfter=No|name=B-PER", "name=I-PER", "name=O"])
    'name'
    """
    found: Counter[str] = Counter()
    for cell in cells:
        parts = (part.partition("=") for part in cell.split("|"))
        found.update({key for key, sign, value in parts if sign and ROLE.match(value)})
    key, many = found.most_common(1)[0] if found else ("", 0)
    return key if many * 2 > len(cells) else ""


def under(key: str, cell: str) -> str:
    """The tag that a cell holds under a key; O where it has no such key.

    >>> under("name", "SpaceAfter=No|name=B-PER"), under("name", "_")
    ('B-PER', 'O')
    """
    parts = (part.partition("=") for part in cell.split("|"))
    return next((value for name, sign, value in parts if sign and name == key), "O")


def put_under(key: str, cell: str, tag: str) -> str:
    """A cell with another tag under a key.

    >>> put_under("name", "SpaceAfter=No|name=B-PER", "O"), put_under("name", "_", "B-LOC")
    ('SpaceAfter=No|name=O', 'name=B-LOC')
    """
    parts = cell.split("|") if cell != "_" else []
    place = next((at for at, part in enumerate(parts) if part.startswith(f"{key}=")), len(parts))
    parts[place : place + 1] = [f"{key}={tag}"]
    return "|".join(parts)


def are_brackets(cells: Sequence[str]) -> bool:
    """Whether cells mark spans by brackets: ``(PERSON*``, ``*``, ``*)``, ``(GPE)``."""
    return any("(" in cell for cell in cells) and all(map(BRACKETS.match, cells))


def of_brackets(cells: Sequence[str], where: str) -> Words:
    """The tags (IOB2) that the brackets of one sentence say.

    Raises ValueError for brackets within others, or of which one is missing (``where`` names the
    sentence).

    >>> of_brackets(["(PERSON*", "*)", "*", "(GPE)"], "")
    ('B-PERSON', 'I-PERSON', 'O', 'B-GPE')
    """
    tags, held = list[str](), ""
    for cell in cells:
        opened = OPENED.findall(cell)
        if len(opened) > 1 or (opened and held) or cell.count(")") > bool(opened or held):
            raise ValueError(
                f"{where}: {cell!r} opens a bracket within another one or closes one that is not "
                "open; a word has one tag, so the spans of this column cannot be read as tags"
            )
        tags.append(f"B-{opened[0]}" if opened else f"I-{held}" if held else "O")
        held = "" if ")" in cell else opened[0] if opened else held
    if held:
        raise ValueError(f"{where}: the bracket of {held!r} is not closed where the sentence ends")
    return tuple(tags)


def in_brackets(tags: Sequence[str]) -> Words:
    """Tags (IOB2) of one sentence as brackets.

    >>> in_brackets(["B-PERSON", "I-PERSON", "O", "B-GPE"])
    ('(PERSON*', '*)', '*', '(GPE)')
    """
    cells = []
    for place, tag in enumerate(tags):
        last = tag != "O" and not (place + 1 < len(tags) and tags[place + 1].startswith("I-"))
        first = f"({tag[2:]}" if tag.startswith("B-") else ""
        cells.append(first + (OUTSIDE if not (first and last) else "") + ")" * last)
    return tuple(cells)
