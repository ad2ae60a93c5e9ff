"""CoNLL files: a word a line, in columns of which one holds tags, and a blank line between
sentences.

Two columns or more, parted by tabs or spaces; ten are CoNLL-U.  Lines such as ``# sent_id = 7`` are
comments, ``-DOCSTART-`` begins a document.  Written anew, a file changes in the tags that change
and in nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.short_repr import by_fields
from reliabel.formats.conll_columns import (
    MOSTLY,
    ONTONOTES,
    TAG,
    UNIVERSAL,
    are_types,
    header_of,
    tag_column,
    word_column,
)
from reliabel.formats.files import broken_at, encoding_of
from reliabel.formats.tag_cells import are_brackets, in_brackets, of_brackets, put_under, under
from reliabel.formats.tagged import Tagged, Words, places, repeated_ids

FORM = "conll"
SUFFIXES: tuple[str, ...] = (
    ".conll",
    ".conllu",
    ".conllup",
    ".conll03",
    ".conll2003",
    ".iob",
    ".iob2",
    ".bio",
)
SUFFIXES += (".iobes", ".bioes", ".bilou", ".bio2", ".iob1")
DOCUMENT, PART = "-DOCSTART-", "#begin document"
GAP = re.compile(r"[ \t]+")
ID = re.compile(r"^#\s*(?:sent_id\s*=|id\b\s*=?)\s*(\S+)")
COLUMNS = re.compile(r"^#\s*global\.columns\s*=\s*(.+?)\s*$")
LINES = 400  # of a file that are looked at
UNSEEN = " \t\r\ufeff\u200b"  # a line of nothing else is a blank one
WORDS, BLANK, COMMENT, START = range(4)  # what a line is


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of a file: ``text`` each as it stands, ``kind`` what it is, ``cells`` its columns
    (of lines with words), ``sentence`` the sentence it belongs to, -1 for none.
    """

    text: list[str]
    kind: Any
    cells: list[list[str]]
    sentence: Any
    tabs: bool
    names: tuple[str, ...]
    universal: bool

    __repr__ = by_fields


def is_named_so(path: Path) -> bool:
    """Whether the suffix of a file says that it holds words with tags."""
    suffix = path.suffix.lower()
    return suffix in SUFFIXES or suffix.endswith("_conll")


def recognises(path: Path, encoding: str | None = None) -> bool:
    """Whether a text file holds words with tags: by its suffix, or because nearly all of its first
    lines are columns of which the last is a tag.
    """
    if is_named_so(path):
        return True
    with path.open(encoding=encoding_of(path, encoding), errors="replace") as file:
        lines = [line.rstrip("\r\n") for line in islice(file, LINES)]
    parted = any(not line.strip() for line in lines)
    rows = [_cells(line, "\t" in line) for line in lines if line.strip()]
    rows = [row for row in rows if row[0] != DOCUMENT and not row[0].startswith("# ")]
    rows = [row for row in rows if row[0] != "#" or len(row) == 2]
    if len(rows) < 2:
        return False
    width, many = Counter(map(len, rows)).most_common(1)[0]
    even = [row for row in rows if len(row) == width]
    if width < 2 or many < MOSTLY * len(rows):
        return False
    if width == len(UNIVERSAL) and all(row[0][:1].isdigit() for row in even):
        return True
    if parted and are_types([row[-1] for row in even]):
        return True
    tags = sum(bool(TAG.match(row[-1])) for row in even)
    most = max(min(MOSTLY * len(rows), len(rows) - 1), 2)  # the first may name the columns
    least = most if parted else len(rows)  # without blank lines it is a table with a header
    return tags >= least and (parted or any(row[-1] != "O" for row in even))


