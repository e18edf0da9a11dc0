"""A deployed stack as CloudFormation describes it: its outputs, and the settings of its functions.

The settings contain secrets: they are in this process's environment for one command, and never shown or stored.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from infra.scoped.changes import environment
from infra.terminal.problem import Problem

VARIABLE = "REKINDLE_STACK"
FUNCTION = "Dispatch"
"""All functions have the same settings; these are read from this one."""
HERE = {"METRICS": "off"}
"""No metrics are collected where a command runs."""


@contextmanager
def joined(stack: str | None) -> Iterator[None]:
    """Inside, the environment has the settings of this stack; without one it stays as it is.

    Enter it before ``wiring`` makes any part. Raises ``Problem`` if there is no such stack, or AWS does not answer.
    """
    if not stack:
        yield
        return
    with environment({**settings(stack), **HERE, VARIABLE: stack}):
        yield


def settings(stack: str) -> Mapping[str, str]:
    """The environment variables of a stack's functions; raises ``Problem``."""
    with aws_problems(stack):
        resource = _client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=FUNCTION)
        function = resource["StackResourceDetail"]["PhysicalResourceId"]
        configuration = _client("lambda").get_function_configuration(FunctionName=function)
    variables: Mapping[str, str] = configuration["Environment"]["Variables"]
    return variables


def outputs(stack: str) -> Mapping[str, str]:
    """A stack's outputs by name, as ``infra/template.yaml`` lists them; raises ``Problem``."""
    with aws_problems(stack):
        (described,) = _client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}


@contextmanager
def aws_problems(stack: str) -> Iterator[None]:
    """Inside, an error of AWS or of the connection to it is raised as a ``Problem`` of one line."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

    try:
        yield
    except NoRegionError:
        raise Problem("no AWS region is set: set AWS_DEFAULT_REGION to the stack's region") from None
    except NoCredentialsError:
        raise Problem("no AWS credentials were found: sign in first, as for the aws command") from None
    except ClientError as error:
        raise Problem(_in_words(stack, error.response.get("Error", {}))) from None
    except BotoCoreError as error:
        raise Problem(f"AWS cannot be reached about the stack {stack!r}: {error}") from None


def _in_words(stack: str, error: Mapping[str, Any]) -> str:
    code, message = error.get("Code", ""), str(error.get("Message", ""))
    if code != "ValidationError" or "does not exist" not in message:
        return f"AWS refused a request about the stack {stack!r}: {message or code}"
    if message.startswith("Resource"):
        return f"{stack!r} is not a Rekindle stack"
    return f"there is no stack {stack!r} (is this the right account and region?)"


def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(retries={"mode": "standard"}, connect_timeout=5, read_timeout=20)
    return boto3.client(service, config=config)  # type: ignore[call-overload]
