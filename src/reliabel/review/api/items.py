"""Items: cards with their history, pictures, and the map."""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from reliabel.review.api import models as m
from reliabel.review.api.people import Reader, Review
from reliabel.review.api.queue import known
from reliabel.review.api.shown import cards_of
from reliabel.review.history import history
from reliabel.review.pictures import SIZES

router = APIRouter(tags=["items"])
ARow = Annotated[int, Path(ge=0, le=m.MOST_ROW, description="The label, by its flat row.")]
KEEP = "private, max-age=86400"
Told = dict[int | str, dict[str, Any]]
PICTURE: Told = {
    200: {"content": {"image/webp": {}}, "description": "The picture."},
    304: {"description": "It is as the sender has it."},
}
BYTES: Told = {200: {"content": {"application/octet-stream": {}}, "description": "The map."}}


class Side(IntEnum):
    """How large a picture is sent at most."""

    SMALL, LARGE = SIZES


@router.get("/api/items")
def items(
    person: Reader,
    review: Review,
    rows: Annotated[
        str,
        Query(
            pattern=r"^\d{1,15}(,\d{1,15}){0,99}$",
            description="Up to 100 flat rows with commas between them.",
        ),
    ],
) -> m.Cards:
    """The cards of some labels, without their history."""
    wanted = [int(row) for row in rows.split(",")]
    known(review, wanted)
    return m.Cards(cards=cards_of(review, wanted, who=person.who))


@router.get("/api/items/{row}")
def item(row: ARow, person: Reader, review: Review) -> m.CardOut:
    """The card of a label with what happened to it, as far as this person may know."""
    known(review, [row])
    card = cards_of(review, [row], who=person.who)[0]
    past = history(review.log, row, who=person.who, blind=review.rules.blind)
    card.history = [m.Past(**one) for one in past]
    return card


@router.get("/api/pictures/{row}", response_class=Response, responses=PICTURE)
def picture(
    row: ARow,
    person: Reader,
    review: Review,
    request: Request,
    size: Annotated[Side, Query(description="Pixels of the longer side.")] = Side.SMALL,
    of: Annotated[
        str, Query(max_length=64, description="Tells pictures of other reviews apart; not read.")
    ] = "",
    near: Annotated[
        bool, Query(description="The part around the object of this label alone.")
    ] = False,
) -> Response:
    """The picture of an item as WebP."""
    known(review, [row])
    part = review.cards.frame(row) if near else None
    made = review.pictures.webp(review.place(row)[0], size, part)
    tag = f'"{hashlib.sha256(made).hexdigest()[:32]}"'
    headers = {"Cache-Control": KEEP, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(made, media_type="image/webp", headers=headers)


@router.get("/api/map", response_class=Response, responses=BYTES)
def points(person: Reader, review: Review) -> Response:
    """The map: a line of JSON (n, classes, axes), then x and y of each item (float32, lowest byte
    first), its given class (uint16, 65535 = none), and flags (uint8: 1 suspect, 2 decided).
    """
    with review.log.looking() as board:
        decided = board.decided.copy()
    return Response(review.map.bytes(decided), media_type="application/octet-stream")
