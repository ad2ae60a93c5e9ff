"""The review page as it was built: its files in memory, as they are and compressed, so that no
request ever names a file of the disk.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

from reliabel.core.short_repr import by_fields
from reliabel.review.api.people import TheDoor, set_cookie

BUILT = Path(__file__).parent / "static"  # by ui/, see ui/README.md
INDEX = "index.html"
HASHED = re.compile(r"assets/.+-[\w-]{6,}\.\w+")  # names that change with their content
SMALL = 1000  # bytes below which compressing is not worth it
FOREVER, ASK = "public, max-age=31536000, immutable", "no-cache"
LINK_USED = (
    "this link was used before; go on in the browser that opened it, or start "
    "`reliabel review` again, which prints a new one"
)
NOT_BUILT = (
    "the review page is not built in this installation (ui/README.md says how that is done); "
    "judge in the terminal meanwhile: reliabel review FOLDER --terminal"
)


@dataclass(frozen=True)
class File:
    """A file of the page."""

    plain: bytes
    packed: bytes | None
    kind: str
    tag: str
    keep: str

    __repr__ = by_fields


def files_of(folder: Path = BUILT) -> dict[str, File]:
    """The files of the page by their name; none where it is not built."""
    found = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            found[name] = _file(name, path.read_bytes())
    return found


def _file(name: str, plain: bytes) -> File:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind in ("text/html", "text/css", "text/javascript", "application/javascript"):
        kind = f"{kind}; charset=utf-8"
    packed = gzip.compress(plain, 9, mtime=0) if len(plain) >= SMALL else None
    tag = f'"{hashlib.sha256(plain).hexdigest()[:32]}"'
    return File(plain, packed, kind, tag, FOREVER if HASHED.fullmatch(name) else ASK)


def page_routes(files: dict[str, File]) -> APIRouter:
    """The routes of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def home(request: Request, door: TheDoor, token: str | None = None) -> Response:
        """The page; with the token of the one-time link the session begins."""
        if token is None:
            return _answer(request, files, INDEX)
        gone = Response(status_code=303, headers={"Location": "./"})
        if door.link.spend(token):
            set_cookie(gone, door, door.begin())
        elif door.person(request) is None:
            raise HTTPException(403, LINK_USED)
        return gone

    @router.get("/{name}")
    async def file(request: Request, name: str) -> Response:
        """A file beside the page."""
        return _answer(request, files, name)

    @router.get("/assets/{name}")
    async def asset(request: Request, name: str) -> Response:
        """A script or a style of the page."""
        return _answer(request, files, f"assets/{name}")

    return router


def _answer(request: Request, files: dict[str, File], name: str) -> Response:
    file = files.get(name)
    if file is None:
        raise HTTPException(404, NOT_BUILT if name == INDEX else "there is no such address here")
    headers = {"Cache-Control": file.keep, "ETag": file.tag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    body = file.plain
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = file.packed, "gzip"
    return Response(body, media_type=file.kind, headers=headers)
