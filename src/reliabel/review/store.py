"""The log of a review: draws, decisions and undos, added one after another and never changed.

A draw is committed before its label is shown, counts in its order, and holds up the evidence of
later draws until it is decided (docs/guides/review.md says why).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reliabel.core.labels import Bools, Ints
from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.folders.added_spans import as_meant
from reliabel.folders.fingerprint import fingerprint
from reliabel.review.board import Board
from reliabel.review.claims import claim, ended, released
from reliabel.review.deciding import Logged, Place, disagreements, fresh_events, places_of
from reliabel.review.events import (
    ADD,
    DECIDE,
    DRAW,
    GREEDY,
    PLAN,
    POPULATION,
    REVIEW,
    UNDO,
    Event,
    now,
)
from reliabel.review.identity import packed
from reliabel.review.last_words import last_words
from reliabel.review.ledger import Ledger
from reliabel.review.models import POPULATIONS
from reliabel.review.undoing import undo
from reliabel.trust.review_record import WHOLE, ReviewRecord

if TYPE_CHECKING:
    from sqlalchemy import Connection

FULL = 50  # one of so many labels is left: rather list them than try


@dataclass(frozen=True)
class Draw:
    """A committed draw: the number of its event, the label's flat row, and how many labels it was
    drawn from.
    """

    seq: int
    row: int
    unseen: int

    __repr__ = by_fields


class Log(Ledger):
    """The log of the reviews of one audit's labels, in an open database.

    Methods may be called from several threads, and several processes may hold the same log.
    """

    def record(self, population: str = WHOLE) -> ReviewRecord:
        """The reviews of a population, as a certificate reads them.  Raises ValueError where there
        is no such population.
        """
        with self.looking() as board:
            if population in board.populations:
                return board.record(population)
        raise ValueError(
            f"the log has no population {population!r}; it has "
            f"{', '.join(map(repr, board.populations))}"
        )

    def decisions(self, *, imported: bool = True) -> list[Decision]:
        """What each person last said of each label, and what was settled where they differ.
        imported: also what was taken over from files.
        """
        with self.looking() as board:
            return last_words(board, imported=imported)

    def summary(self) -> dict[str, int]:
        """How many events, draws (of them open), decisions, undos, labels decided, labels of them
        settled, and labels on which people differ still.
        """
        with self.looking() as board:
            return {
                "events": board.seq,
                "draws": board.kinds[DRAW],
                "open": sum(len(board.open_draws(name)) for name in board.populations),
                "decisions": board.kinds[DECIDE],
                "added": sum(map(len, board.added.values())),
                "undos": board.kinds[UNDO],
                "labels": int(board.decided.sum()),
                "settled": len(board.settled),
                "disputed": sum(
                    row not in board.settled and board.differ(row) for row in board.twice
                ),
            }

    def fix_population(self, name: str, members: Bools | Ints, why: str = "") -> int:
        """Fix the labels (flat rows, or True for each) that draws of a population of its own are
        made from; returns how many there are.

        Those whose label is unknown are left out.  Fixing the same ones again does nothing; raises
        ValueError where the name stands for others, or none are given.
        """
        inside = np.zeros(self.layout.rows, dtype=bool)
        inside[np.asarray(members)] = True
        inside &= self._known
        if not inside.any():
            raise ValueError(f"the population {name!r} would hold no label; nothing to draw from")
        with self.writing() as (connection, board):
            if name in board.populations:
                if np.array_equal(board.populations[name].inside, inside):
                    return int(inside.sum())
                raise ValueError(
                    f"the population {name!r} is fixed already, with other labels; a population "
                    "never changes: give another name"
                )
            connection.execute(
                POPULATIONS.insert(),
                {"log": self.id, "name": name, "members": packed(inside)},
            )
            detail = {"members": fingerprint(inside), "n": int(inside.sum()), "why": why}
            one = Event(0, POPULATION, now(), population=name, detail=json.dumps(detail))
            self.add(connection, board, [one])
        return int(inside.sum())

    def draw(
        self,
        population: str = WHOLE,
        *,
        forecast: float | None = None,
        allowed: int = 0,
        who: str | None = None,
        below: Callable[[int], int] = secrets.randbelow,
        lease: float | None = None,
    ) -> Draw | None:
        """Draw a label evenly among those without a decision that were not drawn before, and commit
        the draw; None where none is left.  Only then may it be shown.

        forecast: the expected number of wrong ones among them, made before the draw; allowed: how
            many may be wrong (T).  Both decide what the proof costs, never whether it holds.
        below: the source of chance, a whole number below the one it is given; nobody must be able
            to foresee it.  lease: for how many seconds it is ``who``'s to judge.
        """
        with self.writing() as (connection, board):
            made = board.populations[population]
            if not made.left:
                return None
            row = drawn_row(made.members, board.decided | made.drawn, made.left, below)
            done = self.commit(connection, board, population, row, forecast, allowed, who)
            if lease is not None:
                claim(connection, self.id, [row], who, lease)
        return done

    def decide(
        self,
        decisions: Sequence[Decision],
        *,
        origin: str = REVIEW,
        keys: Sequence[str] | None = None,
        p: Sequence[float | None] | None = None,
        new_classes: bool = True,
    ) -> Logged:
        """Log decisions, all of them or none.  What the same person said already is not logged
        again; what they say otherwise now is.

        keys: of the sender, one each; a key that is there already is not logged again.
        p: P(wrong) of each when it was picked; without it that of the claim.
        Raises ValueError for ids that the data does not have, units out of range, and labels that
        the kind of labels cannot hold.
        """
        decisions = [as_meant(self.data, one, self.item) for one in decisions]
        places = places_of(self, decisions, new_classes)
        with self.writing() as (connection, board):
            return self.decide_within(
                connection, board, decisions, places, origin=origin, keys=keys, p=p
            )

    def decide_within(
        self,
        connection: Connection,
        board: Board,
        decisions: Sequence[Decision],
        places: Sequence[Place],
        *,
        origin: str = REVIEW,
        keys: Sequence[str] | None = None,
        p: Sequence[float | None] | None = None,
    ) -> Logged:
        """As ``decide``, of decisions whose ``places`` are known (``deciding.places_of``), within a
        transaction that was begun (``writing``).
        """
        rows = [
            -1 if one.verdict == ADD else board.row(*place)
            for one, place in zip(decisions, places, strict=True)
        ]
        judged = [at for at, row in enumerate(rows) if row >= 0]
        held = self._end_claims(
            connection, board, [decisions[at] for at in judged], [rows[at] for at in judged]
        )
        given = [held.get(row) for row in rows] if p is None else p
        made, changed = fresh_events(board, decisions, places, origin, keys, given)
        seqs = tuple(event.seq for event in self.add(connection, board, made))
        notes = disagreements(board, [rows[at] for at in judged])
        return Logged(len(made), changed, len(decisions) - len(made), seqs, tuple(notes))

    def _end_claims(
        self,
        connection: Connection,
        board: Board,
        decisions: Sequence[Decision],
        rows: Sequence[int],
    ) -> dict[int, float]:
        """Take away the claims on labels that are decided, of those that were decided before only
        the person's own: others may be looking a second time; flat row -> P(wrong) of the claim.
        """
        again = [at for at, row in enumerate(rows) if board.decided[row]]
        for who in {decisions[at].who for at in again}:
            theirs = [rows[at] for at in again if decisions[at].who == who]
            released(connection, self.id, theirs, who)
        return ended(connection, self.id, [row for row in rows if not board.decided[row]])

    def undo(
        self, seq: int | None = None, *, who: str | None = None, key: str | None = None
    ) -> Decision:
        """Take a decision or settlement back: number ``seq``, or the last one of ``who`` that
        stands.  Until the label is decided again it counts as unsure.  Returns what was taken back.

        key: of the sender; under a key that is there already nothing more is taken back.
        Raises ValueError where there is none.
        """
        return undo(self, seq, who=who, key=key).decision

    def commit(
        self,
        connection: Connection,
        board: Board,
        population: str,
        row: int,
        forecast: float | None,
        allowed: int,
        who: str | None,
    ) -> Draw:
        """Write the draw of a label, which is checked to be free."""
        made = board.populations[population]
        if not made.inside[row] or made.drawn[row] or board.decided[row]:
            raise ValueError(f"label {row} cannot be drawn: it was decided, drawn, or never there")
        item, unit = board.place(row)
        one = Event(
            0,
            DRAW,
            now(),
            who=who,
            population=population,
            item=item,
            unit=unit,
            unseen=made.left,
            forecast=None if forecast is None or forecast != forecast else float(forecast),
            allowed=int(allowed),
        )
        done = self.add(connection, board, [one])[0]
        return Draw(done.seq, row, int(done.unseen or 0))

    def mark_greedy(self, population: str = WHOLE) -> None:
        """Log that reviews go by the queue alone from here on, without draws."""
        with self.writing() as (connection, board):
            if not board.populations[population].greedy:
                self.add(connection, board, [Event(0, GREEDY, now(), population=population)])

    def plan(self, chosen: int, drawn: int, population: str) -> None:
        """Log how many labels will be chosen and drawn, before the first draw of a population."""
        with self.writing() as (connection, board):
            made = board.populations[population]
            if made.draws or made.plan:
                raise ValueError(
                    f"{len(made.draws):,} labels are drawn already; a plan is made before the first"
                )
            detail = json.dumps([int(chosen), int(drawn)])
            one = Event(0, PLAN, now(), population=population, detail=detail)
            self.add(connection, board, [one])

    def add_moved(self, one: Event) -> None:
        """Log that the log goes on elsewhere; from then on nothing is written here."""
        with self.writing() as (connection, board):
            self.add(connection, board, [one])


def drawn_row(members: Ints, taken: Bools, left: int, below: Callable[[int], int]) -> int:
    """A member that is not taken, each with the same chance."""
    if left * FULL < len(members):
        free = members[~taken[members]]
        return int(free[below(len(free))])
    while True:
        row = int(members[below(len(members))])
        if not taken[row]:
            return row
