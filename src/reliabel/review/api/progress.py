"""How far the review is, what happened, and what the certificate says."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from reliabel.core.results import Audit
from reliabel.reporters.certificate_text import ASSUMED, sentences
from reliabel.review.api import models as m
from reliabel.review.api.people import Reader, Review, at_least, reader
from reliabel.review.changes import changes as changes_after
from reliabel.review.disputes import disputes
from reliabel.review.progress import Told, counts
from reliabel.review.sessions import Person
from reliabel.trust.next_batch import DULL

router = APIRouter(tags=["progress"])
After = Annotated[
    int, Query(ge=0, le=m.MOST_ROW, description="The event after which things are told.")
]
MOST_EVENTS = 1000


@router.get("/api/state")
def state(person: Reader, review: Review) -> m.Progress:
    """Counts of now, and what the certificate says, which may be a moment behind."""
    told, seen = review.progress.told(), counts(review.log, person.who)
    with review.log.looking() as board:
        split = len(disputes(board))
    return m.Progress(
        seq=seen.seq,
        n=seen.n,
        decided=seen.decided,
        wrong=seen.wrong,
        mine=seen.mine,
        open_draws=seen.open_draws,
        second_open=review.second_open(person.who),
        conflicts=split,
        per_person=[m.Person(who=who, n=n) for who, n in seen.per_person],
        certificate=_state(told),
        curve=_curve(told),
    )


@router.get("/api/changes")
def changes(person: Reader, review: Review, after: After = 0) -> m.Changes:
    """Verdicts, undos and settlements since an event, as far as this person may know."""
    seq, events = changes_after(
        review.log, after, who=person.who, blind=review.rules.blind, most=MOST_EVENTS
    )
    return m.Changes(seq=seq, events=[m.Change(**one) for one in events])


@router.get("/api/certificate")
def certificate(person: Reader, review: Review) -> m.CertificateOut:
    """All that the certificate says."""
    told = review.progress.told()
    done = told.done.certificate
    counted = told.done.count
    table = [
        [done.called[1], f"{done.n:,}"],
        ["reviewed, chosen", f"{done.chosen:,}"],
        ["reviewed, drawn by chance", f"{done.drawn:,}"],
        ["drawn, without a verdict", f"{done.waiting:,}"],
        ["nobody looked at", f"{done.unseen:,}"],
        ["found wrong", f"{done.found:,}"],
        ["of them unsure", f"{done.unsure:,}"],
        ["wrong at the start", f"{done.low:,} to {done.high:,}"],
        ["left wrong at most", f"{done.left:,}"],
        ["allowed by the target", f"{done.allowed:,}"],
        ["second looks", f"{done.second_looks:,}"],
    ]
    if done.added:
        table.append(["added where none was listed", f"{done.added:,}"])
    if counted is not None:
        table.append(["planned count", f"{counted.low:,.0f} to {counted.high:,.0f}"])
    return m.CertificateOut(
        seq=told.seq,
        sentences=list(sentences(told.done)),
        may_stop=done.holds,
        upper=done.share,
        target=done.target,
        confidence=done.confidence,
        table=table,
        curve=_curve(told),
        budget=_budget(review.audit),
        dull=f"{DULL[:1].upper()}{DULL[1:]}." if done.drawn else None,
        assumed=[ASSUMED],
    )


@router.get("/api/log")
def log(
    review: Review,
    after: After = 0,
    person: Person = Depends(at_least("admin", reader)),
) -> m.Events:
    """The events of the log as they are written, draws among them; for the role admin."""
    events, seq = [], after
    for one in review.log.events(after, MOST_EVENTS):
        events.append(m.EventOut(**one._asdict()))
        seq = one.seq
    return m.Events(seq=seq, events=events)


def _state(told: Told) -> m.State:
    done, left = told.done.certificate, told.done.left
    more = None if left is None or not left.known or done.holds else [left.low, left.high]
    return m.State(
        seq=told.seq,
        upper=done.share,
        target=done.target,
        confidence=done.confidence,
        may_stop=done.holds,
        about_more=more,
        sentence=next(iter(sentences(told.done))),
    )


def _curve(told: Told) -> m.Curve:
    kept = max(told.done.certificate.kept, 1)
    return [[n, up / kept] for n, up in zip(told.done.reviews, told.done.at_most, strict=True)]


def _budget(audit: Audit) -> m.Curve | None:
    found = audit.budget
    if found is None:
        return None
    parts = (found.k, found.found, found.low, found.high)
    return [list(point) for point in zip(*(part.tolist() for part in parts), strict=True)]
