"""Where the secrets come from: several may live at a time, and they are asked for every five minutes at most."""

from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

import app
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START
from tests.webhooks.given import SECRETS, Hooks, events, payload, shopify

BODY = payload("shopify", "carts_update")
OTHER = "whsec_" + "c2VjcmV0cyBhcmUgbWVhbnQgdG8gYmUga2VwdA=="


def keep(source: str, secret: str) -> None:
    boto3.client("ssm").put_parameter(
        Name=f"/rekindle/webhooks/{source}", Value=secret, Type="SecureString", Overwrite=True
    )


@pytest.fixture
def calls(hooks: Hooks) -> list[str]:
    """The secrets of webhooks that are asked for."""
    made: list[str] = []

    def note(params: Any, **_: Any) -> None:
        if "/webhooks/" in params["Name"]:
            made.append(params["Name"])

    app.parts.aws.ssm.meta.events.register("before-parameter-build.ssm.GetParameter", note)
    return made


def test_two_live_secrets_are_both_good_while_one_replaces_the_other(hooks: Hooks) -> None:
    keep("shopify", "  the-new-one\r\n\nthe-old-one \n")
    keep("events", f"{OTHER}\n{SECRETS['events']}")

    answers = [
        hooks.take(shopify("carts/update", BODY, secret="the-new-one")),
        hooks.take(shopify("carts/update", BODY, secret="the-old-one")),
        hooks.take(shopify("carts/update", BODY, secret="the-")),
        hooks.take(shopify("carts/update", BODY, secret="the-new-one the-old-one")),
        hooks.take(shopify("carts/update", BODY, secret="")),
        hooks.take(events({"type": "page"}, secret=OTHER)),
        hooks.take(events({"type": "page"})),
    ]

    assert [answer.status for answer in answers] == [200, 200, 401, 401, 401, 200, 200]


@pytest.mark.parametrize("secret", ["a1!x Zq~]p<>&k", " spaces at both ends ", "two  spaces"])
@pytest.mark.parametrize("around", ["{}", "{}\n", "another\n{}\na third"])
def test_a_secret_may_have_spaces_in_it(hooks: Hooks, secret: str, around: str) -> None:
    keep("shopify", around.format(secret))

    assert hooks.take(shopify("carts/update", BODY, secret=secret)).status == 200


@pytest.mark.parametrize("text", [" ", "\n", " \r\n \n"])
def test_what_is_blank_is_no_secret(hooks: Hooks, text: str) -> None:
    keep("shopify", text)

    for secret in ("", " ", text):
        assert hooks.take(shopify("carts/update", BODY, secret=secret)).status == 401


def test_a_secret_is_asked_for_once_in_five_minutes(
    hooks: Hooks, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [hooks.take(shopify("carts/update", BODY)).status for _ in range(5)] == [200] * 5
    assert calls == ["/rekindle/webhooks/shopify"]
    keep("shopify", "another")

    assert hooks.take(shopify("carts/update", BODY)).status == 200
    later(monkeypatch, minutes=5, seconds=1)
    assert hooks.take(shopify("carts/update", BODY)).status == 401
    assert hooks.take(shopify("carts/update", BODY, secret="another")).status == 200
    assert len(calls) == 2


def test_a_secret_that_was_missing_is_found_a_minute_after_it_was_put_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with Machine(VirtualClock(START)) as machine:
        hooks = Hooks(machine)
        assert hooks.take(shopify("carts/update", BODY)).status == 401
        keep("shopify", SECRETS["shopify"])
        assert hooks.take(shopify("carts/update", BODY)).status == 401

        later(monkeypatch, minutes=1, seconds=1)

        assert hooks.take(shopify("carts/update", BODY)).status == 200


def later(monkeypatch: pytest.MonkeyPatch, **by: float) -> None:
    """The library's own clock, which is the machine's, goes forward."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(**by)

    monkeypatch.setattr("aws_lambda_powertools.utilities.parameters.base.datetime", Later)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_x", "whsec_é", "=", "%%%"])
def test_a_secret_that_is_none_lets_nobody_in(hooks: Hooks, secret: str) -> None:
    keep("events", secret)

    assert hooks.take(events({"type": "page"})).status == 401


def test_a_bad_secret_does_not_spoil_a_good_one(hooks: Hooks) -> None:
    keep("events", f"whsec_x\n{SECRETS['events']}")

    assert hooks.take(events({"type": "page"})).status == 200


def test_the_secrets_may_be_kept_elsewhere() -> None:
    with Machine(VirtualClock(START), secrets=SECRETS, settings={"WEBHOOK_SECRETS": "/tea/hooks"}) as machine:
        assert Hooks(machine).take(shopify("carts/update", BODY)).status == 200
        assert app.parts.webhook_secrets("shopify") == (SECRETS["shopify"],)
