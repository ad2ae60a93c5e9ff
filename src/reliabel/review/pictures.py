"""The pictures of items as thumbnails: made when they are asked for, kept in memory up to a limit,
and never of a file outside the folders of the data.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any

from reliabel.core.dataset import Dataset
from reliabel.core.drawn import shows_pictures
from reliabel.folders.label_cells import file_rows

SIZES = (256, 1024)  # pixels of a side
Frame = tuple[int, int, int, int]  # left, top, width, height
KEPT = 2**26  # bytes of thumbnails in memory
MOST_BYTES = 2**28  # of a picture file
AT_ONCE = 2  # pictures that are unpacked at the same time


class NoPicture(LookupError):
    """There is no picture to show; the sentence says why."""


class Pictures:
    """The pictures of a data set.

    roots: folders whose pictures may be shown; without any, the folder of the audited file.
    """

    def __init__(self, data: Dataset, roots: Sequence[Path] = ()) -> None:
        self.data = data
        self.items = data.evidence.get("items") if shows_pictures(data) else None
        self._home = _home(data)
        own = [] if self._home is None else [self._home]
        self.roots = tuple(Path(root).resolve() for root in (roots or own))
        self._kept = OrderedDict[tuple[int, int, Frame | None], bytes]()
        self._size = 0
        self._lock, self._turns = Lock(), BoundedSemaphore(AT_ONCE)
        self._cells: Sequence[Any] | None = None

    @property
    def there(self) -> bool:
        """Whether items are pictures."""
        return self.items is not None

    def webp(self, item: int, side: int, part: Frame | None = None) -> bytes:
        """The thumbnail of an item, or of a part of it.  Raises NoPicture where there is none."""
        key = (item, side, part)
        with self._lock:
            held = self._kept.get(key)
            if held is not None:
                self._kept.move_to_end(key)
                return held
        with self._turns:
            made = self._made(item, side, part)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._size += len(made)
            while self._size > KEPT and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])
        return made

    def size(self, item: int) -> tuple[int, int] | None:
        """Width and height of the picture of an item; None where it cannot be read."""
        from reliabel.ops.pictures import size_of

        try:
            with self._turns:
                return size_of(self._picture(item))
        except NoPicture:
            return None

    def _made(self, item: int, side: int, part: Frame | None = None) -> bytes:
        from reliabel.ops.pictures import thumbnail

        if self.items is None:
            raise NoPicture("the items of this audit are no pictures")
        sizes = self.data.evidence.get("sizes")
        shape = None if sizes is None else (int(sizes[item][0]), int(sizes[item][1]))
        made, why = thumbnail(self._picture(item), side, part, shape=shape)
        if made is None:
            raise NoPicture(f"the picture of {self.data.ids.item(item)!r} cannot be shown: {why}")
        return made

    def _picture(self, item: int) -> Any:
        """What can be opened: a path within the roots, an address beside the file, or bytes."""
        from reliabel.ops.addresses import is_address

        held = self.items[item] if self.items is not None else None
        held = self._cell(item) if held is None else held
        if isinstance(held, Mapping):  # as Hugging Face tables hold them
            held = held["bytes"] if held.get("bytes") is not None else held.get("path")
        if isinstance(held, bytes | bytearray | memoryview):
            return self._bounded(held, len(held), item)
        text = "" if held is None else str(held)
        if not text.strip() or "\0" in text:
            raise NoPicture(f"item {self.data.ids.item(item)!r} names no picture")
        if is_address(text):
            return self._beside(text, item)
        return self._inside(Path(text), item)

    def _inside(self, path: Path, item: int) -> Any:
        """The file, which lies within the roots also when links are followed."""
        there = [found for one in self._candidates(path) if (found := one.resolve()).is_file()]
        for found in there:
            if any(found.is_relative_to(root) for root in self.roots):
                return self._bounded(found, found.stat().st_size, item)
        if not there:
            raise NoPicture(f"the picture of {self.data.ids.item(item)!r} is missing: {path.name}")
        raise NoPicture(
            f"the picture of {self.data.ids.item(item)!r} lies outside the folder of the data and "
            "is not shown; name the folders of pictures when the server is started: "
            "reliabel review FOLDER --pictures PLACE"
        )

    def _bounded(self, held: Any, size: int, item: int) -> Any:
        if size > MOST_BYTES:
            raise NoPicture(
                f"the picture of {self.data.ids.item(item)!r} has more than "
                f"{MOST_BYTES // 2**20} MiB and is not opened"
            )
        return held

    def _candidates(self, path: Path) -> list[Path]:
        """Where a picture may lie: where it was when it was audited, or (the audit was made from
        another folder, or the data have moved) below the roots under the same last names.
        """
        first = 1 if path.is_absolute() else 0
        last = [Path(*path.parts[at:]) for at in range(first, len(path.parts))]
        return [path, *(root / part for root in self.roots for part in last)]

    def _beside(self, address: str, item: int) -> str:
        """An address below the folder of the audited address."""
        home = str(self.data.source.get("path") or "")
        folder = home if home.endswith("/") else home.rpartition("/")[0] + "/"
        if "://" not in home or ".." in address or not address.startswith(folder):
            raise NoPicture(
                f"the picture of {self.data.ids.item(item)!r} lies at another address than the "
                "data and is not fetched"
            )
        return address

    def _cell(self, item: int) -> Any:
        """A picture that the audited file holds as bytes."""
        with self._lock:
            if self._cells is None:
                self._cells = _cells(self.data)
        row = int(file_rows(self.data)[item])
        if row >= len(self._cells) or self._cells[row] is None:
            raise NoPicture(
                f"the picture of {self.data.ids.item(item)!r} was given in memory or its file has "
                "changed; it cannot be shown"
            )
        return self._cells[row]


def _home(data: Dataset) -> Path | None:
    """The folder of the audited file, or the audited folder."""
    path = Path(str(data.source.get("path") or ""))
    if path.is_dir() and path.is_absolute():
        return path
    return path.parent if path.is_file() else None


def _cells(data: Dataset) -> Sequence[Any]:
    """The column of pictures in the audited file; none where there is no such file any more, or
    another one.
    """
    from reliabel.formats import hugging_face, tables
    from reliabel.formats.files import sha256_of

    path, source = Path(str(data.source.get("path") or "")), data.source
    name = source.get("columns", {}).get("image")
    if name is None or not path.is_absolute() or not path.exists():
        return ()
    if sha256_of(path) != source.get("sha256"):
        return ()
    if not path.is_dir():
        table = tables.read(path)
    elif hugging_face.is_one(path):
        table = hugging_face.read(path)
    else:
        return ()
    held: Sequence[Any] = table.columns[name].tolist()
    return held
