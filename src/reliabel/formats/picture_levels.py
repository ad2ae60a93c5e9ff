"""What the levels of a folder of pictures are: splits, classes, pictures beside their masks, and
folders that only hold the others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from reliabel.core.split_names import splits_of

IMAGES = ("image", "images", "img", "imgs", "jpegimages", "picture", "pictures", "photo", "photos")
MASKS = (
    *("mask", "masks", "segmentation", "segmentations", "segmentationclass", "seg", "gt"),
    *("segmentationobject", "groundtruth", "annotation", "annotations", "labels", "label"),
)
MASK = re.compile(r"[_-](mask|seg|segmentation|gt)([_-]?\d+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Levels:
    """What the folders above each picture say; lists have one entry a kept picture.

    kept: pictures that are no masks.  masks: how many were left out.  split: None without splits.
    label: the name of the class folder, None for a picture in none.  around: names of the levels
    outside the class folders, if classes are told from inner folders.  deeper: how many pictures
    lie in folders inside those of their classes.
    """

    kept: list[PurePath]
    masks: int
    split: list[str | None] | None
    split_folders: tuple[str, ...]
    label: list[str | None]
    around: list[list[str]] = field(default_factory=list)
    deeper: int = 0


def levels_of(paths: Sequence[PurePath]) -> Levels:
    """The levels of pictures by their relative paths."""
    kept = _without_masks(list(paths))
    rest = [list(path.parts[:-1]) for path in kept]
    _unwrap_images(rest)
    _unwrap(rest, range(len(rest)))
    splits, folders = _take_splits(rest)
    label, around, deeper = _classes(rest)
    if splits is None and label and not any(around):  # cat/train/1.png, cat/test/2.png
        inner = [parts[1:] for parts in rest]
        if all(inner):
            splits, folders = _take_splits(inner, classes_above=True)
            deeper = 0 if splits is not None and not any(inner) else deeper
    return Levels(
        kept, len(paths) - len(kept), splits, folders, label, around if any(around) else [], deeper
    )


def _without_masks(paths: list[PurePath]) -> list[PurePath]:
    """The pictures that are no masks: neither in a folder of masks beside one of pictures, nor
    named as the mask of a picture beside it.
    """
    children: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for path in paths:
        for depth, part in enumerate(path.parts[:-1]):
            children[path.parts[:depth]].add(_plain(part))
    names = {(path.parts[:-1], path.stem) for path in paths}

    def is_mask(path: PurePath) -> bool:
        for depth, part in enumerate(path.parts[:-1]):
            beside = children[path.parts[:depth]]
            if _plain(part) in MASKS and beside & set(IMAGES):
                return True
        bare = MASK.sub("", path.stem)
        return bare != path.stem and (path.parts[:-1], bare) in names

    return [path for path in paths if not is_mask(path)]


def _unwrap_images(rest: list[list[str]]) -> None:
    """Take away folders that only say that pictures are in them (images, JPEGImages): those that
    are the only one in theirs.
    """
    held: dict[tuple[str, ...], set[str | None]] = defaultdict(set)
    for parts in rest:
        for depth in range(len(parts) + 1):
            held[tuple(parts[:depth])].add(parts[depth] if depth < len(parts) else None)
    for place, parts in enumerate(rest):
        rest[place] = [
            part
            for depth, part in enumerate(parts)
            if not (_plain(part) in IMAGES and len(held[tuple(parts[:depth])]) == 1)
        ]


def _unwrap(rest: list[list[str]], rows: Sequence[int]) -> None:
    """Take away a folder that holds all pictures of these rows and has folders in it, as long as
    there is one; a split is kept.
    """
    while (
        rows
        and len({tuple(rest[row][:1]) for row in rows}) == 1
        and any(len(rest[row]) > 1 for row in rows)
        and rest[rows[0]]
        and not splits_of(rest[rows[0]][:1])
    ):
        for row in rows:
            del rest[row][0]


def _take_splits(
    rest: list[list[str]], *, classes_above: bool = False
) -> tuple[list[str | None] | None, tuple[str, ...]]:
    """Take away the first level where all of it names splits; gives the split of each picture.

    Without folders inside, such a level is one of classes that are called so.
    """
    inside = [parts for parts in rest if parts]
    known = splits_of(sorted({parts[0] for parts in inside}))
    if not known or not (classes_above or any(len(parts) > 1 for parts in inside)):
        return None, ()
    splits = [known[parts[0]] if parts else None for parts in rest]
    folders = [parts[0] if parts else None for parts in rest]
    for parts in inside:
        del parts[0]
    for folder in known:
        rows = [row for row, own in enumerate(folders) if own == folder]
        while _holds_all(rest, rows, folder):  # seg_train/seg_train/sea
            for row in rows:
                del rest[row][0]
    return splits, tuple(sorted(known))


def _holds_all(rest: list[list[str]], rows: Sequence[int], split: str) -> bool:
    """Whether one folder holds all pictures of a split and is called like the split or has several
    folders in it.
    """
    first = {parts[0] if (parts := rest[row]) else None for row in rows}
    if len(first) != 1 or None in first:
        return False
    deeper = all(len(rest[row]) > 1 for row in rows)
    return first == {split} or (deeper and len({rest[row][1] for row in rows}) > 1)


def _classes(rest: list[list[str]]) -> tuple[list[str | None], list[list[str]], int]:
    """The class of each picture, the folders around it, and how many pictures lie deeper."""
    depths = {len(parts) for parts in rest if parts}
    outer = [parts[0] if parts else None for parts in rest]
    if len(depths) != 1 or depths == {1}:
        return outer, [], sum(len(parts) > 1 for parts in rest)
    inner = {parts[-1] for parts in rest if parts}
    first = {parts[0] for parts in rest if parts}
    if splits_of(inner) or (_numbered(inner) and not _numbered(first)):
        return outer, [], sum(len(parts) > 1 for parts in rest)
    return [parts[-1] if parts else None for parts in rest], [parts[:-1] for parts in rest], 0


def _numbered(names: set[str]) -> bool:
    """Whether names are one word with numbers (person1, person2), as those of groups are."""
    return (
        len(names) > 1
        and all(any(c.isdigit() for c in name) for name in names)
        and (len({re.sub(r"\d+", "", name) for name in names}) <= max(1, len(names) // 10))
    )


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()
