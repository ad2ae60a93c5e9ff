"""Folders of pictures in Croissant: a set of files, and what the folders above a picture say of it.

The card lies beside the folder, as it lies beside a table; patterns of the set name each folder
that holds pictures, so that masks and tables beside them are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from reliabel.core.results import Audit

FORM, SET = "imagefolder", "pictures"
KINDS = {  # suffix -> MIME type
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".ppm": "image/x-portable-pixmap",
    ".pgm": "image/x-portable-graymap",
}


def picture_set(audit: Audit) -> list[dict[str, Any]]:
    """The FileSet of an audited folder of pictures; nothing for other data, and where a suffix has
    no MIME type.
    """
    paths = _paths(audit)
    if any(path.suffix.lower() not in KINDS for path in paths) or not paths:
        return []
    includes = sorted({f"{_glob(path.parent)}/*{_glob(path.suffix)}" for path in paths})
    return [
        {
            "@type": "cr:FileSet",
            "@id": SET,
            "name": SET,
            "description": f"{len(paths):,} pictures in folders.",
            "encodingFormat": sorted({KINDS[path.suffix.lower()] for path in paths}),
            "includes": includes,
        }
    ]


def picture_fields(audit: Audit, used: str) -> list[dict[str, Any]]:
    """The fields of each picture: itself, and its path, by which annotations name it.

    used: what identities of fields begin with.
    """
    told = [("image", "sc:ImageObject", "content"), ("path", "sc:Text", "fullpath")]
    return [
        {
            "@type": "cr:Field",
            "@id": f"{used}/{name}",
            "name": name,
            "dataType": kind,
            "source": {"fileSet": {"@id": SET}, "extract": {"fileProperty": what}},
        }
        for name, kind, what in told
    ]


def said_by_folder(audit: Audit, values: Sequence[str | None]) -> dict[str, Any] | None:
    """Where a value an item (a class, a split) stands in the path of its picture, as the source of
    a field; None where it does not stand in the same level of all paths.
    """
    paths = _paths(audit)
    known = [(path.parts, v) for path, v in zip(paths, values, strict=True) if v is not None]
    if len(paths) != len(known):
        return None
    depth = min((len(parts) for parts, _ in known), default=0)
    for level in range(2, depth + 1):  # from the end; the last is the name of the file
        if all(parts[-level] == value for parts, value in known):
            return _source(f"(?:.*/)?([^/]+)(?:/[^/]+){{{level - 1}}}$")
    for level in range(depth - 1):
        if all(parts[level] == value for parts, value in known):
            return _source(f"(?:[^/]+/){{{level}}}([^/]+)/")
    return None


def _source(pattern: str) -> dict[str, Any]:
    return {
        "fileSet": {"@id": SET},
        "extract": {"fileProperty": "fullpath"},
        "transform": {"regex": pattern},
    }


def _paths(audit: Audit) -> list[PurePosixPath]:
    """The path of each picture from beside its folder; none for other data."""
    source, info = audit.data.source, audit.info.get("input") or {}
    folder = Path(str(info.get("path") or source.get("path") or "")).name
    if source.get("form") != FORM or not folder:
        return []
    return [
        PurePosixPath(folder) / audit.data.ids.item(row) for row in range(len(audit.data.labels))
    ]


def _glob(part: Any) -> str:
    """A part of a path whose signs of patterns are taken as they are."""
    return re.sub(r"([*?\[])", r"[\1]", str(part))
