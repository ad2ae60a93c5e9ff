"""What stands before every request: the name it was sent to (against DNS rebinding), where it comes
from, how large it is; and the headers that every answer carries.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import HTTPException

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 4_000_000  # of a request: a lasso around half a million labels
HERE = ("127.0.0.1", "localhost", "::1")
SAFE = ("GET", "HEAD", "OPTIONS")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
]
NO_STORE = (b"cache-control", b"no-store")  # where an answer does not say how long it holds


class Guard:
    """Lets requests through to ``app`` that were sent to one of the names in ``hosts``, from a page
    of this server or from no page at all, and are no larger than they need be.

    any_address: also to any address written in numbers, which no foreign name can stand for.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], any_address: bool = False) -> None:
        self.app, self.hosts, self.any_address = app, frozenset(hosts), any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # nothing here speaks WebSocket
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        refused = self._refused(scope["method"], headers)
        if refused is not None:
            await _refuse(_with_headers(send), *refused)
            return
        await self.app(scope, _bounded(receive), _with_headers(send))

    def _refused(self, method: str, headers: list[tuple[bytes, bytes]]) -> tuple[int, str] | None:
        """Status and sentence where a request is refused."""
        host = _only(headers, b"host")
        if host is None or not self._is_ours(host):
            return 400, (
                "this server does not go by that name; open the link that it printed, or name the "
                "host when it is started (reliabel review FOLDER --allow-host NAME)"
            )
        if method not in SAFE and not _from_here(headers, host):
            return 403, "the request comes from a page of another site; nothing was done"
        size = _only(headers, b"content-length")
        if size is not None and (not size.isdigit() or int(size) > MOST_BYTES):
            return 413, TOO_LARGE
        return None

    def _is_ours(self, host: str) -> bool:
        name = _name(host)
        return name in self.hosts or (self.any_address and _is_address(name))


TOO_LARGE = f"a request has {MOST_BYTES:,} bytes at most; send it in parts"


def _only(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str | None:
    """The value of a header that may come once; None where it is missing or comes twice."""
    found = [value for name, value in headers if name == wanted]
    return found[0].decode("latin-1") if len(found) == 1 else None


def _name(host: str) -> str:
    """The name of a Host header, without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:  # brackets that do not close
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _from_here(headers: list[tuple[bytes, bytes]], host: str) -> bool:
    """Whether a request that changes something comes from a page of this server; programs that are
    no browsers say nothing of where they come from.
    """
    site = _only(headers, b"sec-fetch-site")
    if site not in (None, "same-origin", "none"):
        return False
    origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    return all(origin.partition("://")[2].lower() == host.lower() for origin in origins)


def _bounded(receive: Receive) -> Receive:
    """What is received, up to the largest size."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BYTES:
            raise HTTPException(413, TOO_LARGE)
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = list(message.get("headers", ()))
            names = {name.lower() for name, _ in there}
            there += [one for one in (*HEADERS, NO_STORE) if one[0] not in names]
            message = {**message, "headers": there}
        await send(message)

    return sent


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"detail": sentence}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
