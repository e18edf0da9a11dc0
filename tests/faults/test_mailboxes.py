"""Faults 5, 6, 19, 20, 21, 23 of FAULTS.md on the whole machine: crashes, scanners, unsubscribers, bounces, clocks."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from itertools import permutations
from typing import Any

import pytest

import app
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Status
from infra.machine.inbox import AcceptedMail
from infra.machine.lambda_context import Crash, scheduled_event
from infra.machine.ses_simulator import Reaction, delivered
from tests.builders import START, utc
from tests.faults.dying import dies_after_a_mail
from tests.faults.given import DAY, HOUR, Shop, a_shop, kinds
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
REMINDED = ("c1@example.com", "abandoned_cart", "reminder")
LINK = re.compile(r"https://api\.shop\.example(/v1/[^\s\"<>]+)")


def a_cart_is_left(shop: Shop) -> None:
    shop.tell(shop.customer(), shop.cart())


@pytest.mark.parametrize("is_told", [True, False])
def test_5_and_6_a_crash_after_the_acceptance_is_one_mail_settled_or_given_up(
    is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_shop(behaviour=delivered if is_told else None) as shop:
        dies_after_a_mail(monkeypatch)
        a_cart_is_left(shop)
        shop.wait(DAY + 12 * HOUR)

        run = shop.run("abandoned_cart")
        assert [type(failure.error) for failure in shop.machine.failures] == [Crash]
        assert shop.mails() == [REMINDED]
        assert (kinds(run)[Kind.SENT], kinds(run)[Kind.ABANDONED]) == ((1, 0) if is_told else (0, 1))
        assert (run.status, run.step) == (Status.WAITING, "second_chance")
        assert shop.recount() == {}


def test_19_a_scanner_that_follows_every_link_twice_is_no_human_and_changes_nothing() -> None:
    with a_shop() as shop:
        a_cart_is_left(shop)
        shop.tell(shop.order("c2"), shop.customer("c2"))
        shop.wait(14 * DAY + HOUR)
        mails = list(shop.machine.inbox)
        before = shop.tables()

        texts = [
            unescape(part)
            for mail in mails
            for part in (mail.text, mail.html, mail.headers.get("List-Unsubscribe", ""))
        ]
        links = {link for text in texts for link in LINK.findall(text)}
        for link in [*links, *links]:
            path, _, query = link.partition("?")
            name, _, value = query.partition("=")
            answer = shop.machine.request("GET", path, None, {"Accept": "text/html"}, {name: value} if name else None)
            assert answer.status == 200
            assert shop.machine.request("HEAD", path).status in (403, 405)
        shop.machine.pump()

        assert len(links) >= 3
        assert shop.tables() == before


def test_19_a_scanner_s_clicks_credit_no_order() -> None:
    def scanned(_mail: AcceptedMail) -> Iterable[Reaction]:
        return [
            (SECOND, "delivery", {}),
            (3 * SECOND, "click", {}),
            (3 * SECOND, "open", {}),
            (4 * SECOND, "click", {}),
        ]

    with a_shop(behaviour=scanned) as shop:
        a_cart_is_left(shop)
        shop.wait(DAY + HOUR)
        shop.tell(shop.order())

        counted = kinds(shop.run("abandoned_cart"))
        assert (counted[Kind.CLICKED], counted[Kind.OPENED], counted[Kind.ATTRIBUTED]) == (0, 0, 0)
        assert counted[Kind.CONVERTED] == 1
        assert shop.recount() == {}


FORM = "application/x-www-form-urlencoded"
MULTIPART = 'multipart/form-data; boundary="b"'
ONE_CLICK = "List-Unsubscribe=One-Click"
PARTS = f'--b\r\nContent-Disposition: form-data; name="{ONE_CLICK[:16]}"\r\n\r\nOne-Click\r\n--b--\r\n'


@pytest.mark.parametrize(("kind", "body"), [(FORM, ONE_CLICK), (MULTIPART, PARTS)])
def test_20_one_click_is_one_unsubscribe_and_the_last_mail(kind: str, body: str) -> None:
    with a_shop() as shop:
        a_cart_is_left(shop)
        shop.wait(DAY + HOUR)
        (mail,) = shop.machine.inbox
        path = mail.headers["List-Unsubscribe"].strip("<>").removeprefix("https://api.shop.example")

        for _ in range(3):
            answer = shop.machine.request("POST", path, body.encode(), {"Content-Type": kind})
            assert answer.status == 200
            shop.wait(MINUTE)
        shop.wait(10 * DAY)

        assert mail.headers["List-Unsubscribe-Post"] == ONE_CLICK
        assert shop.mails() == [REMINDED]
        counted = kinds(shop.run("abandoned_cart"))
        assert (counted[Kind.UNSUBSCRIBED], counted[Kind.SUPPRESSED]) == (1, 1)
        assert app.parts.kpis().journeys()["abandoned_cart"]["unsubscribed"] == 1


EVENTS = ("send", "bounce", "complaint", "complaint")


@pytest.mark.parametrize("order", sorted(set(permutations(EVENTS))))
def test_21_bounces_and_complaints_count_once_in_any_order(order: tuple[str, ...]) -> None:
    with a_shop(behaviour=None) as shop:
        a_cart_is_left(shop)
        shop.wait(DAY + HOUR)
        (mail,) = shop.machine.inbox

        for event in order:
            shop.machine.ses.publish(mail, event, mail.at + MINUTE)
            shop.machine.pump()

        counted = kinds(shop.run("abandoned_cart"))
        assert (counted[Kind.SENT], counted[Kind.BOUNCED], counted[Kind.COMPLAINED]) == (1, 1, 1)
        assert shop.recount() == {}
        shop.wait(5 * DAY)
        assert shop.mails() == [REMINDED]
        assert kinds(shop.run("abandoned_cart"))[Kind.SUPPRESSED] == 1


def test_21_an_event_with_tags_of_nobody_s_does_no_harm() -> None:
    with a_shop(behaviour=None) as shop:
        a_cart_is_left(shop)
        shop.wait(DAY + HOUR)
        (mail,) = shop.machine.inbox
        before = shop.tables()
        stranger = replace(
            mail,
            headers={
                **mail.headers,
                "X-SES-MESSAGE-TAGS": "send_id=x, customer=nobody, journey=y, occurrence=z, step=s",
            },
        )

        shop.machine.ses.publish(stranger, "delivery", mail.at)
        shop.machine.ses.publish(replace(stranger, headers={}), "delivery", mail.at)
        shop.machine.pump()

        assert shop.tables() == before
        assert shop.machine.failures == []


def in_new_york(shop: Shop) -> dict[str, Any]:
    return shop.customer(time_zone="America/New_York")


@pytest.mark.parametrize(
    ("left_at", "sent_at"),
    [
        ("2026-03-07 04:00", "2026-03-08 12:00"),  # clocks go forward in the night: 08:00 is 12:00 UTC, not 13:00
        ("2026-10-31 04:00", "2026-11-01 13:00"),  # clocks go back: 13:00, not 12:00
        ("2028-02-28 04:00", "2028-02-29 13:00"),  # a leap day
    ],
)
def test_23_a_night_with_a_clock_change_is_one_mail_at_eight(left_at: str, sent_at: str) -> None:
    with a_shop(utc(left_at)) as shop:
        shop.tell(in_new_york(shop) | {"at": shop.now.isoformat()}, shop.cart())
        shop.wait(2 * DAY)

        assert [(mail.at, mail.tags["step"]) for mail in shop.machine.inbox] == [(utc(sent_at), "reminder")]


def test_23_a_leap_day_s_order_is_counted_in_its_month_and_asked_about_once() -> None:
    with a_shop(utc("2028-02-29 10:00")) as shop:
        shop.tell(shop.customer(), shop.order())
        shop.wait(15 * DAY)

        assert shop.mails() == [("c1@example.com", "nps_survey", "survey")]
        assert app.parts.counters.read()["2028-02"]["orders"] == 1
        assert shop.machine.inbox[0].at == utc("2028-03-14 10:00")


@pytest.mark.parametrize("back", [10 * MINUTE, 3 * HOUR, 2 * DAY])
def test_23_a_clock_that_steps_back_sends_nothing_early_and_nothing_twice(back: timedelta) -> None:
    with a_shop() as shop:
        a_cart_is_left(shop)
        shop.wait(DAY + MINUTE)
        assert shop.mails() == [REMINDED]

        stepped_back(shop, shop.now - back)
        sweep(shop)
        shop.wait(back + DAY)

        assert shop.mails() == [REMINDED]
        assert shop.recount() == {}


def test_23_a_clock_that_steps_back_before_anything_is_due_sends_it_once_and_in_time() -> None:
    with a_shop(behaviour=None) as shop:
        a_cart_is_left(shop)
        shop.wait(23 * HOUR)
        due = shop.run("abandoned_cart").due_at

        stepped_back(shop, START)
        sweep(shop)

        assert shop.mails() == []
        assert shop.run("abandoned_cart").due_at == due
        shop.wait(DAY + MINUTE)
        assert shop.mails() == [REMINDED]


def stepped_back(shop: Shop, to: datetime) -> None:
    shop.machine.clock.set_back(to)


def sweep(shop: Shop) -> None:
    """A sweep and all that comes of it, at this very moment."""
    shop.machine.invoke("sweep", scheduled_event(shop.now, "rate(1 minute)"))
    shop.machine.pump()
