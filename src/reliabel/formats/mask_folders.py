"""A folder of pictures and their masks: which mask belongs to which picture, by their names.

Masks lie in a folder of their own (masks/, SegmentationClass/, gtFine/, annotations/ beside
images/, JPEGImages/, leftImg8bit/, ...), with or without folders for splits, or beside their
pictures under a name such as 0001_mask.png.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reliabel.core.short_repr import by_fields
from reliabel.core.split_names import splits_of
from reliabel.formats.mask_files import ARRAYS
from reliabel.formats.mask_files import PICTURES as MASKS
from reliabel.formats.picture_places import SUFFIXES as PICTURES

OF_MASKS = {
    *("mask", "masks", "label", "labels", "annotation", "annotations", "gt", "gtfine", "gtcoarse"),
    *("ground_truth", "groundtruth", "seg", "segmentation", "segmentations", "segmentationclass"),
    *("segmentationclassraw", "segmentationclassaug", "labelids", "ann_dir", "gt_dir", "lbl"),
    *("annotations_semantic", "class_maps", "semantic"),
}
OF_PICTURES = {
    *("image", "images", "img", "imgs", "jpegimages", "leftimg8bit", "picture", "pictures"),
    *("photo", "photos", "img_dir", "rgb", "input", "inputs"),
}
# ends of the names of masks, those that are taken first before others of the same picture
ENDS = (
    *("_gtFine_labelTrainIds", "_gtFine_labelIds", "_gtCoarse_labelIds", "_labelTrainIds"),
    *("_labelIds", "_semantic", "_mask", "-mask", ".mask", "_masks", "_label", "_labels"),
    *("_gt", "_seg", "_segmentation", "_lbl", "_L"),
)
OF_OTHERS = ("_color", "_instanceIds", "_polygons")  # beside the masks of Cityscapes
HEADS = ("_leftImg8bit", "_rgb", "_image", "_img")  # ends of the names of pictures


@dataclass(frozen=True)
class Pair:
    """An item: its name, and the paths within the folder of its picture and its mask (None: there
    is none).
    """

    name: str
    picture: str | None
    mask: str | None

    __repr__ = by_fields


def pairs_in(folder: Path, pictures: Path | None = None, *, wanted: bool = False) -> list[Pair]:
    """The pictures and masks of a folder; nothing where it is no such folder.

    pictures: where the pictures lie, if the user said it; they are then named by whole paths.
    wanted: whether masks were asked for, so that a folder of masks alone is one.
    """
    files = list(_files(folder))
    masks = [one for one in files if one.suffix.lower() in (*MASKS, *ARRAYS)]
    inside = [one for one in masks if _place(one, OF_MASKS) is not None]
    others = [one for one in files if one.suffix.lower() in PICTURES]
    if inside:
        within = set(inside)
        others = [one for one in others if one not in within and _place(one, OF_MASKS) is None]
    elif wanted and (named := [one for one in masks if _end(one.stem)]):
        inside = named
        others = [one for one in others if one not in set(named)]
    elif wanted:
        inside, others = masks, []
    else:
        inside = [one for one in masks if _end(one.stem)]
        others = [one for one in others if one not in set(inside)]
    if not inside:
        return []
    held = {_key(one, OF_PICTURES, HEADS): str(one) for one in others}
    if pictures is not None:
        at = (path for path in _files(pictures) if path.suffix.lower() in PICTURES)
        held = {_key(one, OF_PICTURES, HEADS): str((pictures / one).resolve()) for one in at}
    given = _by_key(inside)
    both = given.keys() & held.keys()
    if not wanted and 2 * len(both) < len(given):
        return []
    keys = sorted(given.keys() | held.keys())
    short = _short(keys)
    return [Pair(short[key], held.get(key), given.get(key)) for key in keys]


def split_of(pairs: Sequence[Pair]) -> list[str] | None:
    """The split of each item, where the folders of their names are splits."""
    parts = [PurePosixPath(pair.name).parts for pair in pairs]
    named = splits_of(sorted({part[0] for part in parts if len(part) > 1}))
    if not named or not all(len(part) > 1 for part in parts):
        return None
    return [named[part[0]] for part in parts]


def _files(folder: Path) -> Iterator[PurePosixPath]:
    """The files in a folder and those below, without hidden ones, in the order of their names."""
    for place, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        base = Path(place).relative_to(folder)
        for name in sorted(names):
            if not name.startswith("."):
                yield PurePosixPath((base / name).as_posix())


def _place(path: PurePosixPath, words: set[str]) -> int | None:
    """Which folder of a path is one of some words."""
    parts = path.parts[:-1]
    return next((at for at, part in enumerate(parts) if part.lower() in words), None)


def _end(stem: str) -> str:
    return next((end for end in ENDS if stem.endswith(end) and len(stem) > len(end)), "")


def _key(path: PurePosixPath, words: set[str], ends: Sequence[str]) -> str:
    """What the names of a picture and of its mask have in common."""
    at = _place(path, words)
    parts = [part for place, part in enumerate(path.parts[:-1]) if place != at]
    stem = path.stem
    end = next((one for one in ends if stem.endswith(one) and len(stem) > len(one)), "")
    return "/".join([*parts, stem.removesuffix(end)])


def _by_key(masks: Sequence[PurePosixPath]) -> dict[str, str]:
    """The mask of each key, where several fit the one whose name ends as most masks' do."""
    ends = Counter(_end(one.stem) for one in masks)
    rank = {end: (ENDS.index(end) if end else len(ENDS)) for end in ends}
    found: dict[str, tuple[int, str]] = {}
    for one in masks:
        if one.stem.endswith(OF_OTHERS):
            continue
        key, end = _key(one, OF_MASKS, ENDS), _end(one.stem)
        if key not in found or rank[end] < found[key][0]:
            found[key] = (rank[end], str(one))
    return {key: path for key, (_, path) in found.items()}


def _short(keys: Sequence[str]) -> dict[str, str]:
    """Names of items: keys without the folders that all share."""
    if not keys:
        return {}
    parts = [key.split("/")[:-1] for key in keys]
    shared = next(
        (at for at, column in enumerate(zip(*parts, strict=False)) if len(set(column)) > 1),
        min(map(len, parts)),
    )
    return {key: "/".join(key.split("/")[shared:]) for key in keys}
