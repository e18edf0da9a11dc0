"""What every store of segments does, in memory and in DynamoDB."""

from chalicelib.domain.standing.standing import Standing
from tests.contract.engines import Stores


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

    def test_a_page_goes_on_where_its_last_member_has_left(self, stores: Stores) -> None:
        for customer in ("a", "b", "c", "d"):
            stores.standings.put(customer, Standing(), ["everyone"], [])
        first, start = stores.standings.members("everyone", None, 2)
        stores.standings.put(first[-1], Standing(), [], ["everyone"])

        assert stores.standings.members("everyone", start, 9)[0] == ["c", "d"]
