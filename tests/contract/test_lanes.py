"""The largest number of lanes that there ever was is remembered, on every real engine."""

import pytest

from chalicelib.adapters.dynamodb.due import DueStore
from chalicelib.adapters.dynamodb.lanes import Lanes
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict


def test_the_largest_number_of_lanes_is_remembered(table: Table) -> None:
    assert [DueStore(table, Lanes(lanes)).lanes_in_use() for lanes in (4, 9, 2, 9, 10)] == [4, 9, 9, 9, 10]


def test_of_two_that_remember_at_once_the_larger_number_stays(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    get, another = Table.get, iter([16])

    def get_while_another_remembers(self: Table, key: dict[str, str]) -> object:
        found = get(self, key)
        for lanes in another:  # once
            assert DueStore(self, Lanes(lanes)).lanes_in_use() == lanes
        return found

    monkeypatch.setattr(Table, "get", get_while_another_remembers)

    assert DueStore(table, Lanes(8)).lanes_in_use() == 16


def test_nothing_is_written_when_there_is_nothing_new(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    DueStore(table, Lanes(4)).lanes_in_use()

    def refuse(*_: object) -> None:
        raise Conflict("a write")

    monkeypatch.setattr(Table, "put", refuse)

    assert DueStore(table, Lanes(4)).lanes_in_use() == 4
