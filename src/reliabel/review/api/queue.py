"""The queue: claim labels, decide, put off, take back."""

from __future__ import annotations

import time

from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel

from reliabel.review.api import models as m
from reliabel.review.api.people import Review, Writer
from reliabel.review.api.shown import cards_of
from reliabel.review.filters import Filter
from reliabel.review.shared import Shared, Wish
from reliabel.review.undoing import undo as take_back

router = APIRouter(tags=["queue"])


@router.post("/api/claim", response_model=m.Claimed)
def claim(body: m.Claim, person: Writer, review: Review) -> Response:
    """Labels to judge: first those that this person holds already, then fresh ones; draws among
    them are in the log before the answer is sent.
    """
    if isinstance(body.source, m.Filtered):
        handed = review.claim_matching(body.n, filter_of(body.source.filter), person.who)
    elif body.source == "second":
        if not person.who:
            raise HTTPException(
                409,
                "a second look needs the name of who looks; start the server with a name "
                "(reliabel review FOLDER --who NAME)",
            )
        handed = review.claim_second(body.n, person.who)
    else:
        handed = review.claim(body.n, person.who)
    until = time.time() + review.rules.lease
    cards = cards_of(review, handed.rows, until, who=person.who)
    return sent(m.Claimed(cards=cards, why=handed.why, left=handed.shared or len(cards) == body.n))


@router.post("/api/decide", response_model=m.Decided)
def decide(body: m.Decide, person: Writer, review: Review) -> Response:
    """Log decisions, each for itself; what was logged before is not logged again."""
    wishes = [Wish(one.key, one.row, one.verdict, one.label, one.whole) for one in body.decisions]
    answers, seq = review.decide(wishes, person.who)
    results = [
        m.Result(key=one.key, status=one.status, seq=one.seq, why=one.why) for one in answers
    ]
    return sent(m.Decided(results=results, seq=seq))


@router.post("/api/release")
def release(body: m.Rows, person: Writer, review: Review) -> m.Released:
    """Later: give labels back without a decision; a draw stays open.  They come again when nothing
    else is left.
    """
    known(review, body.rows)
    return m.Released(n=review.put_off(body.rows, person.who))


@router.post("/api/undo")
def undo(body: m.Undo, person: Writer, review: Review) -> m.Undone:
    """Take back this person's last decision that stands, or one of theirs by its number."""
    if body.seq is not None:
        with review.log.looking() as board:
            said = board.said.get(body.seq)
        if said is not None and said[2] != person.who:
            raise HTTPException(
                403, f"event {body.seq} is somebody else's decision; nothing was taken back"
            )
    done = take_back(review.log, body.seq, who=person.who, key=f"{person.who or ''}: {body.key}")
    card = None if done.row is None else cards_of(review, [done.row], who=person.who)[0]
    return m.Undone(card=card, seq=done.seq)


def sent(told: BaseModel) -> Response:
    """An answer as it is sent, which saves those that are asked for most a second check."""
    return Response(told.model_dump_json(), media_type="application/json")


def filter_of(body: m.FilterIn) -> Filter:
    """A filter as the log side has it."""
    told = body.model_dump()
    return Filter(**{**told, "rows": None if body.rows is None else tuple(body.rows)})


def known(review: Shared, rows: list[int]) -> None:
    """Refuse labels that there are not."""
    strange = next((row for row in rows if not review.has(row)), None)
    if strange is not None:
        last = review.log.layout.rows - 1
        raise HTTPException(404, f"there is no label {strange}; they are numbered from 0 to {last}")


def last_event(review: Shared) -> int:
    """The number of the last event."""
    with review.log.looking() as board:
        return board.seq
