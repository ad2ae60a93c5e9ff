"""Who is reviewing: what every request says of it, and logging in and out."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response

import reliabel
from reliabel.core.kinds import kind_for
from reliabel.core.labels import Labels, Numbers
from reliabel.review.api import models as m
from reliabel.review.door import LOCAL, Door
from reliabel.review.sessions import LASTS, Person
from reliabel.review.shared import Shared

router = APIRouter(tags=["people"])
NOBODY = {
    LOCAL: "who you are is not known here; open the link again that `reliabel review` printed",
    "team": "log in first",
}


async def door_of(request: Request) -> Door:
    """How people come in."""
    door: Door = request.app.state.door
    return door


async def shared_of(request: Request) -> Shared:
    """The review."""
    shared: Shared = request.app.state.shared
    return shared


async def reader(request: Request) -> Person:
    """Who asks; refused where that is not known."""
    door: Door = request.app.state.door
    person = door.person(request)
    if person is None:
        raise HTTPException(401, NOBODY[door.mode])
    return person


async def writer(
    request: Request,
    x_csrf_token: Annotated[str, Header(description="The csrf of /api/me.")] = "",
) -> Person:
    """Who wants to change something: from the page itself, which knows the token."""
    person = await reader(request)
    door: Door = request.app.state.door
    wanted = door.sessions.csrf(person.session)
    if not hmac.compare_digest(wanted.encode(), x_csrf_token.encode("utf-8", "replace")):
        raise HTTPException(
            403, "the request lacks the token of this page (X-CSRF-Token); load the page again"
        )
    return person


Reader = Annotated[Person, Depends(reader)]
Writer = Annotated[Person, Depends(writer)]
Review = Annotated[Shared, Depends(shared_of)]
TheDoor = Annotated[Door, Depends(door_of)]


def at_least(
    role: str, who: Callable[..., Coroutine[Any, Any, Person]]
) -> Callable[..., Coroutine[Any, Any, Person]]:
    """Who asks, with this role or one above it."""

    async def checked(person: Person = Depends(who)) -> Person:
        if not person.may(role):
            raise HTTPException(
                403, f"this is for the role {role}; yours is {person.role}, ask who runs the server"
            )
        return person

    return checked


@router.get("/api/hello")
async def hello(door: TheDoor) -> m.Hello:
    """How people come in here; nobody needs to be known for this."""
    return m.Hello(mode=door.mode, login=door.mode != LOCAL and door.header is None)


@router.get("/api/me")
async def me(person: Reader, review: Review, door: TheDoor) -> m.Me:
    """Who is reviewing, and how the review is held."""
    labels = review.audit.data.labels
    return m.Me(
        who=person.who,
        role=person.role,
        csrf=door.sessions.csrf(person.session),
        folder=review.opened.folder.resolve().name,
        mode=door.mode,
        blind=review.rules.blind,
        target=review.rules.target,
        kind=kind_for(labels).task,
        choices=list(review.cards.choices),
        sources=["queue", "second"] if person.who else ["queue"],
        queue=review.opened.source,
        suggestions=review.cards.suggests,
        log=review.log.uid,
        version=reliabel.__version__,
        labels=review.log.layout.rows,
        form=review.cards.form,
        called=list(kind_for(labels).called),
        classes=list(review.cards.classes),
        numbers=_numbers(labels),
        lease=review.rules.lease,
    )


def _numbers(labels: Labels) -> m.Numbers | None:
    """What the given numbers are like, where labels are one number an item."""
    if not isinstance(labels, Numbers) or labels.y.ndim != 1 or not np.isfinite(labels.y).any():
        return None
    y = labels.y[np.isfinite(labels.y)]
    whole = bool((y == np.round(y)).all())
    return m.Numbers(low=float(y.min()), high=float(y.max()), whole=whole)


@router.post("/api/login")
def login(body: m.Login, request: Request, response: Response, door: TheDoor) -> m.Nothing:
    """Log in by name and password; the session is a cookie."""
    address = request.client.host if request.client else ""
    wait = door.tries.wait(body.name, address)
    if wait > 0:
        raise HTTPException(
            429,
            f"too many tries failed; try again in {wait:.0f} seconds",
            headers={"Retry-After": f"{wait:.0f}"},
        )
    cookie = door.log_in(body.name, body.password)
    if cookie is None:
        door.tries.failed(body.name, address)
        raise HTTPException(401, "name and password do not fit")
    set_cookie(response, door, cookie)
    return m.Nothing()


@router.post("/api/logout")
def logout(person: Writer, response: Response, door: TheDoor) -> m.Nothing:
    """End the session: its cookie is worth nothing any more."""
    door.sessions.end(person.session)
    response.delete_cookie(door.cookie)
    return m.Nothing()


def set_cookie(response: Response, door: Door, cookie: str) -> None:
    """Give a session to a browser."""
    response.set_cookie(
        door.cookie,
        cookie,
        max_age=LASTS,
        httponly=True,
        samesite="strict",
        secure=door.secure,
        path="/",
    )
