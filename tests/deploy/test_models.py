"""What botocore reads in the zip: cut to what is called, and otherwise the same."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest

from infra.package.models import OPERATIONS, trimmed
from infra.package.packaged import CHECKOUT
from infra.terminal.problem import PackagingProblem
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
SERVICES = {"dynamodb": "dynamodb", "sqs": "sqs", "sesv2": "ses", "ssm": "ssm"}
"""botocore's name of a service, and IAM's."""
BY_LAMBDA = {
    *("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
    *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"),
}
"""What Lambda does itself to bring events, with the function's role."""
ALSO = {"ses:SendRawEmail": "sesv2"}
REGIONS = (
    "us-east-1",
    "eu-central-1",
    "ap-northeast-2",
    "cn-north-1",
    "us-gov-west-1",
    "eu-isoe-west-1",
    "mx-central-1",
)
RESOLVE = """
import json, sys
from botocore.session import get_session
session = get_session()
print(json.dumps({
    f"{service} {region}": session.create_client(service, region_name=region).meta.endpoint_url
    for service in sys.argv[1].split() for region in sys.argv[2].split()
}))
"""


def model_of(service: str) -> dict[str, Any]:
    """botocore's own model."""
    path = Path(botocore.__file__).parent / "data" / service / "service-2.json.gz"
    model: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return model


def granted() -> set[str]:
    """Every action that any function may take."""
    policies = [json.loads(path.read_text()) for path in (CHECKOUT / "infra" / "policies").glob("*.json")]
    statements = [statement for policy in policies for statement in policy["Statement"]]
    return {action for statement in statements for action in _listed(statement["Action"])}


def _listed(action: str | list[str]) -> list[str]:
    return [action] if isinstance(action, str) else action


def test_every_call_that_a_policy_allows_is_in_the_zip_and_no_other() -> None:
    names = {service.partition("/")[0]: set(operations) for service, operations in OPERATIONS.items()}
    ours = {action for action in granted() - BY_LAMBDA if action.partition(":")[0] in SERVICES.values()}
    wanted = {f"{SERVICES[service]}:{name}" for service, operations in names.items() for name in operations}

    assert {action for action in ours if action not in ALSO} <= wanted | {"dynamodb:ConditionCheckItem"}
    assert wanted - ours <= {"dynamodb:DescribeEndpoints", "dynamodb:TransactWriteItems"}


@pytest.mark.parametrize("service", OPERATIONS)
def test_a_trimmed_model_has_all_that_its_operations_refer_to_and_no_documentation(service: str) -> None:
    model = trimmed(model_of(service), OPERATIONS[service], service)

    assert set(model["operations"]) == set(OPERATIONS[service])
    assert set(_referred(model["operations"])) | set(_referred(model["shapes"])) == set(model["shapes"])
    assert '"documentation"' not in json.dumps({**model, "shapes": {}})
    assert len(json.dumps(model)) < len(json.dumps(model_of(service))) / 3


def _referred(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "shape" and isinstance(inner, str):
                yield inner
            else:
                yield from _referred(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _referred(inner)


def test_an_operation_that_botocore_does_not_know_stops_the_packaging() -> None:
    with pytest.raises(PackagingProblem, match="SendLetter of ses"):
        trimmed(model_of("sesv2/2019-09-27"), ("SendLetter",), "ses")


def test_every_region_s_endpoints_are_as_before(unpacked: Path, python: str) -> None:
    ours, theirs = (_resolved(each, folder) for each, folder in ((python, unpacked), (sys.executable, None)))

    assert ours == theirs
    assert ours["dynamodb cn-north-1"] == "https://dynamodb.cn-north-1.amazonaws.com.cn"


def _resolved(python: str, folder: Path | None) -> dict[str, str]:
    isolated = ["-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{RESOLVE}"]
    command = [python, *(isolated if folder else ["-c", RESOLVE]), " ".join(SERVICES), " ".join(REGIONS)]
    environment = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    resolved: dict[str, str] = json.loads(done.stdout)
    return resolved
