"""A guest and an account turn out to be one: one customer is left, with one history and no second mail."""

from collections import Counter
from itertools import permutations

import pytest

import app
from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.mail.ses import SesMailer
from chalicelib.domain.errors import SendUnknown
from chalicelib.domain.facts.inbound import AccountsMerged, Person
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.messages.mail import Mail
from tests.identity.given import DAY, HOUR, SHOPIFY, a_cart_of, a_profile, an_order_of, differences, items, tell
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
ANN = "ann3@example.com"
ACCOUNT, GUEST = Person(SHOPIFY, id="17"), Person(SHOPIFY, email=ANN)
BOTH = Person(SHOPIFY, id="17", email=ANN, is_verified=True)


def runs(journey: str = "abandoned_cart") -> dict[str, list[str]]:
    """By occurrence, the kinds of what was recorded of Ann's runs."""
    key = app.parts.names.find(ANN) or ""
    known = app.parts.engagement.of(key).enrollments
    return {
        run.occurrence: sorted(outcome.kind for outcome in run.outcomes.values())
        for run in known
        if run.journey == journey
    }


def mails(shop: Shop) -> list[str]:
    """The steps whose mails Ann got."""
    return [f"{mail.tags['journey']}/{mail.tags['step']}" for mail in shop.machine.inbox.to(ANN)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_guest_s_order_ends_the_account_s_cart_whichever_came_first(open_shop: Open, order: tuple[int, ...]) -> None:
    shop = open_shop()
    inputs = [
        a_cart_of(ACCOUNT, shop.now - HOUR),
        an_order_of(GUEST, shop.now),
        a_profile(shop.now, BOTH),
    ]
    for index in order:
        tell(shop, inputs[index])

    shop.after(days=4)

    assert "abandoned_cart/reminder" not in mails(shop)
    known = app.parts.facts.of(app.parts.names.find("17") or "")
    assert (set(known.carts), set(known.orders)) == ({"cart-1"}, {"order-1"})
    assert known.customer.email == ANN
    assert differences(shop) == {}


def test_what_was_reminded_before_is_not_reminded_again_after_the_merging(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, GUEST), a_cart_of(GUEST, shop.now, "cart-1"))
    tell(shop, a_cart_of(ACCOUNT, shop.now - DAY, "cart-0"))  # the account is the older
    shop.after(hours=26)
    assert mails(shop) == ["abandoned_cart/reminder"]

    tell(shop, a_profile(shop.now, BOTH))
    tell(shop, a_cart_of(BOTH, shop.now, "cart-1", pieces=2))
    shop.after(days=6)

    assert mails(shop) == ["abandoned_cart/reminder", "abandoned_cart/offer"]
    assert runs()["cart-1"].count("sent") == 2
    assert differences(shop) == {}


def test_reports_of_mails_sent_before_find_the_run_where_it_moved(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, GUEST), a_cart_of(GUEST, shop.now))
    tell(shop, a_cart_of(ACCOUNT, shop.now - DAY, "cart-0"))
    shop.after(hours=26)
    (mail,) = shop.machine.inbox.to(ANN)
    tell(shop, a_profile(shop.now, BOTH))
    old, new = mail.tags["customer"], app.parts.names.find(ANN)
    assert new
    assert new != old

    path = shop.link(mail, "unsubscribe")
    assert shop.machine.request("POST", path, "List-Unsubscribe=One-Click").status == 200
    shop.machine.pump()
    shop.after(days=6)

    assert mails(shop) == ["abandoned_cart/reminder"]
    assert "unsubscribed" in runs()["cart-1"]
    assert app.parts.engagement.of(old).enrollments == ()
    assert differences(shop) == {}


