"""The largest number of lanes that there ever was is remembered, on every real engine."""

import pytest

from chalicelib.adapters.dynamodb.lanes import Lanes
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict


def test_the_largest_number_of_lanes_is_remembered(table: Table) -> None:
    assert [Lanes(table, lanes).in_use() for lanes in (4, 9, 2, 9, 10)] == [4, 9, 9, 9, 10]


def test_of_two_that_remember_at_once_the_larger_number_stays(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    get, another = Table.get, iter([16])

    def get_while_another_remembers(self: Table, key: dict[str, str]) -> object:
        found = get(self, key)
        for lanes in another:  # once
            assert Lanes(self, lanes).in_use() == lanes
        return found

    monkeypatch.setattr(Table, "get", get_while_another_remembers)

    assert Lanes(table, 8).in_use() == 16


def test_nothing_is_written_when_there_is_nothing_new(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    Lanes(table, 4).in_use()

    def refuse(*_: object) -> None:
        raise Conflict("a write")

    monkeypatch.setattr(Table, "put", refuse)

    assert Lanes(table, 4).in_use() == 4


def test_a_number_is_remembered_before_anything_is_stored_in_its_lanes(table: Table) -> None:
    sixteen = Lanes(table, 16)
    assert Lanes(table, 4).in_use() == 4

    sixteen.of("ann")

    assert (Lanes(table, 4).in_use(), Lanes(table, 1).most()) == (16, 16)


def test_a_process_remembers_it_once(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes = Lanes(table, 4)
    lanes.of("ann")
    monkeypatch.setattr(Table, "get", None)

    assert lanes.of("ann") == lanes.of("ann")
