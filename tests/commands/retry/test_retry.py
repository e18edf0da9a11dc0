"""``rekindle retry``: what failed waits again, is sent once at the most, and the figures are right all the way."""

import json
import logging
import shlex
from dataclasses import replace
from typing import Any

import pytest

import app
import workflows
from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import SendUnknown
from chalicelib.domain.journeys.journey import Unknown
from chalicelib.domain.journeys.run import Status
from infra.machine.lambda_context import scheduled_event
from tests.commands.given import rekindle
from tests.commands.retry.given import figures, run_of, sender
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]
LogCapture = pytest.LogCaptureFixture


def test_the_log_line_s_own_commands_show_it_and_send_it(open_shop: Open, capsys: Capture, caplog: LogCapture) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")
    sender(known=False)
    shop.after(hours=25)
    sender(known=True)

    (line,) = [vars(each) for each in caplog.records if each.getMessage() == "enrollment failed"]
    shown = rekindle(capsys, *shlex.split(line["show"])[1:])
    retried = rekindle(capsys, *shlex.split(line["retry"])[1:])
    shop.after(minutes=5)

    assert line["levelno"] == logging.ERROR
    assert shop.email("ann") not in json.dumps([line["show"], line["retry"]])
    assert (shown.status, retried.status) == (0, 0)
    assert line["retry"] in " ".join(shown.out.split())
    assert shop.steps("ann") == ["abandoned_cart/reminder"]