def refuse_untagged(path: Path, encoding: str | None = None) -> None:
    """Raise ValueError for sentences of a word a line without a column of tags."""
    with path.open(encoding=encoding_of(path, encoding), errors="replace") as file:
        lines = [line.strip() for line in islice(file, LINES)]
    rows = [GAP.split(line) for line in lines if line and not line.startswith(("# ", "#\t"))]
    blank = lines[:-1].count("")
    numbered = all(len(row) == 2 and row[0].isdigit() for row in rows)
    numbered = numbered and sum(row[0] == "1" for row in rows) > 1
    if blank > 1 and len(rows) > 2 * blank and (numbered or all(len(row) == 1 for row in rows)):
        raise ValueError(
            f"{path.name} holds a word a line and blank lines between sentences, but no column of "
            "tags; give the file whose lines are a word and its tag"
        )


def read(path: Path, *, label: str | int | None = None, encoding: str | None = None) -> Tagged:
    """The sentences of a file and their tags.

    label: the column of the tags, by its number from 1 (-1 is the last) or its name where the file
        names its columns; None takes the last one that holds tags of spans.
    Raises ValueError for lines with another number of columns than the rest, with the line.
    """
    encoding = encoding_of(path, encoding)
    lines = _lines(path, encoding)
    width, first = len(lines.cells[0]), _firsts(lines)
    word = word_column(lines.names, lines.cells, first[:-1][:LINES].tolist())
    column, key, said = tag_column(path, lines.names, lines.cells, word, label)
    words = _rows([row[word] for row in lines.cells], first)
    tags = _tags(path, lines, first, column, key)
    n = len(words)
    notes = [
        f"{path.name} holds {n:,} sentences of {len(lines.cells):,} words, a word a line{said}"
    ]
    notes += _empty_notes(lines)
    name = lines.names[column] if lines.names else f"column {column + 1} of {width}"
    return Tagged(
        FORM,
        words,
        tags,
        ids=_ids(lines, n, notes),
        groups=_documents(lines),
        label=name,
        notes=notes,
        how={"encoding": encoding, "label": column + 1} | ({"key": key} if key else {}),
    )


def rewrite(
    path: Path,
    out: Path,
    change: Mapping[int, Words],
    drop: Collection[int],
    *,
    encoding: str,
    label: int,
    key: str = "",
) -> None:
    """Copy a file with the tags of some sentences replaced and some sentences left out, together
    with their comments and the blank line after them.

    key: under which the cells hold the tags, in MISC of CoNLL-U.
    """
    lines = _lines(path, encoding)
    of_words = np.flatnonzero(lines.kind == WORDS)
    first = _firsts(lines)
    was = _tags(path, lines, first, label - 1, key) if change else []
    text = list(lines.text)
    for item, tags in change.items():
        at = of_words[first[item] : first[item + 1]].tolist()
        held = [lines.cells[word][label - 1] for word in range(first[item], first[item + 1])]
        for line, cell, new in zip(at, held, _cells_of(was[item], tags, held, key), strict=True):
            if new != cell:
                text[line] = _put(text[line], label - 1, new, lines.tabs)
    gone = np.isin(lines.sentence, list(drop)) & (lines.sentence >= 0)
    after = np.flatnonzero(gone & (lines.kind == WORDS)) + 1
    after = after[after < len(text)]
    gone[after[lines.kind[after] == BLANK]] = True
    kept = [line for line, left in zip(text, gone.tolist(), strict=True) if not left]
    with out.open("w", encoding=encoding, newline="") as file:
        file.write("\n".join(kept))


def _tags(path: Path, lines: Lines, first: Any, column: int, key: str) -> list[Words]:
    """The tags of each sentence, however the cells of the column hold them."""
    cells = [row[column] for row in lines.cells]
    if key:
        return _rows([under(key, cell) for cell in cells], first)
    if not are_brackets(cells):
        return _rows(cells, first)
    place = np.flatnonzero(lines.kind == WORDS)[first[:-1]]
    held = zip(_rows(cells, first), place.tolist(), strict=True)
    return [of_brackets(one, f"{path.name}, line {line + 1:,}") for one, line in held]


