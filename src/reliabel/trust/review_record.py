"""What a review looked like, as the statistics of a certificate read it: one row for each label
that was looked at or drawn, in the order in which it counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields

WHOLE = "all"  # the population of all labels of an audit
RIGHT, WRONG, OPEN = 0, 1, -1


@dataclass(frozen=True, eq=False)
class ReviewRecord:
    """The reviews of one population of ``n`` labels, one row each; a chosen label stands where it
    was first decided, a drawn one where its draw was committed.

    row (e,): the label, as its flat row in the audit; each at most once.
    drawn (e,): whether it was drawn by chance, else it was chosen.
    wrong (e,): by its final verdict; 1 wrong (also unsure and dropped), 0 right, -1 a draw that
        nobody has decided yet.
    repaired (e,): whether its final verdict mends it (changed or dropped); unsure does not.
    dropped (e,): whether its final verdict takes it out of the data.
    unseen (e,): for a draw how many labels it was drawn from (itself among them), 0 for a chosen.
    forecast (e,): for a draw the expected number R of wrong ones among those, as it was logged
        before the draw; NaN for a chosen label, and where nothing was expected.
    allowed (e,): for a draw the allowed number T of wrong ones that was logged with it; 0 chosen.
    p (e,): the refitted P(wrong) of the label at the moment when it was picked, NaN where unknown.
    greedy: whether reviews were made by the queue alone, on purpose without draws.
    plan: how many were to be chosen and drawn, where that was logged before the first draw.
    trials, missed: of blind second looks: the confirmed errors that the second person flagged, and
        those of them that the first had kept.
    called: one such label and several, in sentences.  counts: what one label is, in a sentence,
        where its name does not say it.  added: how many people added where none was listed; those
        are mended, and outside of what the review draws from and bounds.
    """

    n: int
    row: Ints
    drawn: Bools
    wrong: Ints
    repaired: Bools
    dropped: Bools
    unseen: Ints
    forecast: Floats
    allowed: Ints
    p: Floats
    population: str = WHOLE
    greedy: bool = False
    plan: tuple[int, int] | None = None
    trials: int = 0
    missed: int = 0
    called: tuple[str, str] = ("label", "labels")
    counts: str = ""
    added: int = 0

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.row)

    @property
    def found_before(self) -> Ints:
        """(e,) how many wrong ones stand before each row: the f of a draw."""
        bad = (self.wrong == WRONG).astype(np.int64)
        return np.asarray(np.cumsum(bad) - bad)

    @property
    def evidence(self) -> Ints:
        """The places of the draws that count: those before the first one that is undecided."""
        draws = np.flatnonzero(self.drawn)
        still_open = np.flatnonzero(self.wrong[draws] == OPEN)
        return draws[: still_open[0]] if len(still_open) else draws

    @property
    def found(self) -> int:
        """F: how many labels were found wrong (also those that are unsure)."""
        return int((self.wrong == WRONG).sum())

    @property
    def left_to_see(self) -> int:
        """How many labels nobody has decided; the item of an open draw is one of them."""
        return self.n - int((self.wrong != OPEN).sum())


def record_of(
    n: int,
    kinds: Sequence[str],
    wrong: Sequence[int],
    *,
    row: Sequence[int] | None = None,
    unseen: Sequence[int] | None = None,
    forecast: float | Sequence[float] = np.nan,
    allowed: int | Sequence[int] = 0,
) -> ReviewRecord:
    """A record from plain sequences, as tests and simulations have them: ``kinds`` "chosen" or
    "drawn"; rows are numbered, and unseen labels counted down, where they are not given.

    >>> made = record_of(20, ["chosen", "drawn", "drawn"], [1, 0, 1])
    >>> made.unseen.tolist(), made.found_before.tolist(), made.found, made.left_to_see
    ([0, 19, 18], [0, 1, 1], 2, 17)
    """
    rows = len(kinds)
    drawn = np.array([kind == "drawn" for kind in kinds], dtype=bool)
    bad = np.asarray(wrong, dtype=np.int64)
    before = n - np.arange(rows) if unseen is None else np.asarray(unseen, dtype=np.int64)
    return ReviewRecord(
        n=n,
        row=np.arange(rows) if row is None else np.asarray(row, dtype=np.int64),
        drawn=drawn,
        wrong=bad,
        repaired=bad == WRONG,
        dropped=np.zeros(rows, dtype=bool),
        unseen=np.where(drawn, before, 0),
        forecast=np.where(drawn, np.asarray(forecast, dtype=float), np.nan),
        allowed=np.where(drawn, np.asarray(allowed, dtype=np.int64), 0),
        p=np.full(rows, np.nan),
    )


def until(record: ReviewRecord, rows: int) -> ReviewRecord:
    """The record of the first ``rows`` rows, as it was when the later ones were not made."""
    cut = slice(0, rows)
    names = (
        "row",
        "drawn",
        "wrong",
        "repaired",
        "dropped",
        "unseen",
        "forecast",
        "allowed",
        "p",
    )
    return replace(record, **{name: getattr(record, name)[cut] for name in names})
