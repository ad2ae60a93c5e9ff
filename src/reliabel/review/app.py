"""The review app: the routes behind their guard, and every failure as a sentence."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError

import reliabel
from reliabel.review.api import items, people, progress, queue, team
from reliabel.review.api.models import Refusal
from reliabel.review.door import Door
from reliabel.review.guard import HERE, Guard
from reliabel.review.map_points import NoMap
from reliabel.review.page import files_of, page_routes
from reliabel.review.pictures import NoPicture
from reliabel.review.shared import Shared

REFUSED: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": told}
    for status, told in (
        (400, "sent to a name that is not this server's, or not JSON"),
        (401, "nobody known asks"),
        (403, "this person may not, or the page's token is missing"),
        (404, "there is no such label, picture or map"),
        (409, "this review cannot do that: no such class, nothing to take back, another number"),
        (413, "the request is too large"),
        (422, "a value that cannot be"),
        (429, "too many tries"),
        (503, "the database cannot be read or written; what was acknowledged is kept"),
    )
}

# newer versions of FastAPI report to OpenTelemetry where the environment asks for it
NO_TELEMETRY: Any = dict.fromkeys(
    ("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False
)


def review_app(
    shared: Shared, door: Door, *, hosts: Collection[str] = HERE, any_address: bool = False
) -> FastAPI:
    """The app of one review.

    hosts: the names that it may be reached by.  any_address: also any address in numbers.
    """
    app = FastAPI(
        title="Reliabel review",
        version=reliabel.__version__,
        description="One review of the labels of an audit, held by one person or several.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        telemetry=NO_TELEMETRY,
        responses=REFUSED,
    )
    app.state.shared, app.state.door = shared, door
    for part in (people, queue, items, progress, team):
        app.include_router(part.router)
    app.include_router(page_routes(files_of()))
    app.add_middleware(Guard, hosts=hosts, any_address=any_address)
    app.add_exception_handler(RequestValidationError, _not_valid)
    for kind, status in ((NoPicture, 404), (NoMap, 404), (ValueError, 409), (OSError, 503)):
        app.add_exception_handler(kind, _sentence(status))
    return app


def _sentence(status: int) -> Any:
    """Answers with what an exception says."""

    async def answer(request: Request, wrong: Exception) -> JSONResponse:
        if isinstance(wrong, ValidationError):  # an answer of ours that is not as it is described
            raise wrong
        return JSONResponse({"detail": str(wrong)}, status)

    return answer


async def _not_valid(request: Request, wrong: Exception) -> JSONResponse:
    """What is wrong with a request, in a sentence that does not repeat what was sent."""
    assert isinstance(wrong, RequestValidationError)
    first = wrong.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")[:100]
    more = len(wrong.errors()) - 1
    several = f"; {more:,} more like this" if more else ""
    place = where.encode("ascii", "replace").decode() or "the request"
    return JSONResponse({"detail": f"{place}: {first['msg']}{several}; nothing was done"}, 422)
