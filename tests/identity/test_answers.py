"""A changed answer is counted once, with its last score: through a merge, an erasure, and a stream that comes twice."""

import pytest

import app
from chalicelib.domain.facts.inbound import ErasureRequest, Person
from infra.machine.machine import Machine
from tests.identity.given import DAY, SHOPIFY, a_profile, an_order_of, differences, items, tell
from tests.journeys.shop import Open, Shop

pytestmark = pytest.mark.journeys("nps_survey")
ANN = "ann3@example.com"
ACCOUNT, GUEST, BOTH = (
    Person(SHOPIFY, id="17"),
    Person(SHOPIFY, email=ANN),
    Person(SHOPIFY, id="17", email=ANN, is_verified=True),
)


def scores(shop: Shop) -> dict[str, int]:
    """How many answers are counted with each score, once all windows are closed, and that the recount says so too."""
    assert differences(shop) == {}
    found: dict[str, int] = {}
    for counts in app.parts.counters.read().values():
        for name, number in counts.items():
            if "answered_score|" in name:
                score = name.rpartition("|")[2]
                found[score] = found.get(score, 0) + number
    return {score: number for score, number in found.items() if number}


def surveyed(shop: Shop) -> None:
    """A guest has been asked about an order."""
    tell(shop, a_profile(shop.now, GUEST), an_order_of(GUEST, shop.now))
    shop.after(days=15)
    assert len(shop.machine.inbox.to(ANN)) == 1


def answers(shop: Shop, *given: int) -> None:
    """By the link in the mail, one right after the other, each followed by all that it brings."""
    for score in given:
        response = shop.answers(shop.machine.inbox.to(ANN)[0], score)
        assert response.json() == {"recorded": True, "score": score}
        shop.after(minutes=5)


def test_before_and_after_a_merge(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    tell(shop, an_order_of(ACCOUNT, shop.now - 200 * DAY, "ancient"))  # the account is the older
    surveyed(shop)

    answers(shop, 3, 9)
    assert scores(shop) == {"9": 1}
    tell(shop, a_profile(shop.now, BOTH))
    assert scores(shop) == {"9": 1}
    answers(shop, 2, 10)

    assert scores(shop) == {"10": 1}


def test_an_erased_customer_keeps_the_last_one_in_the_figures_and_a_later_one_is_none(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    surveyed(shop)
    answers(shop, 3, 9)
    mail = shop.machine.inbox.to(ANN)[0]

    shop.answers(mail, 1)  # it is stored, and the request to be forgotten comes
    tell(shop, ErasureRequest(GUEST))
    shop.answers(mail, 10)
    shop.after(days=2)

    assert scores(shop) == {"1": 1}
    assert items()["commerce"] == []


def test_a_record_of_the_stream_that_comes_twice_counts_once(open_shop: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_shop("2026-03-02 10:00")
    surveyed(shop)
    invoke, twice = Machine.invoke, {"enroll", "rollup"}

    def repeated(self: Machine, name: str, event: object) -> object:
        if name in twice:
            invoke(self, name, event)  # type: ignore[arg-type]
        return invoke(self, name, event)  # type: ignore[arg-type]

    monkeypatch.setattr(Machine, "invoke", repeated)
    answers(shop, 3, 9, 2)

    assert scores(shop) == {"2": 1}
    assert [mail.tags["step"] for mail in shop.team_mails()] == ["tell_team", "tell_team_closed", "tell_team_2"]
