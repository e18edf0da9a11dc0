"""Each resource of the packaged template has its limits, its alarms and a place for what fails."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from chalicelib.sources.registry import sources as sources_of_webhooks
from infra.own_tables.mapping import FUNCTION
from infra.package.packaged import Template
from infra.package.template import functions

RESERVED = re.compile(
    "_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY.*|AWS_SECRET_.*|"
    "AWS_SESSION_TOKEN|LAMBDA_.*|TZ|PATH|LANG|LD_LIBRARY_PATH|NODE_PATH|PYTHONPATH"
)
"""Environment variables that Lambda sets itself."""


def sources(template: Template, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """The function and the settings of every event source of a kind."""
    return [
        (name, event["Properties"])
        for name, function in functions(template).items()
        for event in function.get("Events", {}).values()
        if event["Type"] == kind
    ]


def typed(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of a type."""
    return {name: each.get("Properties", {}) for name, each in template["Resources"].items() if each["Type"] == kind}


def test_every_stream_has_its_limits_and_a_place_for_what_fails(template: Template) -> None:
    streams = dict(sources(template, "DynamoDB"))

    assert set(streams) == {"Enroll", "Rollup", FUNCTION}
    for _, source in sources(template, "DynamoDB"):
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BisectBatchOnFunctionError"] is True
        assert source["StartingPosition"] == "TRIM_HORIZON"
        assert source["MaximumRetryAttempts"] == -1
        assert source["MaximumRecordAgeInSeconds"] == 6 * 3600
        assert source["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["StreamDeadLetters", "Arn"]}
        assert [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]
    assert streams["Rollup"]["TumblingWindowInSeconds"] == 60
    assert "ParallelizationFactor" not in streams["Rollup"], "a shard has one reader, so a counter has one writer"


def test_every_queue_that_wakes_a_function_has_a_limit_a_dead_letter_queue_and_time_enough(template: Template) -> None:
    queues, awake = typed(template, "AWS::SQS::Queue"), functions(template)

    for function, source in sources(template, "SQS"):
        queue = queues[source["Queue"]["Fn::Sub"][2 : -len(".Arn}")]]
        timeout, window = awake[function]["Timeout"], source["MaximumBatchingWindowInSeconds"]
        dead_letters = queues[queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]
        assert queue["VisibilityTimeout"] >= 6 * timeout + window
        assert dead_letters.get("FifoQueue") == queue.get("FifoQueue")
        assert dead_letters["MessageRetentionPeriod"] == 1_209_600
        assert "MaximumConcurrency" in source["ScalingConfig"]
        assert source["BatchSize"] == 1 or source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_floods_of_one_kind_of_request_keep_out_no_others(template: Template) -> None:
    (api,) = typed(template, "AWS::Serverless::Api").values()
    paths = api["DefinitionBody"]["paths"]
    limits = {(each["ResourcePath"], each["HttpMethod"]): each["ThrottlingRateLimit"] for each in api["MethodSettings"]}

    default = limits.pop(("/*", "*"))
    named = {(path[1:].replace("~1", "/"), method.lower()) for path, method in limits}
    assert named == {(path, each) for path in paths for each in paths[path] if "webhooks" in path or "unsub" in path}
    assert all(limit > default for limit in limits.values())


def test_every_topic_may_send_to_the_queues_that_it_is_subscribed_to(template: Template) -> None:
    policies = typed(template, "AWS::SQS::QueuePolicy").values()
    subscriptions = typed(template, "AWS::SNS::Subscription")

    assert subscriptions
    for subscription in subscriptions.values():
        for arn in (subscription["Endpoint"], subscription["RedrivePolicy"]["deadLetterTargetArn"]):
            assert subscription["TopicArn"] in list(_senders(policies, arn["Fn::GetAtt"][0]))


def _senders(policies: Iterable[dict[str, Any]], queue: str) -> Iterator[Any]:
    """The sources from which a queue takes messages of SNS."""
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"] if {"Ref": queue} in policy["Queues"] else ():
            assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
            assert statement["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}
            source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
            yield from source if isinstance(source, list) else [source]


def test_every_table_is_kept_protected_and_restorable(template: Template) -> None:
    tables = typed(template, "AWS::DynamoDB::Table")

    assert set(tables) == {"CommerceTable", "EngagementTable", "KpisTable"}
    for name, table in tables.items():
        resource = template["Resources"][name]
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        with_a_key = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "KmsKeyArn"}}
        assert table["SSESpecification"] == {"Fn::If": ["HasKey", with_a_key, {"SSEEnabled": True}]}
    topic = typed(template, "AWS::SNS::Topic")["SesEventsTopic"]
    assert topic["KmsMasterKeyId"] == {"Fn::If": ["HasKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}
    assert template["Parameters"]["KmsKeyArn"]["Default"] == "none"


def test_every_function_logs_where_it_may_and_for_a_limited_time(template: Template) -> None:
    groups = typed(template, "AWS::Logs::LogGroup")

    used = {each["LoggingConfig"]["LogGroup"]["Ref"] for each in functions(template).values()}

    assert used == set(groups)
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())


def test_no_environment_variable_is_one_of_lambdas_own(template: Template) -> None:
    names = set(template["Globals"]["Function"]["Environment"]["Variables"])
    for function in functions(template).values():
        names |= set(function["Environment"]["Variables"])

    assert names >= {"COMMERCE_TABLE", "SECRETS", "POWERTOOLS_METRICS_NAMESPACE"}
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
    assert not [name for name, each in parameters.items() if each.get("NoEcho")], "secrets are in the Parameter Store"


def test_each_function_reads_only_the_secrets_that_it_needs(template: Template) -> None:
    needed = {name: _secrets_of(role) for name, role in typed(template, "AWS::IAM::Role").items()}

    keys = {"api/facts", "api/figures", "api/operate"} | {f"webhooks/{source}" for source in sources_of_webhooks()}
    assert {name.removesuffix("Role"): found for name, found in needed.items()} == {
        "ApiHandler": {"identity", "tokens"} | keys,
        "Dispatch": {"identity", "tokens"},
        **{name: {"identity"} for name in ("Adopt", "Audience", "Enroll", "Feedback", "Nightly")},
        **{name: set() for name in ("Rollup", "Sweep")},
    }


def _secrets_of(role: Mapping[str, Any]) -> set[str]:
    """The names of the parameters that a role may read."""
    text = json.dumps(role)
    return set(re.findall(r"parameter\$\{Secrets\}/([a-z/_-]+)", text))


def test_every_alarm_reaches_somebody_and_is_on_the_dashboard(template: Template) -> None:
    alarms = typed(template, "AWS::CloudWatch::Alarm")
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    shown = json.loads(body)["widgets"][0]["properties"]["alarms"]

    assert set(shown) == {f"${{{name}.Arn}}" for name in alarms}
    assert len(alarms) == 13
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        assert alarm["TreatMissingData"] in ("notBreaching", "breaching")
    assert typed(template, "AWS::SNS::Topic")["AlarmTopic"]["Subscription"][0]["Endpoint"] == {"Ref": "AlarmEmail"}


@pytest.mark.parametrize(
    ("name", "threshold", "periods"),
    [
        ("BounceRateAlarm", 0.05, 1),  # a share: SES reviews an account from 5 % on
        ("ComplaintRateAlarm", 0.1, 1),  # in percent: what mailbox providers ask senders to stay below
        ("MessageAgeAlarm", 15 * 60, 3),
        ("IteratorAgeAlarm", 15 * 60 * 1000, 3),
        ("OldestDueAlarm", 15 * 60, 10),
    ],
)
def test_an_alarm_rings_at_the_rate_or_the_age_that_matters(
    template: Template, name: str, threshold: float, periods: int
) -> None:
    alarm = typed(template, "AWS::CloudWatch::Alarm")[name]

    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (threshold, periods)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_the_dashboard_names_only_what_is_there(template: Template) -> None:
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]

    named = {name.partition(".")[0] for name in re.findall(r"\$\{([^}]+)\}", body)}

    assert named <= set(template["Resources"]) | {"AWS::Region", "AWS::StackName"}


def test_every_queue_and_every_function_has_its_alarm(template: Template) -> None:
    text = json.dumps(typed(template, "AWS::CloudWatch::Alarm"))

    for queue in typed(template, "AWS::SQS::Queue"):
        is_last_stop = queue.endswith("DeadLetters") or queue == "PoisonQueue"
        metric = "ApproximateNumberOfMessagesVisible" if is_last_stop else "ApproximateAgeOfOldestMessage"
        (measured,) = re.findall(rf'"MetricName": "(\w+)", "Dimensions": \[[^]]*"{queue}", "QueueName"', text)
        assert measured == metric, queue
    for function in functions(template):
        assert text.count(f'{{"Ref": "{function}"}}') >= 2, function
