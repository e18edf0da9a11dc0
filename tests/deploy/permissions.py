"""Least privilege in both directions: what the policies allow, against the calls of AWS that the tests saw made.

A permission is (action, resource); a resource is a logical name with its attribute, as in ``DueQueue.Arn``, or the
text of a ``Fn::Sub``. Functions have the names of their policies' files.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.machine.calls import AwsCall
from infra.package.packaged import CHECKOUT
from infra.package.policies import policy

Permission = tuple[str, str]

POLICIES = CHECKOUT / "infra" / "policies"
CONFIGURATION_SET = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/${ConfigurationSet}"
IDENTITIES = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"
SECRETS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${Secrets}"
BY_LAMBDA = re.compile(
    r"logs:.*|dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)|sqs:(ReceiveMessage|DeleteMessage)"
)
"""What Lambda itself does in the function's name: write its log, read what wakes it."""
NEVER_SEEN = {
    ("enroll", "sqs:SendMessage", "StreamDeadLetters.Arn"): "Lambda gives a record up",
    ("rollup", "sqs:SendMessage", "StreamDeadLetters.Arn"): "Lambda gives a record up",
    ("adopt", "sqs:SendMessage", "StreamDeadLetters.Arn"): "Lambda gives a record up",
    ("adopt", "dynamodb:DeleteItem", "CommerceTable.Arn"): "another function merged the same two customers first",
    ("enroll", "sqs:GetQueueAttributes", "LaterQueue.Arn"): "Lambda scales by it",
    ("audience", "sqs:GetQueueAttributes", "AudienceQueue.Arn"): "Lambda scales by it",
    ("dispatch", "sqs:GetQueueAttributes", "DueQueue.Arn"): "Lambda scales by it",
    ("feedback", "sqs:GetQueueAttributes", "FeedbackQueue.Arn"): "Lambda scales by it",
    ("dispatch", "ses:SendEmail", CONFIGURATION_SET): "SES asks for the configuration set besides",
    ("dispatch", "ses:SendRawEmail", CONFIGURATION_SET): "SES asks for the configuration set besides",
}
"""What the policies allow and no test sees a function do, and who needs it."""


def allowed(function: str) -> set[Permission]:
    """Everything that a function's policy allows."""
    document = policy(POLICIES / f"{function}.json")
    return {
        (action, _text(resource))
        for statement in document["Statement"]
        for action in statement["Action"]
        for resource in _listed(statement["Resource"])
    }


def policy_of(handler: str) -> str:
    """The name of the policy of a handler in ``app.py``; the app itself answers HTTP."""
    return "api_handler" if handler == "app" else handler


def needed(call: AwsCall) -> Iterator[Permission]:
    """What a call needs. Raises ``ValueError`` for a service that no function is meant to call."""
    match call.service:
        case "dynamodb" if call.index:
            yield f"dynamodb:{call.operation}", f"${{{call.target}.Arn}}/index/{call.index}"
        case "dynamodb" | "sqs":
            yield f"{call.service}:{call.operation}", f"{call.target}.Arn"
        case "sesv2":
            yield f"ses:{call.operation}", IDENTITIES
            yield "ses:SendRawEmail", IDENTITIES  # what SES asks for when the content is raw
        case "ssm":
            yield f"ssm:{call.operation}", f"{SECRETS}/{call.target.removeprefix('/rekindle/')}"
        case _:
            raise ValueError(f"no function is meant to call {call.service}:{call.operation}")


def refused(calls: Iterable[AwsCall]) -> list[str]:
    """What AWS would have refused, a line each."""
    found = []
    for call in sorted(set(calls)):
        function = policy_of(call.function)
        try:
            missing = set(needed(call)) - allowed(function)
        except ValueError as error:
            found.append(f"{function}: {error}")
        else:
            found += [f"{function} may not {action} on {resource}" for action, resource in sorted(missing)]
    return found


def unneeded(calls: Iterable[AwsCall]) -> list[str]:
    """What the policies allow and these calls did not need, but for what ``NEVER_SEEN`` lists; a line each."""
    used = {(policy_of(call.function), *permission) for call in calls for permission in needed(call)}
    granted = {
        (path.stem, action, resource)
        for path in POLICIES.glob("*.json")
        for action, resource in allowed(path.stem)
        if not BY_LAMBDA.fullmatch(action)
    }
    listed = set(NEVER_SEEN)
    kinds = {
        "is allowed, and no test needs it": granted - used - listed,
        "is listed as never seen, and was": listed & used,
        "is listed as never seen, and not allowed": listed - granted,
    }
    return [f"{name}: {action} on {on} {what}" for what, found in kinds.items() for name, action, on in sorted(found)]


def _listed(resource: Any) -> list[Any]:
    return resource if isinstance(resource, list) else [resource]


def _text(resource: Mapping[str, Any]) -> str:
    ((kind, value),) = resource.items()
    return ".".join(value) if kind == "Fn::GetAtt" else str(value)
