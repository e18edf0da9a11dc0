"""The stores, on two tables and the counters."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.adapters.dynamodb.bearers import BearerStore
    from chalicelib.adapters.dynamodb.bounces import BounceStore
    from chalicelib.adapters.dynamodb.circuits import CircuitStore
    from chalicelib.adapters.dynamodb.commerce import CommerceStore
    from chalicelib.adapters.dynamodb.contacts import ContactStore
    from chalicelib.adapters.dynamodb.counters import CounterStore
    from chalicelib.adapters.dynamodb.coupons import CouponStore
    from chalicelib.adapters.dynamodb.credits import CreditStore
    from chalicelib.adapters.dynamodb.due import DueStore
    from chalicelib.adapters.dynamodb.engagement import EngagementStore
    from chalicelib.adapters.dynamodb.facts import FactStore
    from chalicelib.adapters.dynamodb.lanes import Lanes
    from chalicelib.adapters.dynamodb.moves import MoveStore
    from chalicelib.adapters.dynamodb.names import NameStore
    from chalicelib.adapters.dynamodb.pauses import PauseStore
    from chalicelib.adapters.dynamodb.rejections import RejectionStore
    from chalicelib.adapters.dynamodb.runs import RunStore
    from chalicelib.adapters.dynamodb.splits import SplitStore
    from chalicelib.adapters.dynamodb.standings import StandingStore
    from chalicelib.adapters.dynamodb.suppressions import SuppressionStore
    from chalicelib.adapters.dynamodb.table import Table
    from chalicelib.adapters.dynamodb.visitors import VisitorStore
    from chalicelib.adapters.dynamodb.webhook_deliveries import WebhookDeliveryStore

from chalicelib.wiring.outside import Outside


def _id_sources() -> tuple[str, ...]:
    """The sources that customers' ids may come from."""
    from chalicelib.sources import registry

    return registry.id_sources()


class Stores(Outside):
    """One store per topic."""

    @cached_property
    def _commerce_table(self) -> Table:
        return self.table(self.settings.commerce_table)

    @cached_property
    def facts(self) -> FactStore:
        """Facts."""
        from chalicelib.adapters.dynamodb.facts import FactStore

        return FactStore(self._commerce_table, self.identity.address_hash)

    @cached_property
    def names(self) -> NameStore:
        """Names, and the customers they refer to."""
        from chalicelib.adapters.dynamodb.names import NameStore

        return NameStore(self._commerce_table, self.identity, _id_sources)

    @cached_property
    def moves(self) -> MoveStore:
        """Facts that change their customer."""
        from chalicelib.adapters.dynamodb.moves import MoveStore

        return MoveStore(self._commerce_table, self.facts, self.names, self.bearers)

    @cached_property
    def splits(self) -> SplitStore:
        """Customers who are split."""
        from chalicelib.adapters.dynamodb.splits import SplitStore

        return SplitStore(self._commerce_table, self.facts, self.names, self.bearers, self.identity)

    @cached_property
    def visitors(self) -> VisitorStore:
        """Facts of unknown visitors."""
        from chalicelib.adapters.dynamodb.visitors import VisitorStore

        return VisitorStore(self._commerce_table, self.facts)

    @cached_property
    def webhook_deliveries(self) -> WebhookDeliveryStore:
        """Processed deliveries of webhooks."""
        from chalicelib.adapters.dynamodb.webhook_deliveries import WebhookDeliveryStore

        return WebhookDeliveryStore(self._commerce_table, self.identity.delivery)

    @cached_property
    def rejections(self) -> RejectionStore:
        """What could not be read."""
        from chalicelib.adapters.dynamodb.rejections import RejectionStore

        return RejectionStore(self._commerce_table)

    @cached_property
    def coupons(self) -> CouponStore:
        """Coupons."""
        from chalicelib.adapters.dynamodb.coupons import CouponStore

        return CouponStore(self._commerce_table)

    @cached_property
    def commerce(self) -> CommerceStore:
        """A customer's whole partition of facts."""
        from chalicelib.adapters.dynamodb.commerce import CommerceStore

        return CommerceStore(self._commerce_table, self.bearers)

    @cached_property
    def bearers(self) -> BearerStore:
        """Who claims an address."""
        from chalicelib.adapters.dynamodb.bearers import BearerStore

        return BearerStore(self._commerce_table)

    @cached_property
    def _engagement_table(self) -> Table:
        return self.table(self.settings.engagement_table)

    @cached_property
    def lanes(self) -> Lanes:
        """The lanes."""
        from chalicelib.adapters.dynamodb.lanes import Lanes

        return Lanes(self._engagement_table, self.settings.lanes)

    @cached_property
    def engagement(self) -> EngagementStore:
        """A customer's whole partition of decisions."""
        from chalicelib.adapters.dynamodb.engagement import EngagementStore

        return EngagementStore(self._engagement_table)

    @cached_property
    def runs(self) -> RunStore:
        """Enrollments."""
        from chalicelib.adapters.dynamodb.runs import RunStore

        return RunStore(self._engagement_table, self.lanes)

    @cached_property
    def due(self) -> DueStore:
        """Due enrollments."""
        from chalicelib.adapters.dynamodb.due import DueStore

        return DueStore(self._engagement_table, self.lanes)

    @cached_property
    def credits(self) -> CreditStore:
        """Credits of orders."""
        from chalicelib.adapters.dynamodb.credits import CreditStore

        return CreditStore(self._engagement_table)

    @cached_property
    def standings(self) -> StandingStore:
        """Standings and segments."""
        from chalicelib.adapters.dynamodb.standings import StandingStore

        return StandingStore(self._engagement_table)

    @cached_property
    def contacts(self) -> ContactStore:
        """Contact histories."""
        from chalicelib.adapters.dynamodb.contacts import ContactStore

        return ContactStore(self._engagement_table)

    @cached_property
    def suppressions(self) -> SuppressionStore:
        """Suppressions."""
        from chalicelib.adapters.dynamodb.suppressions import SuppressionStore

        return SuppressionStore(self._engagement_table)

    @cached_property
    def bounces(self) -> BounceStore:
        """Soft bounces."""
        from chalicelib.adapters.dynamodb.bounces import BounceStore

        return BounceStore(self._engagement_table)

    @cached_property
    def pauses(self) -> PauseStore:
        """Paused journeys."""
        from chalicelib.adapters.dynamodb.pauses import PauseStore

        return PauseStore(self._engagement_table)

    @cached_property
    def circuits(self) -> CircuitStore:
        """Open circuits."""
        from chalicelib.adapters.dynamodb.circuits import CircuitStore

        return CircuitStore(self._engagement_table)

    @cached_property
    def counters(self) -> CounterStore:
        """Counters."""
        from chalicelib.adapters.dynamodb.counters import CounterStore

        return CounterStore(self._kpis_table)

    @cached_property
    def _kpis_table(self) -> Table:
        return self.table(self.settings.kpis_table)
