"""Let loyal members buy a launch first: an invitation at each one's own time, a last call before the opening."""

import re
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.journeys.outcomes import Kind
from infra.machine.inbox import AcceptedMail
from tests.builders import utc
from tests.journeys.shop import Open, Shop

pytestmark = pytest.mark.journeys("early_access")
OPENS = utc("2026-03-12 18:00")
GOLD, SILVER, BRONZE = 60_000, 30_000, 5_000


def announces(shop: Shop, **changes: Any) -> None:
    """The shop announces its launch, or changes it."""
    launch = {
        "type": "launch",
        "id": "spring",
        "at": shop.now.isoformat(),
        "name": "Spring teas",
        "products": ["first-flush"],
        "segment": "loyal",
        "opens_at": OPENS.isoformat(),
        "ends_at": utc("2026-03-15 18:00").isoformat(),
        "early_by": {"gold": 48, "silver": 24},
    }
    shop.tells(launch | changes)


def members(shop: Shop, **spent: int) -> None:
    """Customers who spent so much a month ago."""
    for name, total in spent.items():
        shop.customer(name)
        shop.orders(name, total=total, placed_at=(shop.now - timedelta(days=30)).isoformat())


def code_in(mail: AcceptedMail) -> str:
    """The personal code a mail shows."""
    found = re.search(r"personal code: (\w+)", mail.text)
    assert found, mail.text
    return found[1]


def test_gold_is_invited_before_silver_each_at_their_own_time(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD, sue=SILVER, bob=BRONZE)

    announces(shop)
    shop.until("2026-03-12 11:00")

    assert shop.times("gil", "early_access") == [("invitation", OPENS - timedelta(hours=48))]
    assert shop.times("sue", "early_access") == [("invitation", OPENS - timedelta(hours=24))]
    assert (shop.mails("bob"), shop.runs("bob", "early_access")) == ([], [])


def test_every_code_is_a_persons_own(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD, glo=GOLD, sue=SILVER)

    announces(shop)
    shop.until("2026-03-12 11:00")

    codes = [code_in(shop.mails(name)[0]) for name in ("gil", "glo", "sue")]
    assert len(set(codes)) == 3


def test_a_last_call_goes_6_hours_before_the_opening_to_those_who_have_not_ordered(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD, glo=GOLD)
    announces(shop)
    shop.until("2026-03-11 10:00")

    shop.orders("glo", products=["first-flush"])
    shop.until("2026-03-20 10:00")

    assert shop.times("gil", "early_access") == [
        ("invitation", OPENS - timedelta(hours=48)),
        ("last_call", OPENS - timedelta(hours=6)),
    ]
    assert shop.times("glo", "early_access") == [("invitation", OPENS - timedelta(hours=48))]
    assert shop.story("glo", "early_access") == ["sent invitation", "exited order_placed"]


def test_an_order_of_the_launch_before_it_ends_is_the_goal(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD)
    announces(shop)
    shop.until("2026-03-11 10:00")

    shop.orders("gil", total=7700, products=["first-flush", "whisk"])
    shop.until("2026-03-20 10:00")

    (run,) = shop.runs("gil", "early_access")
    assert [o.value.amount for o in run.outcomes.values() if o.kind is Kind.CONVERTED and o.value] == [7700]


def test_an_order_of_something_else_is_neither_goal_nor_end(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD)
    announces(shop)
    shop.until("2026-03-11 10:00")

    shop.orders("gil", products=["whisk"])
    shop.until("2026-03-12 13:00")

    assert [step for step, _ in shop.times("gil", "early_access")] == ["invitation", "last_call"]
    assert Kind.CONVERTED not in shop.kinds("gil", "early_access")


def test_an_order_of_something_else_before_the_invitation_takes_nothing_away(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD)
    announces(shop)
    shop.after(days=1)

    shop.orders("gil", products=["whisk"])
    shop.until("2026-03-11 10:00")

    assert shop.times("gil", "early_access") == [("invitation", OPENS - timedelta(hours=48))]


def test_silver_has_a_day_of_early_access_and_gets_one_mail(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, sue=SILVER)

    announces(shop)
    shop.until("2026-03-20 10:00")

    assert [step for step, _ in shop.times("sue", "early_access")] == ["invitation"]
    assert shop.story("sue", "early_access")[1] == "suppressed last_call not_has_long_early_access"


def test_a_last_call_waits_for_the_cap_up_to_the_opening(open_shop: Open) -> None:
    shop = open_shop("2026-03-11 15:00")  # 27 hours before the opening
    members(shop, gil=GOLD)

    announces(shop)
    shop.until("2026-03-20 10:00")

    assert shop.times("gil", "early_access") == [
        ("invitation", utc("2026-03-11 15:00")),
        ("last_call", utc("2026-03-12 15:00")),
    ]
    assert shop.story("gil", "early_access")[1] == "deferred last_call frequency_cap"


