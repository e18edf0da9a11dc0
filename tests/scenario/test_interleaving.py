"""Steps side by side: in the order of the turns, with what happens to the calls, and judged by the invariants."""

from pathlib import Path

import pytest

from chalicelib.services.send import SendMessage
from infra.scenario.files import StoryFault
from tests.scenario.given import KNOWN, cart, order, played

pytestmark = pytest.mark.journeys("abandoned_cart")
DUE = f"{KNOWN}{cart('ann')}  - wait: 23h\n  - lag: {{queue: due, for: 3h}}\n  - wait: 2h\n"
LATER = "  - wait: 10d\n  - expect: {invariants: hold, %s}\n"
ORDER = "fact: {type: order, customer_id: ann, id: o1, placed_at: now, total: 1250, currency: USD}"


def beside_an_order(turns: str) -> str:
    """The reminder's batch is handled while an order is told."""
    return f"{DUE}  - interleave:\n      steps: [{{run: dispatch}}, {{{ORDER}}}]\n      turns: [{turns}]\n"


def test_what_is_told_before_the_claim_stops_the_mail(tmp_path: Path) -> None:
    result = played(tmp_path, beside_an_order("{of: 1, calls: 3}, {of: 2}") + LATER % "mails: []")

    assert result.problem == []
    assert "exited abandoned_cart/left order_placed" in result.outcomes["ann"]


def test_what_is_told_after_the_mail_does_not(tmp_path: Path) -> None:
    result = played(tmp_path, beside_an_order("{of: 1}") + LATER % "mails: [{message: abandoned_cart/reminder}]")

    assert result.problem == []
    assert "sent abandoned_cart/reminder" in result.outcomes["ann"]


def test_a_function_that_dies_gets_its_batch_again(tmp_path: Path) -> None:
    result = played(tmp_path, beside_an_order("{of: 1, calls: 4, last: crash_after}") + LATER % "mails: []")

    assert result.problem == []
    assert "abandoned abandoned_cart/reminder unknown_send" in result.outcomes["ann"]


def test_an_answer_that_is_lost_is_asked_for_again(tmp_path: Path) -> None:
    turns = "{of: 1, calls: 4, last: lose_answer}"
    result = played(tmp_path, beside_an_order(turns) + LATER % "mails: [{message: abandoned_cart/reminder}]")

    assert result.problem == []


def test_a_mail_whose_answer_is_lost_is_not_sent_again(tmp_path: Path) -> None:
    lost = f"{DUE}  - interleave: {{steps: [{{run: dispatch}}], turns: [{{of: 1, calls: 8, last: lose_answer}}]}}\n"
    result = played(tmp_path, lost + "  - wait: 1h\n  - expect: {mails: [{message: abandoned_cart/reminder}]}\n")

    assert result.problem == []


def test_a_request_whose_function_dies_is_sent_again(tmp_path: Path) -> None:
    result = played(tmp_path, beside_an_order("{of: 2, calls: 2, last: crash_before}, {of: 2}") + LATER % "mails: []")

    assert result.problem == []
    assert result.figures["shop.orders"] == 1


def test_events_that_are_repeated_change_nothing(tmp_path: Path) -> None:
    repeated = "  - interleave: {steps: [{wait: 1m}], repeated: [enroll, rollup, feedback, dispatch]}\n"
    result = played(
        tmp_path,
        f"{repeated}{KNOWN}{cart('ann')}  - wait: 25h\n{order('ann')}"
        + LATER
        % (
            "mails: [{message: abandoned_cart/reminder}],"
            " figures: {shop.orders: 1, journeys.abandoned_cart.enrolled: 1}"
        ),
    )

    assert result.problem == []


def test_two_customers_changes_are_handled_side_by_side_where_the_stream_is_split(tmp_path: Path) -> None:
    both = "  - lag: {stream: commerce, for: 1h}\n" + cart("ann") + cart("bob")
    works = "  - interleave: {steps: [{run: enroll}, {run: enroll}], turns: [{of: 1, calls: 1}]}\n"
    begun = "  - expect: {figures: {journeys.abandoned_cart.enrolled: 2}}\n"
    head = "start: 2026-03-02T10:00:00Z\njourneys: [abandoned_cart]\nshards: 16\nsteps:\n"

    result = played(tmp_path, KNOWN + both + works + begun, head)

    assert result.problem == []


def test_a_function_for_which_nothing_waits_is_a_fault_of_the_story(tmp_path: Path) -> None:
    with pytest.raises(StoryFault, match="run: nothing waits for dispatch"):
        played(tmp_path, "  - run: dispatch\n")


def test_an_invariant_that_does_not_hold_fails_the_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SendMessage, "_changed", lambda *_: None)
    result = played(tmp_path, beside_an_order("{of: 1, calls: 3}, {of: 2}") + "  - expect: {invariants: hold}\n")

    assert len(result.problem) > 0
    assert result.problem[0].startswith("none after what forbids it: the mail abandoned_cart/reminder (call ")
    assert "after an order was stored" in result.problem[0]
