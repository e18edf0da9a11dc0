"""Paused journeys, in the ``engagement`` table."""

from collections.abc import Iterable

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.table import IS_NEW, Table, is_own
from chalicelib.domain.errors import Conflict
from chalicelib.domain.figures.breaker import Pause, Resumed


class PauseStore:
    """Pauses in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def stop(self, journey: str, pause: Pause) -> bool:
        """Pause a journey; False if it is paused already, and keeps that pause."""
        item = {**keys.pause(journey), "pause": items.plain(pause)}
        try:
            self._table.put(item, IS_NEW)
        except Conflict as conflict:
            return is_own(conflict, item)
        return True

    def resume(self, journey: str, resumed: Resumed) -> None:
        """Let a journey go on, and keep when that was."""
        self._table.put({**keys.resumed(journey), "resumed": items.plain(resumed)})
        self._table.delete(keys.pause(journey))

    def state(self, journey: str) -> tuple[Pause | None, Resumed | None]:
        """The journey's pause, if it is paused, and when it was last resumed, read consistently."""
        found = self._table.batch_get([keys.pause(journey), keys.resumed(journey)])
        pauses = (items.read(each["pause"], Pause) for each in found if each["sk"] == keys.PAUSE)
        resumed = (items.read(each["resumed"], Resumed) for each in found if each["sk"] == keys.RESUMED)
        return next(pauses, None), next(resumed, None)

    def of_journeys(self, journeys: Iterable[str]) -> dict[str, Pause]:
        """Those of the journeys that are paused."""
        found = self._table.batch_get([keys.pause(journey) for journey in journeys])
        return {keys.paused_of(each["pk"]): items.read(each["pause"], Pause) for each in found}
