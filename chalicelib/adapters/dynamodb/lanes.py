"""Lanes: slices of the customers, the unit of concurrency; and the largest number of them that there ever was."""

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.due import lane_of

IS_MORE = "attribute_not_exists(most) OR most < :most"


class Lanes:
    """``count``: the configured number of lanes.

    Enrollments that wait in a lane of a former, larger number must be found too, so the number is remembered before a
    process stores the first enrollment in one: with a number that no sweep has ever had, too.
    """

    def __init__(self, table: Table, count: int) -> None:
        self._table = table
        self.count = count
        self._is_remembered = False

    def of(self, customer: str) -> str:
        """The customer's lane."""
        if not self._is_remembered:
            self.in_use()
            self._is_remembered = True
        return lane_of(customer, self.count)

    def most(self) -> int:
        """The largest number of lanes so far."""
        known = self._table.get(keys.LANES)
        return max(self.count, int(known["most"])) if known else self.count

    def in_use(self) -> int:
        """The largest number of lanes so far, from now on remembered."""
        known = self._table.get(keys.LANES)
        if known and int(known["most"]) >= self.count:
            return int(known["most"])
        try:
            self._table.put({**keys.LANES, "most": self.count}, IS_MORE, {":most": self.count})
        except Conflict:
            return self.in_use()
        return self.count
