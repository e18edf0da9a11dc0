"""What every store of counters does, in memory and in DynamoDB."""

from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.counters import CounterStore
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.figures.counters import Suspect
from chalicelib.domain.time import to_text
from tests.builders import START
from tests.contract.engines import Stores

NOW = to_text(START)
DAY, MONTH = "2026-03-02", "2026-03"


def number(place: int) -> str:
    """A sequence number."""
    return str(place).zfill(40)


class TestCounters:
    def test_what_differed_in_the_last_recount_is_kept(self, stores: Stores) -> None:
        assert stores.counters.suspected() == (None, [])

        stores.counters.suspect([Suspect(DAY, "sent", 2, 1), Suspect(MONTH, "orders", 0, -1)], START)
        stores.counters.suspect([Suspect(DAY, "sent", 3, 1)], START + DAYS)

        assert stores.counters.suspected() == (START + DAYS, [Suspect(DAY, "sent", 3, 1)])
        assert stores.counters.read() == {}

    def test_counts_add_up(self, stores: Stores) -> None:
        assert stores.counters.apply(DAY, "s1", {"sent": 2, "opened": 1}, number(1), number(2), NOW)
        assert stores.counters.apply(DAY, "s1", {"sent": 3, "opened": -1}, number(3), number(3), NOW)

        assert stores.counters.read() == {DAY: {"sent": 5, "opened": 0}}

    def test_a_batch_is_added_once(self, stores: Stores) -> None:
        for _ in range(3):
            stores.counters.apply(DAY, "s1", {"sent": 2}, number(1), number(2), NOW)

        assert stores.counters.read() == {DAY: {"sent": 2}}

    def test_a_batch_that_was_added_in_part_is_not_added_again(self, stores: Stores) -> None:
        stores.counters.apply(DAY, "s1", {"sent": 2}, number(1), number(2), NOW)

        assert not stores.counters.apply(DAY, "s1", {"sent": 9}, number(2), number(5), NOW)

        assert stores.counters.read() == {DAY: {"sent": 2}}
        assert stores.counters.last_sequence(DAY, "s1") == number(2)

    def test_numbers_are_compared_as_numbers(self, stores: Stores) -> None:
        stores.counters.apply(DAY, "s1", {"sent": 1}, number(9), number(9), NOW)

        assert stores.counters.apply(DAY, "s1", {"sent": 1}, number(10), number(10), NOW)

    def test_shards_and_periods_keep_their_own_place(self, stores: Stores) -> None:
        for period, shard in ((DAY, "s1"), (DAY, "s2"), (MONTH, "s1")):
            assert stores.counters.apply(period, shard, {"sent": 1}, number(5), number(5), NOW)

        assert stores.counters.read() == {DAY: {"sent": 2}, MONTH: {"sent": 1}}
        assert (stores.counters.day(DAY), stores.counters.day("2026-03-03")) == ({"sent": 2}, {})
        assert stores.counters.last_sequence(DAY, "s3") == ""

    def test_names_of_counters_may_be_anything(self, stores: Stores) -> None:
        odd = {"a|1|step|x=y,z=b|treated|converted_value|KRW": 15000, "revenue|": 1, "n#": 2}

        stores.counters.apply(DAY, "s1", odd, number(1), number(1), NOW)

        assert stores.counters.read() == {DAY: odd}

    def test_large_amounts_stay_exact(self, stores: Stores) -> None:
        stores.counters.apply(MONTH, "s1", {"revenue|KRW": 10**18}, number(1), number(1), NOW)
        stores.counters.apply(MONTH, "s1", {"revenue|KRW": 1}, number(2), number(2), NOW)

        assert stores.counters.read() == {MONTH: {"revenue|KRW": 10**18 + 1}}


