"""Standings and the members of segments, in the ``engagement`` table."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.table import Table, is_own
from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.launch import Announcement, Launch
from chalicelib.domain.standing.standing import Standing
from chalicelib.domain.time import from_text, to_text


class StandingStore:
    """Standings and memberships in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(
        self, customer: str, standing: Standing, join: Iterable[str], leave: Iterable[str], over: Standing | None = None
    ) -> None:
        """Store a standing and the changed memberships; the standing last, so that a repeated call sees the change.

        ``over``: store the standing only if this is the stored one; else raise ``Conflict``, after which the caller
        reads again and repeats it: the memberships may be those of an older standing meanwhile. The stored text may be
        that of an older version, with other defaults.
        """
        pk = keys.customer(customer)
        item = {"pk": pk, "sk": keys.STANDING, "standing": items.plain(standing)}
        stored = None
        if over is not None:
            stored = (self._table.get(items.key_of(item)) or {}).get("standing")
            if stored is None or items.read(stored, Standing) != over:
                raise Conflict("ConditionalCheckFailedException")
        self.join(customer, join)
        for segment in leave:
            self._table.delete({"pk": pk, "sk": keys.member(segment)})
        if stored is None:
            self._table.put(item)
            return
        try:
            self._table.put(item, "standing = :stored", {":stored": stored})
        except Conflict as conflict:
            if not is_own(conflict, item):
                raise

    def join(self, customer: str, segments: Iterable[str]) -> None:
        """Store memberships before the standing, which ``put`` stores."""
        for segment in segments:
            self._table.put({"pk": keys.customer(customer), "sk": keys.member(segment), "segment": segment})

    def announce(self, launch: Launch, now: datetime) -> None:
        """Keep a launch until it is over, for those who join its segment; its version is noticed ``now``."""
        before = self._table.get(keys.announced(launch.id)) or {}
        version = to_text(launch.at)
        item = {
            "for_segment": launch.segment,
            "expires_at": int(launch.ends_at.timestamp()),
            "announced_at": min(before.get("announced_at", version), version),
            "of_version": version,
            "noticed_at": before["noticed_at"] if before.get("of_version") == version else to_text(now),
        }
        self._table.put({**keys.announced(launch.id), **item})

    def announcement(self, launch_id: str) -> Announcement | None:
        """When a launch was announced first, and when its present version was noticed; None if it is not kept."""
        item = self._table.get(keys.announced(launch_id))
        return Announcement(from_text(item["announced_at"]), from_text(item["noticed_at"])) if item else None

    def announced(self, now: datetime) -> Mapping[str, str]:
        """The segments of the launches that are kept and not over, by the launches' ids."""
        kept = self._table.partition(keys.ANNOUNCED)
        current = (item for item in kept if item["expires_at"] > now.timestamp())
        return {keys.launch_of(item["sk"]): item["for_segment"] for item in current}

    def members(self, segment: str, start: str | None, limit: int) -> tuple[list[str], str | None]:
        """A page of a segment's customers, and the last of them if more follow."""
        first = {"pk": keys.customer(start), "sk": keys.member(segment), "segment": segment} if start else None
        found, following = self._table.index_page(
            keys.SEGMENT_INDEX, "#segment = :segment", {":segment": segment}, limit, {"#segment": "segment"}, first
        )
        last = keys.customer_of(following["pk"]) if following else None
        return [keys.customer_of(item["pk"]) for item in found], last
