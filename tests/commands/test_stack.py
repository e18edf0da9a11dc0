"""``--stack``: where a stack's settings come from, who uses them, and what is said when they cannot be had."""

import json
import os

import boto3
import pytest
from moto.cloudformation.models import CloudFormationBackend
from moto.core.exceptions import ServiceException

import app
from infra.cli.registry import listed
from infra.machine.environment import SECRETS
from infra.package.packaged import packaged_template
from infra.stack.deployed import FUNCTION, VARIABLE, joined
from tests.commands.given import OUTPUTS, STACK, from_outside, outside, rekindle
from tests.journeys.shop import Open, Shop
from tests.journeys.surveys import answered
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]
READERS = (
    ["kpis"], ["kpis", "--json"], ["show", "ann"], ["upcoming"], ["pause"], ["pause", "win_back"],
    ["resume", "win_back"], ["dlq", "list"], ["dlq", "redrive"], ["retry", "ann"], ["close-case", "ann", "order-1"],
)  # fmt: skip


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    """Ann gave her order 3 of 10, and nobody has answered her yet."""
    return answered(open_shop, 3)


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_every_command_finds_the_stack_by_its_name_and_shows_no_secret(
    shop: Shop, capsys: Capture, words: list[str]
) -> None:
    secrets = list(SECRETS.values())

    said = outside(shop, capsys, *words, "--stack", STACK)

    result = "rekindle: no enrollment of customer 'ann' has failed\n" if words[0] == "retry" else ""
    assert (said.status, said.err) == (bool(result), result)
    assert [secret for secret in secrets if secret in said.out + said.err] == []


def test_the_variable_does_the_same(shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, STACK)

    assert "Read from the stack teashop." in outside(shop, capsys, "kpis").out


def test_the_argument_comes_before_the_variable(shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "elsewhere")

    assert "Read from the stack teashop." in outside(shop, capsys, "kpis", "--stack", STACK).out


def test_an_empty_variable_is_no_stack(shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")

    assert outside(shop, capsys, "kpis").err.startswith("rekindle: no local run is saved")


def test_the_settings_are_those_of_the_stack_and_are_gone_afterwards(shop: Shop) -> None:
    settings = {name: os.environ[name] for name in shop.machine.stack.environment}

    with from_outside(shop):
        before = dict(os.environ)
        with joined(STACK):
            inside = dict(os.environ)
            assert app.parts.identity.secret.hex() == SECRETS["identity"]
        assert dict(os.environ) == before

    assert {name: inside[name] for name in settings} == settings | {"METRICS": "off"}


def test_a_case_is_closed_on_a_stack(shop: Shop, capsys: Capture) -> None:
    said = outside(shop, capsys, "close-case", shop.email("ann"), "order-1", "--stack", STACK)

    assert said.out == f"Closed the case of {shop.email('ann')} about order order-1.\n"
    answer = app.parts.facts.of(shop.key("ann")).answers["order-1"]
    assert answer.case_closed_at == shop.now


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_a_stack_that_does_not_exist_is_named(open_shop: Open, capsys: Capture, words: list[str]) -> None:
    said = outside(open_shop(), capsys, *words, "--stack", "teashp")

    assert (said.status, said.out) == (1, "")
    assert said.err == "rekindle: there is no stack 'teashp' (is this the right account and region?)\n"


def test_a_stack_of_something_else_is_named(shop: Shop, capsys: Capture) -> None:
    template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    boto3.client("cloudformation").create_stack(StackName="other", TemplateBody=json.dumps(template))

    assert outside(shop, capsys, "kpis", "--stack", "other").err == "rekindle: 'other' is not a Rekindle stack\n"


def test_without_a_region_it_asks_for_one(shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    with from_outside(shop), monkeypatch.context() as nowhere:
        for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
            nowhere.delenv(name)
        nowhere.setattr(boto3, "DEFAULT_SESSION", None)
        nowhere.setenv("AWS_CONFIG_FILE", os.devnull)
        said = rekindle(capsys, "kpis", "--stack", STACK)

    assert (said.status, said.err) == (
        1,
        "rekindle: no AWS region is set: set AWS_DEFAULT_REGION to the stack's region\n",
    )


@pytest.mark.filterwarnings("ignore:Exception.AccessDenied. with code")  # moto's model of CloudFormation lacks it
def test_what_aws_refuses_is_reported_in_one_line(shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    class AccessDenied(ServiceException):
        code = "AccessDenied"

    def refuse(*_: object, **__: object) -> None:
        raise AccessDenied("User: bob is not authorized to perform: cloudformation:DescribeStackResource")

    monkeypatch.setattr(CloudFormationBackend, "describe_stack_resource", refuse)
    said = outside(shop, capsys, "kpis", "--stack", STACK)

    assert (said.status, said.err.count("\n")) == (1, 1)
    assert said.err.startswith("rekindle: AWS refused a request about the stack 'teashop': User: bob is not authorized")


def test_what_is_read_of_a_stack_is_there_in_the_packaged_template() -> None:
    template = packaged_template()

    assert template["Resources"][FUNCTION]["Type"] == "AWS::Serverless::Function"
    assert {output: template["Outputs"][output]["Value"] for output in OUTPUTS.values()} == {
        output: {"Ref": resource} for resource, output in OUTPUTS.items()
    }
    letters = {
        name for name, each in template["Resources"].items() if name.endswith("DeadLetters") or name == "PoisonQueue"
    }
    assert letters == set(OUTPUTS)
    assert "Variables" in template["Globals"]["Function"]["Environment"]


@pytest.mark.parametrize("command", [each.command.name for each in listed()])
def test_every_command_has_its_help_with_examples(capsys: Capture, command: str) -> None:
    said = rekindle(capsys, command, "--help")

    assert said.status == 0
    assert f"examples:\n  rekindle {command}" in said.out


def test_the_overview_lists_them_all(capsys: Capture) -> None:
    said = rekindle(capsys, "--help")

    assert [each for each in listed() if f"\n  {each.command.name} " not in said.out] == []
