"""Items as HTML: a text, a table row, or a thumbnail inside the page, within a budget of bytes."""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.drawn import shows_pictures
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.label_values import shown
from reliabel.core.results import Finding
from reliabel.reporters.object_view import ObjectViews
from reliabel.reporters.shell import Html, fill, short

SIDE, BESIDE = 96, 64  # pixels of a thumbnail, and of one beside another
MOST_PIXELS = 100_000_000  # a larger picture is not unpacked
BUDGET = 3_000_000  # bytes of pictures in one page
TEXT, BRIEF = 500, 140  # characters of a text shown in full, and beside another
COLUMNS = 12  # of a row
READ = 2 * TEXT  # characters of a text in which personal data are looked for


class ItemViews:
    """Items of a data set as HTML; counts the bytes of pictures, so that a page stays small.

    clear: show personal data as they are; else their letters and digits are stars.
    """

    def __init__(self, data: Dataset, *, budget: int = BUDGET, clear: bool = False) -> None:
        self.data, self.left, self.budget, self.clear = data, budget, budget, clear
        self.items = data.evidence.get("items")
        self.pictures = shows_pictures(data) or (
            isinstance(self.items, np.ndarray) and self.items.ndim >= 3
        )
        self._seen: dict[tuple[int, int], tuple[str, bool]] = {}
        self.objects = ObjectViews(data, self._item, self._pay)

    def whole(self, item: int, *, unit: int | None = None) -> Html:
        """An item as it stands at the head of a finding; a token that is meant is marked."""
        return self._show(item, TEXT, COLUMNS, 0.15, unit, SIDE)

    def found(self, finding: Finding) -> Html:
        """What a finding is about: an object in its picture, a place in it, or the item."""
        if self.objects and finding.unit is not None:
            return self.objects.finding(finding)
        place = self.objects.fault(finding) if self.objects else Html("")
        return place or self.whole(finding.item, unit=finding.unit)

    def brief(self, item: int, *, spare: float = 0.0) -> Html:
        """An item beside another: shorter, smaller, and a picture only while more than the share
        ``spare`` of the budget is left for others.
        """
        return self._show(item, BRIEF, 4, spare, None, BESIDE)

    def label(self, item: int, unit: int | None = None) -> str:
        """The label an item carries, in one line; of several labels per item the answer to question
        ``unit``, if one is meant.
        """
        labels = self.data.labels
        kind, layout = kind_for(labels), layout_of(labels)
        if unit is not None or layout.starts is None:
            return shown(kind.value(labels, layout.row(item, unit)))
        if kind.whole is None:
            return ""
        return shown(kind.whole(labels, item)).replace(";", ", ") or "none of the classes"

    def brief_found(self, finding: Finding) -> Html:
        """The place in a picture that a finding names, or its item in brief."""
        place = self.objects.fault(finding) if self.objects else Html("")
        return place or self.brief(finding.item)

    def _show(
        self, item: int, letters: int, columns: int, spare: float, unit: int | None, side: int
    ) -> Html:
        one = self._item(item)
        if one is None:
            return fill("item.html", kind="none", item=item)
        if self.pictures:
            uri, small = self._thumbnail(item, one, spare, side)
            return fill(
                "item.html",
                kind="picture",
                item=item,
                uri=uri,
                small=small,
                name=_name(one) if isinstance(one, str | os.PathLike) else "",
            )
        if isinstance(one, Mapping):
            facts = [
                (short(name, 30), short(self._masked(_cell(value), str(name)), letters // 6))
                for name, value in list(one.items())[:columns]
            ]
            return fill(
                "item.html", kind="row", item=item, facts=facts, more=max(len(one) - columns, 0)
            )
        if isinstance(one, Sequence | np.ndarray) and not isinstance(one, str | bytes):
            about = range(0) if unit is None else self._about(item, unit)
            words = [(place, self._masked(word)) for place, word in _around(one, about)]
            return fill("item.html", kind="words", item=item, words=words, about=about)
        cut = len(str(one)) if len(str(one)) > letters and letters == TEXT else 0
        text = short(self._masked(one), letters)
        return fill("item.html", kind="text", item=item, text=text, cut=cut)

    def _about(self, item: int, unit: int) -> range:
        """The words of an item that one of its labels is about."""
        labels = self.data.labels
        words = kind_for(labels).words
        if words is None:
            return range(unit, unit + 1)
        return range(*words(labels, layout_of(labels).row(item, unit)))

    def _masked(self, value: Any, column: str = "") -> Any:
        """A text, or a whole number, in which personal data are hidden; of a long one the part that
        can be shown.
        """
        if self.clear or not isinstance(value, str | int | np.integer) or isinstance(value, bool):
            return value
        from reliabel.ops.personal import masked, words_of

        text = str(value)
        return masked(text[:READ], words_of(column)) + text[READ:]

    def _item(self, item: int) -> Any:
        if self.items is None:
            return None
        if isinstance(self.items, Mapping):
            return {name: values[item] for name, values in self.items.items()}
        return self.items[item]

    def _pay(self, size: int, spare: float) -> bool:
        """Take bytes from the budget while more than the share ``spare`` of it is left."""
        if self.left < spare * self.budget or size > self.left or self.left <= 0:
            return False
        self.left -= size
        return True

    def _thumbnail(self, item: int, picture: Any, spare: float, side: int) -> tuple[str, bool]:
        """A data URI ("" when the budget is spent or the picture cannot be read) and whether its
        pixels are few enough to be shown as squares.
        """
        if not self._pay(0, spare):
            return "", False
        if (item, side) not in self._seen:
            self._seen[item, side] = thumbnail(picture, side)
        uri, small = self._seen[item, side]
        return (uri, small) if self._pay(len(uri), 0.0) else ("", False)


def _name(path: Any) -> str:
    """The name of a picture, with its folder where that is said from where people work; pages are
    passed on, so that the places of a disk are not in them.
    """
    text = os.fspath(path)
    last = re.split(r"[/\\]", text)[-1]
    return short(last if re.match(r"[/~\\]|[A-Za-z]:|\.\.", text) else text, 60)


def thumbnail(picture: Any, side: int = SIDE) -> tuple[str, bool]:
    """A picture (path, bytes, array) as a data URI of at most ``side`` pixels, and whether it was
    small; ("", False) if it cannot be read.

    >>> uri, small = thumbnail(np.eye(8))
    >>> uri[:22], small
    ('data:image/png;base64,', True)
    """
    from PIL import Image, ImageOps

    try:
        image = (
            Image.fromarray(_grey(picture))
            if isinstance(picture, np.ndarray)
            else Image.open(_opened(picture))
        )
        with image:
            if image.width * image.height > MOST_PIXELS or not image.width * image.height:
                return "", False
            small = max(image.size) <= side // 2
            image.draft("RGB", (2 * side, 2 * side))
            whole = _on_white(image)
            if image.format in ("JPEG", "MPO"):
                whole = ImageOps.exif_transpose(whole)
            whole.thumbnail((side, side))
            out = io.BytesIO()
            whole.save(
                out,
                "PNG" if small else "WEBP",
                **({"optimize": True} if small else {"quality": 70}),
            )
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        IndexError,
        TypeError,
        OverflowError,
        Image.DecompressionBombError,
    ):  # what Pillow's decoders raise
        return "", False
    return (
        f"data:image/{'png' if small else 'webp'};base64,"
        + base64.b64encode(out.getvalue()).decode(),
        small,
    )


def _opened(picture: Any) -> Any:
    if isinstance(picture, Mapping):  # as Hugging Face tables hold them
        picture = picture["bytes"] if picture.get("bytes") is not None else picture.get("path")
    if isinstance(picture, bytes | bytearray | memoryview):
        return io.BytesIO(picture)
    from reliabel.ops.addresses import address_of, content, is_address

    if is_address(picture):
        return io.BytesIO(content(str(address_of(picture))))
    if not isinstance(picture, str | os.PathLike):
        raise TypeError(f"a picture is a path, bytes or an array, got {type(picture).__name__}")
    return picture


def _on_white(image: Any) -> Any:
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_grey(np.asarray(image)))
    if image.mode in ("L", "RGB"):
        return image.copy()
    clear = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")