def _cells_of(was: Words, tags: Words, cells: Sequence[str], key: str) -> Sequence[str]:
    """The cells of a sentence with other tags; a cell whose tag stays is as it was."""
    if key:
        pairs = zip(was, tags, cells, strict=True)
        return [cell if old == new else put_under(key, cell, new) for old, new, cell in pairs]
    if tuple(cells) == was:
        return tags
    pairs = zip(in_brackets(was), in_brackets(tags), cells, strict=True)
    return [cell if old == new else new for old, new, cell in pairs]


def write(path: Path, words: Sequence[Words], tags: Sequence[Words]) -> None:
    """Sentences as a file of two columns, a tab between word and tag."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for held, told in zip(words, tags, strict=True):
            file.writelines(f"{w}\t{t}\n" for w, t in zip(held, told, strict=True))
            file.write("\n")


def _cells(line: str, tabs: bool) -> list[str]:
    return line.rstrip("\r\n").split("\t") if tabs else GAP.split(line.strip(" \t\r\n"))


def _lines(path: Path, encoding: str) -> Lines:
    try:
        with path.open(encoding=encoding, newline="") as file:
            text = file.read().split("\n")
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, encoding)) from None
    bare = [line.strip(UNSEEN) for line in text]
    kind = np.array([BLANK if not line else WORDS for line in bare], dtype=np.int8)
    starts = [row for row, line in enumerate(bare) if line.startswith((DOCUMENT, PART))]
    ontonotes = any(bare[row].startswith(PART) for row in starts)
    kind[starts] = START
    marked = [row for row, line in enumerate(bare) if line.startswith("#")]
    tabs = _has_tabs(text, kind)
    marked = [row for row in marked if kind[row] != START]
    kind[marked] = [COMMENT if _is_comment(text[row], tabs) else WORDS for row in marked]
    rows = np.flatnonzero(kind == WORDS).tolist()
    cells = [_cells(text[row], tabs) for row in rows]
    if not cells:
        raise ValueError(f"{path.name} holds no line with a word and its tag")
    if ontonotes and min(map(len, cells)) > len(ONTONOTES):  # further columns differ by sentence
        cells = [row[: len(ONTONOTES)] for row in cells]
        return Lines(text, kind, cells, _sentences(kind), tabs, ONTONOTES, False)
    names = next((found[1].split() for row in marked if (found := COLUMNS.match(bare[row]))), [])
    if not names and (head := header_of(cells)):
        names, kind[rows[0]] = head, COMMENT
        rows, cells = rows[1:], cells[1:]
    width = Counter(map(len, cells)).most_common(1)[0][0]
    universal = width == len(UNIVERSAL) and all(row[0][:1].isdigit() for row in cells[:LINES])
    names = list(UNIVERSAL) if universal and not names else names
    _even(path, rows, cells, width, text)
    if universal or names[:2] == list(UNIVERSAL[:2]):  # "1-2" and "1.1" are no words of their own
        apart = [place for place, row in enumerate(cells) if not row[0].isdigit()]
        kind[[rows[place] for place in apart]] = COMMENT
        cells = [row for row in cells if row[0].isdigit()]
    return Lines(text, kind, cells, _sentences(kind), tabs, tuple(names), universal)


def _has_tabs(text: Sequence[str], kind: Any) -> bool:
    """Whether columns are parted by tabs: most of the first lines with words hold one."""
    head = [text[row] for row in np.flatnonzero(kind == WORDS)[:LINES].tolist()]
    head = [line for line in head if not line.startswith("# ")]
    return sum("\t" in line.strip(" \r") for line in head) * 2 > len(head)


def _is_comment(line: str, tabs: bool) -> bool:
    """A line that begins with # is a word where a tag ends it (#, a hashtag), else a comment."""
    row = _cells(line, tabs)
    return len(row) < 2 or not TAG.match(row[-1]) or bool(ID.match(line))


