"""``POST /v1/facts``: what is wrong is one clear 400 naming the field, and nothing is written."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.api.http import LARGEST_BODY
from tests.api.conftest import NO_ONE, Api
from tests.builders import START

AT = START.isoformat()
CUSTOMER = {"type": "customer", "id": "c1", "at": AT, "email": "ann@example.com"}
CONSENT = {"marketing": {"given": True, "at": AT}}
CART = {"type": "cart", "customer_id": "c1", "id": "k1", "at": AT, "total": 1250, "currency": "USD"}
LINE = {"product": "p1", "name": "Tea", "quantity": 1, "price": 1250}
ORDER = {"type": "order", "customer_id": "c1", "id": "o1", "placed_at": AT, "total": 1250, "currency": "USD"}
LAUNCH = {
    "type": "launch", "id": "spring", "at": AT, "name": "Spring", "products": ["p1"], "segment": "loyal",
    "opens_at": (START + timedelta(days=9)).isoformat(), "ends_at": (START + timedelta(days=11)).isoformat(),
}  # fmt: skip
REFUND = {"type": "refund", "customer_id": "c1", "order_id": "o1", "id": "r1", "at": AT, "amount": 500}
CANCELLATION = {"type": "cancellation", "customer_id": "c1", "order_id": "o1", "at": AT}
ALL = (CUSTOMER, CART, ORDER, LAUNCH, REFUND, CANCELLATION)

BAD: list[tuple[dict[str, Any], str]] = [
    (CUSTOMER | {"id": ""}, "$.id"),
    (CUSTOMER | {"id": "c#1"}, "$.id"),
    (CUSTOMER | {"id": "x" * 129}, "$.id"),
    (CUSTOMER | {"id": 17}, "$.id"),
    (CUSTOMER | {"id": "c1\n"}, "$.id"),
    (CUSTOMER | {"email": "no address"}, "$.email"),
    (CUSTOMER | {"email": "x" * 250 + "@a.example"}, "$.email"),
    (CUSTOMER | {"name": ""}, "$.name"),
    (CUSTOMER | {"language": "english"}, "$.language"),
    (CUSTOMER | {"language": "en\n"}, "$.language"),
    (CUSTOMER | {"country": "Korea"}, "$.country"),
    (CUSTOMER | {"country": "KR\n"}, "$.country"),
    (CUSTOMER | {"at": "yesterday"}, "$.at"),
    (CUSTOMER | {"at": "2026-03-02T10:00:00"}, "$.at"),
    (CUSTOMER | {"at": "2026-02-30T10:00:00Z"}, "$.at"),
    (CUSTOMER | {"at": "0001-01-01T00:00:00+14:00"}, "$.at"),
    (CUSTOMER | {"at": "9999-12-31T23:59:59-12:00"}, "$.at"),
    (CUSTOMER | {"consents": {"marketing": {"given": "yes", "at": AT}}}, "$.consents[...].given"),
    (CUSTOMER | {"consents": {"spam": {"given": True, "at": AT}}}, "$.consents"),
    (CUSTOMER | {"extra": 1}, "$.extra"),
    (CART | {"total": -1}, "$.total"),
    (CART | {"total": 12.5}, "$.total"),
    (CART | {"total": "1250"}, "$.total"),
    (CART | {"total": 10**16}, "$.total"),
    (CART | {"currency": "usd"}, "$.currency"),
    (CART | {"currency": "USD\n"}, "$.currency"),
    (CART | {"lines": {}}, "$.lines"),
    (CART | {"lines": [LINE, LINE | {"quantity": 0}]}, "$.lines[1].quantity"),
    (CART | {"lines": [LINE | {"price": None}]}, "$.lines[0].price"),
    (CART | {"lines": [LINE] * 501}, "$.lines"),
    (ORDER | {"refunded": 1251}, "$.refunded"),
    (ORDER | {"placed_at": None}, "$.placed_at"),
    (ORDER | {"placed_at": "9999-12-31T00:00:00Z"}, "$.placed_at"),
    (ORDER | {"products": [""]}, "$.products[0]"),
    (ORDER | {"referred": "no"}, "$.referred"),
    (LAUNCH | {"segment": "everybody"}, "$.segment"),
    (LAUNCH | {"ends_at": LAUNCH["opens_at"]}, "$.ends_at"),
    (LAUNCH | {"products": []}, "$.products"),
    (LAUNCH | {"early_by": {"gold": 0}}, "$.early_by[...]"),
    (LAUNCH | {"early_by": {"platinum": 48}}, "$.early_by"),
    (LAUNCH | {"url": "javascript:alert(1)"}, "$.url"),
    (REFUND | {"order_id": "o#1"}, "$.order_id"),
    (REFUND | {"id": ""}, "$.id"),
    (REFUND | {"amount": -1}, "$.amount"),
    (REFUND | {"amount": 5.5}, "$.amount"),
    (REFUND | {"currency": "usd"}, "$.currency"),
    (REFUND | {"total": 1}, "$.total"),
    (CANCELLATION | {"order_id": 3}, "$.order_id"),
    (CANCELLATION | {"at": "9999-12-31T00:00:00Z"}, "$.at"),
    (CANCELLATION | {"email": "no address"}, "$.email"),
    ({"type": "parcel"}, "$.type"),
    ({"id": "c1"}, "$.type"),
    ({}, "$.type"),
]
REQUIRED = [(fact, field) for fact in ALL for field in fact if field not in ("type", "email")]


def assert_refused(api: Api, fact: dict[str, Any], field: str) -> None:
    before = api.tables()

    answer = api.facts(fact)

    assert answer.status == 400, answer
    error = answer.json()["error"]
    assert error["field"] == field or error["field"].startswith(f"{field}["), error
    assert error["problem"]
    assert api.tables() == before


@pytest.mark.parametrize(("fact", "field"), BAD, ids=[f"{place}-{field}" for place, (_, field) in enumerate(BAD)])
def test_what_does_not_fit_is_named_and_nothing_is_written(api: Api, fact: dict[str, Any], field: str) -> None:
    assert_refused(api, fact, field)


@pytest.mark.parametrize(("fact", "field"), REQUIRED, ids=[f"{fact['type']}-{field}" for fact, field in REQUIRED])
def test_what_is_missing_is_named_and_nothing_is_written(api: Api, fact: dict[str, Any], field: str) -> None:
    """Without an address: with one, who has no id is a guest."""
    assert_refused(api, {name: value for name, value in fact.items() if name not in (field, "email")}, f"$.{field}")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_fact_among_good_ones_keeps_all_out(api: Api, place: int) -> None:
    facts: list[dict[str, Any]] = [CUSTOMER, CART, ORDER]
    facts[place] = facts[place] | {"at": "yesterday"}
    before = api.tables()

    answer = api.facts(*facts)

    assert answer.status == 400
    assert answer.json()["error"]["field"] == f"$.facts[{place}].at"
    assert api.tables() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [({"facts": []}, "$.facts"), ({"facts": [CART] * 101}, "$.facts"), ({"facts": CART}, "$.facts"),
     ({"facts": [3]}, "$.facts[0]"), ([], "$"), (None, "$"), ("text", "$"), ({"facts": [CART], "x": 1}, "$.x")],
)  # fmt: skip
def test_a_list_that_is_none_is_named(api: Api, body: Any, field: str) -> None:
    before = api.tables()

    answer = api.post("/v1/facts", body)

    assert (answer.status, answer.json()["error"]["field"]) == (400, field)
    assert api.tables() == before


@pytest.mark.parametrize("key", [NO_ONE, "", "wrong", "4d" * 31 + "4e", "4D" * 32, "ключ"])
def test_without_the_key_nobody_gets_in(api: Api, key: object) -> None:
    before = api.tables()

    answer = api.facts(CUSTOMER | CUSTOMER, key=key)

    assert answer.status == 401
    assert api.tables() == before


@pytest.mark.parametrize(("size", "status"), [(LARGEST_BODY, 400), (LARGEST_BODY + 1, 413)])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(api: Api, size: int, status: int) -> None:
    before = api.tables()

    answer = api.post("/v1/facts", b"x" * size)

    assert answer.status == status
    assert api.tables() == before


def test_another_kind_of_content_is_refused(api: Api) -> None:
    assert api.post("/v1/facts", CUSTOMER, kind="text/plain").status == 415


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b'{"type": "cart\xff"}', b"[" * 5000, b'{"a":' * 5000, b"NaN", b'"\\ud800"',
     b'{"type":"cart","total":1e999}', b'{"type":"cart","total":' + b"9" * 5000 + b"}", b'\x00{"type":"cart"}'],
)  # fmt: skip
def test_garbage_is_a_clear_400(api: Api, body: bytes) -> None:
    before = api.tables()

    answer = api.post("/v1/facts", body)

    assert answer.status == 400
    assert answer.json()["error"].keys() == {"problem", "field"}
    assert api.tables() == before


@given(body=st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
@settings(max_examples=60)
def test_no_bytes_at_all_bring_it_down(api: Api, body: bytes) -> None:
    assert api.post("/v1/facts", body).status in (400, 401)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.journeys("early_access")  # a launch that happens to be good is answered with its messages
@given(fact=st.sampled_from(ALL), field=st.integers(0, 8), value=anything)
@settings(max_examples=150)
def test_any_value_in_any_field_is_taken_or_named(api: Api, fact: dict[str, Any], field: int, value: Any) -> None:
    name = sorted(fact)[field % len(fact)]

    answer = api.facts(fact | {name: value})

    assert answer.status in (202, 400)
    assert answer.status == 202 or answer.json()["error"]["field"].startswith("$")


@given(
    moment=st.datetimes(), offset=st.sampled_from(["Z", "+14:00", "-12:00", "+00:00", "-00:01", "+09:00"]),
    field=st.sampled_from(["placed_at", "at", "fulfilled_at", "cancelled_at"]),
)  # fmt: skip
@settings(max_examples=100)
def test_no_time_at_all_brings_it_down(api: Api, moment: Any, offset: str, field: str) -> None:
    answer = api.facts(ORDER | {"id": "o-times", field: moment.isoformat() + offset})

    assert answer.status in (202, 400)