def _grey(pixels: Any) -> Any:
    """Pixels of any type as 0..255: bytes as they are, others stretched between their own smallest
    and largest value.
    """
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if (
        pixels.dtype == np.uint8 and pixels.max(initial=0) > 16
    ):  # bytes that use only a few grey levels are stretched as well
        return np.ascontiguousarray(pixels)
    values = np.nan_to_num(np.asarray(pixels, dtype=np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    return np.round(255 * (values - low) / max(high - low, 1e-12)).astype(np.uint8)


def _cell(value: Any) -> Any:
    """A cell of a table as people write it: five digits of a number, no clock with a bare date, a
    dash for what is missing.
    """
    if value is None or value != value:
        return "–"
    if isinstance(value, float | np.floating):
        return f"{value:.5g}" if abs(float(value)) < 1e5 else f"{value:.10g}"
    return (
        str(value).replace("T", " ").removesuffix(" 00:00:00")
        if isinstance(value, np.datetime64 | datetime)
        else value
    )


def _around(words: Any, about: range, reach: int = 25) -> list[tuple[int, str]]:
    """The words that are meant and those near them, each with its place."""
    first, last = (about.start, about.stop) if len(about) else (0, 0)
    near = range(max(first - reach, 0), min(last + reach, len(words)))
    return [(place, short(words[place], 40)) for place in near]
