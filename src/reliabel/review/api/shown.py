"""Cards as they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from reliabel.review.api import models as m
from reliabel.review.card import Card
from reliabel.review.shared import Shared


def cards_of(
    review: Shared, rows: Sequence[int], until: float | None = None, *, who: str | None
) -> list[m.CardOut]:
    """The cards of some labels as ``who`` may see them, held for them until a moment."""
    with review.log.looking() as board:
        cards = review.cards.cards(rows, board, who, blind=review.rules.blind)
    return [card_out(one, until) for one in cards]


def card_out(card: Card, until: float | None = None) -> m.CardOut:
    """A card as it is sent; numbers that JSON has not become None."""
    told = asdict(card)
    for near in told["near"]:
        near["distance"] = near["distance"] if near["distance"] < float("inf") else None
    near_url = told.pop("near_url")
    if told["drawing"] is not None:
        told["drawing"]["near_url"] = near_url
    return m.CardOut(**told, until=until)
