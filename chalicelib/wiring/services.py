"""The services, connected to their stores."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.domain.facts.launch import Launch
    from chalicelib.services.begin import Begin
    from chalicelib.services.credit import CreditOrder
    from chalicelib.services.decide import Decide
    from chalicelib.services.erase import Erase
    from chalicelib.services.history import History
    from chalicelib.services.ingest import Ingest
    from chalicelib.services.kpis import Kpis
    from chalicelib.services.merge import Merge
    from chalicelib.services.nightly import Nightly
    from chalicelib.services.preferences import Preferences
    from chalicelib.services.reject import Reject
    from chalicelib.services.settle import Settle
    from chalicelib.services.split import Split
    from chalicelib.services.survey import Survey
    from chalicelib.services.sweep import Sweep

from chalicelib.domain.errors import InvalidSetting
from chalicelib.wiring.channels import Channels


def _sources() -> frozenset[str]:
    """Every source of facts; only a shop that trusts one imports them all."""
    from chalicelib.domain.facts.inbound import SHOP
    from chalicelib.sources import registry

    return frozenset((SHOP, *registry.sources()))


class Services(Channels):
    """One service per use case."""

    @cached_property
    def ingest(self) -> Ingest:
        """Stores inbound facts."""
        from chalicelib.services.identify import Identify
        from chalicelib.services.ingest import Ingest
        from chalicelib.services.refusals import PassOnRefusals

        identify = Identify(
            store=self.names,
            bearers=self.bearers,
            moves=self.moves,
            visitors=self.visitors,
            names=self.identity.names,
            erased=self.suppressions.erased,
            pass_on=PassOnRefusals(self.facts, self.identity.address_hash),
        )
        trusted = self.settings.trusted_addresses
        if trusted and (unknown := trusted - (known := _sources())):
            raise InvalidSetting(f"TRUSTED_ADDRESSES: {min(unknown)!r} is not one of {', '.join(sorted(known))}")
        return Ingest(self.facts, self.coupons, self.webhook_deliveries, identify, self.clock, trusted)

    @cached_property
    def reject(self) -> Reject:
        """Reports what could not be read."""
        from chalicelib.services.reject import Reject

        return Reject(self.rejections, self.clock, self.emit)

    @cached_property
    def merge(self) -> Merge:
        """Merges customers who are one person."""
        from chalicelib.services.merge import Merge

        return Merge(
            facts=self.facts,
            names=self.names,
            moves=self.moves,
            engagement=self.engagement,
            runs=self.runs,
            credits=self.credits,
            standings=self.standings,
            history=self._history,
            following=self._begin.following,
            journeys=self.journeys.versions,
            policy=self.settings.policy,
            clock=self.clock,
            emit=self.emit,
        )

    @cached_property
    def split(self) -> Split:
        """Splits customers who are two people."""
        from secrets import token_hex

        from chalicelib.services.split import Split

        return Split(
            facts=self.facts,
            names=self.names,
            engagement=self.engagement,
            splits=self.splits,
            history=self._history,
            new_key=lambda: token_hex(16),
            clock=self.clock,
        )

    @cached_property
    def erase(self) -> Erase:
        """Erases customers."""
        from chalicelib.services.compose import codes_of
        from chalicelib.services.erase import Erase

        secret, versions = self.identity.secret, self.journeys.versions
        return Erase(
            facts=self.facts,
            names=self.names,
            coupons=self.coupons,
            commerce=self.commerce,
            engagement=self.engagement,
            runs=self.runs,
            suppressions=self.suppressions,
            bounces=self.bounces,
            counters=self.counters,
            codes_of=lambda run: codes_of(secret, versions, run),
            clock=self.clock,
        )

    @cached_property
    def sweep(self) -> Sweep:
        """Queues due enrollments."""
        from chalicelib.services.sweep import Sweep

        queue, lanes = self._queue(self.settings.due_queue_url), self.lanes.in_use()
        return Sweep(self.due, self.circuits, queue, lanes, self.clock, self.emit)

    @cached_property
    def _decide(self) -> Decide:
        from chalicelib.services.decide import Decide

        return Decide(self.facts, self.suppressions, self.settings.policy, self.clock, self.identity.address_hash)

    @cached_property
    def _history(self) -> History:
        from chalicelib.services.history import History

        return History(self.contacts, self.journeys.versions, self.settings.policy, self.clock)

    @cached_property
    def _settle(self) -> Settle:
        from chalicelib.services.settle import Settle

        return Settle(self.runs, self.settings.policy, self._begin.following, self._credit.unearned, self.emit)

    @cached_property
    def _credit(self) -> CreditOrder:
        from chalicelib.services.credit import CreditOrder

        return CreditOrder(self.credits, self.runs, self.journeys.versions, self.settings.policy, self.clock)

    @cached_property
    def _begin(self) -> Begin:
        from chalicelib.services.begin import Begin

        return Begin(self.facts, self.runs, self.journeys.current, self.settings.policy, self.clock)

    @cached_property
    def nightly(self) -> Nightly:
        """The nightly work."""
        from chalicelib.services.nightly import Nightly

        return Nightly(
            facts=self.facts,
            engagement=self.engagement,
            runs=self.runs,
            credits=self.credits,
            standings=self.standings,
            counters=self.counters,
            journeys=self.journeys.versions,
            policy=self.settings.policy,
            clock=self.clock,
            erase=lambda customer: self.erase(customer),
            emit=self.emit,
        )

    @cached_property
    def page_languages(self) -> tuple[str, ...]:
        """The shop's languages that the pages have, or else all that they have: links work with any setting."""
        from chalicelib.api.pages.texts import available

        known = available()
        return tuple(language for language in self.settings.policy.languages if language in known) or known

    @cached_property
    def survey(self) -> Survey:
        """Records answers to surveys."""
        from chalicelib.services.survey import Survey

        return Survey(self.facts, self.runs, self.tokens, self.clock, self.page_languages)

    @cached_property
    def preferences(self) -> Preferences:
        """Records unsubscriptions."""
        from chalicelib.services.preferences import Preferences

        return Preferences(
            self.facts,
            self.names,
            self.runs,
            self.identity.address_hash,
            self.tokens,
            self.clock,
            self.page_languages,
        )

    def launch_messages(self, launch: Launch) -> Mapping[str, list[str]]:
        """By tier: the messages of the journeys that enroll now, for this launch."""
        from chalicelib.domain.journeys.announced import messages_by_tier

        return messages_by_tier(launch, self.journeys.current, self.now(), self.settings.policy)

    def kpis(self, first: date | None = None, last: date | None = None) -> Kpis:
        """All figures now; ``first`` and ``last`` limit the journeys to these days (the shop's, inclusive)."""
        from chalicelib.services.kpis import kpis

        return kpis(self.counters, self.now(), first, last, self.settings.policy.zone)
