"""Broken items: empty texts, control characters, damaged encodings, unreadable or black pictures,
rows without values, features without information.

Checks each item by itself and uses no label. A damaged encoding is detected by typical pairs of
characters, so it can be missed or reported wrongly; an empty text or an unreadable file is certain.
Dark and light pictures are told where they are rare: where they are common they are meant to be so.
Cost: reads every item once; pictures are opened.
Paper: none; the checks follow common practice (Sambasivan et al. Data cascades in high-stakes AI.
CHI 2021, says why they pay); the bounds of brightness are the defaults of cleanvision (0.3).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Labels
from reliabel.core.results import Faults
from reliabel.core.run import track
from reliabel.ops.chunks import cut, rows
from reliabel.ops.copies import sort_of
from reliabel.ops.pictures import load
from reliabel.ops.table_columns import missing

STATUS = "default"
FINDS = "broken"
CERTAIN, LIKELY, MAYBE = 1.0, 0.8, 0.6  # scores
Fault = tuple[str, float, str]  # kind, score, why

DARK, LIGHT = 0.32, 0.95  # brightness that 99 % of the pixels stay below, or 95 % above
RARE = 0.1  # share of the pictures up to which dark (light) ones are told
PERCEIVED = np.array([0.241, 0.691, 0.068])  # of squared red, green and blue
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_tail = "\x80-\xbf" + "".join(bytes([b]).decode("cp1252", "ignore") for b in range(0x80, 0xA0))
MOJIBAKE = re.compile(
    f"[\u00c2-\u00c5\u00ce-\u00d1\u00d7-\u00d9][{_tail}]"
    f"|[\u00e0-\u00ef][{_tail}]{{2}}|\u00f0[{_tail}]{{3}}"
)  # UTF-8 read as Latin
QUOTES = (
    "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u00bb\u00a0"  # may follow a capital in a sound text
)


def audit(
    labels: Labels,
    *,
    items: Sequence[Any] | Mapping[str, Any] | None = None,
    features: Floats | None = None,
) -> Faults:
    """One fault an item: what is wrong with it and how sure that is (score 1 = certain).

    >>> from reliabel.core.labels import Classes
    >>> texts = ["fine", "  ", "caf\\u00c3\\u00a9 cr\\u00c3\\u00a8me"]
    >>> found = audit(Classes(np.array([0, 0, 1])), items=texts)
    >>> found.items, found.kind
    ([(1,), (2,)], ['empty', 'encoding'])
    """
    sort = sort_of(items)
    found: dict[int, Fault] = {}
    if sort == "texts":
        found = _each(items, _text)
    elif sort == "pictures":
        found = _without_common(_each(items, _picture), len(items))  # type: ignore[arg-type]
    elif sort == "rows":
        empty = (
            np.all([missing(np.asarray(column)) for column in items.values()], axis=0)  # type: ignore[union-attr]
            if items
            else np.zeros(0, dtype=bool)
        )
        found = {
            int(item): ("no values", CERTAIN, "every value of the row is missing")
            for item in np.flatnonzero(empty)
        }
    if features is not None and features.ndim == 2:
        for item, fault in _features(features).items():
            found.setdefault(item, fault)
    order = sorted(found)
    faults = [((item,), *found[item]) for item in order] + _all_the_same(sort, items)
    columns = list(zip(*faults, strict=True)) or [(), (), (), ()]
    return Faults(
        list(columns[0]),
        list(columns[1]),
        np.array(columns[2], dtype=float),
        list(columns[3]),
        info={"checked": sort, "items": len(order)},
    )


def _each(items: Any, look: Callable[[Any], Fault | None]) -> dict[int, Fault]:
    return {
        row: fault
        for row, item in enumerate(track("broken items", items, len(items)))
        if (fault := look(item)) is not None
    }


def _text(text: Any) -> Fault | None:
    if not isinstance(text, str):
        return "empty", CERTAIN, "there is no text"
    if not text.strip():
        return (
            "empty",
            CERTAIN,
            "the text is empty" if not text else "the text holds nothing but spaces",
        )
    if not any(c.isprintable() and not c.isspace() for c in text):
        return "empty", CERTAIN, "the text holds no character that can be seen"
    damaged = None if text.isascii() else _mojibake(text)
    if damaged is not None:
        return damaged
    odd = CONTROL.findall(text)
    if odd:
        return (
            "control characters",
            LIKELY,
            f"the text holds {len(odd)} control characters, the first is U+{ord(odd[0]):04X}",
        )
    lost = text.count("\ufffd")
    return (
        ("encoding", CERTAIN, f"{lost} characters were lost when the text was decoded (U+FFFD)")
        if lost
        else None
    )


def _mojibake(text: str) -> Fault | None:
    hits = [hit for hit in MOJIBAKE.findall(text) if len(hit) > 2 or hit[1] not in QUOTES]
    if 2 * sum(map(len, hits)) <= sum(not c.isascii() for c in text):
        return None
    return (
        "encoding",
        MAYBE,
        f"looks like UTF-8 read in another encoding: {hits[0]!r} in {len(hits)} "
        f"place{'s' * (len(hits) > 1)}",
    )


def _picture(picture: Any) -> Fault | None:
    pixels, why = load(picture, 32)
    if pixels is None:
        return "picture", CERTAIN, str(why)
    if int(np.ptp(pixels.reshape(-1, pixels.shape[-1]), axis=0).max()) == 0:
        return "picture", LIKELY, f"the picture is of one colour {tuple(pixels[0, 0].tolist())}"
    low, high = np.quantile(np.sqrt((pixels / 255.0) ** 2 @ PERCEIVED), [0.05, 0.99])
    if high < DARK:
        return (
            "dark",
            MAYBE,
            f"the picture is nearly black: 99 % of it is below {high:.0%} of white",
        )
    if low > LIGHT:
        return (
            "light",
            MAYBE,
            f"the picture is nearly white: 95 % of it is above {low:.0%} of white",
        )
    return None


def _without_common(found: dict[int, Fault], n: int) -> dict[int, Fault]:
    """The faults without dark (light) pictures where these are more than a tenth of all."""
    count = Counter(kind for kind, _, _ in found.values())
    usual = {kind for kind in ("dark", "light") if count[kind] > max(1, RARE * n)}
    return {item: fault for item, fault in found.items() if fault[0] not in usual}


def _features(features: Floats) -> dict[int, Fault]:
    def look(block: Any) -> tuple[Bools, Bools]:
        part = block.read()[0]
        return ~np.isfinite(part).all(1), ~part.any(1)

    bad, zero = rows(look, cut(features))
    found: dict[int, Fault] = {}
    for item in np.flatnonzero(bad).tolist():
        where = np.flatnonzero(~np.isfinite(features[item]))
        found[item] = (
            "features",
            CERTAIN,
            f"{len(where)} of its {features.shape[1]} features are NaN or infinite, the first is "
            f"column {int(where[0])}",
        )
    return found | dict.fromkeys(
        np.flatnonzero(zero).tolist(),
        ("features", LIKELY, "all its features are zero: they say nothing about it"),
    )


def _all_the_same(sort: str, items: Any) -> list[tuple[tuple[int, ...], str, float, str]]:
    if (
        sort != "texts"
        or len(items) < 2
        or not str(items[0]).strip()
        or any(item != items[0] for item in items)
    ):
        return []
    return [
        (
            tuple(range(min(len(items), 10))),
            "all the same",
            CERTAIN,
            f"all {len(items):,} texts are the same: nothing can be learnt from them",
        )
    ]
