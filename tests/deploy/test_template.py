"""The packaged template: clean for cfn-lint, translated by SAM, and each event source as it is meant."""

import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from infra.own_tables.mapping import EVENT, FUNCTION, event_name
from infra.package.packaged import CHECKOUT, Template, merge_template, packaged_template
from infra.package.template import CODE, architecture, deployable_template, functions, generated_template, runtime
from infra.terminal.problem import PackagingProblem
from tests.adopt.given import example

RESERVED = re.compile(
    "_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY.*|AWS_SECRET_.*|"
    "AWS_SESSION_TOKEN|LAMBDA_.*|TZ|PATH|LANG|LD_LIBRARY_PATH|NODE_PATH|PYTHONPATH"
)
"""Environment variables that Lambda sets itself."""


class NoManagedPolicies:
    """Stands where SAM would ask AWS for its managed policies: none is used."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture
def settings() -> Template:
    """``infra/template.yaml``, to be spoilt."""
    return copy.deepcopy(merge_template())


@pytest.fixture(scope="module")
def translated(template: Template) -> Template:
    """What CloudFormation makes of it."""
    return translation(template)


def translation(template: Template) -> Template:
    """What SAM makes of a template whose code is uploaded."""
    uploaded = copy.deepcopy(template)
    for function in functions(uploaded).values():
        function["CodeUri"] = "s3://bucket/code"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        result: Template = transform(uploaded, {}, NoManagedPolicies())
    return result


def sources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """The settings of every event source of a kind, by function."""
    return {
        name: event["Properties"]
        for name, function in functions(template).items()
        for event in function.get("Events", {}).values()
        if event["Type"] == kind
    }


def typed(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of a type."""
    return {name: each.get("Properties", {}) for name, each in template["Resources"].items() if each["Type"] == kind}


