"""The facts in a record of a table's stream, by its mapping: those that it names, and only what is new."""

from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.customer import Customer
from chalicelib.sources.own_tables.facts import fact_of
from chalicelib.sources.own_tables.tables import OwnTables
from tests.adopt.given import facts_in, record
from tests.adopt.items import ANN, BY_KIND, CART, CUSTOMERS, ORDER, SALES, sales
from tests.builders import utc


def test_a_profile_has_its_times_in_utc() -> None:
    (found,) = facts_in(CUSTOMERS, ANN)

    assert found.removed_at is None
    assert found.body == {
        "type": "customer",
        "id": "ann",
        "at": "2026-03-02T08:26:40+00:00",
        "email": "ann@example.com",
        "name": "Ann",
        "time_zone": "Asia/Seoul",
        "consents": {"marketing": {"given": True, "at": "2026-03-02T05:40:00+00:00"}},
    }


def test_a_cart_has_its_amounts_in_minor_units_and_its_local_time_in_utc() -> None:
    (found,) = facts_in(SALES, CART)

    assert found.body["id"] == "17"
    assert found.body["at"] == "2026-03-02T09:40:00+00:00"
    assert (found.body["total"], found.body["currency"]) == (2500, "USD")
    assert found.body["lines"] == [{"product": "green-tea", "name": "Green tea", "quantity": 2, "price": 1250}]


def test_an_item_has_the_facts_that_its_mapping_names_and_no_others() -> None:
    assert [found.body["type"] for found in facts_in(SALES, ORDER)] == ["order"]
    assert facts_in(SALES, {"owner": "ann", "sk": "WISHLIST#1"}) == []
    assert facts_in(SALES, {**CART, "owner": None}) == []


def test_an_item_on_which_a_condition_cannot_be_evaluated_is_not_chosen_and_other_mappings_are_tried() -> None:
    table = sales(facts=(BY_KIND, SALES.facts[1]))

    assert facts_in(table, {"owner": "ann", "sk": "WISHLIST#1"}) == []
    assert facts_in(table, {"owner": "ann", "sk": "WISHLIST#1", "kind": 7}) == []
    assert [found.body["type"] for found in facts_in(table, ORDER)] == ["order"]


def test_an_item_that_was_invalid_before_is_read_as_it_is_now() -> None:
    assert len(facts_in(sales(facts=(BY_KIND,)), {**CART, "kind": "cart"}, CART)) == 1
    assert len(facts_in(SALES, CART, {**CART, "items": None})) == 1
    assert len(facts_in(SALES, CART, {**CART, "sk": 17})) == 1


def test_an_expression_that_cannot_be_evaluated_is_named_by_its_field() -> None:
    cart = msgspec.structs.replace(SALES.facts[0], when="owner")

    with pytest.raises(InvalidFact, match=r"^\$\.id: its expression cannot be evaluated"):
        facts_in(sales(facts=(cart,)), {**CART, "sk": 17})


def test_a_change_of_an_unmapped_attribute_is_no_fact() -> None:
    assert facts_in(SALES, {**CART, "colour": "green"}, CART) == []
    assert len(facts_in(SALES, {**CART, "sum": "30.00"}, CART)) == 1


def test_without_old_images_every_change_is_a_fact() -> None:
    """A stream of new images only: the facts' own times decide."""
    assert len(facts_in(SALES, CART)) == 1


def test_a_consent_that_does_not_say_if_it_was_given_is_left_out() -> None:
    (found,) = facts_in(CUSTOMERS, {name: value for name, value in ANN.items() if name != "newsletter"})

    assert "marketing" not in found.body.get("consents", {})
    fact_of(found.body)


def test_a_profile_field_that_an_item_does_not_have_keeps_its_value() -> None:
    (found,) = facts_in(CUSTOMERS, {"id": "ann", "changed": 1_772_440_000})

    profile: Any = fact_of(found.body).fact

    known = Customer("c", utc("2026-03-01 10:00"), "ann@example.com", "Ann", "ko", "KR", "Asia/Seoul")
    joined = known.joined(profile)
    assert (joined.email, joined.name, joined.language, joined.country) == ("ann@example.com", "Ann", "ko", "KR")


def test_the_stream_of_an_unmapped_table_is_refused() -> None:
    stranger = sales(stream=SALES.stream.replace("tea-sales", "coffee-sales"))

    with pytest.raises(ValueError, match="not mapped"):
        list(OwnTables([SALES]).facts(record(stranger, CART)))


def test_a_replaced_stream_belongs_to_the_same_table() -> None:
    renewed = sales(stream=SALES.stream.replace("2026-01-01", "2026-05-05"))

    assert len(list(OwnTables([SALES]).facts(record(renewed, CART)))) == 1


def test_a_stream_without_images_is_refused() -> None:
    with pytest.raises(ValueError, match="images"):
        facts_in(SALES, None, None)
