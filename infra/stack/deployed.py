"""A deployed stack, as CloudFormation tells of it: what it put out, and the settings that its functions have.

The settings hold secrets: they are read into this process's environment for one command, never shown and never stored.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from infra.scoped.changes import environment
from infra.terminal.problem import Problem

VARIABLE = "REKINDLE_STACK"
FUNCTION = "Dispatch"
"""Any of the functions would do: all have the same settings."""
HERE = {"METRICS": "off"}
"""Nobody collects metrics from where a command is typed."""


@contextmanager
def joined(stack: str | None) -> Iterator[None]:
    """Inside, the settings are those of this stack; without one, they are what the environment says.

    Raises ``Problem`` when there is no such stack, or AWS does not answer. Enter before ``wiring`` makes its parts.
    """
    if not stack:
        yield
        return
    with environment({**settings(stack), **HERE, VARIABLE: stack}):
        yield


def settings(stack: str) -> Mapping[str, str]:
    """The environment variables of a stack's functions; raises ``Problem``."""
    with told(stack):
        resource = _client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=FUNCTION)
        function = resource["StackResourceDetail"]["PhysicalResourceId"]
        configuration = _client("lambda").get_function_configuration(FunctionName=function)
    variables: Mapping[str, str] = configuration["Environment"]["Variables"]
    return variables


def outputs(stack: str) -> Mapping[str, str]:
    """What a stack put out, by name, as ``infra/template.yaml`` lists it; raises ``Problem``."""
    with told(stack):
        (described,) = _client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}


@contextmanager
def told(stack: str) -> Iterator[None]:
    """Turn what AWS, or the way there, has against a call into a ``Problem`` in one line."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

    try:
        yield
    except NoRegionError:
        raise Problem("in which region is the stack? Set AWS_DEFAULT_REGION") from None
    except NoCredentialsError:
        raise Problem("no AWS credentials were found: sign in first, as for the aws command") from None
    except ClientError as error:
        raise Problem(_words(stack, error.response.get("Error", {}))) from None
    except BotoCoreError as error:
        raise Problem(f"AWS cannot be asked about the stack {stack!r}: {error}") from None


def _words(stack: str, error: Mapping[str, Any]) -> str:
    code, message = error.get("Code", ""), str(error.get("Message", ""))
    if code == "ValidationError" and "does not exist" in message:
        what = (
            "none of Rekindle's"
            if message.startswith("Resource")
            else "not there (is this the right account and region?)"
        )
        return f"the stack {stack!r} is {what}"
    return f"AWS refused, for the stack {stack!r}: {message or code}"


def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(retries={"mode": "standard"}, connect_timeout=5, read_timeout=20)
    return boto3.client(service, config=config)  # type: ignore[call-overload]