def test_the_log_line_of_a_run_that_could_not_be_handled_has_them_too(
    open_shop: Open, capsys: Capture, caplog: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")
    with monkeypatch.context() as broken:
        broken.setattr(type(app.parts.templates), "render", _broken)
        shop.after(hours=25)
    assert shop.story("ann", "abandoned_cart") == ["failed reminder KeyError"]

    (line,) = [vars(each) for each in caplog.records if each.getMessage() == "enrollment failed"]
    assert rekindle(capsys, *shlex.split(line["retry"])[1:]).status == 0
    shop.after(minutes=5)

    assert shop.steps("ann") == ["abandoned_cart/reminder"]


def _broken(*_: object, **__: object) -> None:
    raise KeyError("reminder")


def test_the_run_goes_on_to_its_end_as_if_it_had_not_failed(failed: Shop, capsys: Capture) -> None:
    rekindle(capsys, "retry", "ann")
    failed.after(days=4)

    assert failed.steps("ann") == ["abandoned_cart/reminder", "abandoned_cart/offer"]
    assert failed.story("ann", "abandoned_cart") == [
        "deferred reminder retried", "sent reminder", "sent offer", "exited completed",
    ]  # fmt: skip


def test_the_figures_follow_and_equal_a_recount(failed: Shop, capsys: Capture) -> None:
    before = figures(capsys)

    rekindle(capsys, "retry", "ann")
    failed.after(minutes=5)

    after = figures(capsys)
    assert before == {"enrolled": 1, "failed": 1}
    assert {kind: after.get(kind) for kind in ("enrolled", "failed", "deferred", "sent")} == {
        "enrolled": 1, "failed": None, "deferred": 1, "sent": 1,
    }  # fmt: skip
    failed.after(days=1)
    assert failed.machine.invoke("nightly", scheduled_event(failed.now, "cron"))["suspected"] == 0


def test_what_was_bought_meanwhile_is_heeded(failed: Shop, capsys: Capture) -> None:
    failed.orders("ann")

    rekindle(capsys, "retry", "ann")
    failed.after(hours=1)

    assert failed.steps("ann") == []
    assert failed.story("ann", "abandoned_cart")[-1] == "exited order_placed"


def test_the_output_explains_what_happens_next(failed: Shop, capsys: Capture) -> None:
    run = run_of(failed)

    said = rekindle(capsys, "retry", failed.email("ann"), run.id)

    assert said.out.splitlines()[0] == f"{run.id} failed at reminder on 2026-03-03 10:15 UTC (MessageRejected)."
    assert "waits at reminder again, is due now" in said.out
    assert run_of(failed).due_at == failed.now


def test_json_names_the_run_and_its_new_state(failed: Shop, capsys: Capture) -> None:
    run = run_of(failed)

    result = rekindle(capsys, "retry", "ann", "--json").json

    assert result == {
        "customer": failed.key("ann"),
        "enrollment": run.id,
        "status": "waiting",
        "step": "reminder",
        "due_at": "2026-03-03T11:00:00.000Z",
        "in": "the deployed tables",
    }


def test_a_second_time_it_has_not_failed(failed: Shop, capsys: Capture) -> None:
    run = run_of(failed)
    rekindle(capsys, "retry", "ann", run.id)
    saved = run_of(failed)

    said = rekindle(capsys, "retry", "ann", run.id)

    assert said.status == 1
    assert said.err == f"rekindle: {run.id} has not failed: waiting at reminder until 2026-03-03 11:00 UTC\n"
    assert run_of(failed) == saved
    assert rekindle(capsys, "retry", "ann").err == "rekindle: no enrollment of customer 'ann' has failed\n"


def test_an_unknown_customer_and_an_unknown_enrollment_are_named(failed: Shop, capsys: Capture) -> None:
    run = run_of(failed)

    nobody = rekindle(capsys, "retry", "bob", run.id)
    nothing = rekindle(capsys, "retry", "ann", "abandoned_cart#0")

    assert (nobody.status, nobody.err) == (1, "rekindle: there is no customer 'bob' in the deployed tables\n")
    assert nothing.status == 1
    assert nothing.err.startswith(
        "rekindle: the customer has no enrollment 'abandoned_cart#0'; they have abandoned_cart#"
    )
    assert "(failed: MessageRejected)" in nothing.err


def test_one_of_several_failed_enrollments_must_be_named(failed: Shop, capsys: Capture) -> None:
    sender(known=False)
    failed.orders("ann")
    failed.after(days=20)
    sender(known=True)

    said = rekindle(capsys, "retry", "ann")

    assert said.status == 1
    assert said.err.startswith("rekindle: several enrollments failed; name one of them: abandoned_cart#")
    assert "nps_survey#" in said.err


def test_a_version_that_the_checkout_does_not_have_would_only_fail_again(
    failed: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = {key: journey for key, journey in workflows.versions().items() if key[0] != "abandoned_cart"}
    monkeypatch.setattr(workflows, "versions", lambda: others)

    said = rekindle(capsys, "retry", "ann")

    assert said.err == ("rekindle: version 1 of abandoned_cart is not in this checkout: it would fail again\n")
    assert run_of(failed).status is Status.ENDED


@pytest.mark.parametrize(("unknown", "mails"), [(Unknown.ABANDON, 1), (Unknown.RESEND, 2)])
def test_a_mail_that_may_have_gone_before_the_failure_is_not_simply_sent_again(
    open_shop: Open, capsys: Capture, monkeypatch: pytest.MonkeyPatch, unknown: Unknown, mails: int
) -> None:
    """SES takes the mail, its answer is lost, it reports nothing; then nothing of the customer can be read."""
    shop = open_shop("2026-03-02 10:00", behaviour=None)
    journey = workflows.versions()["abandoned_cart", 1]
    versions: Any = app.parts.journeys.versions
    monkeypatch.setitem(versions, ("abandoned_cart", 1), replace(journey, unknown=unknown))
    shop.customer("ann")
    shop.leaves_cart("ann")
    email: Any = app.parts.carriers[Channel.EMAIL]
    with monkeypatch.context() as lossy:
        mailer, send = email.mailer, email.mailer.send
        lossy.setattr(mailer, "send", lambda mail: _lost(send(mail)))
        shop.after(hours=24, minutes=1)
    with monkeypatch.context() as broken:
        broken.setattr(app.parts.facts, "of", _broken)
        shop.after(hours=3)
    assert shop.story("ann", "abandoned_cart") == ["failed reminder KeyError"]

    said = rekindle(capsys, "retry", "ann")
    shop.after(days=2)

    assert "It is unknown whether its mail was sent before the failure: reminder is not sent again" in said.out
    assert shop.steps("ann").count("abandoned_cart/reminder") == mails


def _lost(_: object) -> None:
    raise SendUnknown("ReadTimeoutError")


def test_help_shows_how(capsys: Capture) -> None:
    said = rekindle(capsys, "retry", "--help")

    assert said.status == 0
    assert "rekindle retry ann@example.com --stack rekindle" in said.out


def test_a_run_of_an_earlier_occasion_is_not_retried(open_shop: Open, capsys: Capture) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")
    sender(known=False)
    shop.after(hours=26)
    sender(known=True)
    failed = run_of(shop)
    shop.leaves_cart("ann", pieces=2)

    refused = rekindle(capsys, "retry", shop.key("ann"), failed.id)
    shop.after(days=2)

    assert refused.status != 0
    assert "is of an earlier occasion; the cart's run is now abandoned_cart#" in refused.err.replace("\n", " ")
    assert shop.steps("ann") == ["abandoned_cart/reminder"]
