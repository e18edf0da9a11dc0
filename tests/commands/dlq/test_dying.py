"""A redrive that dies loses no message and handles none twice."""

from datetime import timedelta

import pytest

from infra.stack import dead_letters
from tests.commands.dlq.given import COUNTS, FACTS, Capture, dlq, redriven, set_aside
from tests.commands.given import put, recount
from tests.journeys.shop import Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize("what", [FACTS, COUNTS])
def test_one_that_dies_after_handling_and_before_deleting_loses_nothing_and_doubles_nothing(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    set_aside(shop, what)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(dead_letters.MessageLease, "delete", die)
        stopped = dlq(shop, capsys, "redrive")
    again = redriven(shop, capsys)
    shop.machine.pump()

    assert stopped.status == 130
    assert "poison: nothing is lost" in stopped.err
    assert stopped.err.endswith("rekindle: stopped\n")
    assert again == {"poison": (1, 0)}
    assert recount() == {}
    assert len(shop.runs("ann", "abandoned_cart")) == 1


def test_one_that_is_killed_leaves_the_messages_to_come_back_by_themselves(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_aside(shop, FACTS)
    with monkeypatch.context() as killed:
        killed.setattr(dead_letters.MessageLease, "__exit__", lambda *_: None)
        killed.setattr(dead_letters.MessageLease, "delete", lambda *_: None)
        dlq(shop, capsys, "redrive")

    assert redriven(shop, capsys) == {}
    shop.machine.clock.set(shop.now + timedelta(minutes=15))
    assert redriven(shop, capsys) == {"poison": (1, 0)}


def test_a_message_that_comes_up_again_meanwhile_is_not_handled_again(shop: Shop) -> None:
    put(shop, "PoisonQueue", {"n": 1}, {"n": 2})
    seen: list[str] = []

    with dead_letters.MessageLease(shop.machine.stack.queues["PoisonQueue"], hidden=60) as lease:
        for letters in lease.batches():
            seen += [letter.body for letter in letters]
            shop.machine.clock.set(shop.now + timedelta(minutes=2))
            assert len(seen) < 10, "it does not end"

    assert sorted(seen) == ['{"n": 1}', '{"n": 2}']
