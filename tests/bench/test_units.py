"""Sizes and request units, against DynamoDB's own rules worked out by hand."""

import pytest

from infra.bench.units import index_write_units, item_size, read_units, write_units

KEY = ("lane", "due_at")


def text(length: int) -> dict[str, dict[str, str]]:
    """An item of so many bytes."""
    return {"t": {"S": "x" * (length - 1)}}


def test_names_and_text_count_in_utf_8() -> None:
    assert item_size({"pk": {"S": "abc"}, "이름": {"S": "é"}}) == (2 + 3) + (6 + 2)


@pytest.mark.parametrize(("number", "size"), [("0", 2), ("12", 2), ("123", 3), ("-1234", 3), ("12.5", 3)])
def test_a_number_takes_a_byte_for_two_digits_and_one_more(number: str, size: int) -> None:
    assert item_size({"n": {"N": number}}) == 1 + size


def test_a_map_and_a_list_take_three_bytes_and_one_for_each_entry() -> None:
    inner = {"a": {"BOOL": True}, "b": {"S": "xy"}}

    assert item_size({"m": {"M": inner}}) == 1 + 3 + 2 + (1 + 1) + (1 + 2)
    assert item_size({"l": {"L": [{"S": "xy"}, {"BOOL": False}]}}) == 1 + 3 + 2 + 2 + 1


def test_an_attribute_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="type B"):
        item_size({"b": {"B": b""}})


def test_a_write_is_billed_by_the_larger_of_before_and_after_in_whole_kilobytes() -> None:
    assert write_units(None, text(1024)) == 1
    assert write_units(None, text(1025)) == 2
    assert write_units(text(3000), text(10)) == 3
    assert write_units(text(5), None) == 1
    assert write_units(None, None) == 1  # a condition that was lost


def test_an_index_is_written_only_when_its_keys_change() -> None:
    waiting = {"lane": {"S": "L1"}, "due_at": {"S": "10:00"}, "state": {"S": "a"}}
    later = waiting | {"due_at": {"S": "11:00"}}
    ended = {"state": {"S": "a"}}

    assert index_write_units(None, waiting, KEY) == 1
    assert index_write_units(waiting, later, KEY) == 2
    assert index_write_units(waiting, ended, KEY) == 1
    assert index_write_units(waiting, waiting | {"state": {"S": "b"}}, KEY) == 0
    assert index_write_units(None, ended, KEY) == 0


def test_a_query_adds_up_before_it_rounds_and_a_batch_rounds_each_item() -> None:
    sizes = [3000, 3000, 3000]

    assert read_units(sizes, consistent=True, together=True) == 3  # 9,000 bytes
    assert read_units(sizes, consistent=False, together=True) == 1.5
    assert read_units(sizes, consistent=True, together=False) == 3
    assert read_units([100, 100], consistent=True, together=True) == 1
    assert read_units([100, 5000], consistent=True, together=False) == 1 + 2


def test_reading_nothing_costs_as_much_as_reading_a_little() -> None:
    assert read_units([], consistent=False, together=True) == 0.5
    assert read_units([0], consistent=True, together=False) == 1
