"""Pascal VOC's XML: a file a picture, with a class and a box (xmin, ymin, xmax, ymax) an object.

The original data sets count pixels from 1 and name the last one that belongs to the box; most tools
write edges counted from 0, which is what is read here unless ``one_based`` says otherwise.  Objects
marked as difficult are read as areas to be ignored.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np

from reliabel.core.short_repr import by_fields
from reliabel.formats.drawn import Drawn, Edit, Objects, number_of, unique_names, whole_if
from reliabel.formats.odd_parts import Odd
from reliabel.formats.picture_places import SUFFIXES

FORM = "voc"
SIDES = ("xmin", "ymin", "xmax", "ymax")
SPLITS = ("train", "val", "test")
PICTURES = ("", "JPEGImages", "images", "Images", "PNGImages", "imgs")
HEAD = 2**12
NAN = float("nan")
Span = tuple[int, int]


@dataclass
class Element:
    """An object of a picture: texts of its parts, and where they and it stand in the file."""

    start: int
    end: int = 0
    text: dict[str, str] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)

    __repr__ = by_fields


@dataclass
class Page:
    """What a file says: texts of its parts outside objects, its objects, and where it ends."""

    text: dict[str, str] = field(default_factory=dict)
    objects: list[Element] = field(default_factory=list)
    end: int = 0

    __repr__ = by_fields


def recognises(path: Path) -> bool:
    """Whether a folder holds annotations of this form, by the first XML files in it; or a file is
    one.
    """
    if path.is_file():
        return path.suffix.lower() == ".xml" and _is_page(path)
    first = [one for _, one in zip(range(5), _xml_files(path), strict=False)]
    return any(map(_is_page, first))


def read(
    path: Path,
    *,
    pictures: Path | None = None,
    encoding: str | None = None,
    one_based: bool = False,
) -> Drawn:
    """The pictures of a folder of annotations, or of one file, and their objects.

    pictures: the folder of the pictures, where they do not lie in the usual places.
    one_based: whether coordinates count from 1 and the right and bottom ones belong to the box.
    Raises ValueError for XML that is broken, with file and line.
    """
    root, files, others = _pages(path)
    odd, objects = Odd("file"), Objects()
    sizes, at, lost = [], [], list[str]()
    stems = [one.relative_to(root).with_suffix("").as_posix() for one in files]
    for row, one in enumerate(files):
        page = parsed(one)
        sizes.append(_size(page, stems[row], odd))
        held = _picture(one, page.text.get("filename", ""), root, pictures)
        lost += [stems[row]] if held is None else []
        at.append("" if held is None else str(held.resolve()))
        for place, element in enumerate(page.objects):
            xyxy = _corners(element, one_based, f"{stems[row]}, object {place + 1}", odd)
            name = element.text.get("name", "").strip()
            if not name:
                odd.add("an object has no name", f"{stems[row]}, object {place + 1}")
            difficult = element.text.get("difficult", "0").strip() not in ("", "0", "False")
            objects.add(row, xyxy, name or "no name", place, crowd=difficult)
    classes = tuple(sorted(set(objects.y)))
    notes = [
        f"{path.name} holds Pascal VOC annotations of {len(files):,} pictures, coordinates "
        + ("counted from 1 (one_based)" if one_based else "taken as edges counted from 0")
    ]
    if not one_based and _seems_one_based(objects.xyxy, sizes):
        notes.append(
            "no box begins at 0 and some end at the last pixel: if coordinates count from 1, as in "
            "the original Pascal VOC, say one_based=True"
        )
    if others:
        notes.append(f"{len(others):,} other XML files left out (the first is {others[0].name})")
    found = len(lost) < len(files)
    if lost and found:
        notes.append(f"{len(lost):,} pictures are not there (the first is that of {lost[0]})")
    elif lost:
        notes.append("none of the pictures was found; name their folder with image=")
    missing = [stem if found else "" for stem in stems]
    return Drawn(
        FORM,
        [place or name for place, name in zip(at, missing, strict=True)] if found else stems,
        unique_names(stems),
        np.array(sizes, dtype=np.int64).reshape(-1, 2),
        classes=classes,
        split=_splits(root, stems),
        notes=[*notes, *odd.notes()],
        how={"one_based": one_based},
        **objects.columns({name: code for code, name in enumerate(classes)}),
    )


def rewrite(
    path: Path,
    out: Path,
    edits: Mapping[int, Sequence[Edit]],
    drop: Collection[int],
    *,
    one_based: bool,
    links: bool = False,
) -> list[str]:
    """Copy a folder (or one file) with some objects changed and some pictures left out, everything
    else as it is; returns what a reader of it must know.

    edits: picture -> changes of its objects.  links: symbolic links to pictures, not copies.
    """
    root, files, _ = _pages(path)
    if path.is_file():
        out.write_bytes(_edited(files[0], edits.get(0, ()), one_based))
        return []
    gone = {files[row] for row in drop}
    for one in gone.copy():
        held = _picture(one, parsed(one).text.get("filename", ""), root, None)
        gone |= {held} if held is not None else set()
    changed = {files[row]: told for row, told in edits.items()}
    for one in sorted(p for p in root.rglob("*") if p.is_file() and p not in gone):
        target = out / one.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        if one in changed:
            target.write_bytes(_edited(one, changed[one], one_based))
        elif links and one.suffix.lower() in SUFFIXES:
            target.symlink_to(one.resolve())
        else:
            shutil.copy2(one, target)
    listed = bool(drop) and (root / "ImageSets").is_dir()
    return ["pictures that were dropped are still named in ImageSets"] if listed else []


def parsed(path: Path) -> Page:
    """What an annotation file says.  Raises ValueError for broken XML, and for XML that declares
    entities, which annotations never need.
    """
    raw = path.read_bytes()
    page, stack = Page(), list[tuple[str, int]]()
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise ValueError(
            f"{path.name}, line {parser.CurrentLineNumber}: it has a document type, which no "
            "annotation needs and which can hide other files; remove it"
        )

    def start(name: str, _: Any) -> None:
        at = parser.CurrentByteIndex
        stack.append((name, raw.find(b">", at) + 1))
        if len(stack) == 2 and name == "object":
            page.objects.append(Element(at))

    def end(name: str) -> None:
        at = parser.CurrentByteIndex
        _, content = stack.pop()
        path_of = [part for part, _ in stack][1:]
        text = raw[content:at].decode(encoding, "replace") if content <= at else ""
        inside = page.objects[-1] if path_of[:1] == ["object"] else None
        if inside is not None and path_of[1:] in ([], ["bndbox"]):
            inside.text.setdefault(name, _plain(text))
            inside.spans.setdefault(name, (content, max(at, content)))
        elif inside is None and name == "object" and not path_of:
            page.objects[-1].end = raw.find(b">", at) + 1
        elif path_of in ([], ["size"]):
            page.text.setdefault(name, _plain(text))
        if not stack:
            page.end = at

    encoding = "utf-8"
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        why = expat.ErrorString(error.code)
        raise ValueError(
            f"{path.name}, line {error.lineno:,}: broken XML ({why}); mend the file, or take it "
            "out of the folder"
        ) from None
    return page


def _plain(text: str) -> str:
    if "&" not in text:
        return text.strip()
    from xml.sax.saxutils import unescape

    return unescape(text, {"&quot;": '"', "&apos;": "'"}).strip()


def _xml_files(path: Path) -> Iterator[Path]:
    return (one for one in path.rglob("*.xml") if not one.name.startswith("."))


def _is_page(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(HEAD)
    parts = (b"<object", b"<size", b"<filename")
    return b"<annotation" in head and b"<annotations" not in head and any(p in head for p in parts)


def _pages(path: Path) -> tuple[Path, list[Path], list[Path]]:
    """The folder, its annotation files, and other XML files."""
    if path.is_file():
        return path.parent, [path], []
    every = sorted(_xml_files(path))
    files = [one for one in every if _is_page(one)]
    return path, files, [one for one in every if one not in set(files)]


def _size(page: Page, name: str, odd: Odd) -> tuple[int, int]:
    sides = [number_of(page.text.get(key)) for key in ("height", "width")]
    if all(np.isfinite(side) and side >= 1 for side in sides):
        return int(sides[0]), int(sides[1])
    odd.add("the size of the picture is not said, or is 0", name)
    return -1, -1


def _corners(element: Element, one_based: bool, where: str, odd: Odd) -> tuple[float, ...]:
    sides = [number_of(element.text.get(key)) for key in SIDES]
    lost = [key for key, side in zip(SIDES, sides, strict=True) if not np.isfinite(side)]
    if lost:
        odd.add(f"{lost[0]} of a box is not there or is no number", where)
    shift = 1.0 if one_based else 0.0
    return sides[0] - shift, sides[1] - shift, sides[2], sides[3]


def _seems_one_based(boxes: Sequence[Sequence[float]], sizes: Sequence[tuple[int, int]]) -> bool:
    """Whether hundreds of boxes never begin at 0 but some at 1."""
    xyxy = np.array(boxes, dtype=float).reshape(-1, 4)
    if len(xyxy) < 200:
        return False
    lowest = np.nanmin(xyxy[:, :2])
    return bool(lowest == 1 and (xyxy[:, :2] == 1).sum() >= 5)


def _picture(page: Path, name: str, root: Path, pictures: Path | None) -> Path | None:
    """The picture of an annotation file, None where it is not found."""
    plain = name.replace("\\", "/").rpartition("/")[2]
    names = [plain] if plain else []
    names += [page.stem + suffix for suffix in SUFFIXES if page.stem + suffix != plain]
    folders = [page.parent / p for p in PICTURES] + [page.parent.parent / p for p in PICTURES]
    inside = page.parent.relative_to(root) if root in page.parents else Path()
    if inside.parts:  # Annotations/train/a.xml with JPEGImages/train/a.jpg
        folders += [root / p / Path(*inside.parts[1:]) for p in PICTURES if p]
    for folder in [pictures] if pictures is not None else folders:
        for one in names:
            if (folder / one).is_file():
                return folder / one
    return None


def _splits(root: Path, stems: Sequence[str]) -> list[str] | None:
    """The split of each picture, where ImageSets/Main says one for all of them."""
    folders = [root / "ImageSets" / "Main", root.parent / "ImageSets" / "Main"]
    of: dict[str, str] = {}
    for folder in folders:
        for split in SPLITS:
            file = folder / f"{split}.txt"
            if file.is_file():
                lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
                of |= {line.split()[0]: split for line in lines if line.strip()}
    told = [of.get(stem.rpartition("/")[2], "") for stem in stems]
    return told if all(told) and len(set(told)) > 1 else None


def _edited(path: Path, edits: Sequence[Edit], one_based: bool) -> bytes:
    """An annotation file after changes of some of its objects."""
    raw, page = path.read_bytes(), parsed(path)
    cuts: list[tuple[int, int, bytes]] = []
    for place, name, corners in edits:
        if place is None:
            assert name is not None
            assert corners is not None
            cuts.append(_added(raw, page, name, corners, one_based))
            continue
        element = page.objects[place]
        if name is None:
            first = element.start - len(raw[: element.start]) + len(raw[: element.start].rstrip())
            cuts.append((first, element.end, b""))
            continue
        if name != element.text.get("name", "").strip() and "name" in element.spans:
            cuts.append((*element.spans["name"], _escaped(name).encode("utf-8")))
        for key, side in _sides(corners, one_based) if corners is not None else ():
            was = element.text.get(key, "")
            like = 0 if was.strip().lstrip("-").isdigit() else 0.5
            told = str(whole_if(side, like))
            if key not in element.spans:
                if "bndbox" not in element.spans:
                    raise ValueError(f"{path.name}: object {place + 1} has no bndbox to change")
                at = element.spans["bndbox"][1]
                cuts.append((at, at, f"<{key}>{told}</{key}>".encode()))
            elif number_of(was) != side:
                cuts.append((*element.spans[key], told.encode()))
    for start, end, new in sorted(cuts, reverse=True):
        raw = raw[:start] + new + raw[end:]
    return raw


def _sides(corners: Sequence[float], one_based: bool) -> list[tuple[str, float]]:
    left, top, right, bottom = map(float, corners)
    shift = 1.0 if one_based else 0.0
    return list(zip(SIDES, (left + shift, top + shift, right, bottom), strict=True))


def _added(
    raw: bytes, page: Page, name: str, corners: Sequence[float], one_based: bool
) -> tuple[int, int, bytes]:
    """Where a new object goes, and its text, indented as the others are."""
    if page.objects:
        last = page.objects[-1]
        before = raw[: last.start]
        at = last.end
        lead = before[len(before.rstrip()) :]
    else:
        before = raw[: page.end]
        at = len(before.rstrip())
        lead = b"\n\t" if b"\n\t" in raw else b"\n  "
    outer = lead.rpartition(b"\n")[2].decode() if b"\n" in lead else ""
    step, end = ("\t" if "\t" in outer else outer or "  "), "\n" if b"\n" in lead else ""
    sides = "".join(
        f"{outer}{step}{step}<{key}>{whole_if(side)}</{key}>{end}"
        for key, side in _sides(corners, one_based)
    )
    text = (
        f"<object>{end}{outer}{step}<name>{_escaped(name)}</name>{end}"
        f"{outer}{step}<difficult>0</difficult>{end}{outer}{step}<bndbox>{end}{sides}"
        f"{outer}{step}</bndbox>{end}{outer}</object>"
    )
    return at, at, lead + (text if end else text.replace("  ", "")).encode("utf-8")


def _escaped(text: str) -> str:
    from xml.sax.saxutils import escape

    return escape(text)
