"""Masks of pictures as labels: class maps in files or arrays become regions, a connected part of
one class each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.run import track
from reliabel.core.short_repr import many
from reliabel.reading.objects import refuse_elsewhere
from reliabel.reading.outlines import outlines_in

TASK = "image"
FORM = "masks"
IGNORE = {
    255: 255,
    65535: 65535,
}  # largest number of a mask -> the number that means "not labelled"
NO_CODE = -1
LOOKED_AT = 3  # masks that must be such before a folder is taken for one of masks
FEW = 256  # different codes that they have at most


def masks_in(
    source: Any,
    *,
    pictures: str | Path | None = None,
    probs: Any = None,
    wanted: bool = False,
) -> Dataset | None:
    """The data set of a folder of pictures and masks, or of an array (n, h, w) in a file; None for
    any other source.

    pictures: the folder of the pictures.  probs: probabilities of the pixels.  wanted: whether
    regions were asked for, so that any other source is an error.
    """
    from reliabel.formats.files import place_of

    if not isinstance(source, str | Path):
        return None
    path = place_of(source)
    if wanted:
        refuse_elsewhere(source, "masks")
    if isinstance(path, str) or not path.exists():
        return None
    if path.suffix.lower() in (".npy", ".npz") and path.is_file():
        data = _of_array_file(path, wanted)
    elif wanted and (outlined := outlines_in(path, pictures=pictures, probs=probs)) is not None:
        return outlined
    elif path.is_dir():
        data = _of_folder(path, None if pictures is None else Path(pictures), wanted)
    else:
        data = None
    return data if data is None else _with_probs(data, probs)


def masks_of_arrays(masks: Any, probs: Any = None) -> Dataset:
    """The data set of class maps that are arrays: one array (n, h, w), or a list of arrays (h, w).

    Raises ValueError for anything else.
    """
    if masks is None or isinstance(masks, str) or not hasattr(masks, "__len__"):
        raise ValueError(
            "regions are read from masks: a folder, a file, or label=, an array (n, h, w) or a "
            f"list of arrays (h, w); got {masks!r:.40}"
        )
    labels, notes = regions_of_arrays(masks)
    sizes = np.array([np.shape(grid) for grid in masks], dtype=np.int64).reshape(-1, 2)
    about = {"rows": len(labels), "columns": {}, "table": "arrays", "task": TASK, "notes": notes}
    return _with_probs(Dataset(labels, {"sizes": sizes}, Ids(), about), probs)


def _with_probs(data: Dataset, probs: Any) -> Dataset:
    if probs is None:
        return data
    from reliabel.reading.pixel_probs import pixel_probs_of

    found, told = pixel_probs_of(probs, data)
    about = {**data.source, "notes": [*data.source["notes"], *told]}
    return Dataset(data.labels, {**data.evidence, "pixel_probs": found}, data.ids, about)


def regions_of_arrays(masks: Any, names: Sequence[str] = ()) -> tuple[Grouped[Regions], list[str]]:
    """Class maps, an array (n, h, w) or a list of arrays (h, w), as regions; -1 and 255 (65535 of
    16 bits) mean that a pixel has no label.

    >>> labels, _ = regions_of_arrays([[[0, 0], [1, 255]]], ["sky", "sea"])
    >>> labels.units.y.tolist(), labels.units.area.tolist()
    ([0, 1], [2, 1])
    """
    grids = [np.asarray(grid) for grid in masks]
    if any(grid.ndim != 2 or grid.dtype.kind not in "iub" for grid in grids):
        odd = next(g for g in grids if g.ndim != 2 or g.dtype.kind not in "iub")
        raise ValueError(
            "masks must hold a whole number a pixel, height x width each, got "
            f"{odd.dtype} of shape {odd.shape}"
        )
    largest = max((int(grid.max()) for grid in grids if grid.size), default=0)
    top = 65535 if largest > 255 else 255
    read = ((np.maximum(grid.astype(np.int64), NO_CODE), "ids", top) for grid in grids)
    found = _regions(len(grids), read, dict(enumerate(names)), {})
    return found.labels, found.notes


def class_map_of(labels: Grouped[Regions], item: int) -> Ints | None:
    """(h * w,) the class of each pixel of a picture, -1 where it has none; None for a picture
    without a region.
    """
    from reliabel.ops.class_maps import picture_of

    picture = picture_of(labels, item)
    if picture.size is None:
        return None
    return picture.classes(picture.owners(picture.size), NO_CODE)


def _of_folder(path: Path, pictures: Path | None, wanted: bool) -> Dataset | None:
    from reliabel.formats.files import sha256_of
    from reliabel.formats.mask_folders import pairs_in, split_of
    from reliabel.formats.mask_legend import legend_in
    from reliabel.formats.picture_places import size_of

    if pictures is not None and not pictures.is_dir():
        raise ValueError(f"image names the folder of the pictures here; there is none {pictures}")
    pairs = pairs_in(path, pictures, wanted=wanted)
    if not wanted and split_of(pairs) is None and _one_folder_a_class(pairs):
        return None
    masked = [pair.mask for pair in pairs if pair.mask is not None]
    if not masked or not (wanted or _look_like_masks(path, masked)):
        if wanted:
            raise ValueError(
                f"{path} holds no masks that are read; read are a folder with images/ and masks/ "
                "(names as in Pascal VOC, Cityscapes and ADE20K too), a folder of masks, an array "
                "(n, h, w) in .npy or .npz, and COCO's JSON"
            )
        return None
    folders = [path / Path(masked[0]).parent, *(path / one for one in Path(masked[0]).parents)]
    legend = legend_in(one for one in folders if one.is_dir())
    lost: list[str] = []
    by_colour = bool(legend.colours) and not legend.ids
    read = _opened(path, [pair.mask for pair in pairs], lost, by_colour)
    found = _regions(len(pairs), read, dict(legend.ids), dict(legend.colours))
    places = [_picture(path, pair.picture or pair.mask) for pair in pairs]
    evidence: dict[str, Any] = {"items": places}
    notes = [*_said(found, path), *found.notes]
    if any(pair.picture for pair in pairs):
        sizes = [
            (-1, -1) if pair.picture is None else size_of(Path(place))
            for pair, place in track(
                "looking at pictures", list(zip(pairs, places, strict=True)), len(pairs)
            )
        ]
        evidence["sizes"] = np.array(sizes, dtype=np.int64).reshape(-1, 2)
        bare = [pair.name for pair in pairs if pair.picture is None]
        if bare:
            notes.append(f"{many(len(bare), 'mask')} without a picture (the first is {bare[0]})")
    else:
        notes.append("the masks came without their pictures; name their folder with image=")
    none = [pair.name for pair in pairs if pair.mask is None]
    if none:
        notes.append(f"{many(len(none), 'picture')} without a mask (the first is {none[0]})")
    if lost:
        notes.append(
            f"{many(len(lost), 'mask')} cannot be read, so that these pictures have no label; the "
            f"first: {lost[0]}"
        )
    split = split_of(pairs)
    if split is not None:
        evidence["split"] = np.array(split)
        notes.append(f"splits {', '.join(sorted(set(split)))} from the names of the folders")
    if legend:
        notes.append(f"the classes are named by {legend.path.name if legend.path else 'a legend'}")
    about = {
        **_about(path, sha256_of(path), len(pairs), notes),
        FORM: {
            "files": [pair.mask for pair in pairs],
            "codes": found.codes,
            "sort": found.sort,
            "grey": found.grey,
        },
    }
    return Dataset(found.labels, evidence, Ids([pair.name for pair in pairs]), about)


def _of_array_file(path: Path, wanted: bool) -> Dataset | None:
    from reliabel.formats.files import sha256_of

    held = np.load(path, mmap_mode="r", allow_pickle=False)
    names: Sequence[str] = ()
    if hasattr(held, "files"):
        name = next((one for one in ("masks", "mask", "labels") if one in held.files), None)
        if name is None and not wanted:
            return None
        array = held[name or held.files[0]]
        named = next((one for one in ("names", "classes") if one in held.files), None)
        names = () if named is None else [str(one) for one in held[named].tolist()]
    else:
        name, array = None, held
    if not wanted and not (name in ("masks", "mask") and array.ndim == 3):
        return None
    if array.ndim != 3 or array.dtype.kind not in "iub":
        raise ValueError(
            f"{path.name} must hold masks, a whole number a pixel in an array (n, height, width), "
            f"got {array.dtype} of shape {array.shape}"
        )
    top = 65535 if array.dtype.itemsize > 1 and array.size and int(array.max()) > 255 else 255
    read = ((np.maximum(grid.astype(np.int64), NO_CODE), "ids", top) for grid in array)
    found = _regions(len(array), read, dict(enumerate(names)), {})
    about = {
        **_about(path, sha256_of(path), len(array), [*_said(found, path), *found.notes]),
        FORM: {"array": name, "codes": found.codes, "sort": "ids", "grey": False},
    }
    sizes = np.tile(array.shape[1:], (len(array), 1))
    return Dataset(found.labels, {"sizes": sizes}, Ids(), about)


def _about(path: Path, sha256: str, rows: int, notes: list[str]) -> dict[str, Any]:
    return {
        "path": str(path.resolve()),
        "sha256": sha256,
        "rows": rows,
        "columns": {"label": "masks"},
        "table": "pyarrow",
        "task": TASK,
        "form": FORM,
        "encoding": None,
        "notes": notes,
    }


def _said(found: _Found, path: Path) -> list[str]:
    units = found.labels.units
    return [
        f"masks of pictures in {path.name}: {many(len(units), 'region')} (connected parts) of "
        f"{many(units.k, 'class', 'classes')} ({', '.join(units.names[:12])}) in "
        f"{many(len(found.labels), 'picture')}"
    ]


def _picture(path: Path, name: str | None) -> str:
    return str((path / (name or "")).resolve())


def _one_folder_a_class(pairs: Sequence[Any]) -> bool:
    """Whether pictures lie in two or more folders side by side, as those of classes do."""
    parts = [Path(pair.name).parts for pair in pairs]
    return {len(one) for one in parts} == {2} and len({one[0] for one in parts}) > 1


def _look_like_masks(path: Path, masks: Sequence[str]) -> bool:
    """Whether the first masks have few codes, as class maps have and photographs have not."""
    from reliabel.formats.mask_files import open_mask

    seen = 0
    for name in masks[:LOOKED_AT]:
        try:
            seen += len(np.unique(open_mask(path / name).codes)) <= FEW
        except ValueError:  # broken ones are told by the reader
            continue
    return seen > 0


def _opened(
    path: Path, masks: Sequence[str | None], lost: list[str], by_colour: bool
) -> Iterable[tuple[Ints, str, int] | None]:
    """Codes, their sort and the largest number of each mask; None where there is none."""
    from reliabel.formats.mask_files import open_mask

    for name in track("reading masks", masks, len(masks)):
        if name is None:
            yield None
            continue
        try:
            held = open_mask(path / name)
        except ValueError as why:
            lost.append(f"{name} {why}")
            yield None
            continue
        if by_colour and held.sort == "ids":  # the legend names colours alone
            grey = np.arange(256)
            of = grey << 16 | grey << 8 | grey if held.palette is None else held.palette
            known = np.where(held.codes < len(of), held.codes, NO_CODE)
            yield np.append(of, NO_CODE)[known], "colours", held.top
            continue
        yield held.codes, held.sort, held.top


class _Found:
    """Regions of masks, the codes of their classes, and what is to be said of them."""

    def __init__(
        self, labels: Grouped[Regions], codes: list[int], sort: str, grey: bool, notes: list[str]
    ) -> None:
        self.labels, self.codes, self.sort, self.grey = labels, codes, sort, grey
        self.notes = notes


def _regions(
    n: int,
    masks: Iterable[tuple[Ints, str, int] | None],
    ids: dict[int, str],
    colours: dict[int, str],
) -> _Found:
    """The regions of masks as they are read one by one; ``ids`` and ``colours`` name codes."""
    from reliabel.ops.regions import class_parts

    parts: list[tuple[Any, Ints, tuple[int, int]] | None] = []
    sorts, top = set[str](), 0
    for one in masks:
        if one is None:
            parts.append(None)
            continue
        codes, sort, largest = one
        runs, y = class_parts(codes)
        parts.append((runs, y, (int(codes.shape[0]), int(codes.shape[1]))))
        sorts.add(sort)
        top = max(top, largest)
    none = np.zeros(0, np.int64)
    y = np.concatenate([none, *(part[1] for part in parts if part is not None)])
    sort, grey, y, notes = _one_sort(sorts, y, colours)
    names, known, told = _named(y, colours if sort == "colours" else ids, sort, top)
    code = np.full(len(y), NO_CODE)
    order = np.argsort(known, kind="stable")
    at = np.searchsorted(np.array(known)[order], y) if known else np.zeros(len(y), int)
    at = np.minimum(at, max(len(known) - 1, 0))
    hit = np.array(known)[order][at] == y if known else np.zeros(len(y), bool)
    code[hit] = order[at][hit]
    labels = _grouped(parts, code, _unique(names))
    return _Found(labels, known, sort, grey, [*notes, *told])


def _one_sort(
    sorts: set[str], y: Ints, colours: dict[int, str]
) -> tuple[str, bool, Ints, list[str]]:
    """Whether codes are numbers or colours; colours that are all grey are numbers."""
    if "colours" not in sorts:
        return "ids", False, y, []
    red, green, blue = y >> 16 & 255, y >> 8 & 255, y & 255
    if len(sorts) == 1 and not colours and bool(((red == green) & (green == blue)).all()):
        return "ids", True, red, []
    if len(sorts) > 1:
        return (
            "colours",
            False,
            y,
            ["some masks have colours and some have numbers; numbers are taken for dark colours"],
        )
    return "colours", False, y, []


def _named(
    y: Ints, legend: dict[int, str], sort: str, top: int
) -> tuple[list[str], list[int], list[str]]:
    """The names of the classes, their codes, and what is to be said."""
    from reliabel.formats.mask_files import colour_text
    from reliabel.formats.mask_legend import IGNORED

    seen = np.unique(y)
    notes = []
    void = {code for code, name in legend.items() if name.strip().lower() in IGNORED}
    ignore = IGNORE.get(top)
    binary = sort == "ids" and ignore in seen and set(seen.tolist()) <= {0, ignore}
    if sort == "ids" and ignore is not None and ignore not in legend and not binary:
        void.add(ignore)
    if binary and ignore not in legend:
        notes.append(f"masks hold 0 and {ignore} alone: {ignore} is taken for a class")
    left_out = [code for code in seen.tolist() if code in void]
    if left_out:
        listed = ", ".join(map(str, left_out)) if sort == "ids" else f"{len(left_out)} colours"
        notes.append(f"pixels of {listed} have no label")
    known = [code for code in legend if code not in void]
    names = [legend[code] for code in known]
    more = [code for code in seen.tolist() if code not in legend and code not in void]
    if legend and sort == "colours" and more:
        first = colour_text(more[0])
        notes.append(
            f"{many(len(more), 'colour')} of masks {'is' if len(more) == 1 else 'are'} not in the "
            f"legend (the first is {first}); these pixels have no label"
        )
        more = []
    elif legend and more:
        notes.append(
            f"{many(len(more), 'class', 'classes')} of masks {'has' if len(more) == 1 else 'have'} "
            f"no name in the legend: {', '.join(map(str, more[:8]))}"
        )
    written: Callable[[int], str] = colour_text if sort == "colours" else str
    return names + [written(code) for code in more], known + more, notes


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    from reliabel.formats.drawn import unique_names

    return tuple(unique_names(list(names)))


def _grouped(
    parts: Sequence[tuple[Any, Ints, tuple[int, int]] | None], code: Ints, names: tuple[str, ...]
) -> Grouped[Regions]:
    """The regions with a class, picture by picture."""
    from reliabel.ops.regions import Runs

    some = [part for part in parts if part is not None]
    each = np.array([0 if part is None else len(part[1]) for part in parts], dtype=np.int64)
    empty = np.zeros(0, np.int64)
    count = np.concatenate([empty, *(np.diff(part[0].offsets) for part in some)])
    short = np.zeros(0, np.int32)  # half the memory, and enough for the pixels of a picture
    runs = Runs(
        np.concatenate([short, *(part[0].start.astype(np.int32) for part in some)]),
        np.concatenate([short, *(part[0].length.astype(np.int32) for part in some)]),
        np.concatenate([[0], np.cumsum(count)]),
    )
    size = np.array([part[2] for part in some], dtype=np.int64).reshape(-1, 2)
    size = np.repeat(size, each[[part is not None for part in parts]], axis=0)
    item = np.repeat(np.arange(len(parts)), each)
    keep = np.flatnonzero(code >= 0)
    runs = runs.take(keep)
    units = Regions(code[keep], runs.start, runs.length, runs.offsets, size[keep], names)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(item[keep], minlength=len(parts)))])
    return Grouped(units, offsets)
