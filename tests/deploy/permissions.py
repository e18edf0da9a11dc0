"""What a function's policy allows, and what a call of AWS needs, in the same words: (action, resource).

A resource is a logical name with its attribute, as in ``PagesQueue.Arn``, or the text of a ``Fn::Sub``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.packaged import Template
from infra.local.stack import Stack
from infra.package.template import functions

Permission = tuple[str, str]

IDENTITIES = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"


def allowed(template: Template, function: str) -> set[Permission]:
    """Everything that a function's role allows."""
    role = template["Resources"][functions(template)[function]["Role"]["Fn::GetAtt"][0]]["Properties"]
    return {
        (action, _text(resource))
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
        for resource in _listed(statement["Resource"])
    }


def needed(stack: Stack, service: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[Permission]:
    """What one call needs. Raises ``ValueError`` for a service that no function is meant to call."""
    match service:
        case "dynamodb":
            yield from _of_tables(stack, operation, parameters)
        case "sqs":
            yield f"sqs:{operation}", f"{_logical(stack.queues, parameters['QueueUrl'])}.Arn"
        case "sesv2":
            yield f"ses:{operation}", IDENTITIES
            yield "ses:SendRawEmail", IDENTITIES  # what SES asks for when the content is raw
        case _:
            raise ValueError(f"no function is meant to call {service}:{operation}")


def _of_tables(stack: Stack, operation: str, parameters: Mapping[str, Any]) -> Iterator[Permission]:
    match parameters:
        case {"TransactItems": actions}:
            for action in actions:
                ((verb, inner),) = action.items()
                yield from _of_tables(stack, f"{verb}Item", inner)
        case {"RequestItems": items}:
            for table in items:
                yield f"dynamodb:{operation}", f"{_logical(stack.tables, table)}.Arn"
        case {"TableName": table, "IndexName": index}:
            yield f"dynamodb:{operation}", f"${{{_logical(stack.tables, table)}.Arn}}/index/{index}"
        case _:
            yield f"dynamodb:{operation}", f"{_logical(stack.tables, parameters['TableName'])}.Arn"


def _logical(physical: Mapping[str, str], name: str) -> str:
    return next(logical for logical, its_name in physical.items() if its_name == name)


def _listed(resource: Any) -> list[Any]:
    return resource if isinstance(resource, list) else [resource]


def _text(resource: Mapping[str, Any]) -> str:
    ((kind, value),) = resource.items()
    return ".".join(value) if kind == "Fn::GetAtt" else str(value)
