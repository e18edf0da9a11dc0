"""What cannot be handled now is retried, and keeps only what must not overtake it waiting."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.entry.records import partition
from chalicelib.entry.streams import everything, in_order, item
from tests.fakes import FakeQueue


def a_record(number: int, customer: str) -> dict[str, Any]:
    """The change of one item of a customer."""
    keys = {"pk": {"S": f"CUSTOMER#{customer}"}, "sk": {"S": f"CART#{number}"}}
    return {"dynamodb": {"SequenceNumber": str(number), "Keys": keys}}


class Handled:
    """Remembers which records were handled; those of some customers fail."""

    def __init__(self, **failing: Exception) -> None:
        self.failing, self.numbers, self.poison = failing, list[int](), FakeQueue()

    def answer(
        self, *customers: str, queue: Callable[[Any], str] = partition, later: FakeQueue | None = None
    ) -> list[str]:
        """Where Lambda is to start again, of a batch of records of these customers, numbered from 1."""
        event = {"Records": [a_record(number, each) for number, each in enumerate(customers, 1)]}
        answer = in_order(event, self, self.poison, names=lambda _: {}, queue=queue, later=later)
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def __call__(self, record: Mapping[str, Any]) -> None:
        """Handle one."""
        customer = partition(record).removeprefix("CUSTOMER#")
        if customer in self.failing:
            raise self.failing[customer]
        self.numbers.append(int(record["dynamodb"]["SequenceNumber"]))


@pytest.mark.parametrize("error", [Unavailable("throttled"), Conflict("changed")])
def test_the_others_go_on_and_lambda_starts_again_from_the_one_that_failed(error: Exception) -> None:
    handled = Handled(bob=error)

    assert handled.answer("ann", "bob", "cat", "bob", "ann") == ["2"]
    assert handled.numbers == [1, 3, 5]


def test_no_record_of_one_customer_overtakes_another() -> None:
    tried: list[str] = []

    def handle(record: Mapping[str, Any]) -> None:
        tried.append(record["dynamodb"]["SequenceNumber"])
        raise Unavailable("throttled")

    in_order({"Records": [a_record(1, "bob"), a_record(2, "bob")]}, handle, FakeQueue(), names=dict, queue=partition)

    assert tried == ["1", "1"], "once more at once: what another process has just changed is often right by then"


def test_with_three_in_trouble_the_batch_ends() -> None:
    handled = Handled(**dict.fromkeys("bcd", Unavailable("throttled")))

    assert handled.answer("a", "b", "a", "c", "a", "d", "a") == ["2"]
    assert handled.numbers == [1, 3, 5]


def test_where_no_record_may_overtake_another_the_batch_ends_at_the_first() -> None:
    handled = Handled(bob=Unavailable("throttled"))

    assert handled.answer("ann", "bob", "cat", queue=everything) == ["2"]
    assert handled.numbers == [1]


def test_what_fails_for_good_is_set_aside_and_the_batch_goes_on() -> None:
    handled = Handled(bob=ValueError("no such shape"))

    assert handled.answer("ann", "bob", "bob", "cat") == []
    assert handled.numbers == [1, 4]
    assert [body["error"] for body in handled.poison.bodies] == ["ValueError", "ValueError"]


def test_two_items_of_a_table_of_the_shop_s_wait_apart() -> None:
    handled = Handled(bob=Unavailable("throttled"))

    assert handled.answer("bob", "bob", queue=item) == ["1"]
    assert item(a_record(1, "bob")) != item(a_record(2, "bob"))
    assert item(a_record(1, "bob")) == item(
        {"dynamodb": {"Keys": dict(reversed(a_record(1, "bob")["dynamodb"]["Keys"].items()))}}
    )


def put_off(later: FakeQueue) -> list[int]:
    """The numbers of the records in the queue."""
    return [int(body["record"]["dynamodb"]["SequenceNumber"]) for body in later.bodies]


def test_what_cannot_be_handled_now_is_put_off_with_what_may_not_overtake_it() -> None:
    handled, later = Handled(bob=Unavailable("throttled")), FakeQueue()

    assert handled.answer("ann", "bob", "cat", "bob", "ann", later=later) == []
    assert (handled.numbers, put_off(later)) == ([1, 3, 5], [2, 4])
    assert [body["error"] for body in later.bodies] == ["Unavailable", "Waiting"]


def test_one_person_of_several_names_keeps_nobody_waiting() -> None:
    handled, later = Handled(**dict.fromkeys("bcde", Unavailable("throttled"))), FakeQueue()

    assert handled.answer("b", "c", "d", "e", "a", later=later) == []
    assert (handled.numbers, put_off(later)) == ([5], [1, 2, 3, 4])


def test_with_ten_in_trouble_nothing_is_put_off() -> None:
    handled, later = Handled(**dict.fromkeys("abcdefghij", Unavailable("throttled"))), FakeQueue()

    assert handled.answer(*"abcdefghijk", later=later) == ["1"]
    assert (handled.numbers, put_off(later)) == ([], [])


def test_what_cannot_be_put_off_is_where_lambda_starts_again() -> None:
    handled, later = Handled(bob=Unavailable("throttled")), FakeQueue(errors=[Unavailable("queue")])

    assert handled.answer("ann", "bob", "cat", later=later) == ["2"]
