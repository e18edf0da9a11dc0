"""SES refuses every mail, and the dispatcher is killed: right before and right after every call to AWS."""

import pytest

import app
from chalicelib.domain.channel import Channel
from chalicelib.domain.journeys.circuit import PROBE_EVERY, Circuit
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Status
from tests.builders import a_cart, an_answer, an_order
from tests.crash.events import Event, page_event
from tests.crash.given import DAY, HOUR, MINUTE, MOMENTS, NOW, known, waiting
from tests.crash.server import REFUSED
from tests.crash.test_killed_dispatch import by_send_id, finals
from tests.crash.world import World, at_every_call
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
STEPS = {"ann": "reminder", "bob": "reminder", "cross": "tell_team"}


def a_page(*, is_probe: bool) -> Event:
    """Two reminders and a notice to the team."""
    for customer in ("ann", "bob"):
        known(customer, a_cart("k", NOW - 2 * DAY))
    known("cross", an_order("o1", NOW - 20 * DAY), an_answer("o1", NOW - HOUR, score=2))
    left = {"subject": "k", "occurrence": "k", "ran_at": NOW - 2 * DAY}
    keys = [waiting(customer, "abandoned_cart", "left", **left) for customer in ("ann", "bob")]
    asked = {"message_at": NOW - DAY, "first_allowed_at": NOW - DAY, "ran_at": NOW - DAY}
    keys.append(
        waiting("cross", "nps_survey", "answer", subject="o1", occurrence="o1", entered_at=NOW - 20 * DAY, **asked)
    )
    if is_probe:
        app.parts.circuits.open(Circuit(Channel.EMAIL, NOW - HOUR, "SendingPausedException", NOW))
    return page_event(keys, is_probe=is_probe)


@pytest.mark.parametrize(("is_probe", "refused"), [(False, True), (True, True), (True, False)])
@pytest.mark.parametrize("moment", MOMENTS)
def test_each_message_goes_once_when_ses_sends_again_unless_its_process_died_while_it_was_claimed(
    world: World, moment: str, is_probe: bool, refused: bool
) -> None:
    world.begin(NOW)
    page = a_page(is_probe=is_probe)
    world.keep()
    points = 0

    def killed(kill: tuple[int, str]) -> object:
        REFUSED.update({"SendEmail": (400, "SendingPausedException")} if refused else {})
        try:
            return world.run("dispatch", page, kill)
        finally:
            REFUSED.clear()

    for point in at_every_call(world, NOW, killed, moment):  # type: ignore[arg-type]
        points += 1
        claimed = {run.customer for run in world.enrollments() if run.status is Status.SENDING}
        assert refused <= (not world.inbox.mails), point
        go_on(world, page)

        assert set(by_send_id(world.inbox.mails).values()) <= {1}, point
        for run in world.enrollments():
            (end,) = finals(run, STEPS[run.customer])
            assert end is Kind.SENT or (end is Kind.ABANDONED and run.customer in claimed), (point, run)
            accepted = sum(mail.tags["customer"] == run.customer for mail in world.inbox.mails)
            assert accepted == (end is Kind.SENT), (point, run)
        assert app.parts.circuits.all() == {}, point
    assert points >= 9


def go_on(world: World, page: Event) -> None:
    """The page comes again, SES sends again, and then there are probes, and the sweep."""
    world.tell()
    world.now = NOW + 6 * MINUTE
    world.run("dispatch", page)
    for later in (6 * MINUTE + PROBE_EVERY, 15 * MINUTE, 7 * HOUR, 8 * HOUR):
        world.tell()
        world.now = NOW + later
        for due in world.due_pages(is_probe=bool(app.parts.circuits.all())):
            world.run("dispatch", due)
    world.tell()
