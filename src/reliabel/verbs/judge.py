"""judge: judge labels one after another, from Python or in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reliabel.review.sitting import Sitting


def judge(
    folder: str | Path,
    *,
    who: str | None = None,
    target: float = 0.01,
    population: str = "all",
    greedy: bool = False,
    source: str = "queue",
    store: str | Path | None = None,
) -> Sitting:
    """A review of an audit folder by one person: ``card`` is the label to judge now, and ``keep``,
    ``change``, ``drop``, ``unsure``, ``later`` and ``undo`` judge it and show the next one.

    source: "queue"; "second": labels that one other person judged, without a word of how; or
        "conflicts": labels on which people differ, where a verdict settles what counts.
    The other parameters are those of ``next``.  Each decision is in the log when the method
    returns.
    """
    from reliabel.review.opening import open_log
    from reliabel.review.sitting import Sitting

    opened = open_log(folder, store=store)
    return Sitting(
        opened, who=who, target=target, population=population, greedy=greedy, source=source
    )
