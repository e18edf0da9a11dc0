"""What every store of segments does, in memory and in DynamoDB."""

from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.standings import StandingStore
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.standing.standing import Standing
from tests.builders import START
from tests.contract.engines import Stores

DAY = timedelta(days=1)


class TestSegments:
    def test_members_come_page_by_page_each_once(self, stores: Stores) -> None:
        everyone = [f"c{number:02}" for number in range(7)]
        for customer in everyone:
            stores.standings.put(customer, Standing(), ["everyone"], [])

        seen: list[str] = []
        start: str | None = None
        for _ in range(9):
            members, start = stores.standings.members("everyone", start, 3)
            assert len(members) <= 3
            seen += members
            if start is None:
                break

        assert (start, sorted(seen)) == (None, everyone)

    def test_who_leaves_a_segment_is_a_member_no_more(self, stores: Stores) -> None:
        stores.standings.put("ann", Standing(), ["everyone", "bronze"], [])
        stores.standings.put("ann", Standing(orders=1), ["gold"], ["bronze"])

        members = {name: stores.standings.members(name, None, 9)[0] for name in ("everyone", "bronze", "gold")}

        assert members == {"everyone": ["ann"], "bronze": [], "gold": ["ann"]}
        assert stores.engagement.of("ann").segments == {"everyone", "gold"}

    def test_who_joins_is_a_member_before_their_standing_is_stored(self, stores: Stores) -> None:
        stores.standings.join("ann", ["everyone", "gold"])

        assert stores.standings.members("gold", None, 9)[0] == ["ann"]
        assert stores.engagement.of("ann").standing is None
        assert stores.engagement.of("ann").segments == {"everyone", "gold"}

    def test_launches_are_kept_for_those_who_join_their_segments_as_they_were_announced_last(
        self, stores: Stores
    ) -> None:
        assert dict(stores.standings.announced(START)) == {}
        stores.standings.announce("spring", "gold", START + DAY)
        stores.standings.announce("tea", "everyone", START + 2 * DAY)
        stores.standings.announce("spring", "silver", START + DAY)

        assert dict(stores.standings.announced(START)) == {"spring": "silver", "tea": "everyone"}
        assert dict(stores.standings.announced(START + DAY)) == {"tea": "everyone"}

    def test_a_page_goes_on_where_its_last_member_has_left(self, stores: Stores) -> None:
        for customer in ("a", "b", "c", "d"):
            stores.standings.put(customer, Standing(), ["everyone"], [])
        first, start = stores.standings.members("everyone", None, 2)
        stores.standings.put(first[-1], Standing(), [], ["everyone"])

        assert stores.standings.members("everyone", start, 9)[0] == ["c", "d"]

    def test_a_standing_replaces_the_one_that_was_read_and_no_other(self, stores: Stores) -> None:
        stores.standings.put("ann", Standing(orders=1), ["everyone"], [])

        stores.standings.put("ann", Standing(orders=2), [], [], over=Standing(orders=1))
        for over in (Standing(orders=1), Standing()):
            with pytest.raises(Conflict):
                stores.standings.put("ann", Standing(orders=3), [], [], over=over)
        with pytest.raises(Conflict):
            stores.standings.put("ben", Standing(), [], [], over=Standing())

        assert stores.engagement.of("ann").standing == Standing(orders=2)


@pytest.mark.parametrize("text", ['{"orders":1}', '{"orders":1,"referred":false,"r":1}', '{"r":1,"orders":1}'])
def test_a_standing_that_another_version_wrote_is_replaced_too(table: Table, text: str) -> None:
    key = {"pk": keys.customer("ann"), "sk": keys.STANDING}
    table.put({**key, "standing": text})

    StandingStore(table).put("ann", Standing(orders=2), [], [], over=Standing(orders=1))

    assert '"orders":2' in (table.get(key) or {})["standing"]
