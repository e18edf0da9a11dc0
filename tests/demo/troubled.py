"""A demo full of errors with personal data: ``python -m tests.demo.troubled FILE``, logged as on Lambda.

``FILE`` gets all personal data and secrets, by kind, which must not be in it, and the records under a plain formatter.
"""

import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

import app
import workflows
from chalicelib.adapters.dynamodb.due import DueStore
from chalicelib.adapters.templates import Message, Templates
from chalicelib.domain.errors import TemplateError
from chalicelib.domain.journeys.due import DueKey
from chalicelib.sources.shopify.webhook import TOPICS as SHOPIFY_TOPICS
from chalicelib.sources.woocommerce.webhook import TOPICS as WOOCOMMERCE_TOPICS
from infra.demo import simulation
from infra.demo.catalogue import settings
from infra.demo.people import DemoCustomer
from infra.demo.readers import COMMENTS
from infra.demo.simulation import Simulation
from infra.machine.environment import SECRETS as SECRETS_OF_SHOP
from infra.machine.environment import login
from infra.machine.inbox import AcceptedMail
from infra.machine.machine import Machine
from infra.machine.ses_simulator import Reaction
from tests.naming import FOUR
from tests.webhooks.given import PAYLOADS, SECRETS, Sent, events, segment, shopify, woocommerce

CUSTOMERS, DAYS, SEED = 150, 10, 7
URL = "http://localhost:8000"
ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+\w")
TOKEN = re.compile(r"/v1/(?:surveys|unsubscribe)/([\w.-]+)")
HOUR = timedelta(hours=1)


