"""Two customers turn out to be one while a message of theirs is being sent."""

from dataclasses import replace

from chalicelib.domain.journeys.merging import apart, outrun, united
from chalicelib.domain.journeys.run import Status
from tests.builders import START
from tests.domain.enrollment.of_both import HOUR, SENT, a_run, given_up, over


def test_one_that_is_being_sent_is_not_taken_apart() -> None:
    claim = {"status": Status.SENDING, "claimed_at": START + 3 * HOUR, "first_allowed_at": START + 3 * HOUR}
    sending = a_run(entered_at=START + 2 * HOUR, **claim)
    done = over(a_run(first_allowed_at=START).with_outcome(SENT), "completed")

    assert apart(done, sending) is apart(sending, done) is None
    assert outrun(done, sending) is outrun(sending, done) is sending
    unsure = given_up(sending)
    assert united(done, unsure).status is united(unsure, done).status is Status.ENDED
    assert apart(done, unsure) is apart(unsure, done) is None


def test_one_that_is_being_sent_continues_if_the_other_is_not_ahead_of_it() -> None:
    sending = a_run(entered_at=START + 2 * HOUR, status=Status.SENDING, claimed_at=START + 3 * HOUR)
    emptied, waiting = over(a_run(first_allowed_at=START), "cart_emptied", ""), a_run().with_outcome(SENT)

    for other in (emptied, waiting, a_run()):
        assert outrun(other, sending) is outrun(sending, other) is None
        assert united(other, sending).status is united(sending, other).status is Status.SENDING


def test_one_that_is_being_sent_ends_with_the_other_of_the_same_occasion() -> None:
    sending = a_run(entered_at=START + HOUR / 2, status=Status.SENDING, claimed_at=START + 3 * HOUR)
    ordered = over(a_run(), "order_placed")

    assert outrun(ordered, sending) is outrun(sending, ordered) is sending
    unsure = given_up(sending)
    assert united(ordered, unsure).status is united(unsure, ordered).status is Status.ENDED
    assert set(united(ordered, unsure).outcomes) == {"enrolled", "abandoned#1", "exited"}


def test_one_that_is_being_sent_gives_way_to_one_that_has_sent_more() -> None:
    sending = a_run(status=Status.SENDING, claimed_at=START + 3 * HOUR)
    ahead = a_run(step="last").with_outcome(SENT).with_outcome(replace(SENT, id="sent#2"))

    assert outrun(ahead, sending) is outrun(sending, ahead) is sending
    unsure = given_up(sending)
    assert united(ahead, unsure).step == united(unsure, ahead).step == "last"


def test_of_two_that_are_being_sent_the_one_that_sent_less_is_given_up() -> None:
    sending = a_run(status=Status.SENDING, claimed_at=START + 3 * HOUR)
    other, ahead = replace(sending, step="other"), replace(sending.with_outcome(SENT), step="last")

    assert outrun(sending, other) is other
    assert outrun(sending, ahead) is outrun(ahead, sending) is sending
