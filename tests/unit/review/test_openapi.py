"""The OpenAPI description holds: no request that it allows, or nearly allows, makes the server fail
or answer otherwise than described (schemathesis).
"""

from __future__ import annotations

import pytest
from tests.unit.review.conftest import made
from tests.unit.review.web import NAMED, team

schemathesis = pytest.importorskip("schemathesis")
from hypothesis import HealthCheck, settings  # noqa: E402

pytestmark = pytest.mark.slow
EXAMPLES = 15  # of each route


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return team(made(tmp_path_factory.mktemp("api") / "labels.audit"), {"eve": "admin"})


@pytest.fixture(scope="module")
def api(site):
    return schemathesis.openapi.from_asgi("/api/openapi.json", site.app)


@pytest.fixture(scope="module")
def headers(site):
    eve = site.named("eve")
    return {NAMED: "eve", "X-CSRF-Token": eve.client.headers["X-CSRF-Token"]}


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
def test_every_route_is_as_it_is_described(case, headers):
    answer = case.call(headers=headers)
    case.validate_response(answer, headers=headers)