@pytest.mark.parametrize("arrived", [True, False])
def test_a_run_whose_send_is_unknown_moves_and_is_not_sent_again(
    open_shop: Open, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, GUEST), a_cart_of(GUEST, shop.now))
    tell(shop, a_cart_of(ACCOUNT, shop.now - DAY, "cart-0"))
    send = SesMailer.send

    def cut(self: SesMailer, mail: Mail) -> str:
        if arrived:
            send(self, mail)
        raise SendUnknown("cut")

    with monkeypatch.context() as broken:
        broken.setattr(SesMailer, "send", cut)
        shop.after(hours=24, minutes=2)
    tell(shop, a_profile(shop.now, BOTH))
    shop.after(days=6)

    assert mails(shop) == (["abandoned_cart/reminder"] if arrived else []) + ["abandoned_cart/offer"]
    assert ("sent" if arrived else "abandoned") in runs()["cart-1"]
    assert differences(shop) == {}


def test_a_fact_that_comes_late_under_the_old_key_is_moved_too(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, GUEST))
    young = app.parts.names.find(ANN)
    tell(shop, a_cart_of(ACCOUNT, shop.now - DAY, "cart-0"))
    tell(shop, a_profile(shop.now, BOTH))

    fact = a_cart_of(GUEST, shop.now, "late").fact
    assert young
    app.parts.facts.put(young, fact)  # by a webhook that had looked up the key before the merging
    shop.machine.pump()

    old = app.parts.names.find(ANN)
    assert old
    assert old != young
    assert "late" in app.parts.facts.of(old).carts
    pks = {item["pk"]["S"]: item["sk"]["S"] for item in items()["commerce"] if item["pk"]["S"] == f"CUSTOMER#{young}"}
    assert set(pks.values()) == {"MERGED"}
    assert list(runs()) == ["cart-0", "late"] or set(runs()) == {"cart-0", "late"}


def test_the_standing_counts_all_orders_once(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, an_order_of(ACCOUNT, shop.now - 3 * DAY, "o1"), an_order_of(GUEST, shop.now - DAY, "o2"))

    tell(shop, a_profile(shop.now, BOTH))
    tell(shop, a_profile(shop.now + HOUR, BOTH, name="Ann"))

    key = app.parts.names.find(ANN) or ""
    known = app.parts.engagement.of(key)
    assert known.standing
    assert known.standing.orders == 2
    assert app.parts.facts.of(key).customer.name == "Ann"
    assert differences(shop) == {}
    months = app.parts.counters.read()
    assert sum(counts.get("customers", 0) for counts in months.values()) == 1
    assert sum(counts.get("orders", 0) for counts in months.values()) == 2


def test_a_merging_that_stops_anywhere_is_finished_by_its_retry(open_shop: Open) -> None:
    """Each call of AWS in the merging fails once, one after the other."""
    shop = open_shop()
    tell(shop, a_profile(shop.now, GUEST), a_cart_of(GUEST, shop.now), an_order_of(GUEST, shop.now - 9 * DAY, "o1"))
    tell(shop, a_cart_of(ACCOUNT, shop.now - DAY, "cart-0"), an_order_of(ACCOUNT, shop.now - 20 * DAY, "o0"))
    young = app.parts.names.find(ANN)
    assert young
    app.parts.ingest([a_profile(shop.now, BOTH)])

    calls = _interrupted(lambda: app.parts.merge(young))
    shop.machine.pump()
    shop.after(days=6)

    assert calls > 8, "each try goes on where the last one broke off"
    assert mails(shop).count("abandoned_cart/reminder") == 1
    assert app.parts.engagement.of(young).enrollments == ()
    key = app.parts.names.find(ANN) or ""
    assert set(app.parts.facts.of(key).orders) == {"o0", "o1"}
    assert differences(shop) == {}


