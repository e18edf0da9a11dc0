"""Each channel has all that a channel needs: the parts of a message, an address, a carrier, an operation to send."""

from dataclasses import replace
from typing import Any

import pytest

import app
from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.customer import ADDRESSES, PROFILE
from chalicelib.domain.time import NEVER
from chalicelib.sources.bodies.customer import PROFILE_FIELDS
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START, a_customer
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize("channel", Channel)
def test_a_message_has_a_text_and_no_part_twice(channel: Channel) -> None:
    assert channel.parts[-1] == "txt"
    assert set(channel.parts) <= {"subject", "html", "txt"}
    assert len(set(channel.parts)) == len(channel.parts)


@pytest.mark.parametrize("channel", Channel)
def test_its_address_is_a_field_of_the_profile_that_can_be_reported_and_forgotten(channel: Channel) -> None:
    own, claimed = ADDRESSES[channel]
    profile: dict[str, Any] = {own: "here", claimed: "there"}
    customer = a_customer("ann", **profile)

    assert {own, claimed} <= set(PROFILE)
    assert own in PROFILE_FIELDS.values()
    assert customer.address(channel) == "here"
    assert replace(customer, email=None).address(channel) == "there"
    assert customer.without_address().address(channel) is None
    assert {customer.without_address().reported_at(field) for field in (own, claimed)} == {NEVER}


def test_each_has_a_carrier() -> None:
    with Machine(VirtualClock(START)):
        assert app.parts.carriers.keys() == set(Channel)