class EverythingOfARecord(logging.Formatter):
    """What a plain formatter would write, and all that it could."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{super().format(record)} {vars(record)!r}"


class Trouble:
    """What fails, and how: with the address, the name or the token in the error's words, as real ones have it."""

    def __init__(self) -> None:
        self.are_tables_gone = False
        self.tokens, self.codes = set[str](), set[str]()
        self._sends, self._sweeps, self._coupons = count(), count(), count()
        self._call = vars(BaseClient)["_make_api_call"]
        self._render, self._due = Templates.render, DueStore.due

    @contextmanager
    def around(self) -> Iterator[None]:
        """Inside, all of it happens."""
        with (
            patch.object(BaseClient, "_make_api_call", self._calls(self._call)),
            patch.object(Templates, "render", self._renders(self._render)),
            patch.object(DueStore, "due", self._finds(self._due)),
        ):
            yield

    def _calls(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def _make_api_call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            if self.are_tables_gone and operation in ("PutItem", "UpdateItem", "BatchWriteItem"):
                raise RuntimeError(f"{operation} of {parameters}")
            if operation == "PutItem" and parameters["Item"]["pk"]["S"].startswith("COUPON#"):
                self.codes.add(parameters["Item"]["pk"]["S"].removeprefix("COUPON#"))
                if next(self._coupons) % 3 == 0:
                    raise RuntimeError(f"{operation} of {parameters}")
            if operation == "SendEmail":
                self._refuse(parameters["Destination"]["ToAddresses"][0])
            return call(client, operation, parameters)

        return _make_api_call

    def _refuse(self, address: str) -> None:
        said = f"Email address is not verified. The following identities failed the check in region: {address}"
        match next(self._sends) % 6:
            case 0:
                raise _client_error("MessageRejected", said)
            case 1:
                raise _client_error("ThrottlingException", said)
            case 2:
                raise ReadTimeoutError(endpoint_url=f"https://email.example/{address}")
            case 3:
                raise ValueError(f"cannot parse what came back of {address}")
            case _:
                return

    def _renders(self, render: Callable[..., Message]) -> Callable[..., Message]:
        def render_(templates: Templates, journey: str, template: str, language: str, context: Any, **more: Any) -> Any:
            name = context["customer"]["name"]
            self.tokens |= set(TOKEN.findall(f"{context['unsubscribe_url']} {context['survey_url']}"))
            if sum(map(ord, name)) % 10 == 0:
                raise TemplateError(f"template {template!r}: {name} cannot be written to")
            if sum(map(ord, name)) % 10 == 1:
                raise KeyError(name, context["unsubscribe_url"])
            return render(templates, journey, template, language, context, **more)

        return render_

    def _finds(self, due: Callable[..., list[DueKey]]) -> Callable[..., list[DueKey]]:
        def due_(store: DueStore, *arguments: Any) -> list[DueKey]:
            if next(self._sweeps) % 40 == 0:
                raise RuntimeError(f"somebody.else@mail.example.com: {arguments}")
            return due(store, *arguments)

        return due_


def _client_error(code: str, said: str) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": said}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, "SendEmail")


def main(findings: Path) -> None:
    """Live through the days, then write down what must not have been logged."""
    raw = io.StringIO()
    plain = logging.StreamHandler(raw)
    plain.setFormatter(EverythingOfARecord())
    logging.getLogger("rekindle").addHandler(plain)
    others = logging.StreamHandler()
    others.setFormatter(EverythingOfARecord())
    logging.basicConfig(level=logging.INFO, handlers=[others])
    trouble = Trouble()
    with (
        patch.object(workflows, "registered", partial(workflows.registered, only=FOUR)),
        patch.object(simulation, "Machine", partial(Machine, secrets=SECRETS)),
        patch.object(simulation, "settings", lambda url: {**settings(url), "METRICS": "on"}),
        simulation.simulation(CUSTOMERS, SEED, URL) as shop,
        trouble.around(),
    ):
        usual = shop.machine.ses.behaviour
        assert usual is not None
        reactions = count()

        def unhappily(mail: AcceptedMail) -> Iterator[Reaction]:
            match next(reactions) % 5:
                case 0:
                    yield from [(HOUR, "send", {}), (HOUR, "bounce", {})]
                case 1:
                    yield from [(HOUR, "send", {}), (HOUR, "delivery", {}), (2 * HOUR, "complaint", {})]
                case _:
                    yield from usual(mail)

        shop.machine.ses.behaviour = unhappily
        shop.machine.at(shop.now + HOUR, lambda: _spoil(shop))
        simulation.live(shop, DAYS)
        _write_garbage_to_feedback(shop)
        shop.machine.pump()
        _ask_for_everything(shop, trouble)
        secrets = [part for text in SECRETS_OF_SHOP.values() for part in re.split("[:\n]", text) if len(part) > 8]
        secrets += SECRETS.values()
        findings.write_text(json.dumps(_personal(shop, trouble) | {"secrets": secrets, "raw": raw.getvalue()}), "utf-8")


def _spoil(shop: Simulation) -> None:
    """Facts of some members and of some whose standing is due for review cannot be read any more."""
    client, table = boto3.client("dynamodb"), shop.machine.stack.tables["CommerceTable"]
    members, _ = app.parts.standings.members("loyal", None, 6)
    for shopper in shop.shoppers.values():
        key = shop.key_of(shopper.person)
        standing = app.parts.engagement.of(key).standing if key else None
        is_reviewed_soon = standing and standing.review_at and standing.review_at < shop.now + timedelta(days=DAYS)
        if key and (key in members or (is_reviewed_soon and shopper.person.number % 4 == 0)):
            fact = json.dumps({"email": shopper.person.email, "name": [shopper.person.name]})
            item = {"pk": f"CUSTOMER#{key}", "sk": "CART#spoilt", "at": "2026", "fact": fact}
            client.put_item(TableName=table, Item={name: {"S": value} for name, value in item.items()})


def _write_garbage_to_feedback(shop: Simulation) -> None:
    mail = shop.machine.inbox.mails[0]
    untagged = {"eventType": "Bounce", "mail": {"timestamp": shop.now.isoformat(), "destination": list(mail.to)}}
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": mail.to[0]}]}
    for body in (mail.to[0], json.dumps({mail.to[0]: mail.raw}), json.dumps(untagged | {"bounce": bounce})):
        boto3.client("sqs").send_message(QueueUrl=shop.machine.stack.queues["FeedbackQueue"], MessageBody=body)


def _ask_for_everything(shop: Simulation, trouble: Trouble) -> None:
    """Every route is asked, in every way: as it should be, with nonsense, and while no table answers."""
    from app import app

    person = next(iter(shop.shoppers.values())).person
    key = login("/v1/facts")
    forms = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    bodies = [json.dumps({"facts": [person.fact()]}), json.dumps(person.fact()), json.dumps(person.fact() | {"at": 1})]
    bodies += [json.dumps({"score": 3, "comment": COMMENTS["en"][0]}), f'{{"email": "{person.email}"']
    mails = [mail for mail in shop.machine.inbox if TOKEN.search(mail.text)][:3]
    mails += [mail for mail in shop.machine.inbox if "/v1/surveys/" in mail.text][-2:]  # not answered for good yet
    values = {*(token for mail in mails for token in TOKEN.findall(mail.text)), person.email, *SECRETS}
    changed = json.dumps({"score": 4, "comment": COMMENTS["en"][0]})  # an answer that is the same again is not stored
    for trouble.are_tables_gone in (False, True):
        bodies += [changed] if trouble.are_tables_gone else []
        shop.machine.clock.set(shop.now + timedelta(minutes=1))
        for route, methods in app.routes.items():
            for path in {re.sub(r"\{\w+\}", value, route) for value in sorted(values)}:
                for method in methods:
                    shop.machine.request(method, path, f"score=3&comment={person.email}", forms)
                    for body in bodies:
                        shop.machine.request(method, path, body, {"Content-Type": "application/json"} | key)
                        shop.machine.request(method, path, body, {"Authorization": f"Bearer {person.email}"})
        for sent in _deliveries(shop, person):
            shop.machine.request("POST", f"/webhooks/{sent.source}", sent.body, sent.headers)
    trouble.are_tables_gone = False


def _deliveries(shop: Simulation, person: DemoCustomer) -> Iterator[Sent]:
    """Signed deliveries about a customer: of every topic, each with every payload, fitting or not; and of no topic."""
    for source in ("shopify", "woocommerce", "segment"):
        for file in sorted((PAYLOADS / source).glob("*.json")):
            body = ADDRESS.sub(person.email, file.read_text("utf-8")).encode()
            match source:
                case "shopify":
                    yield from (shopify(topic, body) for topic in (*SHOPIFY_TOPICS, f"orders/{person.email}"))
                case "woocommerce":
                    yield from (woocommerce(topic, body) for topic in (*WOOCOMMERCE_TOPICS, f"order.{person.email}"))
                case _:
                    yield segment(body)
    for content in (person.fact(), {"facts": [person.fact() | {"at": person.email}]}, person.email):
        yield events(content, at=shop.now)


def _personal(shop: Simulation, trouble: Trouble) -> dict[str, list[str]]:
    people = [shopper.person for shopper in shop.shoppers.values()]
    return {
        "addresses": [person.email for person in people],
        "local parts": [person.email.partition("@")[0] for person in people],
        "names": [person.name for person in people],
        "tokens": sorted(trouble.tokens),
        "coupons": sorted(trouble.codes),
        "comments": [comment for comments in COMMENTS.values() for comment in comments],
        "subjects": sorted({mail.subject for mail in shop.machine.inbox}),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
