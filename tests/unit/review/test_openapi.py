"""The OpenAPI description holds: no request that it allows, or nearly allows, makes the server fail
or answer otherwise than described (schemathesis).
"""

from __future__ import annotations

import pytest
from tests.unit.review.conftest import made
from tests.unit.review.web import NAMED, team

schemathesis = pytest.importorskip("schemathesis")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis.errors import Unsatisfiable  # noqa: E402

pytestmark = pytest.mark.slow
EXAMPLES = 12  # of each route, as described and not
HERE = {"Host": "127.0.0.1"}
ROUTES = 23


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return team(made(tmp_path_factory.mktemp("api") / "labels.audit"), {"eve": "admin"})


@pytest.fixture(scope="module")
def routes(site):
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", site.app, headers=HERE)
    return [found.ok() for found in schema.get_all_operations()]


@pytest.fixture(scope="module")
def headers(site):
    eve = site.named("eve")
    return {**HERE, NAMED: "eve", "X-CSRF-Token": eve.client.headers["X-CSRF-Token"]}


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_every_route_is_as_it_is_described(routes, headers, mode):
    assert len(routes) == ROUTES
    tried = 0
    for route in routes:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=route.as_strategy(generation_mode=mode))
        def holds(case):
            answer = case.call(headers=headers)
            case.validate_response(answer, headers=headers)

        try:
            holds()
        except Unsatisfiable:  # a route that takes nothing cannot be asked otherwise
            assert mode is schemathesis.GenerationMode.NEGATIVE
        else:
            tried += 1
    assert tried >= ROUTES / 2
