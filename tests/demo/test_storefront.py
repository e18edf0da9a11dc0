"""Being the shopper oneself, from the cart to the counted conversion; each test is another shopper's visit."""

import re

import pytest

import app
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment
from infra.demo.coupons import code_in
from infra.demo.simulation import Simulation
from tests.demo.given import Browser, key_of, signed_in
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Shop = tuple[Simulation, int]


def kinds(key: str, journey: str = "abandoned_cart") -> set[Kind]:
    """What happened to a customer's runs of a journey."""
    holders: list[Enrollment | Credit] = [*app.parts.engagement.of(key).enrollments, *app.parts.credits.of(key)]
    return {outcome.kind for each in holders if each.journey == journey for outcome in each.outcomes.values()}


def left_a_cart(port: int, name: str, arm: Arm = Arm.TREATED) -> Browser:
    """A shopper who left a cart a day ago."""
    browser = signed_in(port, name, arm).post("/shop/add", product="mug")
    return browser.post("/clock", by="day", next="/shop")


def test_a_left_cart_brings_a_mail_whose_click_and_order_are_counted(shop_at: Shop) -> None:
    shop, port = shop_at
    browser = signed_in(port, "Mina")
    browser.post("/shop/add", product="mug").post("/shop/empty")
    browser.post("/shop/add", product="candle").post("/shop/add", product="candle")
    before = app.parts.kpis().journeys()["abandoned_cart"].get("converted", 0)

    browser.post("/clock", by="day", next="/shop")
    mail = browser.get(browser.link("Your cart at"))
    browser.get(re.findall(r'src="(/inbox/\d+/html)"', mail.page)[0])
    browser.get(browser.link("Back to my cart"))
    assert "Your click was counted" in browser.page
    browser.post("/shop/order", coupon="")

    assert "is a conversion" in browser.page
    assert kinds(key_of(browser)) >= {Kind.SENT, Kind.DELIVERED, Kind.CLICKED, Kind.CONVERTED, Kind.ATTRIBUTED}
    assert app.parts.kpis().journeys()["abandoned_cart"]["converted"] == before + 1
    assert shop.problems() == []


def test_the_time_line_tells_of_the_cart_and_the_mail(shop_at: Shop) -> None:
    browser = left_a_cart(shop_at[1], "Tess")

    browser.get(f"/customers/{key_of(browser)}")

    assert browser.status == 200
    assert "abandoned cart · reminder" in browser.page
    assert "-c1" in browser.page, "the cart's own number is shown"


def test_the_code_in_the_offer_takes_ten_percent_off_once(shop_at: Shop) -> None:
    shop, port = shop_at
    browser = left_a_cart(port, "Cora")
    browser.post("/clock", by="day", next="/shop").post("/clock", by="day", next="/shop")
    code = code_in(shop.machine.inbox.tagged("customer", key_of(browser))[-1])
    assert code is not None

    browser.post("/shop/order", coupon=code.lower())
    ordered = list(app.parts.facts.of(key_of(browser)).orders.values())
    browser.post("/shop/add", product="mug").post("/shop/order", coupon=code)

    assert [(order.total.amount, order.coupon) for order in ordered] == [(2160, code)]
    assert "This code is not valid" in browser.page


def test_a_code_of_somebody_else_is_refused(shop_at: Shop) -> None:
    browser = signed_in(shop_at[1], "Nora").post("/shop/add", product="mug")

    browser.post("/shop/order", coupon="ABCDEFGHIJ")

    assert "This code is not valid" in browser.page
    assert not app.parts.facts.of(key_of(browser)).orders


def test_an_order_before_the_day_is_over_stops_the_mail(shop_at: Shop) -> None:
    shop, port = shop_at
    browser = signed_in(port, "Vera").post("/shop/add", product="mug").post("/shop/order", coupon="")

    browser.post("/clock", by="day", next="/shop")

    assert shop.machine.inbox.tagged("customer", key_of(browser)) == []
    assert "no reminder is sent" in browser.page


def test_a_visitor_in_the_holdout_reads_why_no_mail_comes(shop_at: Shop) -> None:
    browser = left_a_cart(shop_at[1], "Hugo", Arm.HOLDOUT)

    assert "No mail, on purpose" in browser.page
    assert Kind.WITHHELD in kinds(key_of(browser))


def test_a_wrong_form_says_what_is_wrong_and_signs_nobody_in(shop_at: Shop) -> None:
    browser = Browser(shop_at[1])

    browser.post("/shop/signin", name="Ann", email="ann@example.com", language="en", zone="Mars/Olympus")

    assert "Please enter a time zone such as Asia/Seoul" in browser.page
    assert browser.cookie == ""


def test_a_name_that_is_markup_is_shown_as_text(shop_at: Shop) -> None:
    browser = signed_in(shop_at[1], "Bob<b>")

    assert "Bob&lt;b&gt;" in browser.page
    assert "Bob<b>" not in browser.page
