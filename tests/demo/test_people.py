"""The invented customers: the same for the same seed, of three countries, with a plausible year behind them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from infra.demo.catalogue import LAUNCHES, OPENS, PRODUCTS, on_sale
from infra.demo.people import dice, habits, person
from infra.demo.purchases import past, some_lines
from infra.demo.world import awake

CROWD = [person(7, number, OPENS) for number in range(1, 301)]


def test_the_same_seed_invents_the_same_people_and_another_seed_others() -> None:
    assert [person(7, number, OPENS) for number in range(1, 301)] == CROWD
    assert [person(8, number, OPENS) for number in range(1, 301)] != CROWD


def test_nobody_shares_an_address_and_every_address_is_an_example() -> None:
    addresses = {who.email for who in CROWD}

    assert len(addresses) == len(CROWD)
    assert all(address.rpartition(".example.")[2] in {"com", "org", "net"} for address in addresses)
    assert all(address.isascii() for address in addresses)


def test_there_are_three_countries_unknown_zones_and_people_without_consent() -> None:
    assert {who.country for who in CROWD} == {"KR", "US", "JP"}
    assert {who.home for who in CROWD} == {"Asia/Seoul", "Asia/Tokyo", "America/New_York", "America/Los_Angeles"}
    assert any(who.zone is None for who in CROWD)
    assert {who.consent for who in CROWD} == {True, False, None}


def test_a_past_lies_between_the_first_day_and_now_in_order() -> None:
    for who in CROWD:
        times = [order.placed_at for order in past(7, who, habits(7, who.number), OPENS).purchases]

        assert times == sorted(times)
        assert all(who.since < at < OPENS for at in times)


@pytest.mark.parametrize("launch", [each.id for each in LAUNCHES])
def test_a_launch_of_few_products_can_be_bought(launch: str) -> None:
    products = [product for product in PRODUCTS if product.launch == launch]

    bought = [some_lines(dice(7, number), products, 1.0) for number in range(50)]

    assert products
    assert all(1 <= len(lines) <= len(products) for lines in bought)


def test_what_is_launched_is_on_sale_from_its_public_opening_on() -> None:
    coat = next(product for product in PRODUCTS if product.id == "winter-coat")
    opens = next(each.opens for each in LAUNCHES if each.id == coat.launch)

    assert coat not in on_sale(opens - timedelta(seconds=1))
    assert coat in on_sale(opens)


@pytest.mark.parametrize(("hour", "expected"), [(3, 8), (12, 12), (23, 8)])
def test_people_do_nothing_while_they_sleep(hour: int, expected: int) -> None:
    at = datetime(2026, 11, 5, hour, 30, tzinfo=ZoneInfo("Asia/Seoul")).astimezone(UTC)

    woken = awake(at, "Asia/Seoul")

    assert woken >= at
    assert woken.astimezone(ZoneInfo("Asia/Seoul")).hour == expected