@pytest.mark.parametrize("is_night_between", [True, False])
def test_a_zone_that_changes_while_runs_move_counts_each_run_once_in_its_new_days(
    open_shop: Open, is_night_between: bool
) -> None:
    """At each call of the merge, for a pair of customers of their own, it breaks off; and the night comes."""
    shop = open_shop("2026-03-02 16:00")  # the next day in Seoul
    pairs = []
    for number in range(12):
        email = f"pair{number}@example.com"
        account, guest = Person(SHOPIFY, id=f"a{number}"), Person(SHOPIFY, email=email)
        tell(shop, a_cart_of(account, shop.now - DAY, f"old-{number}"))
        tell(shop, a_profile(shop.now, guest), a_cart_of(guest, shop.now, f"new-{number}"))
        pairs.append(
            (app.parts.names.find(email) or "", Person(SHOPIFY, id=f"a{number}", email=email, is_verified=True))
        )
    shop.after(minutes=5)
    for calls, (young, both) in enumerate(pairs):
        app.parts.ingest([a_profile(shop.now, both)])
        _interrupted_at(calls, young)

    shop.machine.redeploy({"SHOP_ZONE": "Asia/Seoul"})
    if is_night_between:
        app.parts.nightly()
    shop.machine.pump()
    shop.after(days=2)

    assert {run.zone for _, run in app.parts.engagement.everything() if isinstance(run, Enrollment)} == {"Asia/Seoul"}
    assert differences(shop) == {}
    days: Counter[str] = Counter()
    for day, counts in app.parts.counters.read().items():
        for arm in ("treated", "holdout"):
            days[day] += counts.get(f"abandoned_cart|1|-|-|{arm}|enrolled", 0)
    assert +days == {"2026-03-03": 24}


def _interrupted_at(calls: int, young: str) -> None:
    from tests.identity.breaking import broken_after

    broken_after(calls, lambda: app.parts.merge(young))


def _interrupted(work: object) -> int:
    """Do the work over and over, each time getting one call further before it breaks; returns the calls it takes."""
    from tests.identity.breaking import broken_after

    done = 0
    while broken_after(done, work):  # type: ignore[arg-type]
        done += 1
    return done


def test_facts_are_found_through_a_chain_of_mergings_that_nobody_has_carried_out_yet(open_shop: Open) -> None:
    shop = open_shop()
    ages = {"c": 3 * DAY, "b": 2 * DAY, "a": DAY}
    for name, age in ages.items():
        tell(shop, a_cart_of(Person("shop", id=name), shop.now - age, f"cart-{name}"))

    for one, other in (("a", "b"), ("b", "c")):  # stored, and not yet seen by the stream's reader
        for name in (one, other):
            app.parts.ingest(
                [a_profile(shop.now, Person("shop", id=name, email=f"{one}{other}@example.com", is_verified=True))]
            )

    known = app.parts.facts.of(app.parts.names.find("shop:c") or "")
    assert (set(known.carts), bool(known.merging)) == ({"cart-a", "cart-b", "cart-c"}, True)

    shop.machine.pump()
    known = app.parts.facts.of(app.parts.names.find("shop:c") or "")
    assert (set(known.carts), bool(known.merging)) == ({"cart-a", "cart-b", "cart-c"}, False)


def test_who_claims_an_address_later_sees_who_claimed_it_before_they_were_merged(open_shop: Open) -> None:
    shop = open_shop()
    young, old, later = (Person(SHOPIFY, each, ANN) for each in ("young", "old", "later"))
    tell(shop, a_profile(shop.now, Person(SHOPIFY, "old", "old@example.com")))
    shop.after(minutes=1)
    tell(shop, a_profile(shop.now, young))
    shop.after(minutes=1)
    tell(shop, AccountsMerged(Person(SHOPIFY, "old", former=("young",))))
    shop.after(minutes=1)
    kept, gone = app.parts.names.find(f"{SHOPIFY}:old") or "", app.parts.identity.names(young).own[-1][1]
    app.parts._commerce_table.delete(keys.absorbs(kept, gone))  # as it expires after a day

    tell(shop, a_profile(shop.now, later))

    assert app.parts.bearers.claiming(app.parts.identity.address_hash(ANN))[0] == kept
    key = app.parts.names.find(f"{SHOPIFY}:later") or ""
    assert app.parts.facts.of(key).bearers == (kept,)
    assert app.parts.names.find(f"{SHOPIFY}:young") == app.parts.ingest.identify.known(old) == kept
