"""The clients of AWS, made on first use, and what their errors mean to Rekindle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from chalicelib.domain.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient


@cache
def dynamodb() -> DynamoDBClient:
    """DynamoDB, with botocore's standard retries: every call Rekindle makes there is safe to repeat."""
    import boto3
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": 4},
        connect_timeout=2, read_timeout=5, max_pool_connections=16, parameter_validation=False,
    )  # fmt: skip
    return boto3.client("dynamodb", config=config)


@cache
def sqs() -> SQSClient:
    """SQS, with botocore's standard retries."""
    import boto3
    from botocore.config import Config

    return boto3.client("sqs", config=Config(retries={"mode": "standard"}, connect_timeout=2, read_timeout=10))


@cache
def ses() -> SESV2Client:
    """SES with one attempt a call and no more: it has no idempotency token, so a retry could send twice."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10, max_pool_connections=16)
    return boto3.client("sesv2", config=config)


def forget_clients() -> None:
    """Make new clients at the next use."""
    for made in (dynamodb, sqs, ses):
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
