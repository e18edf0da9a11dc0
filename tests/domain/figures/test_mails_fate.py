"""Complaints and permanent bounces are counted on the day of the mail that they are about, for the breaker."""

from datetime import timedelta

from chalicelib.domain.figures.counters import MAILS_BOUNCED, MAILS_COMPLAINED, Cell, counts_of_enrollment
from chalicelib.domain.journeys.outcomes import PERMANENT, Kind, Outcome
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.settlement import sent_outcome
from tests.builders import START, an_enrollment

DAY = timedelta(days=1)
TODAY, TOMORROW = (START.date() + timedelta(days=number) for number in (0, 1))


def fates(run: Enrollment) -> dict[tuple[str, str, str], int]:
    """Day, step and kind of each of these counters."""
    found = {}
    for (day, name), number in counts_of_enrollment(run).items():
        cell = Cell.parse(name)
        if cell.kind in (MAILS_BOUNCED, MAILS_COMPLAINED):
            found[day, cell.step, cell.kind] = number
    return found


def a_run(*outcomes: Outcome) -> Enrollment:
    """Two mails were sent today; these reports came."""
    run = an_enrollment()
    for outcome in (sent_outcome("x#1", "first", START), sent_outcome("y", "second", START), *outcomes):
        run = run.with_outcome(outcome)
    return run


def test_a_complaint_counts_on_the_day_of_its_mail() -> None:
    complaint = Outcome("complained#x#1", Kind.COMPLAINED, START + DAY, step="first")

    assert fates(a_run(complaint)) == {(TODAY.isoformat(), "first", MAILS_COMPLAINED): 1}


def test_of_bounces_only_those_for_good_count() -> None:
    bounce = Outcome("bounced#y", Kind.BOUNCED, START + DAY, step="second", reason=PERMANENT)
    soft = Outcome("bounced#x#1", Kind.BOUNCED, START + DAY, step="first", reason="MailboxFull")
    odd = Outcome("opened#x#1", Kind.OPENED, START + DAY, step="first", reason=PERMANENT)

    assert fates(a_run(bounce, soft, odd)) == {(TODAY.isoformat(), "second", MAILS_BOUNCED): 1}


def test_each_complaint_counts_and_one_about_an_unknown_mail_on_its_own_day() -> None:
    reports = [Outcome(f"complained#{each}", Kind.COMPLAINED, START + DAY, step="first") for each in ("x#1", "y", "z")]

    assert fates(a_run(*reports)) == {
        (TODAY.isoformat(), "first", MAILS_COMPLAINED): 2,
        (TOMORROW.isoformat(), "first", MAILS_COMPLAINED): 1,
    }


def test_what_became_of_a_notice_to_the_team_is_no_mail_s_fate() -> None:
    complaint = Outcome("complained#x#1", Kind.COMPLAINED, START, step="first", to_team=True)

    assert fates(a_run(complaint)) == {}
