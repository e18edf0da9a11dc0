"""``infra/template.yaml`` deployed on moto: the real tables, queues and topics, and the environment of the Lambdas."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from infra.package.packaged import Template

STACK = "rekindle"
ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
DEPLOYED = re.compile(r"AWS::(DynamoDB::Table|SQS::Queue|SNS::Topic)")
"""The resources that moto's CloudFormation creates. Subscriptions are created here; it has no configuration sets."""


@dataclass(frozen=True)
class Stack:
    """Physical names by logical name, and the environment of the functions."""

    tables: Mapping[str, str]
    queues: Mapping[str, str]
    topics: Mapping[str, str]
    environment: Mapping[str, str]


def deploy(template: Template, parameters: Mapping[str, str], tables: Mapping[str, str] | None = None) -> Stack:
    """Create the stack from a merged template; moto must be active. Raises KeyError for a parameter without a value.

    ``tables``: their names, by logical name, if they exist already, on another engine.
    """
    values = {name: parameters.get(name, each.get("Default")) for name, each in template["Parameters"].items()}
    if missing := [name for name, value in values.items() if value is None]:
        raise KeyError(f"no value for the template's parameter {missing[0]}")
    physical = _created(template, {name: str(value) for name, value in values.items()}, tables or {})
    names = {name: values[name] for name in values} | physical | _configuration_sets(template)
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    stack = Stack(
        tables=_of_type(template, physical, "AWS::DynamoDB::Table"),
        queues=_of_type(template, physical, "AWS::SQS::Queue"),
        topics=_of_type(template, physical, "AWS::SNS::Topic"),
        environment={
            name: value if isinstance(value, str) else str(names[value["Ref"]]) for name, value in variables.items()
        },
    )
    _subscribe(template, stack)
    return stack


def _created(template: Template, parameters: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
    resources = {
        name: {"Type": resource["Type"], "Properties": _named(name, resource)}
        for name, resource in template["Resources"].items()
        if DEPLOYED.fullmatch(resource.get("Type", "")) and name not in there
    }
    cloudformation = boto3.client("cloudformation", region_name=REGION)
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(
            {name: template[name] for name in ("Parameters", "Conditions")} | {"Resources": resources}
        ),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    )
    described = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in described} | dict(there)


def _named(logical: str, resource: Template) -> Template:
    """A table without a name gets one from CloudFormation on AWS; here it is the same in each run."""
    properties: Template = dict(resource.get("Properties", {}))
    if resource["Type"] == "AWS::DynamoDB::Table":
        properties.setdefault("TableName", f"{STACK}-{logical}")
    return properties


def _of_type(template: Template, physical: Mapping[str, str], type_: str) -> dict[str, str]:
    return {name: physical[name] for name, each in template["Resources"].items() if each.get("Type") == type_}


def _configuration_sets(template: Template) -> dict[str, str]:
    resources = template["Resources"].items()
    return {name: STACK for name, each in resources if each.get("Type", "").endswith("::ConfigurationSet")}


def _subscribe(template: Template, stack: Stack) -> None:
    sns, sqs = boto3.client("sns", region_name=REGION), boto3.client("sqs", region_name=REGION)
    for resource in template["Resources"].values():
        if resource.get("Type") != "AWS::SNS::Subscription":
            continue
        properties: dict[str, Any] = resource["Properties"]
        queue = stack.queues[properties["Endpoint"]["Fn::GetAtt"][0]]
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        sns.subscribe(
            TopicArn=stack.topics[properties["TopicArn"]["Ref"]],
            Protocol="sqs",
            Endpoint=attributes["QueueArn"],
            Attributes={"RawMessageDelivery": str(properties.get("RawMessageDelivery", False)).lower()},
        )
