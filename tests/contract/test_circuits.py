"""What every store of circuits does, in memory and in DynamoDB: one circuit a channel, one probe at a time."""

from dataclasses import replace

from chalicelib.domain.channel import Channel
from chalicelib.domain.journeys.circuit import PROBE_EVERY, Circuit
from tests.builders import START
from tests.contract.engines import Stores
from tests.contract.given import MINUTE

FIRST = Circuit(Channel.EMAIL, START, "SendingPausedException", START + PROBE_EVERY)
LATER = Circuit(Channel.EMAIL, START + MINUTE, "AccessDeniedException (403)", START + MINUTE + PROBE_EVERY)


def test_an_open_circuit_is_found_by_its_channel_and_with_every_batch(stores: Stores) -> None:
    assert stores.circuits.all() == stores.due.batch([], []).circuits == {}

    assert stores.circuits.open(FIRST)

    assert stores.circuits.all() == stores.due.batch([], []).circuits == {Channel.EMAIL: FIRST}


def test_the_first_to_open_it_counts(stores: Stores) -> None:
    stores.circuits.open(FIRST)

    assert not stores.circuits.open(LATER)

    assert stores.circuits.all() == {Channel.EMAIL: FIRST}


def test_of_two_who_take_a_probe_one_has_it(stores: Stores) -> None:
    stores.circuits.open(FIRST)

    assert stores.circuits.take_probe(FIRST, START + 3 * PROBE_EVERY)
    assert not stores.circuits.take_probe(FIRST, START + 2 * PROBE_EVERY)

    assert stores.circuits.all() == {Channel.EMAIL: replace(FIRST, probe_at=START + 3 * PROBE_EVERY)}


def test_a_circuit_that_is_closed_has_no_probe(stores: Stores) -> None:
    stores.circuits.open(FIRST)
    stores.circuits.close(FIRST)

    assert not stores.circuits.take_probe(FIRST, START + 2 * PROBE_EVERY)

    assert stores.circuits.all() == {}


def test_closing_it_again_changes_nothing_nor_does_closing_an_earlier_one(stores: Stores) -> None:
    stores.circuits.open(FIRST)
    stores.circuits.close(FIRST)
    stores.circuits.close(FIRST)
    stores.circuits.open(LATER)

    stores.circuits.close(FIRST)

    assert stores.circuits.all() == {Channel.EMAIL: LATER}


def test_whoever_read_it_before_a_probe_closes_it_too(stores: Stores) -> None:
    stores.circuits.open(FIRST)
    stores.circuits.take_probe(FIRST, START + 2 * PROBE_EVERY)

    stores.circuits.close(FIRST)

    assert stores.circuits.all() == {}
