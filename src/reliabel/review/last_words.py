"""What each person last said of each label, as decisions."""

from __future__ import annotations

from reliabel.core.results import Decision
from reliabel.review.board import WITHDRAWN, Board
from reliabel.review.events import ADD, FILE


def last_words(board: Board, *, imported: bool = True) -> list[Decision]:
    """What each person last said of each label, and what was settled where they differ; what was
    taken back is left out.

    imported: also what was taken over from files.
    """
    found = []
    seen: set[tuple[int, str | None, bool]] = set()  # what people said of items as a whole
    for row, people in board.people.items():
        item, unit = board.place(row)
        said = [(who, one, False) for who, one in people.items()]
        said += [(one.who, one.said, True) for one in board.settled.get(row, ())[-1:]]
        for who, one, settles in said:
            if one.verdict == WITHDRAWN or (one.origin == FILE and not imported):
                continue
            whole = one.whole and one.verdict == "drop"
            if whole and (item, who, settles) in seen:
                continue
            if whole:
                seen.add((item, who, settles))
            id_, at = board.data.ids.item(item), None if whole else unit
            said_at = (one.at, settles, one.comment)
            found.append(Decision(id_, one.verdict, at, one.label, who, *said_at))
    for item, spans in board.added.items():
        for value, theirs in spans.items():
            found += [
                Decision(
                    board.data.ids.item(item), ADD, None, value, who, one.at, False, one.comment
                )
                for who, one in theirs.items()
                if imported or one.origin != FILE
            ]
    return found
