"""Standard Webhooks: the specification's own example, and every malformed header a 401."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.sources.standard_webhooks import webhook as source
from chalicelib.sources.webhook import WebhookRequest
from tests.builders import START
from tests.naming import FOUR
from tests.webhooks.given import SECRETS, Hooks, Sent, events, payload

pytestmark = pytest.mark.journeys(*FOUR)
# https://github.com/standard-webhooks/standard-webhooks, the example that its libraries are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
SENT_AT = datetime.fromtimestamp(1614265330, UTC)
CUSTOMER = {"type": "customer", "id": "c1", "at": START.isoformat(), "email": "ann@example.com"}


@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_")])
def test_the_published_example_is_signed(secret: str) -> None:
    assert source.is_signed(WebhookRequest(HEADERS, BODY, SENT_AT), [secret])


def test_headers_with_the_names_of_svix_are_the_same(hooks: Hooks) -> None:
    sent = events({"facts": [CUSTOMER]}, message="m1")
    names = {name: name.replace("webhook-", "svix-") for name in sent.headers}
    renamed = Sent("events", {names[name]: value for name, value in sent.headers.items()}, sent.body)

    assert hooks.take(renamed).json() == {"received": 1, "stored": 1}
    assert hooks.take(renamed).json()["stored"] == 0  # the same delivery
    assert hooks.take(renamed.again(svix_id="m2")).status == 401


def test_of_a_bare_list_the_good_ones_are_stored(hooks: Hooks) -> None:
    answer = hooks.take(events([CUSTOMER, CUSTOMER | {"id": 7}, "text"])).json()

    assert (answer["stored"], [each["field"] for each in answer["rejected"]]) == (1, ["$[1].id", "$[2]"])


@pytest.mark.parametrize(
    "change", [{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJeK"}, {"webhook-timestamp": "1614265331"}]
)
def test_id_time_and_body_are_what_was_signed(change: dict[str, str]) -> None:
    assert not source.is_signed(WebhookRequest(HEADERS | change, BODY, SENT_AT), [SECRET])
    assert not source.is_signed(WebhookRequest(HEADERS, BODY.replace(b"4", b"5"), SENT_AT), [SECRET])
    assert not source.is_signed(WebhookRequest(HEADERS, BODY, SENT_AT), [SECRETS["events"]])
    assert not source.is_signed(WebhookRequest(HEADERS, BODY, SENT_AT), [])


@pytest.mark.parametrize(("minutes", "seconds", "good"), [(5, 0, True), (-5, 0, True), (5, 1, False), (-5, -1, False)])
def test_the_tolerance_is_five_minutes_by_our_own_clock(minutes: int, seconds: int, good: bool) -> None:
    now = SENT_AT + timedelta(minutes=minutes, seconds=seconds)

    assert source.is_signed(WebhookRequest(HEADERS, BODY, now), [SECRET]) is good


def test_one_good_signature_and_one_live_secret_are_enough() -> None:
    good = HEADERS["webhook-signature"]
    several = HEADERS | {"webhook-signature": f"v1,bm9uZQ== v1a,xyz {good} v2,abc"}

    assert source.is_signed(WebhookRequest(several, BODY, SENT_AT), [SECRETS["events"], SECRET])


@pytest.mark.parametrize(
    "signature",
    ["", " ", ",", "v1", "v1,", "v1,,", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,%%%", "v1 g0hM", "ключ",
     "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE", "v1,\ud800"],
)  # fmt: skip
def test_a_malformed_signature_is_none(signature: str) -> None:
    assert not source.is_signed(WebhookRequest(HEADERS | {"webhook-signature": signature}, BODY, SENT_AT), [SECRET])


@pytest.mark.parametrize(
    "timestamp",
    ["", "now", "1614265330.0", " 1614265330", "+1614265330", "01614265330", "1_614_265_330", "1614265330\n", "1e9",
     "nan", "inf", "-1", "9" * 30, "9" * 5000, "１６１４２６５３３０"],
)  # fmt: skip
def test_a_malformed_time_is_none(timestamp: str) -> None:
    assert not source.is_signed(WebhookRequest(HEADERS | {"webhook-timestamp": timestamp}, BODY, SENT_AT), [SECRET])


@pytest.mark.parametrize("header", list(HEADERS))
def test_each_header_is_required(hooks: Hooks, header: str) -> None:
    sent = events(CUSTOMER)
    headers = {name: value for name, value in sent.headers.items() if name != header}

    assert hooks.take(Sent("events", headers, sent.body)).status == 401


def test_it_takes_what_the_facts_route_takes(hooks: Hooks) -> None:
    cart = {"type": "cart", "customer_id": "c1", "id": "k1", "at": START.isoformat(), "total": 1250, "currency": "USD"}

    answer = hooks.take(events({"facts": [CUSTOMER, cart]}))

    assert answer.json() == {"received": 2, "stored": 2}
    assert set(hooks.known("ann@example.com").carts) == {"k1"}
    assert hooks.known("c1").customer.claimed_email == "ann@example.com"


def test_a_message_is_known_again_by_its_id_whatever_it_says(hooks: Hooks) -> None:
    first = hooks.take(events(CUSTOMER, message="msg_1"))
    second = hooks.take(events(CUSTOMER | {"email": "bea@example.com", "at": "2026-03-02T10:01:00Z"}, message="msg_1"))

    assert (first.json()["stored"], second.json()["stored"]) == (1, 0)
    assert hooks.known("c1").customer.claimed_email == "ann@example.com"


def test_the_time_is_the_machine_s(hooks: Hooks) -> None:
    hooks.machine.advance_to(START + timedelta(minutes=6))

    assert hooks.take(events(CUSTOMER)).status == 401
    assert hooks.take(events(CUSTOMER, at=START + timedelta(minutes=6))).status == 200


def test_what_a_shop_s_own_services_tell_is_stored(hooks: Hooks) -> None:
    answer = hooks.take(events(payload("events", "facts"))).json()

    known = hooks.known("c-17")
    assert answer == {"received": 3, "stored": 3}
    assert (known.customer.email, set(known.carts), set(known.orders)) == ("noa@example.com", {"k-17"}, {"o-17"})
