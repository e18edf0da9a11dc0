"""``rekindle retry CUSTOMER [ENROLLMENT]``: run a failed enrollment again from the step where it failed."""

import argparse
from collections.abc import Iterable, Iterator

import workflows
from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import revived
from chalicelib.domain.time import to_text
from chalicelib.services.timeline import reason_in_words
from infra.cli.arguments import add_json, add_stack, print_json
from infra.cli.command import Command
from infra.cli.commands.pause import LOCAL
from infra.cli.commands.show import customer_key
from infra.saved.change import changing
from infra.saved.stores import Stores, stores
from infra.terminal.console import output, safe
from infra.terminal.problem import Problem

COMMAND = Command(
    "retry",
    "run a failed enrollment again from the step where it failed",
    (
        "rekindle retry ann@example.com --stack rekindle",
        "rekindle retry 3f9c2a 'abandoned_cart#0123456789abcdef' --stack rekindle",
    ),
    place=160,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The customer and the enrollment, ``--json`` and ``--stack``."""
    parser.add_argument("customer", metavar="CUSTOMER", help="an e-mail address, a key, or an id (123, shopify:123)")
    parser.add_argument(
        "enrollment",
        metavar="ENROLLMENT",
        nargs="?",
        help="the enrollment's id, as in the log and in rekindle show (default: the only one that failed)",
    )
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Make a failed enrollment due again; raises ``Problem`` if it has not failed, or would fail again."""
    found = stores()
    runs = found.parts.engagement.of(customer_key(found, args.customer)).enrollments
    failed = _named(runs, args.enrollment) if args.enrollment else _only(runs, args.customer)
    _check_is_latest(runs, failed)
    with changing("retry") as found:
        back = _revived(found, failed)
    if args.json:
        print_json({**_plain(back), "in": found.origin})
        return 0
    console = output()
    for line in _explained(failed, back):
        console.print(safe(line))
    console.print(safe(f"Done in {found.origin}."), style="dim")
    if not found.is_deployed:
        console.print(LOCAL)
    return 0


def failures(runs: Iterable[Enrollment]) -> list[Enrollment]:
    """The enrollments that failed and were not retried."""
    return [run for run in runs if run.status is Status.ENDED and Kind.FAILED in run.outcomes]


def _named(runs: Iterable[Enrollment], name: str) -> Enrollment:
    known = {run.id: run for run in runs}
    if name not in known:
        listed = ", ".join(f"{run.id} ({_state(run)})" for run in known.values()) or "none"
        raise Problem(f"the customer has no enrollment {name!r}; they have {listed}")
    if known[name] not in failures(known.values()):
        raise Problem(f"{name} has not failed: {_state(known[name])}")
    return known[name]


def _only(runs: Iterable[Enrollment], customer: str) -> Enrollment:
    match failures(runs):
        case []:
            raise Problem(f"no enrollment of customer {customer!r} has failed")
        case [failed]:
            return failed
        case several:
            raise Problem(f"several enrollments failed; name one of them: {', '.join(run.id for run in several)}")


def _check_is_latest(runs: Iterable[Enrollment], failed: Enrollment) -> None:
    """A cart that was filled again has a later run: there is one open run of a cart at most."""
    later = [run for run in runs if (run.journey, run.subject) == (failed.journey, failed.subject) and run.again]
    if newest := max(
        (run for run in later if run.entered_at > failed.entered_at), key=lambda run: run.id, default=None
    ):
        raise Problem(f"{failed.id} is of an earlier occasion; the cart's run is now {newest.id}: {_state(newest)}")


def _revived(found: Stores, failed: Enrollment) -> Enrollment:
    version = failed.journey, failed.journey_version
    if version not in workflows.versions():
        raise Problem(f"version {version[1]} of {version[0]} is not in this checkout: it would fail again")
    try:
        saved: Enrollment = found.parts.runs.save(failed, revived(failed, found.now))
    except Conflict:
        raise Problem(f"another process has just changed {failed.id}; check it and try again") from None
    return saved


def _state(run: Enrollment) -> str:
    if run.due_at:
        return f"{run.status} at {run.step} until {_time(run)}"
    ends = [outcome for outcome in run.outcomes.values() if outcome.kind in (Kind.FAILED, Kind.EXITED)]
    return ", ".join(f"{end.kind}: {reason_in_words(end.reason or '')}" for end in ends) or str(run.status)


def _time(run: Enrollment) -> str:
    return f"{run.due_at:%Y-%m-%d %H:%M} UTC"


def _explained(failed: Enrollment, back: Enrollment) -> Iterator[str]:
    failure = failed.outcomes[Kind.FAILED]
    why = reason_in_words(failure.reason or "")
    yield f"{back.id} failed at {back.step} on {failure.at:%Y-%m-%d %H:%M} UTC ({why})."
    if back.status is Status.SENDING:
        yield f"It is unknown whether its mail was sent before the failure: {back.step} is not sent again at once."
        yield "Within minutes, SES's report or else the journey's rule settles it, and the run continues from there."
    else:
        yield f"It waits at {back.step} again, is due now, and has all its attempts. Within minutes it is checked on"
        yield "current facts: the mail is sent, or suppressed with a reason (too_late, if it was due longer ago than it"
        yield "may be late), or the run ends."


def _plain(run: Enrollment) -> dict[str, object]:
    due = to_text(run.due_at) if run.due_at else None
    return {"customer": run.customer, "enrollment": run.id, "status": run.status, "step": run.step, "due_at": due}
