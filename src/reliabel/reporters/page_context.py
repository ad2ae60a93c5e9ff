"""The context that all sections of an audit's page share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlencode

from reliabel.core.results import Audit
from reliabel.reporters.class_numbers import ClassNumbers, class_numbers
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.sentences import AuditView

NAME = 60  # characters of a class name at most
# a path from the root of a disk: two names or more behind it, the last of which may be kept
PLACE = re.compile(
    r"(?<![\w.~:/\\-])(?:~?/|[A-Za-z]:[\\/]|\\\\)(?:[^\s/\\'\"<>|]+[/\\]+)+(?=[^\s/\\])"
)


@dataclass(frozen=True, eq=False)
class PageContext:
    """The audit, its derived facts, its items as HTML, how many label findings are listed, and the
    folder that keeps it as people wrote it (None: not known).
    """

    audit: Audit
    view: AuditView
    shown: ItemViews
    top: int
    folder: str | Path | None = None

    @cached_property
    def numbers(self) -> ClassNumbers | None:
        """How many labels of each class look wrong; None for labels without classes."""
        return class_numbers(self.view)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The folders that hold the input and the audit, as paths from the root of a disk."""
        info = self.audit.info.get("input") or {}
        known = (info.get("path"), self.audit.data.source.get("path"), self.folder)
        heads = (re.match(r"(.*[/\\])[^/\\]", str(path)) for path in known if path)
        found = {head[1] for head in heads if head and re.match(r"[/~\\]|[A-Za-z]:", head[1])}
        return tuple(sorted(found, key=len, reverse=True))

    def shared(self, text: str) -> str:
        """A text for a page that people pass on: without the places of this machine."""
        for place in self.places:
            text = text.replace(place, "")
        return without_places(text)


def unbroken(text: str) -> str:
    """Put a no-break space before percent signs."""
    return text.replace(" %", "\u00a0%")


def without_places(text: str) -> str:
    """A text whose absolute paths are only the names at their ends: pages are there to be shared.

    >>> without_places("read /home/anna/data/reviews.csv, or C:\\\\Users\\\\x\\\\y.csv and a/b")
    'read reviews.csv, or y.csv and a/b'
    """
    return PLACE.sub("", text)


def link(**filters: str) -> str:
    """The address within the page that filters the list: ``link(given="ham", least="0")``.

    >>> link(given="ham & eggs", least="0")
    '#given=ham%20%26%20eggs&least=0'
    """
    return "#" + urlencode(filters, quote_via=quote)
