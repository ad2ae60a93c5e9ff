"""BRAT's standoff: a folder of texts (.txt), each with its annotations beside it (.ann).

An item is a document.  Of the annotations the text-bound ones (``T1<tab>LOC 0 5<tab>words``) are
spans; relations, events, attributes and notes stay in their files.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from reliabel.formats.files import broken_at
from reliabel.formats.span_records import Fields, RecordReader
from reliabel.formats.tagged import Edit, Tagged, Words, places

FORM = "brat"
BOUND = re.compile(r"^(T\S+)\t(\S+) ([0-9; ]+)\t?(.*)$")


def recognises(folder: Path) -> bool:
    """Whether a folder holds texts with annotation files of the same names."""
    return any(path.with_suffix(".txt").exists() for path in folder.rglob("*.ann"))


def read(path: Path, *, label: str | int | None = None, encoding: str | None = None) -> Tagged:
    """The documents of a folder and their spans.

    Raises ValueError for lines that are no annotation, with file and line.
    """
    texts = sorted(one for one in path.rglob("*.txt") if one.with_suffix(".ann").exists())
    alone = sorted(one for one in path.rglob("*.ann") if not one.with_suffix(".txt").exists())
    names = [one.relative_to(path).with_suffix("").as_posix() for one in texts]
    items, apart, differs, loose = [], [], [], []
    for one, name in zip(texts, names, strict=True):
        text = _text(one, encoding)
        spans, broken, other = _spans(one.with_suffix(".ann"), encoding, text)
        apart += [f"{name}.ann:{line}" for line in broken]
        differs += [f"{name}.ann:{line}" for line in other]
        reader = _reader(one.with_suffix(".ann"))
        told = [{"start": a, "end": b, "label": kind} for _, kind, a, b in spans]
        items.append(reader.item({"text": text, "spans": told}, 0))
        loose += [name] if reader.loose else []
    notes = [f"{path.name} holds {len(items):,} documents with BRAT annotations"]
    for found, what in (
        (apart, "spans of several parts are left out here and stay in their files"),
        (differs, "spans hold other words than the text has there; the place counts"),
        (loose, "documents have a span that begins or ends within a word"),
        ([one.name for one in alone], "annotation files have no text beside them"),
    ):
        if found:
            notes.append(f"{len(found):,} {what} ({places(found, 'place')})")
    return Tagged(
        FORM,
        [item.words for item in items],
        spans=[item.spans for item in items],
        ids=names,
        label="text-bound annotations",
        notes=notes,
        how={"encoding": encoding},
    )


def rewrite(
    path: Path,
    out: Path,
    edits: Mapping[int, Sequence[Edit]],
    tags: Mapping[int, Words],
    drop: Collection[int],
    *,
    encoding: str | None,
) -> None:
    """Copy a folder with some spans changed and some documents left out, all else as it is."""
    texts = sorted(one for one in path.rglob("*.txt") if one.with_suffix(".ann").exists())
    gone = {one for place in drop for one in (texts[place], texts[place].with_suffix(".ann"))}
    changed = {texts[place].with_suffix(".ann"): place for place in edits}
    for one in sorted(path.rglob("*")):
        target = out / one.relative_to(path)
        if one.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif one in changed:
            target.parent.mkdir(parents=True, exist_ok=True)
            new = _edited(one, encoding, edits[changed[one]])
            target.write_bytes(new)
        elif one not in gone:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(one, target)


def _text(path: Path, encoding: str | None) -> str:
    try:
        with path.open(encoding=encoding or "utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, encoding or "utf-8")) from None


def _reader(path: Path) -> RecordReader:
    return RecordReader(path, Fields("text", None, "spans", tags=False), [])


def _spans(
    path: Path, encoding: str | None, text: str
) -> tuple[list[tuple[int, str, int, int]], list[int], list[int]]:
    """(line, class, start, end) of each span; lines of spans in several parts; lines whose words
    are not those of the text.
    """
    spans, apart, differs = [], [], []
    for number, line in enumerate(_text(path, encoding).split("\n"), 1):
        bare = line.rstrip("\r")
        if not bare.startswith("T"):
            continue
        found = BOUND.match(bare)
        parts = [part.split() for part in found[3].split(";")] if found else []
        if found is None or not all(len(part) == 2 for part in parts):
            raise ValueError(
                f"{path.name}, line {number:,}: {bare[:60]!r} is no span; wanted is T1, a tab, "
                "class, start and end, a tab, and the words"
            )
        if len(parts) > 1:
            apart.append(number)
            continue
        start, end = map(int, parts[0])
        if not 0 <= start < end <= len(text):
            raise ValueError(
                f"{path.name}, line {number:,}: the span {start} {end} does not lie within the "
                f"text, which has {len(text):,} characters"
            )
        if found[4] and found[4] != " ".join(text[start:end].split("\n")):
            differs.append(number)
        spans.append((number, found[2], start, end))
    return spans, apart, differs


def _edited(path: Path, encoding: str | None, edits: Sequence[Edit]) -> bytes:
    """An annotation file after changes of some of its spans."""
    text = _text(path.with_suffix(".txt"), encoding)
    spans, _, _ = _spans(path, encoding, text)
    told = [{"start": a, "end": b, "label": kind} for _, kind, a, b in spans]
    item = _reader(path).item({"text": text, "spans": told}, 0)
    raw = _text(path, encoding)
    lines: list[str | None] = list(raw.split("\n"))
    known = dict(enumerate(item.spans))
    used = {name for line in lines if line and (name := line.split("\t")[0])}
    for before, after in edits:
        place = next((p for p, span in known.items() if span == before), None)
        line = None if place is None else spans[place][0] - 1
        if after is None:
            assert line is not None
            lines[line] = None
            known.pop(place)  # type: ignore[arg-type]
            continue
        name, first, last = after
        start, end = item.at[first][0], item.at[last - 1][1]
        if line is not None and before is not None and before[1:] == after[1:]:
            start, end = spans[place][2], spans[place][3]  # type: ignore[index]
        words = " ".join(text[start:end].split("\n"))
        if line is None:
            number = (
                max([int(one[1:]) for one in used if re.fullmatch(r"T\d+", one)], default=0) + 1
            )
            used.add(f"T{number}")
            at = len(lines) - 1 if not lines[-1] else len(lines)
            lines.insert(at, f"T{number}\t{name} {start} {end}\t{words}")
            continue
        old = str(lines[line])
        end_of_line = "\r" if old.endswith("\r") else ""
        lines[line] = f"{old.split(chr(9))[0]}\t{name} {start} {end}\t{words}{end_of_line}"
        known[place] = after  # type: ignore[index]
    kept = "\n".join(line for line in lines if line is not None)
    return kept.encode(encoding or "utf-8")
