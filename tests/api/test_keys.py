"""API keys: one for each use, two of one use live at once, the scheme in any case."""

from collections.abc import Iterator

import boto3
import pytest

import app
from infra.machine.clock import VirtualClock
from infra.machine.environment import SECRETS
from infra.machine.machine import Machine
from tests.api.conftest import Api
from tests.api.test_facts import CUSTOMER
from tests.api.test_partial import posted
from tests.builders import START

PATHS = {"facts": "/v1/facts", "figures": "/v1/kpis", "operate": "/v1/rejected"}


@pytest.fixture
def api() -> Iterator[Api]:
    with Machine(VirtualClock(START)) as machine:
        yield Api(machine)


def answered(api: Api, use: str, authorization: str) -> int:
    method, body = ("POST", b"{}") if use == "facts" else ("GET", None)
    return api.machine.request(method, PATHS[use], body, {"Authorization": authorization}).status


@pytest.mark.parametrize("use", PATHS)
@pytest.mark.parametrize("key", PATHS)
def test_a_key_opens_what_it_is_for(api: Api, use: str, key: str) -> None:
    status = answered(api, use, f"Bearer {SECRETS[f'api/{key}']}")

    assert (status != 401) is (use == key)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " bearer "])
def test_the_scheme_may_be_in_any_case(api: Api, scheme: str) -> None:
    assert answered(api, "figures", f"{scheme} {SECRETS['api/figures']}") == 200


@pytest.mark.parametrize("scheme", ["", "Basic", "Bearerx", "Token"])
def test_another_scheme_opens_nothing(api: Api, scheme: str) -> None:
    assert answered(api, "figures", f"{scheme} {SECRETS['api/figures']}") == 401


def test_two_keys_are_live_while_one_is_replaced(api: Api) -> None:
    new, old = "a-new-key-of-the-shop", SECRETS["api/facts"]
    name = f"{app.parts.settings.secrets}/api/facts"
    boto3.client("ssm").put_parameter(Name=name, Value=f"{new}\n{old}", Type="SecureString", Overwrite=True)
    api.machine.redeploy({})

    assert [api.facts(CUSTOMER, key=key).status for key in (new, old, "another")] == [202, 202, 401]


def test_without_a_key_in_the_store_nobody_gets_in(api: Api) -> None:
    boto3.client("ssm").delete_parameter(Name=f"{app.parts.settings.secrets}/api/operate")
    api.machine.redeploy({})

    assert [answered(api, "operate", f"Bearer {key}") for key in ("", SECRETS["api/operate"])] == [401, 401]


@pytest.mark.parametrize("days", ["0", "31", "-1", "x", "١", "", "9" * 5_000])
def test_days_that_are_none_are_named(api: Api, days: str) -> None:
    answer = api.get("/v1/rejected", {"days": days})

    assert (answer.status, answer.json()["error"]["field"]) == (400, "days")


def test_rejections_are_listed_for_operators(api: Api) -> None:
    posted(api, CUSTOMER | {"at": "yesterday"})

    (rejected,) = api.get("/v1/rejected").json()["rejected"]

    assert (rejected["source"], rejected["topic"], rejected["field"]) == ("facts", "customer", "$.at")
