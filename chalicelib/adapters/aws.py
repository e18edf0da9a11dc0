"""The clients of AWS, made on first use, and what their errors mean to Rekindle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.domain.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient


LEAN: dict[str, Any] = {"user_agent": "rekindle", "parameter_validation": False}
"""What botocore would do at each call for nothing: word its long name anew, and check what the tests have checked."""


@cache
def _session() -> Session:
    """What makes clients: botocore's own, for boto3's brings resources and transfers, and 50 ms at start-up."""
    from botocore.session import get_session

    return get_session()


def _client(service: str, config: Config) -> Any:
    return _session().create_client(service, config=config)


@cache
def dynamodb() -> DynamoDBClient:
    """DynamoDB, with botocore's standard retries: every call Rekindle makes there is safe to repeat."""
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": 4},
        connect_timeout=2, read_timeout=5, max_pool_connections=16, **LEAN,
    )  # fmt: skip
    client: DynamoDBClient = _client("dynamodb", config)
    return client


@cache
def sqs() -> SQSClient:
    """SQS, with botocore's standard retries."""
    from botocore.config import Config

    config = Config(retries={"mode": "standard"}, connect_timeout=2, read_timeout=10, **LEAN)
    client: SQSClient = _client("sqs", config)
    return client


@cache
def ses() -> SESV2Client:
    """SES with one attempt a call and no more: it has no idempotency token, so a retry could send twice."""
    from botocore.config import Config

    config = Config(
        retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10, max_pool_connections=16, **LEAN
    )  # fmt: skip
    client: SESV2Client = _client("sesv2", config)
    return client


@cache
def ssm() -> SSMClient:
    """SSM's Parameter Store, with botocore's standard retries."""
    from botocore.config import Config

    config = Config(retries={"mode": "standard"}, connect_timeout=2, read_timeout=5)
    client: SSMClient = _client("ssm", config)
    return client


def forget_clients() -> None:
    """Make new clients at the next use."""
    for made in (_session, dynamodb, sqs, ses, ssm):
        made.cache_clear()


@contextmanager
def translated() -> Iterator[None]:
    """Turn botocore's errors into Rekindle's: ``Conflict`` for a lost condition, ``Unavailable`` for what may pass."""
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
        if code == "ConditionalCheckFailedException" or "ConditionalCheckFailed" in reasons:
            raise Conflict(code, item=error.response.get("Item")) from error  # type: ignore[arg-type]
        if reasons & {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}:
            raise Unavailable(code) from error
        if code == "ValidationException":  # the call itself is wrong, and will be so again
            raise
        raise Unavailable(code) from error  # throttled, broken, or (a role, a table) for an operator to mend
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable(type(error).__name__) from error
