"""A shop system is its package and nothing else: one made here works without a change to any other file."""

import argparse
import hmac
import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

import app
import chalicelib.sources
from chalicelib.api import routes
from chalicelib.api.openapi import document
from chalicelib.sources import registry
from infra.cli.commands import load, serve
from infra.machine import calls
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.package.packaged import CHECKOUT
from tests.builders import START
from tests.deploy.permissions import refused
from tests.naming import FOUR
from tests.webhooks.given import Hooks, Sent

pytestmark = pytest.mark.journeys(*FOUR)
PAGE = (CHECKOUT / "docs" / "webhooks.md").read_text("utf-8")
DECLARATION = textwrap.dedent(PAGE.partition("   ```python\n")[2].partition("   ```\n")[0])
"""As the guide on that page shows it."""
READER = """
import hmac
from decimal import Decimal

from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.domain.facts.order import Order
from chalicelib.sources.decoding import decoded
from chalicelib.sources.fields import Currency, Time
from chalicelib.sources.reading import amounts, times
from chalicelib.sources.reading.payloads import Id, JsonObject
from chalicelib.sources.signatures import is_same
from chalicelib.sources.teapot import SOURCE
from chalicelib.sources.webhook import Delivery, UnusedTopic, Webhook


class Body(JsonObject):
    id: Id
    buyer: Id
    placed: Time
    sum: Decimal
    currency: Currency


def is_signed(request, secrets):
    given = request.header(SOURCE.signature_headers[0])
    return any(is_same(hmac.digest(each.encode(), request.body, "sha256").hex(), given) for each in secrets)


def read(request):
    topic = request.header(SOURCE.topic_header)
    if topic != "order":
        return Delivery(None, [UnusedTopic(topic)])
    body = decoded(request.body, Body)
    at = times.moment("$.placed", body.placed)
    order = Order(str(body.id), at, amounts.money("$.sum", body.sum, body.currency), at)
    return Delivery(None, [InboundFact(order, Person(SOURCE.name, str(body.buyer)))])


def secret_problem(secret):
    return None if secret.startswith("tea_") else "a secret of teapot begins with tea_"


WEBHOOK = Webhook(is_signed, read, secret_problem=secret_problem)
"""
SECRET = "tea_example"
ORDER = b'{"id": 1, "buyer": 7, "placed": "2026-03-02T08:00:00Z", "sum": "12.50", "currency": "USD"}'


@pytest.fixture(autouse=True)
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where calls of AWS are noted: not among those of other tests, since the policies cover this system only here."""
    folder = tmp_path / "calls"
    folder.mkdir()
    monkeypatch.setenv(calls.VARIABLE, str(folder))
    return folder


@pytest.fixture(autouse=True)
def teapot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package, beside those of ``chalicelib.sources``."""
    (tmp_path / "teapot").mkdir()
    (tmp_path / "teapot" / "__init__.py").write_text(DECLARATION, "utf-8")
    (tmp_path / "teapot" / "webhook.py").write_text(READER, "utf-8")
    monkeypatch.setattr(chalicelib.sources, "__path__", [*chalicelib.sources.__path__, str(tmp_path)])
    registry.sources.cache_clear()
    yield
    monkeypatch.undo()
    registry.sources.cache_clear()
    for name in [each for each in sys.modules if each.startswith("chalicelib.sources.teapot")]:
        del sys.modules[name]


@pytest.fixture
def shop() -> Iterator[Hooks]:
    """A machine on which the system's secret is set up."""
    with Machine(VirtualClock(START), secrets={"teapot": SECRET}) as machine:
        yield Hooks(machine)


def sent(body: bytes = ORDER, topic: str = "order", secret: str = SECRET) -> Sent:
    signature = hmac.digest(secret.encode(), body, "sha256").hex()
    return Sent("teapot", {"x-teapot-signature": signature, "x-teapot-topic": topic}, body)


def test_its_signed_webhooks_are_stored_under_its_own_ids(shop: Hooks) -> None:
    answer = shop.take(sent())

    assert (answer.status, answer.json()) == (200, {"received": 1, "stored": 1})
    (order,) = shop.known("teapot:7").orders.values()
    assert order.total.amount == 1250
    assert shop.known("7").orders == {"1": order}


def test_the_rules_of_all_sources_hold_for_it(shop: Hooks) -> None:
    answers = [shop.take(sent(secret="tea_other")), shop.take(sent(topic="cup")), shop.take(sent(b"{}"))]

    assert [each.status for each in answers] == [401, 202, 400]
    assert answers[2].json()["error"]["field"] == "$.id"
    assert "events, segment, shopify, teapot, woocommerce" in shop.take(Sent("kettle", {}, b"")).body


def test_its_secret_is_read_under_its_name(shop: Hooks) -> None:
    asked: list[str] = []

    def note(params: Any, **_: Any) -> None:
        asked.append(params["Name"])

    app.parts.aws.ssm.meta.events.register("before-parameter-build.ssm.GetParameter", note)
    boto3.client("ssm").put_parameter(
        Name="/rekindle/webhooks/teapot", Value="tea_new", Type="SecureString", Overwrite=True
    )

    assert shop.take(sent(secret="tea_new")).status == 200
    assert asked == ["/rekindle/webhooks/teapot", "/rekindle/identity"]


def test_the_policy_of_the_api_covers_what_its_webhooks_need(noted: Path) -> None:
    with Machine(VirtualClock(START), secrets={"teapot": SECRET}) as machine:
        Hooks(machine).take(sent())

    made = calls.read(noted)
    assert {each.target for each in made if each.service == "ssm"} == {
        "/rekindle/webhooks/teapot",
        "/rekindle/identity",
    }
    assert refused(made) == []


def test_the_openapi_document_describes_it() -> None:
    described = json.loads(json.dumps(document(routes.TOPICS)))

    operation = described["paths"]["/webhooks/{source}"]["post"]
    assert "teapot" in operation["parameters"][0]["schema"]["enum"]
    assert "- teapot: Teapot, one order." in operation["description"].splitlines()
    assert {"X-Teapot-Signature": []} in operation["security"]
    assert described["components"]["securitySchemes"]["X-Teapot-Signature"]["name"] == "X-Teapot-Signature"
    assert [str(error) for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def parsed(command: Any, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def test_serve_takes_its_secret(capsys: pytest.CaptureFixture[str]) -> None:
    assert parsed(serve, "--secret", f"teapot={SECRET}").secrets == [("teapot", SECRET)]

    with pytest.raises(SystemExit):
        parsed(serve, "--secret", "teapot=coffee")
    assert "a secret of teapot begins with tea_" in capsys.readouterr().err


def test_a_history_may_have_its_ids() -> None:
    assert parsed(load, "orders", "o.csv", "--source", "teapot").source == "teapot"


@pytest.mark.parametrize(
    ("name", "problem"), [("Teapot", "cannot be"), ("shop", "cannot be"), ("a/b", "cannot be"), ("shopify", "is named")]
)
def test_a_name_that_cannot_be_used_is_an_error(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "kettle").mkdir()
    (tmp_path / "kettle" / "__init__.py").write_text(DECLARATION.replace('"teapot"', f'"{name}"'), "utf-8")

    with pytest.raises(ValueError, match=problem):
        registry.sources()
    sys.modules.pop("chalicelib.sources.kettle", None)


def test_every_shop_system_is_on_the_page() -> None:
    described = set(re.findall(r"^\|.*\| `/webhooks/(\w+)` \|", PAGE, re.MULTILINE))

    assert described == set(registry.sources()) - {"teapot"}
