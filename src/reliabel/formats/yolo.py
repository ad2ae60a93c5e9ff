"""YOLO's text files: one a picture, a line an object: number of the class, then middle, width and
height as shares of the picture's.

Layouts: Ultralytics' (a data.yaml, or folders images and labels, with or without splits), and texts
beside the pictures.  An empty file is a picture without objects; a picture without a file is
unlabelled and left out.  Lines that hold an outline (more than five numbers) are read as the box
around it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from reliabel.formats import data_yaml
from reliabel.formats.drawn import Drawn, Edit, Objects, number_of, unique_names
from reliabel.formats.odd_parts import Odd
from reliabel.formats.picture_places import SUFFIXES, size_of

FORM = "yolo"
YAML = (".yaml", ".yml")
SPLITS = {"train": "train", "val": "val", "valid": "val", "test": "test"}
NAMES = ("classes.txt", "obj.names", "labels.txt", "_darknet.labels")
LOOKED = 20  # files that are looked at to tell the form
NAN = float("nan")


class Pair(NamedTuple):
    """A picture, the file of its boxes, and its split."""

    picture: Path
    labels: Path
    split: str


def recognises(path: Path) -> bool:
    """Whether a folder, or a data.yaml, holds boxes in this form."""
    if path.is_file():
        return path.suffix.lower() in YAML and _is_yaml(path)
    if _yaml_in(path) is not None:
        return True
    texts = _texts(path)
    lines = [_lines(one) for one in texts[:LOOKED]]
    filled = [held for held in lines if held]
    return bool(filled) and all(_is_box(held[0]) for held in filled)


def read(
    path: Path,
    *,
    pictures: Path | None = None,
    encoding: str | None = None,
    yaml: str | None = None,
) -> Drawn:
    """The labelled pictures of a folder, or of the data set of a data.yaml, and their objects.

    yaml: the data.yaml within the folder that is meant, if there are several.
    Raises ValueError where no picture is found: their sizes turn shares into pixels.
    """
    root, file = (path.parent, path) if path.is_file() else (path, _yaml_in(path))
    file = root / yaml if yaml is not None else file
    pairs, names, notes = _pairs(root, file, pictures)
    labelled = [pair for pair in pairs if pair.labels.is_file()]
    if not labelled:
        raise ValueError(_nothing(path, pairs))
    bare = len(pairs) - len(labelled)
    objects, odd, sizes = Objects(), Odd("line"), []
    named = [_name(pair.picture, root) for pair in labelled]
    for row, pair in enumerate(labelled):
        h, w = size_of(pair.picture)
        sizes.append((h, w))
        if h < 0 and pair.labels.stat().st_size:
            odd.add("of a picture that is missing or broken, whose boxes have no place", named[row])
        for number, line in enumerate(_lines(pair.labels, keep=True), 1):
            if not line.strip():
                continue
            where = f"{pair.labels.name}:{number}"
            told = _object(line, h, w, where, odd)
            if told is not None:
                objects.add(row, told[1], told[0], number - 1, shape=told[2])
    codes = sorted({*objects.y, *names})
    classes = [names.get(code, f"class {code}") for code in codes]
    unnamed = sorted({code for code in objects.y if code not in names})
    if unnamed and names:
        notes.append(f"classes without a name: {', '.join(map(str, unnamed[:8]))}")
    elif unnamed:
        notes.append("no file names the classes (data.yaml or classes.txt); they have numbers")
    if bare:
        notes.append(
            f"{bare:,} pictures without a file of boxes are unlabelled and left out (an empty file "
            "says that there is no object)"
        )
    split = [pair.split for pair in labelled]
    return Drawn(
        FORM,
        [str(pair.picture.resolve()) for pair in labelled],
        unique_names(named),
        np.array(sizes, dtype=np.int64).reshape(-1, 2),
        classes=tuple(unique_names(classes)),
        codes=list(map(str, codes)),
        split=split if all(split) and len(set(split)) > 1 else None,
        notes=[
            f"{path.name} holds YOLO boxes of {len(labelled):,} pictures",
            *notes,
            *odd.notes(),
        ],
        how={"yaml": None if file is None else file.relative_to(root).as_posix()},
        **objects.columns({code: place for place, code in enumerate(codes)}),
    )


def rewrite(
    path: Path,
    out: Path,
    edits: Mapping[int, Sequence[Edit]],
    drop: Collection[int],
    *,
    yaml: str | None,
    links: bool = False,
) -> list[str]:
    """Copy a folder with some objects changed and some pictures left out, everything else as it is;
    returns what a reader of it must know.

    edits: picture -> changes of its objects; new classes join the file that names the classes, with
    numbers after all others.  links: symbolic links to pictures, not copies.
    Raises ValueError for new classes where no file names them, and for pictures outside of the
    folder.
    """
    drawn = read(path, yaml=yaml)
    pairs, _, _ = _pairs(path, None if yaml is None else path / yaml, None)
    labelled = [pair for pair in pairs if pair.labels.is_file()]
    for pair in labelled:
        if path.resolve() not in pair.labels.resolve().parents:
            raise ValueError(
                f"{pair.labels} lies outside of {path}; give the folder that holds pictures and "
                "boxes"
            )
    code = dict(zip(drawn.classes, map(int, drawn.codes or ()), strict=True))
    first = np.searchsorted(drawn.item, np.arange(len(labelled) + 1)).tolist()
    left = list[str]()
    changed, notes = _with_new_classes(path, yaml, code, edits)
    for row, told in edits.items():
        at = drawn.at[first[row] : first[row + 1]]
        outlined = [drawn.shapes[j] is not None for j in range(first[row], first[row + 1])]  # type: ignore[index]
        h, w = drawn.sizes[row].tolist()
        new, lost = _edited(labelled[row].labels, told, at, outlined, code, h, w)
        changed[labelled[row].labels.resolve()] = new
        left += [drawn.names[row]] if lost else []
    gone = {one.resolve() for row in drop for one in labelled[row][:2]}
    for one in sorted(p for p in path.rglob("*") if p.is_file() and p.resolve() not in gone):
        target = out / one.relative_to(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if one.resolve() in changed:
            target.write_bytes(changed[one.resolve()])
        elif links and one.suffix.lower() in SUFFIXES:
            target.symlink_to(one.resolve())
        else:
            shutil.copy2(one, target)
    if left:
        notes.append(f"{len(left):,} outlines were replaced by boxes (the first in {left[0]})")
    return notes


def _with_new_classes(
    path: Path, yaml: str | None, code: dict[str, int], edits: Mapping[int, Sequence[Edit]]
) -> tuple[dict[Path, bytes], list[str]]:
    """The file that names the classes with those that are new, which get a number in ``code``, and
    what is to be said; no file where none is new.
    """
    told = (name for of in edits.values() for _, name, _ in of if name is not None)
    new = [name for name in dict.fromkeys(told) if name not in code]
    if not new:
        return {}, []
    file = next((path / one for one in (yaml, *NAMES) if one and (path / one).is_file()), None)
    if file is None:
        raise ValueError(
            f"the class {new[0]!r} is new, and no file of {path.name} names the classes; write a "
            "data.yaml or a classes.txt with their names in the order of their numbers first"
        )
    for name in new:
        if not name.strip() or "\n" in name or "\r" in name:
            raise ValueError(f"a class is a name on one line, got {name!r}")
    named = data_yaml.read(file).get("names") or {} if yaml else _listed(file)
    first = max([-1, *code.values(), *named]) + 1
    unnamed = range(max([-1, *named]) + 1, first)
    more = {n: f"class {n}" for n in unnamed} | dict(enumerate(new, first))
    code.update({name: n for n, name in enumerate(new, first)})
    said = [f"{file.name} names {', '.join(map(repr, new))} now, as {first} and after"]
    if yaml:
        return {file.resolve(): data_yaml.with_names(file, more).encode()}, said
    held = file.read_bytes()
    end = b"\r\n" if b"\r\n" in held else b"\n"
    held = held.rstrip() + end if held.strip() else b""
    return {file.resolve(): held + b"".join(n.encode() + end for n in more.values())}, said


def _is_yaml(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False
    keys = {line.split(":")[0].strip() for line in text.splitlines() if ":" in line}
    return "names" in keys and bool(keys & set(SPLITS))


def _yaml_in(folder: Path) -> Path | None:
    held = sorted(one for one in folder.iterdir() if one.suffix.lower() in YAML)
    found = [one for one in held if _is_yaml(one)]
    return next((one for one in found if one.stem == "data"), found[0] if found else None)


def _texts(folder: Path) -> list[Path]:
    """Text files that may hold boxes: in folders called labels, or beside pictures."""
    found: list[Path] = []
    for here, folders, files in os.walk(folder):
        folders.sort()
        stems = {Path(name).stem for name in files if Path(name).suffix.lower() in SUFFIXES}
        within = {part.lower() for part in Path(here).relative_to(folder).parts}
        texts = sorted(name for name in files if name.endswith(".txt") and name not in NAMES)
        of_boxes = "labels" in within or folder.name.lower() == "labels"
        found += [Path(here, name) for name in texts if of_boxes or Path(name).stem in stems]
        if len(found) >= LOOKED * 5:
            break
    return found


def _pairs(
    root: Path, file: Path | None, pictures: Path | None
) -> tuple[list[Pair], dict[int, str], list[str]]:
    """The pictures with their files, the names of the classes, and what is to be said."""
    if file is not None:
        return _of_yaml(root, file)
    base = pictures if pictures is not None else root
    found = [one for one in sorted(base.rglob("*")) if one.suffix.lower() in SUFFIXES]
    pairs = []
    for one in found:
        labels = _labels_of(one)
        if pictures is not None and not labels.is_file():
            labels = root / one.relative_to(base).with_suffix(".txt")
        split = next((SPLITS[p] for p in one.relative_to(base).parts[:-1] if p in SPLITS), "")
        pairs.append(Pair(one, labels, split))
    listed = next((root / name for name in NAMES if (root / name).is_file()), None)
    if listed is None:
        return pairs, {}, []
    return pairs, _listed(listed), []


def _listed(file: Path) -> dict[int, str]:
    """The classes of a file with a name a line."""
    lines = file.read_text(encoding="utf-8-sig", errors="replace").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return {place: line.strip() for place, line in enumerate(lines)}


def _of_yaml(root: Path, file: Path) -> tuple[list[Pair], dict[int, str], list[str]]:
    said = data_yaml.read(file)
    base = root / said["path"] if said.get("path") else root
    base = base if base.is_dir() else root
    pairs, notes = list[Pair](), list[str]()
    for key, split in SPLITS.items():
        entries = said.get(key) or []
        for entry in [entries] if isinstance(entries, str) else entries:
            place = next((p for p in _places(base, root, entry) if p.exists()), None)
            if place is None:
                notes.append(f"{file.name} names {entry} as {key}, which is not there")
                continue
            pairs += [Pair(one, _labels_of(one), split) for one in _pictures_at(place, base)]
    return pairs, dict(said.get("names") or {}), notes


def _places(base: Path, root: Path, entry: str) -> list[Path]:
    """Where an entry of data.yaml may lie; some tools write one ../ too many."""
    plain = entry
    while plain.startswith("../"):
        plain = plain[3:]
    return [base / entry, root / entry, base / plain, root / plain]


def _pictures_at(place: Path, base: Path) -> list[Path]:
    if place.is_file():  # a list of pictures
        lines = place.read_text(encoding="utf-8-sig").splitlines()
        names = [line.strip() for line in lines if line.strip()]
        roots = (place.parent, base)
        held = [next((r / n for r in roots if (r / n).is_file()), place.parent / n) for n in names]
        return held
    return [one for one in sorted(place.rglob("*")) if one.suffix.lower() in SUFFIXES]


def _labels_of(picture: Path) -> Path:
    """The file of boxes of a picture: in the folder labels instead of images, or beside it."""
    parts = list(picture.parts)
    at = [place for place, part in enumerate(parts[:-1]) if part == "images"]
    if at:
        parts[at[-1]] = "labels"
    other = Path(*parts).with_suffix(".txt")
    return other if other.is_file() or at else picture.with_suffix(".txt")


def _name(picture: Path, root: Path) -> str:
    place, base = Path(os.path.abspath(picture)), Path(os.path.abspath(root))  # links stay links
    return place.relative_to(base).as_posix() if base in place.parents else picture.name


def _lines(path: Path, keep: bool = False) -> list[str]:
    lines = path.read_bytes().decode("utf-8-sig", "replace").splitlines()
    return lines if keep else [line for line in lines if line.strip()]


def _is_box(line: str) -> bool:
    parts = line.split()
    numbers = [number_of(part) for part in parts]
    return (
        len(parts) >= 5
        and parts[0].isdigit()
        and (len(parts) <= 6 or len(parts) % 2 == 1)
        and max(map(abs, numbers[1:])) <= 20
    )


def _object(
    line: str, h: int, w: int, where: str, odd: Odd
) -> tuple[int, tuple[float, ...], list[float] | None] | None:
    """Class, corners and outline of a line; None where it is no object."""
    parts = line.split()
    code = number_of(parts[0])
    if not (code >= 0 and float(code).is_integer()) or len(parts) < 5:
        odd.add("a line is no object (class, middle, width and height), and is left out", where)
        return None
    numbers = list(map(number_of, parts[1:]))
    if h < 0:
        return int(code), (NAN,) * 4, None
    if len(numbers) in (4, 5):
        if len(numbers) == 5:
            odd.add("a line has a sixth number (a confidence?), which is not used", where)
        if not np.isfinite(numbers[:4]).all():
            odd.add("a number of a line is none", where)
        x, y, wide, high = (part * side for part, side in zip(numbers, (w, h, w, h), strict=False))
        corners = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        return int(code), tuple(round(side, 4) for side in corners), None
    if len(numbers) % 2:
        odd.add("an outline has an odd number of coordinates; the last is left out", where)
        numbers = numbers[:-1]
    x_, y_ = np.array(numbers[::2]) * w, np.array(numbers[1::2]) * h
    corners = (float(x_.min()), float(y_.min()), float(x_.max()), float(y_.max()))
    return int(code), corners, numbers


def _nothing(path: Path, pairs: Sequence[Pair]) -> str:
    if not pairs:
        return (
            f"{path.name} holds YOLO boxes but no pictures: their sizes are needed to turn shares "
            "into pixels; give the folder that holds both images and labels, or name that of the "
            "pictures with image="
        )
    return (
        f"{path.name} holds {len(pairs):,} pictures, and none has a file of boxes (looked for "
        f"{pairs[0].labels})"
    )


def _edited(
    path: Path,
    edits: Sequence[Edit],
    at: Sequence[int],
    outlined: Sequence[bool],
    code: Mapping[str, int],
    h: int,
    w: int,
) -> tuple[bytes, bool]:
    """A file after changes of some of its lines, and whether an outline was replaced by a box."""
    raw = path.read_bytes().decode("utf-8", "surrogateescape")
    lines: list[str | None] = list(raw.splitlines(keepends=True))
    end, lost = ("\r\n" if "\r\n" in raw else "\n"), False
    for place, name, corners in edits:
        if place is None:
            assert corners is not None
            if lines and lines[-1] and not lines[-1].endswith(("\n", "\r")):
                lines[-1] += end
            lines.append(f"{code[str(name)]} {_shares(corners, h, w)}{end}")
            continue
        old = str(lines[at[place]])
        if name is None:
            lines[at[place]] = None
        elif corners is None:
            lead = len(old) - len(old.lstrip())
            first = old.split()[0]
            lines[at[place]] = f"{old[:lead]}{code[name]}{old[lead + len(first) :]}"
        else:
            lost |= outlined[place]
            stop = old[len(old.rstrip("\r\n")) :]
            lines[at[place]] = f"{code[name]} {_shares(corners, h, w)}{stop}"
    kept = "".join(line for line in lines if line is not None)
    return kept.encode("utf-8", "surrogateescape"), lost


def _shares(corners: Sequence[float], h: int, w: int) -> str:
    left, top, right, bottom = map(float, corners)
    shares = (left + right) / 2 / w, (top + bottom) / 2 / h, (right - left) / w, (bottom - top) / h
    return " ".join(f"{share:.6f}" for share in shares)
