"""A mailbox that takes nothing gets no more mail, on the deployed handlers, whatever happens to the customer."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import app
from chalicelib.domain.facts.inbound import ErasureRequest, Person
from chalicelib.domain.journeys.outcomes import Kind
from infra.machine.inbox import AcceptedMail
from infra.machine.ses_simulator import Reaction
from tests.identity.given import a_profile, differences, items, tell
from tests.journeys.shop import Open, Shop, open_shop

__all__ = ["open_shop"]
pytestmark = pytest.mark.journeys("abandoned_cart")
FULL: dict[str, Any] = {"bounceType": "Transient", "bounceSubType": "MailboxFull"}
REPLY: dict[str, Any] = {"bounceType": "Transient", "bounceSubType": "General"}
HOUR = timedelta(hours=1)


def refused(mail: AcceptedMail) -> Iterable[Reaction]:
    return [(timedelta(0), "send", {}), (HOUR, "bounce", FULL)]


def answered(mail: AcceptedMail) -> Iterable[Reaction]:
    return [(timedelta(0), "send", {}), (HOUR, "delivery", {}), (HOUR / 2, "bounce", REPLY)]


def with_full_mailbox(open_shop: Open, mails: int = 3) -> Shop:
    """Ann's mailbox has refused so many mails: a reminder and an offer for each cart."""
    shop = open_shop()
    shop.machine.ses.behaviour = refused
    shop.customer("ann")
    for place in range((mails + 1) // 2):
        shop.leaves_cart("ann", f"cart-{place}")
        shop.after(days=2 if mails == 2 * place + 1 else 8)
    assert len(shop.mails("ann")) == mails
    return shop


def is_suppressed(shop: Shop, name: str = "ann") -> bool:
    return bool(app.parts.suppressions.suppressed([app.parts.identity.address_hash(shop.email(name))]))


def test_the_third_soft_bounce_is_the_last_mail(open_shop: Open) -> None:
    shop = with_full_mailbox(open_shop)

    shop.after(days=4)

    assert len(shop.mails("ann")) == 3
    assert is_suppressed(shop)
    (later,) = [
        run for run in shop.runs("ann", "abandoned_cart") if Kind.SUPPRESSED in {o.kind for o in run.outcomes.values()}
    ]
    assert [o.reason for o in later.outcomes.values() if o.kind is Kind.SUPPRESSED] == ["suppressed_address"]
    assert differences(shop) == {}


def test_a_late_delivery_between_gives_the_address_back(open_shop: Open) -> None:
    shop = with_full_mailbox(open_shop)
    second = shop.mails("ann")[1]

    shop.machine.ses.publish(second, "delivery", second.at + HOUR)
    shop.after(days=1)
    assert is_suppressed(shop)  # it was returned after its delivery

    other = with_other_mail_between(shop)
    shop.machine.ses.publish(other, "delivery", other.at + HOUR)
    shop.machine.pump()

    assert not is_suppressed(shop)


def with_other_mail_between(shop: Shop) -> AcceptedMail:
    """A mail to Ann like her second one, an hour later, of which nothing was reported."""
    first, second = shop.mails("ann")[:2]
    tags = first.headers["X-SES-MESSAGE-TAGS"].replace(first.tags["send_id"], "f" * 32)
    return replace(second, at=second.at + HOUR, headers={**second.headers, "X-SES-MESSAGE-TAGS": tags})


def test_out_of_office_replies_suppress_nobody_and_are_no_bounces(open_shop: Open) -> None:
    shop = open_shop()
    shop.machine.ses.behaviour = answered
    shop.customer("ann")
    for place in range(3):
        shop.leaves_cart("ann", f"cart-{place}")
        shop.after(days=8)

    assert len(shop.mails("ann")) == 6
    assert not is_suppressed(shop)
    assert differences(shop) == {}
    figures = app.parts.kpis().journeys()["abandoned_cart"]
    assert (figures["sent"], figures["delivered"], figures.get("bounced", 0)) == (6, 6, 0)


def test_bounces_stay_with_the_address_through_a_merge(open_shop: Open) -> None:
    shop = with_full_mailbox(open_shop, mails=2)
    tell(shop, a_profile(shop.now - 90 * 24 * HOUR, Person("shopify", "a-1")))
    tell(shop, a_profile(shop.now, Person("shopify", "a-1", shop.email("ann"), is_verified=True)))

    shop.leaves_cart("ann", "cart-9")
    shop.after(days=2)

    assert len(shop.mails("ann")) == 3
    assert is_suppressed(shop)


def test_an_erased_person_s_bounces_are_deleted_and_not_stored_again(open_shop: Open) -> None:
    shop = with_full_mailbox(open_shop, mails=2)
    last = shop.mails("ann")[-1]
    assert [item for item in items()["engagement"] if item["sk"]["S"] == "BOUNCES"]

    tell(shop, ErasureRequest(Person("shop", "ann")))
    shop.machine.ses.publish(last, "bounce", shop.now, FULL)
    shop.after(days=2)

    assert {item["sk"]["S"] for item in items()["engagement"]} <= {"SUPPRESSION", "LANES"}


def test_what_a_late_report_stored_during_an_erasure_is_deleted_in_the_night(open_shop: Open) -> None:
    shop = with_full_mailbox(open_shop, mails=1)
    address = app.parts.identity.address_hash(shop.email("ann"))
    known, _ = app.parts.bounces.attempts_of(address)
    tell(shop, ErasureRequest(Person("shop", "ann")))

    app.parts.bounces.put_attempts(address, known, 0)  # it was on its way when she was erased
    shop.after(days=1)

    assert app.parts.bounces.attempts_of(address)[1] == 0
