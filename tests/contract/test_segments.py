"""What every store of segments does, in memory and in DynamoDB."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.standings import StandingStore
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.launch import Announcement
from chalicelib.domain.standing.standing import Standing
from tests.builders import START, a_launch
from tests.contract.engines import Stores

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


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

    def test_launches_are_kept_until_they_are_over_for_those_who_join_their_segments(self, stores: Stores) -> None:
        spring = a_launch("spring", segment="gold", ends_at=START + DAY)
        assert dict(stores.standings.announced(START)) == {}
        stores.standings.announce(spring, START)
        stores.standings.announce(a_launch("tea", segment="everyone", ends_at=START + 2 * DAY), START)
        stores.standings.announce(replace(spring, segment="silver"), START)

        assert dict(stores.standings.announced(START)) == {"spring": "silver", "tea": "everyone"}
        assert dict(stores.standings.announced(START + DAY)) == {"tea": "everyone"}

    def test_it_is_known_when_a_launch_was_announced_first_and_when_its_version_was_noticed(
        self, stores: Stores
    ) -> None:
        launch = a_launch("spring", at=START)
        assert stores.standings.announcement("spring") is None

        stores.standings.announce(launch, START + HOUR)
        stores.standings.announce(launch, START + 2 * HOUR)
        assert stores.standings.announcement("spring") == Announcement(START, START + HOUR)

        stores.standings.announce(replace(launch, at=START + HOUR), START + 3 * HOUR)
        assert stores.standings.announcement("spring") == Announcement(START, START + 3 * HOUR)

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
