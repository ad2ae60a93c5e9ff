"""Moments as people and platforms write them, as seconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import numpy as np

from reliabel.core.labels import Floats

# hours of the zone names that platforms write; other names stand for several zones
ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "PST": -8, "PDT": -7, "MST": -7, "MDT": -6, "CST": -6, "CDT": -5,
    "EST": -5, "EDT": -4, "CET": 1, "CEST": 2,
}  # fmt: skip
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Mon Nov 02 10:00:12 PST 2026
LONG = re.compile(
    r"^[A-Za-z]{3} ([A-Za-z]{3}) (\d{1,2}) (\d{1,2}):(\d\d)(?::(\d\d))? (?:([A-Za-z]+) )?(\d{4})$"
)
# 11/02/2026 10:00:12 AM
SLASHED = re.compile(
    r"^(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:,?[ T]+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?"
    r"(?: ?([AaPp])\.?[Mm]\.?)?(?: ?([A-Za-z]+|[+-]\d\d:?\d\d))?)?$"
)
ISO_ZONE = re.compile(r"^(.*\d) ([A-Za-z]+|[+-]\d\d(?::?\d\d)?)$")
OFFSET = re.compile(r"^([+-])(\d\d):?(\d\d)?$")
EPOCH_MILLISECONDS = 1e11  # seconds beyond this are after the year 5000: milliseconds are meant
EXAMPLES = (
    "2026-11-21T14:00:00, with or without seconds, fractions and a zone, or Mon Nov 02 10:00:12 "
    "PST 2026"
)


def seconds_since_1970(column: Any, name: str, *, month_first: bool | None = None) -> Floats:
    """(rows,) a column of moments or numbers as seconds; NaN where it is empty.  A moment without a
    zone is in UTC; numbers stay as they are, but milliseconds since 1970 become seconds.

    month_first: whether 03/04/2024 is in March, where the source says so; by default such moments
        are told by others in the column whose day is above 12.
    Raises ValueError with the first cell that is no moment, and where day and month cannot be told.
    """
    if column.dtype.kind == "M":
        whole = column.astype("datetime64[ns]").astype(np.int64) / 1e9
        return np.where(np.isnat(column), np.nan, whole)
    if column.dtype.kind in "iufb":
        return _numbers(column.astype(float))
    cells = [None if _absent(cell) else cell for cell in column.tolist()]
    texts = list(dict.fromkeys(cell.strip() for cell in cells if isinstance(cell, str)))
    read = _reader(texts, name, month_first)
    known = {text: read(text) for text in texts}
    found = [
        np.nan if cell is None else known[cell.strip()] if isinstance(cell, str) else _one(cell)
        for cell in cells
    ]
    bad = next((row for row, value in enumerate(found) if value is None), None)
    if bad is not None:
        raise ValueError(
            f"column {name!r} must hold numbers or moments such as {EXAMPLES}; row {bad} holds "
            f"{cells[bad]!r}"
        )
    whole = np.array(found, dtype=float)
    return _numbers(whole) if all(map(_is_number, texts)) else whole


def moment_in(text: str, month_first: bool | None = None) -> float | None:
    """One moment as seconds since 1970; None for other text.

    >>> moment_in("2023-11-14T23:00:00+01:00") == moment_in("Tue Nov 14 14:00:00 PST 2023")
    True
    """
    if _is_number(text):
        return float(text)
    ways: tuple[Callable[[str], datetime | None], ...] = (
        _iso,
        _long,
        lambda cell: _slashed(cell, month_first),
        _of_mail,
    )
    for way in ways:
        try:
            found = way(text)
        except (ValueError, OverflowError):
            continue
        if found is not None:
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    return None


def _reader(
    texts: Sequence[str], name: str, month_first: bool | None
) -> Callable[[str], float | None]:
    """What reads the cells of a column, with the order of day and month that all of them fit."""
    slashed = [match for text in texts if (match := SLASHED.match(text))]
    if not slashed or month_first is not None:
        return lambda text: moment_in(text, month_first)
    first, second = (max(int(match[part]) for match in slashed) for part in (1, 2))
    if first > 12 and second > 12:
        raise ValueError(
            f"column {name!r} holds moments with the day first and others with the month first, "
            "such as "
            f"{next(m[0] for m in slashed if int(m[1]) > 12)} and "
            f"{next(m[0] for m in slashed if int(m[2]) > 12)}; write them as 2026-11-21T14:00:00"
        )
    if max(first, second) <= 12:
        raise ValueError(
            f"column {name!r} holds {slashed[0][0]!r}: whether the day or the month comes first "
            "cannot be told from any of its cells; write moments as 2026-11-21T14:00:00"
        )
    return lambda text: moment_in(text, second > 12)


def _iso(text: str) -> datetime | None:
    if re.fullmatch(r"\d+", text):
        return None
    spaced = ISO_ZONE.match(text)
    if spaced and not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        zone = _zone(spaced[2])
        if zone is not None:
            return datetime.fromisoformat(spaced[1]).replace(tzinfo=zone)
    return datetime.fromisoformat(text.replace("z", "Z"))


def _long(text: str) -> datetime | None:
    match = LONG.match(text)
    if match is None or match[1].lower() not in MONTHS:
        return None
    zone = UTC if match[6] is None else _zone(match[6])
    if zone is None:
        return None
    month = MONTHS.index(match[1].lower()) + 1
    clock = (int(match[3]), int(match[4]), int(match[5] or 0))
    return datetime(int(match[7]), month, int(match[2]), *clock, tzinfo=zone)


def _slashed(text: str, month_first: bool | None) -> datetime | None:
    match = SLASHED.match(text)
    if match is None or month_first is None:
        return None
    one, two = int(match[1]), int(match[2])
    month, day = (one, two) if month_first else (two, one)
    hour = int(match[4] or 0)
    if match[7]:
        hour = hour % 12 + 12 * (match[7].lower() == "p")
    zone = UTC if match[8] is None else _zone(match[8])
    if zone is None:
        return None
    return datetime(
        int(match[3]), month, day, hour, int(match[5] or 0), int(match[6] or 0), tzinfo=zone
    )


def _of_mail(text: str) -> datetime | None:
    """Mon, 02 Nov 2026 10:00:12 GMT, as mails and web servers write it."""
    return parsedate_to_datetime(text) if re.match(r"^[A-Za-z]{3}, \d", text) else None


def _zone(name: str) -> timezone | None:
    if name.upper() in ZONES:
        return timezone(timedelta(hours=ZONES[name.upper()]))
    match = OFFSET.match(name)
    if match is None:
        return None
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return timezone(-size if match[1] == "-" else size)


def _one(cell: Any) -> float | None:
    """A cell that is no text: a number, a date or a moment."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    if hasattr(cell, "isoformat"):
        return moment_in(cell.isoformat())
    return None


def _numbers(values: Floats) -> Floats:
    known = np.abs(values[np.isfinite(values)])
    return values / 1000 if len(known) and np.median(known) > EPOCH_MILLISECONDS else values


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text) is not None


def _absent(cell: Any) -> bool:
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.strip())