def lint(template: Template, folder: Path) -> list[dict[str, Any]]:
    path = folder / "sam.json"
    path.write_text(json.dumps(template), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from cfnlint.runner import main; main()", "--format", "json", "--", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("["), done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_cfn_lint_finds_nothing(template: Template, tmp_path: Path) -> None:
    assert lint(template, tmp_path) == []


def test_cfn_lint_finds_nothing_without_own_tables(tmp_path: Path) -> None:
    assert lint(deployable_template(tables=()), tmp_path) == []


def test_cfn_lint_would_find_something(template: Template, tmp_path: Path) -> None:
    spoilt = copy.deepcopy(template)
    spoilt["Resources"]["Enroll"]["Properties"]["Role"] = {"Fn::GetAtt": ["NoSuchRole", "Arn"]}

    assert lint(spoilt, tmp_path)


def test_sam_translates_every_function_and_source(translated: Template) -> None:
    kinds = [resource["Type"] for resource in translated["Resources"].values()]

    assert kinds.count("AWS::Lambda::Function") == 9
    assert kinds.count("AWS::Lambda::EventSourceMapping") == 5 + len(example())
    assert kinds.count("AWS::Events::Rule") == 2
    assert kinds.count("AWS::IAM::Role") == 9, "SAM made roles of its own"
    assert translated["Resources"]["Audience"]["Properties"]["RecursiveLoop"] == "Allow"
    assert kinds.count("AWS::ApiGateway::Stage") == 1
    assert translated["Resources"]["SweepSweepEvent"]["Type"] == "AWS::Events::Rule", (
        "docs/deploy.md stops it by this name"
    )


def test_without_own_tables_sam_translates_the_others() -> None:
    kinds = [resource["Type"] for resource in translation(deployable_template(tables=()))["Resources"].values()]

    assert kinds.count("AWS::Lambda::Function") == kinds.count("AWS::IAM::Role") == 8
    assert kinds.count("AWS::Lambda::EventSourceMapping") == 5


def test_every_event_is_the_one_that_chalice_made(template: Template) -> None:
    made = {name: set(each.get("Events", {})) for name, each in functions(generated_template()).items()}
    assert made[FUNCTION] == {EVENT}
    made[FUNCTION] = {event_name(table) for table in example()}

    assert {name: set(each.get("Events", {})) for name, each in functions(template).items()} == made
    assert all(len(events) == {"APIHandler": 0, FUNCTION: 2}.get(name, 1) for name, events in made.items())


def test_what_runs_locally_is_what_is_deployed_but_for_the_roles(template: Template) -> None:
    def without_roles(given: Template) -> Template:
        kept = copy.deepcopy(given)
        kept["Resources"] = {name: each for name, each in kept["Resources"].items() if each["Type"] != "AWS::IAM::Role"}
        for function in functions(kept).values():
            for differs in ("Role", "Tags", "CodeUri", "Runtime"):
                del function[differs]
        return kept

    assert without_roles(template) == without_roles(packaged_template(example()))


@pytest.mark.parametrize(
    ("wrong", "right"), [("Enrol", "Enroll"), ("ApiHandler", "APIHandler"), ("RestApi", "RestAPI")]
)
def test_a_misspelt_resource_fails_the_build(settings: Template, wrong: str, right: str) -> None:
    settings["Resources"][wrong] = settings["Resources"].pop(right)

    with pytest.raises(PackagingProblem, match=rf"infra/template\.yaml: {wrong} "):
        deployable_template(settings)


def test_a_misspelt_event_fails_the_build(settings: Template) -> None:
    events = settings["Resources"]["Rollup"]["Properties"]["Events"]
    events["RollupDynamoDBEventSource"] = events.pop("RollupDynamodbEventSource")

    with pytest.raises(PackagingProblem, match="event RollupDynamoDBEventSource"):
        deployable_template(settings)


def test_a_resource_that_hides_one_of_chalices_fails_the_build(settings: Template) -> None:
    settings["Resources"]["EnrollRole"] = {"Type": "AWS::SQS::Queue"}

    with pytest.raises(PackagingProblem, match="EnrollRole is a AWS::SQS::Queue here"):
        deployable_template(settings)


def test_functions_of_two_runtimes_fail_the_build(settings: Template) -> None:
    settings["Resources"]["Sweep"]["Properties"]["Runtime"] = "python3.12"

    with pytest.raises(PackagingProblem, match="Runtime differ"):
        runtime(deployable_template(settings))


def test_the_runtime_is_pinned_whatever_packages(template: Template) -> None:
    assert runtime(template) == "python3.13"
    assert runtime(deployable_template(runtime="python3.12")) == "python3.12"
    assert architecture(template) == "arm64"
    assert architecture(deployable_template(architecture="x86_64")) == "x86_64"
    assert {function["CodeUri"] for function in functions(template).values()} == {CODE}


def test_every_stream_has_its_limits_and_a_place_for_what_fails(template: Template) -> None:
    streams = sources(template, "DynamoDB")

    assert set(streams) == {"Enroll", "Rollup", FUNCTION}
    for source in streams.values():
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BisectBatchOnFunctionError"] is True
        assert source["StartingPosition"] == "TRIM_HORIZON"
        assert 0 < source["MaximumRetryAttempts"] <= 10
        assert 0 < source["MaximumRecordAgeInSeconds"] <= 86_400
        assert source["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["StreamDeadLetters", "Arn"]}
        assert [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]
    assert streams["Rollup"]["TumblingWindowInSeconds"] == 60
    assert "ParallelizationFactor" not in streams["Rollup"], "a shard has one reader, so a counter has one writer"


def test_every_queue_that_wakes_a_function_has_a_limit_a_dead_letter_queue_and_time_enough(template: Template) -> None:
    queues, awake = typed(template, "AWS::SQS::Queue"), functions(template)

    for function, source in sources(template, "SQS").items():
        queue = queues[source["Queue"]["Fn::Sub"][2 : -len(".Arn}")]]
        timeout, window = awake[function]["Timeout"], source["MaximumBatchingWindowInSeconds"]
        dead_letters = queues[queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]
        assert queue["VisibilityTimeout"] >= 6 * timeout + window
        assert dead_letters.get("FifoQueue") == queue.get("FifoQueue")
        assert dead_letters["MessageRetentionPeriod"] == 1_209_600
        assert "MaximumConcurrency" in source["ScalingConfig"]
        assert source["BatchSize"] == 1 or source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_table_is_kept_protected_and_restorable(template: Template) -> None:
    tables = typed(template, "AWS::DynamoDB::Table")

    assert set(tables) == {"CommerceTable", "EngagementTable", "KpisTable"}
    for name, table in tables.items():
        resource = template["Resources"][name]
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["SSESpecification"] == {"SSEEnabled": True}


def test_every_function_logs_where_it_may_and_for_a_limited_time(template: Template) -> None:
    groups = typed(template, "AWS::Logs::LogGroup")

    used = {each["LoggingConfig"]["LogGroup"]["Ref"] for each in functions(template).values()}

    assert used == set(groups)
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())


def test_no_environment_variable_is_one_of_lambdas_own(template: Template) -> None:
    names = set(template["Globals"]["Function"]["Environment"]["Variables"])
    for function in functions(template).values():
        names |= set(function["Environment"]["Variables"])

    assert names >= {"COMMERCE_TABLE", "TOKEN_KEYS", "POWERTOOLS_METRICS_NAMESPACE"}
    assert not [name for name in names if RESERVED.fullmatch(name)]


def test_every_parameter_says_what_it_is_and_secrets_are_not_shown(template: Template) -> None:
    parameters = template["Parameters"]

    for name, parameter in parameters.items():
        assert parameter["Description"], name
        if parameter["Type"] == "String":
            assert "AllowedPattern" in parameter, name
            assert parameter["ConstraintDescription"].startswith("must "), name
            assert re.fullmatch(parameter["AllowedPattern"], parameter.get("Default", "")) or "Default" not in parameter
        else:
            assert "MinValue" in parameter or "AllowedValues" in parameter, name
    assert {name for name, each in parameters.items() if each.get("NoEcho")} == {"TokenKeys", "IdentityKey", "ApiKey"}


def test_every_alarm_reaches_somebody_and_is_on_the_dashboard(template: Template) -> None:
    alarms = typed(template, "AWS::CloudWatch::Alarm")
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    shown = json.loads(body)["widgets"][0]["properties"]["alarms"]

    assert set(shown) == {f"${{{name}.Arn}}" for name in alarms}
    assert len(alarms) == 9
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        assert alarm["TreatMissingData"] in ("notBreaching", "breaching")
    assert typed(template, "AWS::SNS::Topic")["AlarmTopic"]["Subscription"][0]["Endpoint"] == {"Ref": "AlarmEmail"}


def test_the_dashboard_names_only_what_is_there(template: Template) -> None:
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]

    named = {name.partition(".")[0] for name in re.findall(r"\$\{([^}]+)\}", body)}

    assert named <= set(template["Resources"]) | {"AWS::Region", "AWS::StackName"}


def test_every_dead_letter_queue_and_every_function_has_its_alarm(template: Template) -> None:
    text = json.dumps(typed(template, "AWS::CloudWatch::Alarm"))

    for queue in typed(template, "AWS::SQS::Queue"):
        is_last_stop = queue.endswith("DeadLetters") or queue == "PoisonQueue"
        assert (f'"{queue}", "QueueName"' in text) is is_last_stop, queue
    for function in functions(template):
        assert text.count(f'{{"Ref": "{function}"}}') >= 2, function


def test_generating_leaves_nothing_behind(template: Template) -> None:
    assert not list((CHECKOUT / ".chalice").glob("deploy*"))
