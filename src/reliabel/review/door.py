"""How people come in: by the one-time link of a review on one's own machine, by name and password,
or named by a reverse proxy that has checked who they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from reliabel.core.short_repr import by_fields
from reliabel.review.guard import HERE
from reliabel.review.passwords import Passwords, Tries, User, checked_name
from reliabel.review.sessions import OneTime, Person, Sessions

if TYPE_CHECKING:
    from starlette.requests import Request

Mode = Literal["local", "team"]
LOCAL: Mode = "local"
TEAM: Mode = "team"
ALONE = "admin"  # the role of who reviews on their own machine
NEWCOMER = "reviewer"  # the role of whom a proxy names and no file


@dataclass(eq=False)
class Door:
    """Tells who sends a request.

    sessions: what cookies say.  cookie: the name of ours.  secure: whether browsers may send it
        over TLS alone.
    who: on one's own machine, the name that decisions carry (None: nobody's).
    users: on a shared server, the people by name; None: on one's own machine.
    header: the header in which a reverse proxy names the person, believed from the addresses
        ``proxies`` alone.
    """

    sessions: Sessions
    cookie: str = "reliabel"
    secure: bool = False
    who: str | None = None
    users: Mapping[str, User] | None = None
    header: str | None = None
    proxies: Collection[str] = HERE
    link: OneTime = field(default_factory=OneTime)
    tries: Tries = field(default_factory=Tries)

    __repr__ = by_fields

    def __post_init__(self) -> None:
        self.passwords = None if self.users is None else Passwords(self.users)

    @property
    def mode(self) -> Mode:
        """Whether one person reviews on their own machine, or several on a shared server."""
        return LOCAL if self.users is None and self.header is None else TEAM

    def person(self, request: Request) -> Person | None:
        """Who sends a request, None where that is not known."""
        if self.header is not None:
            return self._named(request)
        told = self.sessions.told(request.cookies.get(self.cookie, ""))
        if told is None:
            return None
        session, who, stamp = told
        if self.users is None:
            known = (who, stamp) == (self.who, LOCAL)
            return Person(who, ALONE, session) if known else None
        user = self.users.get(who or "")
        return None if user is None or user.stamp != stamp else Person(who, user.role, session)

    def _named(self, request: Request) -> Person | None:
        """Whom the proxy names."""
        names = request.headers.getlist(self.header or "")
        if request.client is None or request.client.host not in self.proxies or len(names) != 1:
            return None
        try:
            name = checked_name(names[0])
        except ValueError:  # no name that may stand in the log
            return None
        user = (self.users or {}).get(name)
        if user is None and self.users:
            return None  # the file says who may review
        return Person(name, NEWCOMER if user is None else user.role, f"proxy {name}")

    def begin(self) -> str:
        """The cookie of who came by the one-time link."""
        return self.sessions.begin(self.who, LOCAL)

    def log_in(self, name: str, password: str) -> str | None:
        """The cookie of a person, None where name and password do not fit."""
        if self.passwords is None or not self.passwords.right(name, password):
            return None
        return self.sessions.begin(name, self.passwords.users[name].stamp)
