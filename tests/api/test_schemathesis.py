"""Schemathesis, over the OpenAPI document, against the running local API: whatever it thinks of, the document holds."""

import hmac
from base64 import b64encode
from collections.abc import Iterator
from threading import Thread
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from standardwebhooks.webhooks import Webhook

import app
from chalicelib.api import routes
from chalicelib.api.openapi import document
from chalicelib.domain.facts.inbound import InboundFact, Person
from infra.machine.clock import VirtualClock
from infra.machine.environment import login
from infra.machine.machine import Machine
from infra.web.local_api import LocalApi
from infra.web.server import Server
from tests.builders import START, a_customer, an_enrollment
from tests.naming import FOUR
from tests.webhooks.given import SECRETS
from workflows.nps_survey import NPS_SURVEY

pytestmark = pytest.mark.journeys(*FOUR)
Case = schemathesis.Case[Any]
EXAMPLES = settings(max_examples=40, suppress_health_check=list(HealthCheck))
BY_GATEWAY: list[CheckFunction] = [unsupported_method]
"""A method that no route has is answered 403 by API Gateway, not 405."""
BEYOND_SCHEMAS: list[CheckFunction] = [*BY_GATEWAY, positive_data_acceptance]
"""A body may keep to its schema and break a rule between its fields (a launch ends after it opens), or write a whole
number as 4.0, which is one to JSON Schema and none to us."""
OF_ANSWERS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
TOPICS = {
    "shopify": (
        "carts/update",
        "checkouts/update",
        "orders/create",
        "refunds/create",
        "customers/update",
        "shop/redact",
    ),
    "woocommerce": ("order.created", "order.deleted", "customer.updated", "customer.deleted", "coupon.created"),
}
ASKED = an_enrollment(NPS_SURVEY, customer="ann", due_at=None, occurrence="o-1", subject="o-1")
LINKS = {
    "surveys": ("survey", "ann", ASKED.id),
    "unsubscribe": ("unsubscribe", "ann", "win_back#1", "offer", "marketing", "3c" * 16),
}


class Bearer(AuthBase):
    """The API key of the path."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers.update(login(request.path_url))
        return request


class Signed(AuthBase):
    """Signs what is sent as a source does, and says that it is about one of its topics."""

    def __init__(self, source: str) -> None:
        self._source = source

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        assert isinstance(body, bytes)
        number = crc32(body)
        secret = SECRETS[self._source]
        if topics := TOPICS.get(self._source):
            request.headers.update(
                dict.fromkeys(("x-shopify-topic", "x-wc-webhook-topic"), topics[number % len(topics)])
            )
        sha256 = b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
        request.headers.update(dict.fromkeys(("x-shopify-hmac-sha256", "x-wc-webhook-signature"), sha256))
        request.headers["x-signature"] = hmac.digest(secret.encode(), body, "sha1").hex()
        if self._source == "events":
            request.headers["webhook-id"] = f"msg_{number}"
            request.headers["webhook-timestamp"] = str(int(START.timestamp()))
            signature = Webhook(secret).sign(f"msg_{number}", START, body.decode("utf-8", "replace"))
            request.headers["webhook-signature"] = signature
        return request


def is_text(body: object) -> bool:
    """Whether it is UTF-8: Standard Webhooks can sign nothing else."""
    if not isinstance(body, bytes):
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


schema = schemathesis.openapi.from_dict(document(routes.TOPICS))
schema.auth.set_from_requests(Bearer()).apply_to(path_regex="^/v1/(facts|kpis|rejected)$")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the API is served; ann is known there."""
    folder = tmp_path_factory.mktemp("served")
    with Machine(VirtualClock(START), secrets=SECRETS) as machine, Server(0) as server:
        app.parts.ingest([InboundFact(a_customer(""), Person("shop", "ann", "ann@example.com", is_verified=True))])
        site = LocalApi(machine, lambda event: None, machine.clock.now, folder / "state.json.gz")
        thread = Thread(target=server.show, args=(site,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.stop()
        thread.join(timeout=10)
        assert machine.failures == []


@schema.parametrize()
@EXAMPLES
def test_every_operation_is_as_described(case: Case, api: str) -> None:
    excluded = BEYOND_SCHEMAS if case.method == "POST" else BY_GATEWAY
    if (case.query or {}).get("partial") == "true":  # what does not fit is answered beside what does
        excluded = [*excluded, negative_data_rejection]
    case.call_and_validate(base_url=api, excluded_checks=excluded)


@pytest.mark.parametrize("source", SECRETS)
@schema.include(path="/webhooks/{source}").parametrize()
@EXAMPLES
def test_signed_webhooks_are_answered_as_described(case: Case, api: str, source: str) -> None:
    case.path_parameters["source"] = source

    answer = case.call(base_url=api, auth=Signed(source))

    cannot_be_signed = source == "events" and not is_text(answer.request.body)
    assert (answer.status_code == 401) == cannot_be_signed
    case.validate_response(answer, checks=OF_ANSWERS)


@schema.include(path_regex="^/v1/(surveys|unsubscribe)/").parametrize()
@EXAMPLES
def test_links_that_are_valid_are_answered_as_described(case: Case, api: str) -> None:
    kind = case.path.split("/")[2]
    app.parts.runs.create(ASKED)
    case.path_parameters["token"] = app.parts.tokens.sign(*LINKS[kind])

    answer = case.call(base_url=api)

    assert answer.status_code != 404, "it was not looked at"
    case.validate_response(answer, checks=OF_ANSWERS)
