"""Starting the review app: where it listens, who comes in, and how it ends."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from reliabel.core.short_repr import by_fields
from reliabel.review.app import review_app
from reliabel.review.door import LOCAL, TEAM, Door
from reliabel.review.guard import HERE
from reliabel.review.opening import Opened
from reliabel.review.page import INDEX, NOT_BUILT, files_of
from reliabel.review.passwords import read_users
from reliabel.review.sessions import Sessions, state_folder
from reliabel.review.shared import Rules, Shared

PORT, TRIES = 8411, 20  # where it listens unless told otherwise: the first free one from here
EVERYWHERE = ("0.0.0.0", "::")
GRACE = 3  # seconds that open requests have when it ends


@dataclass(frozen=True)
class Address:
    """Where the server listens and what it may be called.

    host, port: as asked; without a port the first free one from 8411 on.  names: further names that
        people reach it by, as behind a reverse proxy.  tls: whether people reach it over TLS.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    names: Sequence[str] = ()
    tls: bool = False

    __repr__ = by_fields


@dataclass(frozen=True)
class Access:
    """Who may review: ``who`` alone on this machine, the people of the file ``users``, or whom a
    reverse proxy names in the header ``header``.
    """

    who: str | None = None
    users: Path | None = None
    header: str | None = None

    __repr__ = by_fields


def serve(
    opened: Opened,
    rules: Rules,
    address: Address,
    access: Access,
    *,
    roots: Sequence[Path] = (),
    browser: bool = True,
    tell: Callable[[str], None],
) -> None:
    """Run the review app until somebody stops it (Ctrl-C).

    tell: is given the link, and what people should know.
    Raises ValueError where the port is taken, or others could come in without a name.
    """
    _check(address, access)
    if INDEX not in files_of():
        tell(NOT_BUILT)
    with _listening(address) as held:
        port = int(held.getsockname()[1])
        door = door_of(opened, access, port, address.tls)
        shared = Shared(opened, rules, roots=roots)
        app = review_app(
            shared,
            door,
            hosts=_names(address),
            any_address=address.host in EVERYWHERE,
        )
        link = _link(address, port, door)
        tell(_greeting(door, link))
        if browser and door.mode == LOCAL and _has_screen():
            webbrowser.open(link)
        try:
            _run(app, held)
        finally:
            shared.close()


def door_of(opened: Opened, access: Access, port: int, tls: bool) -> Door:
    """How people come in.  Raises ValueError for a file of people that cannot be."""
    users = None if access.users is None else read_users(access.users)
    mode = LOCAL if users is None and access.header is None else TEAM
    sessions = Sessions(state_folder(), f"{mode} {opened.log.uid}")
    return Door(
        sessions,
        cookie=f"reliabel_{port}",  # browsers send cookies to every port of a host
        secure=tls,
        who=access.who,
        users=users,
        header=access.header,
    )


def _has_screen() -> bool:
    """Whether a browser can open a window; in a terminal alone one would take it over."""
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or bool(shown)


def _check(address: Address, access: Access) -> None:
    """Refuse to let others in without a name."""
    alone = access.users is None and access.header is None
    if alone and not _is_here(address.host):
        raise ValueError(
            f"at {address.host} others could decide without a name; name the people who may with "
            "users= (reliabel user FILE NAME makes the file), or listen on 127.0.0.1"
        )
    if access.header is not None and not _is_here(address.host):
        raise ValueError(
            f"at {address.host} everybody could send the header {access.header} themselves; listen "
            "on 127.0.0.1 and let the reverse proxy forward to it"
        )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _names(address: Address) -> list[str]:
    here = HERE if _is_here(address.host) or address.host in EVERYWHERE else ()
    return [*here, address.host.lower(), *(name.lower() for name in address.names)]


def _listening(address: Address) -> socket.socket:
    """A socket that listens; without a port the first free one."""
    asked = range(PORT, PORT + TRIES) if address.port is None else [address.port]
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    for port in asked:
        # with its protocol named: else asyncio leaves Nagle's algorithm on, and an answer of two
        # packets waits 40 ms for the delayed acknowledgement of the first
        held = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind((address.host, port))
            held.listen(128)
            return held
        except (OSError, OverflowError) as wrong:
            held.close()
            taken = isinstance(wrong, OSError) and wrong.errno == errno.EADDRINUSE
            if address.port is not None or not taken:
                raise ValueError(_cannot_listen(address, port, wrong)) from wrong
    raise ValueError(
        f"the ports {PORT} to {PORT + TRIES - 1} are all taken; give another one with port="
    )


def _cannot_listen(address: Address, port: int, wrong: Exception) -> str:
    if isinstance(wrong, OSError) and wrong.errno == errno.EADDRINUSE:
        return f"port {port} is taken by another program; give another one with port="
    return f"cannot listen on {address.host}, port {port}: {wrong}; give another one with port="


def _link(address: Address, port: int, door: Door) -> str:
    """What people open."""
    host = "127.0.0.1" if address.host in EVERYWHERE else address.host
    home = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    return f"{home}?token={door.link.token}" if door.mode == LOCAL else home


def _greeting(door: Door, link: str) -> str:
    if door.mode == LOCAL:
        return f"review in the browser (the link opens once; Ctrl-C ends): {link}"
    if door.header is not None:
        return f"waiting for the reverse proxy at {link} (Ctrl-C ends)"
    tls = (
        "" if door.secure else "; passwords go unencrypted: put a reverse proxy with TLS before it"
    )
    return f"people log in at {link} (Ctrl-C ends){tls}"


def _run(app: object, held: socket.socket) -> None:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who is at the other end is what the socket says
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=GRACE,
    )
    try:
        uvicorn.Server(config).run(sockets=[held])
    except KeyboardInterrupt:  # how uvicorn hands on a Ctrl-C after it has ended well
        return
