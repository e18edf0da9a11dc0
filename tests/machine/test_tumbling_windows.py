"""A tumbling window hands its state on until it ends."""

from datetime import timedelta

from tests.machine.given import STREAM, Fake, Start, put, with_


class TestTumblingWindows:
    source = with_(STREAM, tumbling_window=60, batch_size=2)

    def test_the_state_is_handed_on_until_the_window_ends(self, start: Start) -> None:
        handler = Fake({"state": {"count": 2}}, {"state": {"count": 3}}, {"state": {}})
        machine = start(self.source, handler)

        put(machine, "CART#1", "CART#2", "CART#3")
        machine.pump()
        machine.advance_to(machine.clock.now() + timedelta(minutes=2))

        assert handler.batches == [["CART#1", "CART#2"], ["CART#3"], []]
        assert [event["state"] for event in handler.events] == [{}, {"count": 2}, {"count": 3}]
        assert [event["isFinalInvokeForWindow"] for event in handler.events] == [False, False, True]
        assert handler.events[0]["window"] == {"start": "2026-03-01T12:00:00Z", "end": "2026-03-01T12:01:00Z"}

    def test_a_record_of_a_later_window_closes_the_open_one(self, start: Start) -> None:
        handler = Fake(last={"state": {}})
        machine = start(self.source, handler)

        put(machine, "CART#1")
        machine.pump()
        machine.clock.set(machine.clock.now() + timedelta(seconds=90))
        put(machine, "CART#2")
        machine.pump()

        assert handler.batches == [["CART#1"], [], ["CART#2"]]

    def test_an_answer_without_state_is_an_error(self, start: Start) -> None:
        handler = Fake({"batchItemFailures": []}, last={"state": {}})
        machine = start(self.source, handler)

        put(machine, "CART#1")
        machine.pump()

        assert handler.batches == [["CART#1"], ["CART#1"]]

    def test_a_batch_that_is_not_full_waits_for_its_window_while_time_passes(self, start: Start) -> None:
        handler = Fake(last={"state": {}})
        machine = start(self.source, handler)

        machine.at(machine.clock.now() + timedelta(seconds=10), lambda: put(machine, "CART#1"))
        machine.at(machine.clock.now() + timedelta(seconds=40), lambda: put(machine, "CART#2", "CART#3"))
        machine.advance_to(machine.clock.now() + timedelta(minutes=3))

        assert handler.batches[0] == ["CART#1", "CART#2"]
        assert [name for batch in handler.batches for name in batch] == ["CART#1", "CART#2", "CART#3"]

    def test_a_batch_that_closed_the_window_before_is_handled_at_the_end_of_its_own(self, start: Start) -> None:
        handler, seen = Fake(last={"state": {}}), list[list[str]]()
        machine = start(self.source, handler)
        begin = machine.clock.now()

        put(machine, "CART#1")
        machine.pump()
        machine.hold("CommerceTable", begin + timedelta(minutes=5))
        machine.at(begin + timedelta(minutes=5), lambda: put(machine, "CART#2"))
        machine.at(begin + timedelta(minutes=7), lambda: seen.extend(handler.batches))
        machine.advance_to(begin + timedelta(minutes=8))

        assert seen == [["CART#1"], [], ["CART#2"], []]
