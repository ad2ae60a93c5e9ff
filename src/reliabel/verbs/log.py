"""log: what people decided about the labels of an audit, event by event."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reliabel.review.store import Log


def log(folder: str | Path, *, store: str | Path | None = None) -> Log:
    """The log of an audit folder: ``record()`` is what a certificate reads, ``decisions()`` what
    people said last, ``events()`` all that happened, ``verify()`` says whether any of it was
    changed, and ``fix_population`` and ``draw`` are for draws from labels of one's own choice.

    store: where the decisions are to lie, if not in the folder (postgresql+psycopg://...).
    """
    from reliabel.review.opening import open_log

    return open_log(folder, store=store).log