class TestFolding:
    def test_only_what_did_not_change_is_closed(self, stores: Stores) -> None:
        stores.counters.apply(DAY, "old", {"sent": 1}, number(1), number(1), NOW)
        stores.counters.apply(DAY, "new", {"sent": 1}, number(1), number(1), to_text(START + timedelta(hours=1)))

        closed = list(stores.counters.closed_shards(START + timedelta(hours=1)))

        assert closed == [(DAY, "old", number(1))]

    def test_what_was_brought_back_stays_apart_for_as_long_as_it_may_be_brought_back_again(
        self, stores: Stores
    ) -> None:
        stores.counters.apply(DAY, keys.REDRIVEN + "e1", {"sent": 1}, number(1), number(1), NOW)

        early, late = (list(stores.counters.closed_shards(START + timedelta(days=days))) for days in (14, 16))

        assert early == []
        assert late == [(DAY, keys.REDRIVEN + "e1", number(1))]
        assert stores.counters.fold(*late[0])
        assert stores.counters.read() == {DAY: {"sent": 1}}

    def test_folding_changes_no_sum(self, stores: Stores) -> None:
        for place, shard in enumerate(("s1", "s2"), 1):
            stores.counters.apply(DAY, shard, {"sent": place, shard: 1}, number(1), number(place), NOW)
        before = stores.counters.read()

        folded = [stores.counters.fold(*closed) for closed in list(stores.counters.closed_shards(START + DAYS))]

        assert folded == [True, True]
        assert stores.counters.read() == before
        assert list(stores.counters.closed_shards(START + DAYS)) == []

    def test_a_shard_that_changed_meanwhile_is_left_alone(self, stores: Stores) -> None:
        stores.counters.apply(DAY, "s1", {"sent": 1}, number(1), number(1), NOW)
        (closed,) = stores.counters.closed_shards(START + DAYS)
        stores.counters.apply(DAY, "s1", {"sent": 1}, number(2), number(2), NOW)

        assert not stores.counters.fold(*closed)

        assert stores.counters.read() == {DAY: {"sent": 2}}
        assert stores.counters.last_sequence(DAY, "s1") == number(2)

    def test_a_shard_is_folded_once(self, stores: Stores) -> None:
        stores.counters.apply(DAY, "s1", {"sent": 1}, number(1), number(1), NOW)
        (closed,) = stores.counters.closed_shards(START + DAYS)

        assert [stores.counters.fold(*closed), stores.counters.fold(*closed)] == [True, False]

        assert stores.counters.read() == {DAY: {"sent": 1}}

    def test_a_folded_period_goes_on_counting(self, stores: Stores) -> None:
        stores.counters.apply(DAY, "s1", {"sent": 1}, number(1), number(1), NOW)
        stores.counters.fold(DAY, "s1", number(1))

        stores.counters.apply(DAY, "s1", {"sent": 4}, number(2), number(2), NOW)
        stores.counters.fold(DAY, "s1", number(2))

        assert stores.counters.read() == {DAY: {"sent": 5}}

    def test_a_shard_that_changes_between_the_read_and_the_move_moves_neither(self, stores: Stores) -> None:
        counters: object = stores.counters
        if not isinstance(counters, CounterStore):
            return
        stores.counters.apply(DAY, "s1", {"sent": 1}, number(1), number(1), NOW)
        table = counters._table
        get = table.get

        def get_and_change(key: dict[str, str]) -> object:
            item = get(key)
            counters.apply(DAY, "s1", {"sent": 1}, number(2), number(2), NOW)
            return item

        table.get = get_and_change  # type: ignore[method-assign,assignment]

        assert not counters.fold(DAY, "s1", number(1))
        assert counters.read() == {DAY: {"sent": 2}}

    def test_of_two_nightly_jobs_that_have_read_a_shard_one_moves_it(self, stores: Stores) -> None:
        counters: object = stores.counters
        if not isinstance(counters, CounterStore):
            return
        stores.counters.apply(DAY, "s1", {f"sent|{n}": 1 for n in range(200)}, number(1), number(1), NOW)
        table = counters._table
        get, delete_if = table.get, table.delete_if

        def stop(*_: object) -> None:
            raise Unavailable("the other job is a step ahead")

        def get_while_another_folds(key: dict[str, str]) -> object:
            item = get(key)
            table.get, table.delete_if = get, stop  # type: ignore[method-assign,assignment]
            with pytest.raises(Unavailable):
                counters.fold(DAY, "s1", number(1))
            table.delete_if = delete_if  # type: ignore[method-assign]
            return item

        table.get = get_while_another_folds  # type: ignore[method-assign,assignment]

        assert not counters.fold(DAY, "s1", number(1))
        assert set(counters.read()[DAY].values()) == {1}


DAYS = timedelta(days=3)
