"""Which column of a CoNLL file holds the words, and which the tags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from reliabel.formats.tag_cells import are_brackets, key_of

TAG = re.compile(r"^(O|[BIESLUMW][-_]\S+)$")
TYPE = re.compile(r"^[^\W\d_][\w./&+-]{0,39}$")  # a tag without a prefix
UNIVERSAL = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
ONTONOTES = (
    *("document", "part", "number", "FORM", "POS", "parse", "lemma", "frameset", "sense"),
    *("speaker", "entities"),
)
MOSTLY = 0.9  # share of lines that must look like words with tags
OUTSIDE = 0.1  # share of words outside spans, at least, where tags have no prefix
HEAD = 400  # lines that are looked at
Cells = Sequence[Sequence[str]]


class Where(NamedTuple):
    """The column of the tags, from 0, the key within its cells (MISC of CoNLL-U), and what is to be
    said of it.
    """

    column: int
    key: str = ""
    said: str = ""


def are_types(cells: Sequence[str]) -> bool:
    """Whether cells are O and few names of classes, as where tags have no prefix."""
    count = Counter(cells)
    outside = count.pop("O", 0)
    if outside < OUTSIDE * len(cells) or not count:
        return False
    return len(count) <= max(2, len(cells) // 10) and all(map(TYPE.match, count))


def header_of(cells: Cells) -> list[str]:
    """The names in the first line, where it is no word with a tag and the next lines are."""
    if len(cells) < 3 or len(cells[0]) != len(cells[1]):
        return []
    tags = [place for place, cell in enumerate(cells[1]) if TAG.match(cell)]
    none = [place for place in tags if TAG.match(cells[0][place])]
    named = all(re.fullmatch(r"[A-Za-z][\w .-]*", cell) for cell in cells[0])
    if not tags or none or not named:
        return []
    again = any(
        len(row) > place and row[place] == cells[0][place] for row in cells[1:] for place in tags
    )
    return [] if again else list(cells[0])  # a tag without a prefix is no name of a column


def word_column(names: Sequence[str], cells: Cells, firsts: Sequence[int]) -> int:
    """The column of the words: the first, or the second where the first numbers them.

    firsts: the first words of sentences.
    """
    if "FORM" in names:
        return names.index("FORM")
    numbered = all(cells[row][0] == "1" for row in firsts)
    return int(numbered and len(cells[0]) > 2 and len(firsts) > 1)


def tag_column(
    path: Path, names: Sequence[str], cells: Cells, word: int, label: str | int | None
) -> Where:
    """Where the tags stand: in the column ``label``, else in the last that holds tags."""
    width = len(cells[0])
    if label is not None:
        return _named(path, names, cells, word, label)
    head = cells[:HEAD]
    tagged = [
        column
        for column in range(width)
        if column != word
        and sum(bool(TAG.match(row[column])) for row in head) >= MOSTLY * len(head)
    ]
    tagged = [c for c in tagged if any(row[c] != "O" for row in cells)] or tagged
    if tagged:
        chosen = _outer(cells, tagged)
        others = [str(column + 1) for column in tagged if column != chosen]
        told = f"; column {', '.join(others)} holds tags too (label={others[-1]})" if others else ""
        return Where(chosen, said=f"; the tags are column {chosen + 1} of {width}{told}")
    for name in ("MISC", "FEATS"):
        at = names.index(name) if name in names else -1
        key = key_of([row[at] for row in head]) if at >= 0 else ""
        if key:
            return Where(at, key, f"; the tags are {key}= in the column {name}")
    if "entities" in names and are_brackets([row[names.index("entities")] for row in cells]):
        at = names.index("entities")
        return Where(at, said=f"; the tags are the brackets of column {at + 1}, the entities")
    if "UPOS" in names:
        at = names.index("UPOS")
        return Where(at, said="; the tags are the parts of speech (column UPOS)")
    return Where(width - 1, said=f"; the tags are column {width}, the last")


def _outer(cells: Cells, tagged: Sequence[int]) -> int:
    """The last column of tags; of columns with the same classes, spans within spans, the one that
    tags most words.
    """
    used = {column: Counter(row[column] for row in cells) for column in tagged}
    last = tagged[-1]
    same = [c for c in tagged if 2 * len(used[c].keys() & used[last].keys()) > len(used[last])]
    return min(same, key=lambda column: (used[column]["O"], -column))


def _named(path: Path, names: Sequence[str], cells: Cells, word: int, label: str | int) -> Where:
    width = len(cells[0])
    name, _, key = str(label).partition(":")
    for wanted, inner in ((str(label), ""), (name, key)):
        if wanted in names:
            return Where(list(names).index(wanted), inner)
    if isinstance(label, int) or re.fullmatch(r"-?\d+", label):
        number = int(label)
        column = number - 1 if number > 0 else width + number
        if 0 <= column < width and column != word:
            return Where(column)
    known = f"; they are called {', '.join(names)}" if names else ""
    raise ValueError(
        f"{path.name} has {width} columns, the words in column {word + 1}; label={label!r} is none "
        f"of the others{known}; give the number of a column, counted from 1"
    )
