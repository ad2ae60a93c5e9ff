"""Many labels at once and many people: filters, decisions on all of them, groups of copies, labels
on which people differ, and how often they agree.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException

from reliabel.review.agreement import agreement as agreed
from reliabel.review.agreement import sentences
from reliabel.review.api import models as m
from reliabel.review.api.people import Reader, Review, Writer, at_least, reader, writer
from reliabel.review.api.queue import filter_of, known, last_event
from reliabel.review.api.shown import cards_of
from reliabel.review.bulk import decide_many, decided_under, undo_many
from reliabel.review.disputes import disputes, settle
from reliabel.review.filters import Filter
from reliabel.review.sessions import Person

router = APIRouter(tags=["team"])
FIRST, GROUPS, CONFLICTS = 200, 1000, 100  # that are listed


@router.post("/api/filter")
def filter_(body: m.Filtered, person: Writer, review: Review) -> m.Matching:
    """How many labels a filter means, and the first of them, most suspect first."""
    rows = review.matching(filter_of(body.filter), person.who)
    return m.Matching(n=len(rows), rows=rows[:FIRST])


@router.post("/api/bulk")
def bulk(body: m.BulkOfFilter | m.BulkOfGroup, person: Writer, review: Review) -> m.BulkDone:
    """One verdict on all labels of a filter or a group, all of them or none; refused where they are
    not as many as the person saw.
    """
    key = f"{person.who or ''}: {body.key}"
    done = decided_under(review.log, key)
    if done is None:
        rows = review.matching(_wanted(body), person.who)
        if len(rows) != body.expect:
            raise HTTPException(
                409,
                f"{len(rows):,} labels match by now, not {body.expect:,}; look again, nothing was "
                "decided",
            )
        done = decide_many(review.opened, rows, body.verdict, body.label, who=person.who, key=key)
    return m.BulkDone(n=done.n, seq=last_event(review), key=body.key)


@router.post("/api/bulk/undo")
def bulk_undo(body: m.BulkUndo, person: Writer, review: Review) -> m.BulkDone:
    """Take back all of a decision on many labels."""
    done = undo_many(review.log, f"{person.who or ''}: {body.key}", who=person.who)
    return m.BulkDone(n=done.n, seq=last_event(review), key=body.key)


@router.get("/api/groups")
def groups(person: Reader, review: Review) -> m.Groups:
    """The groups of copies that the audit found."""
    found = review.matcher.groups
    told = [
        m.Group(
            group=one.number,
            rows=list(one.rows),
            labels=list(one.labels),
            conflicting=one.conflicting,
        )
        for one in found[:GROUPS]
    ]
    return m.Groups(n=len(found), groups=told)


@router.get("/api/conflicts")
def conflicts(
    review: Review, person: Person = Depends(at_least("adjudicator", reader))
) -> m.Conflicts:
    """Labels on which people differ, with what each said; for the role adjudicator."""
    with review.log.looking() as board:
        found = disputes(board)
    first = found[:CONFLICTS]
    cards = cards_of(review, [one.row for one in first], who=person.who)
    told = [
        m.Conflict(
            card=card,
            verdicts=[
                m.SaidOut(who=said.who, verdict=said.verdict, label=said.label, at=said.at)
                for said in one.verdicts
            ],
        )
        for one, card in zip(first, cards, strict=True)
    ]
    return m.Conflicts(n=len(found), conflicts=told)


@router.post("/api/settle")
def settle_(
    body: m.Settle, review: Review, person: Person = Depends(at_least("adjudicator", writer))
) -> m.Logged:
    """Settle what counts of a label on which people differ; for the role adjudicator."""
    known(review, [body.row])
    key = f"{person.who or ''}: {body.key}"
    seq = settle(review.log, body.row, body.verdict, body.label, who=person.who, key=key)
    return m.Logged(seq=seq)


@router.get("/api/agreement")
def agreement(person: Reader, review: Review) -> m.Agreement:
    """How often people agree on labels that two or more judged."""
    found = agreed(review.log)
    raw, corrected = _known(found.raw.value), _known(found.corrected.value)
    return m.Agreement(
        n=found.labels,
        raw=raw,
        chance_corrected=corrected,
        measure="Krippendorff's alpha",
        pairs=[
            m.Pair(a=pair.one, b=pair.other, n=pair.n, raw=pair.same / pair.n if pair.n else None)
            for pair in found.pairs
        ],
        sentence=next(iter(sentences(found)), "No label was judged by two people yet."),
    )


def _known(number: float) -> float | None:
    return None if number != number else float(number)


def _wanted(body: m.BulkOfFilter | m.BulkOfGroup) -> Filter:
    return Filter(group=body.group) if isinstance(body, m.BulkOfGroup) else filter_of(body.filter)
