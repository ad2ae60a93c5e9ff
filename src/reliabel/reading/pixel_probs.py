"""Probabilities of the classes of pixels that a user brings: a folder with a file a picture, one
file for all, an array, or a function; read when a picture is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Grouped, Labels
from reliabel.core.objects import Regions
from reliabel.core.short_repr import many
from reliabel.reading.masks import FORM

SUFFIXES = (".npy", ".npz")


def with_pixel_probs(
    data: Dataset | Labels | Any, evidence: Mapping[str, Any]
) -> tuple[Mapping[str, Any], list[str]]:
    """The evidence with ``pixel_probs`` as a record, where it came as a path, an array or a
    function; and what is to be said of it.
    """
    given = evidence.get("pixel_probs")
    labels = data.labels if isinstance(data, Dataset) else data
    of_regions = isinstance(labels, Grouped) and isinstance(labels.units, Regions)
    if given is None or isinstance(given, PixelProbs) or not of_regions:
        return evidence, []
    whole = data if isinstance(data, Dataset) else Dataset(labels, {}, Ids(), {})
    found, told = pixel_probs_of(given, whole)
    return {**evidence, "pixel_probs": found}, told


def pixel_probs_of(given: Any, data: Dataset) -> tuple[PixelProbs, list[str]]:
    """The record of probabilities that were given for the pictures of a data set.

    given: a record, a folder of .npy or .npz files named as the pictures, a file with an array
        (n, k, h, w), a list of files or arrays, an array, or a function of the number of a picture.
    Raises ValueError where pictures have no probabilities.
    """
    n = len(data.labels)
    if isinstance(given, PixelProbs):
        return given, []
    if callable(given):
        return PixelProbs(given, _names(given, data, None), count=n), []
    names: Sequence[str] = ()
    source: Any = given
    notes = list[str]()
    if isinstance(given, str | Path):
        path = Path(given)
        if not path.exists():
            raise ValueError(f"there are no probabilities of pixels at {path}")
        if path.is_dir():
            source, notes = _in_folder(path, data)
            names = _written(path)
        else:
            source, names = _in_file(path, data)
    if len(source) != n:
        raise ValueError(
            f"there are probabilities for {many(len(source), 'picture')}, the labels have "
            f"{many(n, 'picture')}"
        )
    return PixelProbs(source, _names(source, data, names)), notes


def _names(source: Any, data: Dataset, names: Sequence[str] | None) -> tuple[str, ...]:
    """The classes of the channels: as told, else those whose number is the place of the channel,
    else those of the labels.
    """
    if names:
        return tuple(names)
    labels: Any = data.labels
    known: tuple[str, ...] = labels.units.names
    codes = data.source.get(FORM, {}).get("codes")
    if not codes or data.source[FORM].get("sort") != "ids":
        return known
    first = source(0) if callable(source) else source[0]
    k = len(PixelProbs([first])[0]) if len(data.labels) else len(known)
    if k == len(known) and sorted(codes) != list(range(k)):
        return known
    of_code = dict(zip(codes, known, strict=True))
    taken = set(known)
    return tuple(
        of_code.get(code, str(code) if str(code) not in taken else f"class {code}")
        for code in range(k)
    )


def _in_folder(path: Path, data: Dataset) -> tuple[list[str], list[str]]:
    """The file of each picture: by the whole name of the item, or by its last part."""
    held = {
        one.relative_to(path).with_suffix("").as_posix(): one
        for one in sorted(path.rglob("*"))
        if one.suffix.lower() in SUFFIXES
    }
    if not held:
        raise ValueError(f"{path} holds no .npy or .npz files, one a picture")
    last: dict[str, Path | None] = {}
    for name, one in held.items():
        stem = name.rsplit("/", 1)[-1]
        last[stem] = None if stem in last else one  # of several none
    found, lost = list[str](), list[str]()
    for item in range(len(data.labels)):
        name = str(data.ids.item(item))
        stem = Path(name).stem if Path(name).suffix else Path(name).name
        plain = Path(name).with_suffix("").as_posix()
        mine = held.get(name) or held.get(plain) or last.get(stem)
        if mine is None:
            lost.append(name)
        else:
            found.append(str(mine.resolve()))
    if lost:
        raise ValueError(
            f"{path} has probabilities for {many(len(found), 'picture')} and none for "
            f"{len(lost):,}, the first is {lost[0]}; name the files as the pictures "
            f"({lost[0]}.npy)"
        )
    return found, [f"probabilities of pixels from {path.name}, read picture by picture"]


def _in_file(path: Path, data: Dataset) -> tuple[Any, Sequence[str]]:
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(
            f"{path.name} is no .npy or .npz file; probabilities of pixels are an array (pictures, "
            "classes, height, width), or a folder with an array (classes, height, width) a picture"
        )
    held = np.load(path, mmap_mode="r", allow_pickle=False)
    if not hasattr(held, "files"):
        if held.ndim != 4:
            raise ValueError(
                f"{path.name} must hold an array (pictures, classes, height, width), got shape "
                f"{held.shape}"
            )
        return held, ()
    with held:
        named = next((one for one in ("names", "classes") if one in held.files), None)
        names = [] if named is None else [str(one) for one in held[named].tolist()]
        whole = next((one for one in ("probs", "p", "pred_probs") if one in held.files), None)
        arrays = [one for one in held.files if one != named]
        whole = arrays[0] if whole is None and len(arrays) == 1 else whole
        if whole is not None and held[whole].ndim == 4:
            return held[whole], names
        ids = [str(data.ids.item(item)) for item in range(len(data.labels))]
        lost = [one for one in ids if one not in held.files]
    if lost:
        raise ValueError(
            f"{path.name} must hold probs (pictures, classes, height, width), or an array for each "
            f"picture under its name; {lost[0]} is missing"
        )
    return [_Member(path, one) for one in ids], names


class _Member:
    """One array of an .npz file, read when it is asked for."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        with np.load(self.path, allow_pickle=False) as held:
            array = held[self.name]
        return array if dtype is None else array.astype(dtype)


def _written(path: Path) -> Sequence[str]:
    """The names of the classes in a file beside the probabilities."""
    from reliabel.formats.mask_legend import legend_in

    legend = legend_in([path])
    return [legend.ids[code] for code in sorted(legend.ids)]
