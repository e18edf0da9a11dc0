"""One role a function, and each may do no more than its function does."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from chalicelib.sources.registry import sources
from infra.own_tables.mapping import statements as statements_for
from infra.package import policies
from infra.package.packaged import Template
from infra.package.template import functions, generated_template
from infra.terminal.problem import PackagingProblem
from tests.adopt.given import example
from tests.deploy.permissions import POLICIES, policy_of

WILD = {
    "dynamodb:ListStreams": "AWS knows no single stream here",
    "ses:SendEmail": "in the sandbox SES asks for the recipients' identities too; the sender is held by a condition",
    "ses:SendRawEmail": "in the sandbox SES asks for the recipients' identities too; the sender is held by a condition",
}
"""The actions that AWS wants a wildcard in the resource for, and why."""
OWN = {each for statement in statements_for(example()) for each in statement["Resource"]}
"""The streams of the shop's own tables, which are named as they are."""


def statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every function's role, with the function's name."""
    for name, function in functions(template).items():
        role = template["Resources"][function["Role"]["Fn::GetAtt"][0]]["Properties"]
        for policy in role["Policies"]:
            yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])


def policy_name(function: dict[str, Any]) -> str:
    """The name of a function's policy."""
    return policy_of(str(function["Handler"]).removeprefix("app."))


def test_every_function_has_a_role_of_its_own(template: Template) -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions(template).values()]

    made = [name for name, each in template["Resources"].items() if each["Type"] == "AWS::IAM::Role"]

    assert sorted(roles) == sorted(made)
    assert len(set(roles)) == 9


def test_every_role_is_what_its_file_says_and_no_file_is_left_over(template: Template) -> None:
    files = {path.stem: policies.policy(path) for path in POLICIES.glob("*.json")}

    template = deepcopy(template)
    roles = {
        policy_name(function): template["Resources"][function["Role"]["Fn::GetAtt"][0]]["Properties"]["Policies"]
        for function in functions(template).values()
    }

    own = roles["adopt"][0]["PolicyDocument"]["Statement"]
    for statement in statements_for(example()):
        own.remove(statement)
    assert {name: [each["PolicyDocument"] for each in granted] for name, granted in roles.items()} == {
        name: [document] for name, document in files.items()
    }


def test_the_api_may_read_the_secret_of_every_shop_system_and_no_other(template: Template) -> None:
    reading = [each for _, each in statements(template) if each["Action"] == ["ssm:GetParameter"]]

    found = [
        resource for each in reading for resource in (each["Resource"] if isinstance(each["Resource"], list) else [])
    ]
    names = [str(each["Fn::Sub"]).partition(":parameter${Secrets}/webhooks/")[2] for each in found]
    assert [name for name in names if name] == [each.secret for each in sources().values()]


def test_no_statement_is_wider_than_aws_wants_it(template: Template) -> None:
    for function, statement in statements(template):
        assert statement["Effect"] == "Allow"
        assert not [action for action in statement["Action"] if "*" in action]
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        for resource in resources:
            if isinstance(resource, str):
                assert resource in OWN, function
                continue
            (kind, target), *others = resource.items()
            assert not others
            if kind == "Fn::GetAtt":
                assert target[0] in template["Resources"], function
            elif "*" in target:
                assert set(statement["Action"]) <= set(WILD), (function, target)


def test_mail_goes_out_under_the_shops_own_address_only(template: Template) -> None:
    sending = [(name, each) for name, each in statements(template) if "ses:SendRawEmail" in each["Action"]]

    assert [name for name, _ in sending] == ["Dispatch"]
    assert sending[0][1]["Condition"] == {"StringEqualsIgnoreCase": {"ses:FromAddress": {"Ref": "Sender"}}}


def test_every_function_may_read_what_wakes_it_and_set_aside_what_fails(template: Template) -> None:
    allowed: dict[str, set[tuple[str, str]]] = {}
    for name, statement in statements(template):
        for resource in statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]:
            target = ".".join(resource["Fn::GetAtt"]) if "Fn::GetAtt" in resource else json.dumps(resource)
            allowed.setdefault(name, set()).update((action, target) for action in statement["Action"])

    for name, function in functions(template).items():
        assert {("logs:PutLogEvents", f"{function['LoggingConfig']['LogGroup']['Ref']}.Arn")} <= allowed[name]
        for event in function.get("Events", {}).values():
            match event["Type"]:
                case "DynamoDB":
                    given = event["Properties"]["Stream"]
                    stream = json.dumps(given) if isinstance(given, str) else ".".join(given["Fn::GetAtt"])
                    wanted = {(f"dynamodb:{verb}", stream) for verb in ("DescribeStream", "GetRecords")}
                    assert wanted | {("sqs:SendMessage", "StreamDeadLetters.Arn")} <= allowed[name]
                case "SQS":
                    queue = event["Properties"]["Queue"]["Fn::Sub"][2:-1]
                    verbs = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
                    assert {(f"sqs:{verb}", queue) for verb in verbs} <= allowed[name]
                case _:
                    assert event["Type"] == "Schedule"


def test_a_secret_in_a_list_of_resources_is_one_for_each_shop_system(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text('{"Statement": [{"Resource": [{"Fn::Sub": "a/{secret}"}, "b"]}]}', "utf-8")

    (statement,) = policies.policy(path)["Statement"]

    assert statement["Resource"] == [*({"Fn::Sub": f"a/{each.secret}"} for each in sources().values()), "b"]


def test_a_policy_that_is_no_json_fails_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "sweep.json"
    broken.write_text("{", "utf-8")
    monkeypatch.setattr("chalice.config.Config.iam_policy_file", str(broken))

    with pytest.raises(PackagingProblem, match=r"infra/policies/sweep\.json: "):
        generated_template()