def _even(
    path: Path, rows: Sequence[int], cells: Sequence[list[str]], width: int, text: Sequence[str]
) -> None:
    """Refuse lines with another number of columns than most."""
    odd = [place for place, row in enumerate(cells) if len(row) != width]
    if not odd and width > 1:
        return
    if width < 2:
        raise ValueError(
            f"{path.name}, line {rows[0] + 1:,}: one column ({text[rows[0]].strip()[:40]!r}); a "
            "line is a word and its tag, with a tab or a space between"
        )
    line, seen = rows[odd[0]], len(cells[odd[0]])
    more = f" ({len(odd):,} such lines)" if len(odd) > 1 else ""
    raise ValueError(
        f"{path.name}, line {line + 1:,}: {seen} column{'s' * (seen != 1)} where other lines have "
        f"{width}: {text[line].rstrip()[:60]!r}{more}; mend the line, a word and its tags must "
        "stand in it"
    )


def _sentences(kind: Any) -> Any:
    """(lines,) the sentence of each line with a word, and of the comments before it; -1 for lines
    that belong to none.
    """
    part = np.cumsum((kind == BLANK) | (kind == START))  # what stands between two boundaries
    inside = (kind == WORDS) | (kind == COMMENT)
    held = np.unique(part[kind == WORDS])
    place = np.searchsorted(held, part)
    known = inside & (place < len(held))
    known &= held[np.minimum(place, len(held) - 1)] == part
    return np.where(known, place, -1)


def _firsts(lines: Lines) -> Any:
    """(n + 1,) the first word of each sentence."""
    owner = lines.sentence[lines.kind == WORDS]
    return np.searchsorted(owner, np.arange(int(owner[-1]) + 2))


def _rows(flat: list[str], first: Any) -> list[Words]:
    bounds = first.tolist()
    return [tuple(flat[a:b]) for a, b in pairwise(bounds)]


def _ids(lines: Lines, n: int, notes: list[str]) -> list[str] | None:
    """The ids that comments give, where each sentence has its own; adds what is said of others."""
    found: dict[int, str] = {}
    for row in np.flatnonzero((lines.kind == COMMENT) & (lines.sentence >= 0)).tolist():
        named = ID.match(lines.text[row])
        if named:
            found.setdefault(int(lines.sentence[row]), named[1])
    if len(found) == n > len(set(found.values())):
        notes.append(repeated_ids(list(found.values())))
    return list(found.values()) if len(found) == n == len(set(found.values())) else None


def _documents(lines: Lines) -> list[int] | None:
    """The document of each sentence, where the file says where documents begin."""
    if not (lines.kind == START).any():
        return None
    number = np.cumsum(lines.kind == START)
    words = np.flatnonzero(lines.kind == WORDS)
    first = words[_firsts(lines)[:-1]]
    return [int(one) for one in number[first]]


def _empty_notes(lines: Lines) -> list[str]:
    """Where two blank lines follow each other within the file: a sentence without words."""
    blank = lines.kind == BLANK
    last = np.flatnonzero(lines.kind == WORDS)[-1]
    double = np.flatnonzero(blank[1:] & blank[:-1]) + 1
    double = double[double < last]
    if not len(double):
        return []
    many = len(double)
    return [
        f"{many:,} sentence{' is' if many == 1 else 's are'} empty (two blank lines in a row, "
        f"{places((double + 1).tolist(), 'line')}): no item, and left as it is in the file"
    ]


def _put(line: str, column: int, tag: str, tabs: bool) -> str:
    """A line with another cell in one column, all else as it is."""
    if tabs:
        bare = line.rstrip("\r")
        cells = bare.split("\t")
        cells[column] = tag
        return "\t".join(cells) + line[len(bare) :]
    found = list(re.finditer(r"[^ \t\r]+", line))[column]
    return f"{line[: found.start()]}{tag}{line[found.end() :]}"