@pytest.mark.parametrize("announced", ["17:59", "20:30"])
def test_a_last_call_that_the_cap_allows_only_after_the_opening_is_left_out(open_shop: Open, announced: str) -> None:
    shop = open_shop(f"2026-03-11 {announced}")
    members(shop, gil=GOLD)

    announces(shop, opens_at=utc("2026-03-12 17:00").isoformat())
    shop.until("2026-03-20 10:00")

    assert [step for step, _ in shop.times("gil", "early_access")] == ["invitation"]
    assert "suppressed last_call frequency_cap" in shop.story("gil", "early_access")


def test_no_last_call_goes_at_the_opening_or_after_it(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD)

    announces(shop, opens_at=utc("2026-03-12 08:00").isoformat())  # six hours before is night, and the night ends then
    shop.until("2026-03-20 10:00")

    assert [step for step, _ in shop.times("gil", "early_access")] == ["invitation"]
    assert "suppressed last_call not_has_long_early_access" in shop.story("gil", "early_access")


def test_the_answer_to_a_launch_says_which_tiers_get_which_messages(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD, sue=SILVER)

    announces(shop)
    shop.until("2026-03-20 10:00")

    assert shop.answers_to_facts[-1] == {
        "received": 1,
        "stored": 1,
        "launches": {"spring": {"gold": ["invitation", "last_call"], "silver": ["invitation"]}},
    }
    assert {name: [step for step, _ in shop.times(name, "early_access")] for name in ("gil", "sue")} == {
        "gil": ["invitation", "last_call"],
        "sue": ["invitation"],
    }


def test_a_withdrawn_launch_sends_nothing_more(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD, sue=SILVER)
    announces(shop)
    shop.until("2026-03-11 10:00")  # gold is invited, silver not yet

    announces(shop, withdrawn=True)
    shop.until("2026-03-20 10:00")

    assert (len(shop.mails("gil")), len(shop.mails("sue"))) == (1, 0)
    assert shop.story("gil", "early_access") == ["sent invitation", "exited launch_withdrawn"]
    assert shop.story("sue", "early_access") == ["exited launch_withdrawn"]


def test_an_ended_launch_sends_nothing_more(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD)
    announces(shop)
    shop.until("2026-03-11 10:00")

    announces(shop, opens_at=utc("2026-03-10 20:00").isoformat(), ends_at=utc("2026-03-11 09:00").isoformat())
    shop.until("2026-03-20 10:00")

    assert len(shop.mails("gil")) == 1
    assert shop.story("gil", "early_access")[-1] == "exited launch_ended"


def test_a_launch_brought_forward_invites_sooner(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD)
    announces(shop)
    shop.after(days=1)

    announces(shop, opens_at=utc("2026-03-07 18:00").isoformat())
    shop.until("2026-03-20 10:00")

    assert shop.times("gil", "early_access") == [
        ("invitation", utc("2026-03-05 18:00")),
        ("last_call", utc("2026-03-07 12:00")),
    ]


def test_a_launch_put_off_invites_later(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD)
    announces(shop)
    shop.until("2026-03-10 17:00")  # an hour before the invitation

    announces(shop, opens_at=utc("2026-03-14 18:00").isoformat())
    shop.until("2026-03-20 10:00")

    assert shop.times("gil", "early_access") == [
        ("invitation", utc("2026-03-12 18:00")),
        ("last_call", utc("2026-03-14 12:00")),
    ]
    assert len(shop.runs("gil", "early_access")) == 1


def test_a_launch_announced_hours_before_its_opening_invites_at_once_and_makes_no_second_call(open_shop: Open) -> None:
    shop = open_shop("2026-03-12 14:00")
    members(shop, gil=GOLD)

    announces(shop)
    shop.until("2026-03-20 10:00")

    assert shop.times("gil", "early_access") == [("invitation", utc("2026-03-12 14:00"))]
    assert shop.story("gil", "early_access")[1] == "suppressed last_call too_late"


def test_a_launch_told_again_unchanged_changes_nothing(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    members(shop, gil=GOLD)

    announces(shop)
    shop.after(days=1)
    announces(shop)
    shop.until("2026-03-11 10:00")

    assert len(shop.runs("gil", "early_access")) == 1
    assert len(shop.mails("gil")) == 1


def test_a_segment_of_130_is_invited_whole_page_by_page(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    names = [f"member{number}x" for number in range(130)]
    placed = (shop.now - timedelta(days=30)).isoformat()
    shop.tells(*(shop.profile(name) for name in names))
    shop.tells(*(shop.order(name, f"order-{name}", GOLD, placed_at=placed) for name in names))

    announces(shop)
    shop.until("2026-03-10 18:30")

    assert [len(shop.mails(name)) for name in names] == [1] * 130
    assert len({code_in(mail) for mail in shop.machine.inbox}) == 130
