"""``rekindle unsuppress``: a suppression is lifted with a reason, which ``rekindle show`` shows; an erasure stays."""

from datetime import timedelta

import pytest

import app
from infra.saved.stores import stores
from tests.commands.given import STACK, outside, rekindle, saved
from tests.journeys.shop import Open, Shop

pytestmark = pytest.mark.journeys("abandoned_cart")
Capture = pytest.CaptureFixture[str]
WHY = ("--reason", "she called")


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    """Ann's reminder has bounced."""
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")
    shop.after(days=1, hours=1)
    shop.machine.ses.publish(shop.mails("ann")[0], "bounce", shop.now)
    shop.machine.pump()
    return shop


def texts(capsys: Capture, shop: Shop) -> list[str]:
    found = rekindle(capsys, "show", shop.email("ann"), "--json").json
    return [entry["text"] for entry in found["timeline"] if "uppress" in entry["text"]]


def test_show_says_since_when_and_why_an_address_is_suppressed(shop: Shop, capsys: Capture) -> None:
    found = rekindle(capsys, "show", shop.email("ann"), "--json").json

    assert found["suppressed"] == {"reason": "bounce", "since": "2026-03-03T11:00:00.000Z"}
    assert texts(capsys, shop) == ["Address suppressed: it does not exist (a permanent bounce)"]
    said = rekindle(capsys, "show", shop.email("ann"))
    assert "since 2026-03-03 11:00: it does not exist (a permanent bounce)" in " ".join(said.out.split())


def test_a_lifted_suppression_is_recorded_and_the_address_gets_mail_again(shop: Shop, capsys: Capture) -> None:
    shop.after(hours=1)

    said = outside(shop, capsys, "unsuppress", f"Ann <{shop.email('ann').upper()}>", *WHY, "--json", "--stack", STACK)

    assert said.json == {
        "address": shop.email("ann"),
        "was": {"reason": "bounce", "since": "2026-03-03T11:00:00.000Z"},
        "lifted_at": "2026-03-03T12:00:00.000Z",
        "in": "the stack teashop",
    }
    assert rekindle(capsys, "show", shop.email("ann"), "--json").json["suppressed"] is None
    assert texts(capsys, shop) == [
        "Address suppressed: it does not exist (a permanent bounce)", "Suppression of the address lifted: she called",
    ]  # fmt: skip
    shop.after(days=3)
    assert shop.steps("ann") == ["abandoned_cart/reminder", "abandoned_cart/offer"]


@pytest.mark.parametrize(("after", "is_suppressed"), [(timedelta(minutes=-5), False), (timedelta(minutes=5), True)])
def test_only_what_happens_after_the_lifting_suppresses_again(
    shop: Shop, capsys: Capture, after: timedelta, is_suppressed: bool
) -> None:
    shop.after(hours=1)
    lifted_at = shop.now
    assert rekindle(capsys, "unsuppress", shop.email("ann"), *WHY).status == 0
    shop.after(days=1)

    shop.machine.ses.publish(shop.mails("ann")[0], "complaint", lifted_at + after)
    shop.machine.pump()

    found = rekindle(capsys, "show", shop.email("ann"), "--json").json
    assert (found["suppressed"] is not None) is is_suppressed


def test_an_erasure_is_not_lifted(shop: Shop, capsys: Capture) -> None:
    address = shop.email("ann")
    assert rekindle(capsys, "erase", address, "--yes").status == 0

    said = rekindle(capsys, "unsuppress", address, *WHY)

    assert (said.status, said.out) == (1, "")
    assert said.err == "rekindle: the person asked to be erased: their address gets no mail again\n"
    assert app.parts.suppressions.erased([app.parts.identity.address_hash(address)])


@pytest.mark.parametrize(
    ("words", "status", "error"),
    [
        (("bob@example.com", *WHY), 1, "bob@example.com is not suppressed in the deployed tables"),
        (("bob@example.com",), 2, "the following arguments are required: --reason"),
        (("bob@example.com", "--reason", " "), 2, "expected a text of 1 to 500 characters"),
    ],
)
def test_what_cannot_be_lifted_is_said(
    shop: Shop, capsys: Capture, words: tuple[str, ...], status: int, error: str
) -> None:
    said = rekindle(capsys, "unsuppress", *words)

    assert (said.status, said.out) == (status, "")
    assert error in said.err


def test_on_a_stack_ses_s_own_list_is_mentioned_and_on_a_local_run_it_is_saved(shop: Shop, capsys: Capture) -> None:
    said = rekindle(capsys, "unsuppress", shop.email("ann"), *WHY)
    assert f"aws sesv2 delete-suppressed-destination --email-address {shop.email('ann')}" in said.out

    shop.machine.ses.publish(shop.mails("ann")[0], "complaint", shop.now + timedelta(minutes=1))
    shop.machine.pump()
    saved(shop)
    said = rekindle(capsys, "unsuppress", shop.email("ann"), *WHY)

    assert (said.status, said.err) == (0, "")
    assert "aws sesv2" not in said.out
    local = stores().parts
    assert local.suppressions.status(local.identity.address_hash(shop.email("ann"))).suppression is None


def test_the_reason_is_exported_with_everything_else(shop: Shop, capsys: Capture) -> None:
    rekindle(capsys, "unsuppress", shop.email("ann"), *WHY)

    (item,) = rekindle(capsys, "export", shop.email("ann")).json["suppressions"]

    assert item["lifting"]["why"] == "she called"
