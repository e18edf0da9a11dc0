"""Compose one message of any channel: choose the language, gather the template's values, render it, sign its links."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.journeys.journey import Coupon, Journey, Message, Send
from chalicelib.domain.journeys.moments import answer_of, early_time
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.messages.formats import end_of_day
from chalicelib.domain.messages.languages import chosen
from chalicelib.domain.messages.mail import Shop
from chalicelib.domain.messages.names import first_name
from chalicelib.domain.messages.tags import SendTags
from chalicelib.services.carriers import Offer
from chalicelib.services.ports import Signer

UNSUBSCRIBE = "unsubscribe"
SURVEY = "survey"


class Rendered(Protocol):
    """A rendered message."""

    @property
    def subject(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...


class Renderer(Protocol):
    """Renders a journey's template in a language, for a channel; raises ``TemplateError``."""

    def render(
        self,
        journey: str,
        template: str,
        language: str,
        context: Mapping[str, object],
        *,
        purpose: Purpose,
        country: str | None,
        channel: Channel,
        to_team: bool,
    ) -> Rendered: ...


@dataclass(frozen=True, slots=True)
class Composed:
    """A message in words, with the coupon in it, if any; its carrier adds what is special to its channel."""

    rendered: Rendered
    tags: SendTags
    unsubscribe_url: str
    offer: Offer | None


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes messages. ``coupon_secret`` makes codes impossible to guess."""

    renderer: Renderer
    signer: Signer
    shop: Shop
    coupon_secret: bytes
    address_hash: Callable[[str], str]

    def __call__(self, journey: Journey, message: Message, situation: Situation) -> Composed:
        """The message for the current step. Raises ``TemplateError``."""
        run, customer = situation.enrollment, situation.facts.customer
        to_customer = isinstance(message, Send)
        offer = self._offer(message.offer, situation) if isinstance(message, Send) and message.offer else None
        language = chosen(customer.language if to_customer else "en", situation.policy.languages)
        there = self.address_hash(customer.address(message.channel) or "")
        unsubscribe = self._link(UNSUBSCRIBE, run.customer, run.id, run.step or "", str(journey.purpose), there)
        rendered = self.renderer.render(
            journey.key,
            message.template,
            language,
            self._context(situation, offer, unsubscribe),
            purpose=journey.purpose if to_customer else Purpose.SERVICE,
            country=customer.country,
            channel=message.channel,
            to_team=not to_customer,
        )
        tags = SendTags(run.send_id, run.customer, run.id, run.step or "", not to_customer)
        return Composed(rendered, tags, unsubscribe, offer)

    def _link(self, purpose: str, *parts: str) -> str:
        path = {UNSUBSCRIBE: "unsubscribe", SURVEY: "surveys"}[purpose]
        return f"{self.shop.public_url}/v1/{path}/{self.signer.sign(purpose, *parts)}"

    def _offer(self, coupon: Coupon, situation: Situation) -> Offer:
        code = coupon_code(self.coupon_secret, situation.enrollment.send_id)
        return Offer(code, coupon.percent, end_of_day(situation.now + coupon.valid, situation.zone))

    def _context(self, situation: Situation, offer: Offer | None, unsubscribe: str) -> dict[str, Any]:
        run, facts, shop = situation.enrollment, situation.facts, self.shop
        return {
            "customer": {"name": facts.customer.name, "first_name": first_name(facts.customer.name)},
            "customer_key": run.customer,
            "shop": {"name": shop.name, "address": shop.address, "url": shop.url, "contact": shop.sender},
            "zone": situation.zone,
            "unsubscribe_url": unsubscribe,
            "survey_url": self._link(SURVEY, run.customer, run.id),
            "offer": offer,
            "cart": _cart(facts, run.subject, shop.url),
            "order": _order(facts, run.subject),
            "launch": _launch(situation, shop.url),
            "answer": answer_of(situation),
        }


def coupon_code(secret: bytes, send_id: str) -> str:
    """The code of a message's offer: it cannot be guessed, and can be derived again from the send."""
    mac = hmac.new(secret, send_id.encode(), hashlib.sha256).digest()
    return base64.b32encode(mac)[:10].decode()


def codes_of(secret: bytes, journeys: Mapping[tuple[str, int], Journey], run: Enrollment) -> Iterator[str]:
    """Every coupon code that this run may have issued."""
    for outcome in run.outcomes.values():
        if outcome.kind in (Kind.SENT, Kind.ABANDONED):
            yield coupon_code(secret, outcome.id.partition("#")[2])
    journey = journeys.get((run.journey, run.journey_version))
    for step in journey.messages if journey else ():
        if isinstance(step, Send) and step.offer:
            for tries in (0, 1):
                yield coupon_code(secret, replace(run, step=step.name, tries=tries).send_id)


def _cart(facts: Facts, subject: str, url: str) -> dict[str, Any] | None:
    cart = facts.carts.get(subject)
    if cart is None:
        return None
    shown = ("name", "quantity", "price", "url", "image")
    return {
        "lines": [{name: getattr(line, name) for name in shown} for line in cart.lines],
        "total": cart.total.amount,
        "currency": cart.total.currency,
        "url": cart.url or f"{url}/cart",
    }


def _order(facts: Facts, subject: str) -> dict[str, Any] | None:
    order = facts.orders.get(subject)
    if order is None:  # the team hears of an answer also if the order became another customer's
        return {"id": subject} if subject in facts.answers else None
    total = order.total
    return {"id": order.id, "placed_at": order.placed_at, "total": total.amount, "currency": total.currency}


def _launch(situation: Situation, shop_url: str) -> dict[str, Any] | None:
    launch = situation.facts.launch
    if launch is None:
        return None
    return {
        "name": launch.name,
        "url": launch.url or shop_url,
        "early_at": early_time(situation),
        "opens_at": launch.opens_at,
        "ends_at": launch.ends_at,
    }
