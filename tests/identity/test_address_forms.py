"""A person is one customer, whichever form of their address a system uses, and is found and erased by any of them."""

import json

import pytest

import app
from chalicelib.domain.errors import Erased
from chalicelib.domain.facts.inbound import Person
from infra.cli import main as cli
from tests.identity.given import a_cart_of, a_profile, tell
from tests.journeys.shop import Open

pytestmark = pytest.mark.journeys("abandoned_cart")
UNICODE, ASCII = "ann@例え.jp", "Ann@XN--R8JZ45G.jp"
FORMS = [UNICODE, ASCII, f"Ann <{UNICODE}>", f" {UNICODE}. "]


@pytest.mark.parametrize(("first", "second"), [(UNICODE, ASCII), (ASCII, UNICODE)])
def test_two_forms_of_an_address_are_one_customer(open_shop: Open, first: str, second: str) -> None:
    shop = open_shop()

    tell(
        shop,
        a_profile(shop.now, Person("shopify", "1", first, is_verified=True)),
        a_profile(shop.now, Person("shop", "c-1", second, is_verified=True)),
    )

    found = {app.parts.names.find(name) for name in ("shopify:1", "c-1", first, second)}
    assert len(found - {None}) == len(found) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stored", [UNICODE, ASCII])
def test_any_form_finds_and_erases_the_person(
    open_shop: Open, capsys: pytest.CaptureFixture[str], stored: str, form: str
) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, Person("shop", "c-1", stored, is_verified=True)))

    assert cli.main(["show", form, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["customer"] == app.parts.names.find("c-1")
    assert cli.main(["erase", form, "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["erased"] is True
    for other in (UNICODE, ASCII):
        with pytest.raises(Erased):
            app.parts.ingest.identify(Person("shop", "c-2", other, is_verified=True), shop.now)


@pytest.mark.parametrize(("stored", "bounced"), [(UNICODE, ASCII), (ASCII, UNICODE)])
def test_a_mail_goes_to_the_domain_in_ascii_and_its_bounce_suppresses_the_address(
    open_shop: Open, stored: str, bounced: str
) -> None:
    shop = open_shop()
    ann = Person("shop", "c-1", stored, is_verified=True)
    tell(shop, a_profile(shop.now, ann), a_cart_of(ann, shop.now))
    shop.after(days=1, hours=1)

    (mail,) = shop.machine.inbox.mails
    shop.machine.ses.publish(mail, "bounce", shop.now)
    shop.after(days=5)

    assert [address.lower() for address in mail.to] == ["ann@xn--r8jz45g.jp"]
    assert app.parts.suppressions.suppressed([app.parts.identity.address_hash(bounced)])
    assert len(shop.machine.inbox.mails) == 1
