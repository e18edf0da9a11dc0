"""The usual build that Rekindle is compared with does the same job: the same mails to the same people, once."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

import app
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.order import Order
from infra.bench import calls
from infra.bench.carts import DONE, DUE_AT, LEFT_AT, cart_of, customers, go_on
from infra.bench.naive import UsualShop, run_usual, usual_shop
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
PLAIN, ORDERED, REFUSING, BOUNCED, EMPTIED = "plain", "ordered", "refusing", "bounced", "emptied"
WELL_AFTER = DUE_AT + timedelta(hours=2)
"""Later than anything would be due, and still day."""
Fact = Customer | Cart | Order


def people() -> dict[str, Customer]:
    """One customer of each sort; a quiet hour in their zone is none of these."""
    sorts = (PLAIN, ORDERED, REFUSING, BOUNCED, EMPTIED)
    found = dict(zip(sorts, customers(len(sorts)), strict=True))
    refusal = {Purpose.MARKETING: Consent(given=False, at=LEFT_AT - timedelta(days=1))}
    found[REFUSING] = replace(found[REFUSING], consents=refusal)
    return found


def facts(who: dict[str, Customer]) -> list[tuple[Customer, Fact]]:
    """Everybody left a cart; one has ordered since, and one has emptied it."""
    sequence: list[tuple[Customer, Fact]] = []
    for each in who.values():
        sequence += [(each, each), (each, cart_of(each))]
    cart, later = cart_of(who[ORDERED]), LEFT_AT + timedelta(hours=1)
    sequence.append((who[ORDERED], Order("order-1", later, cart.total, later, cart_id=cart.id)))
    sequence.append((who[EMPTIED], replace(cart_of(who[EMPTIED]), at=later, lines=())))
    return sequence


def without_link(html: str) -> str:
    """Each build signs its own links."""
    return re.sub(r"https://[^\"<\s]*/v1/unsubscribe/[^\"<\s]+", "LINK", html)


def test_both_builds_send_the_same_mails_to_the_same_people() -> None:
    who = people()
    with Machine(VirtualClock(LEFT_AT)) as machine:
        app.parts.suppressions.suppress(app.parts.identity.address_hash(str(who[BOUNCED].email)), "bounce", LEFT_AT)
        for customer, fact in facts(who):
            app.parts.facts.put(customer.key, fact)
        machine.pump()
        go_on(machine, WELL_AFTER)
        ours = [(mail.to[0], mail.subject, without_link(mail.html)) for mail in machine.inbox]
    with usual_shop() as (shop, _, _, clock):
        shop.bounce(who[BOUNCED])
        clock.set(LEFT_AT)
        shop.tell(facts(who))
        clock.set(WELL_AFTER)
        shop.minute()
        theirs = [(mail.destinations["ToAddresses"][0], mail.subject, without_link(mail.body)) for mail in shop.mails]

    assert [address for address, _, _ in ours] == [who[PLAIN].email]
    assert [(address, subject) for address, subject, _ in theirs] == [
        (address, subject) for address, subject, _ in ours
    ]
    assert theirs[0][2].split() == ours[0][2].split()


def test_nobody_is_written_to_at_night() -> None:
    (person,) = customers(1)
    person = replace(person, zone="Asia/Tokyo")  # where it is 19:00 when the cart is due, and 23:00 four hours later
    with usual_shop() as (shop, _, _, clock):
        clock.set(LEFT_AT)
        shop.tell([(person, person), (person, cart_of(person, at=LEFT_AT))])
        clock.set(DUE_AT + timedelta(hours=4))
        shop.minute()

        assert shop.mails == []


@pytest.mark.parametrize("times", [2, 3])
def test_a_message_that_comes_again_sends_nothing_again(times: int) -> None:
    with usual_shop() as (shop, _, tape, clock):
        (person,) = customers(1)
        shop.tell([(person, person), (person, cart_of(person, at=clock.now()))])
        clock.set(clock.now() + DONE)
        shop.minute()
        (sent,) = [run for run in tape.runs if run.function == "send"]
        for _ in range(times - 1):
            shop.build.send(sent.event, sent.context)

        assert len(shop.mails) == 1
        assert sequence(shop)["sent"] == 1


def sequence(shop: UsualShop) -> dict[str, int]:
    """The usual build's counters, over all days."""
    totals: dict[str, int] = {}
    for item in shop.build.tables["counters"].scan()["Items"]:
        for name, number in item.items():
            if name != "day":
                totals[name] = totals.get(name, 0) + int(number)
    return totals


def test_both_builds_are_told_of_the_same_things() -> None:
    with usual_shop() as (shop, _, _, clock):
        someone = customers(3)
        shop.tell([(each, fact) for each in someone for fact in (each, cart_of(each, at=clock.now()))])
        clock.set(clock.now() + DONE)
        shop.minute()

        assert sequence(shop) == {"sent": 3, "send": 3, "delivery": 3}


def test_one_call_an_item_is_nearly_twice_as_many_calls() -> None:
    ours, theirs = calls.run(calls.PAGE), run_usual(calls.PAGE)

    assert ours.mails == theirs.mails == calls.PAGE
    assert len(theirs.calls) > 1.8 * len(ours.calls)
