"""The clients of AWS, made on first use, and the conversion of their errors to Rekindle's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.domain.errors import Conflict, SendingStopped, SendRejected, SendThrottled, SendUnknown, Unavailable

if TYPE_CHECKING:
    from botocore.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient


LEAN: dict[str, Any] = {"user_agent": "rekindle", "parameter_validation": False}
"""Skips needless work of botocore in each call: rebuilding the user agent, and validation that the tests cover."""


class Aws:
    """The clients of AWS, each made on first use."""

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """DynamoDB, with botocore's standard retries: every call Rekindle makes there is safe to repeat."""
        retries = {"mode": "standard", "total_max_attempts": 4}
        client: DynamoDBClient = self._client(
            "dynamodb", retries=retries, connect_timeout=2, read_timeout=5, max_pool_connections=16, **LEAN
        )
        return client

    @cached_property
    def sqs(self) -> SQSClient:
        """SQS, with botocore's standard retries."""
        client: SQSClient = self._client(
            "sqs", retries={"mode": "standard"}, connect_timeout=2, read_timeout=10, **LEAN
        )
        return client

    @cached_property
    def ses(self) -> SESV2Client:
        """SES, with one attempt per call (``sender``)."""
        client: SESV2Client = self.sender("sesv2")
        return client

    @cached_property
    def ssm(self) -> SSMClient:
        """SSM's Parameter Store, with botocore's standard retries."""
        client: SSMClient = self._client("ssm", retries={"mode": "standard"}, connect_timeout=2, read_timeout=5)
        return client

    @cached_property
    def _session(self) -> Session:
        """botocore's own session: boto3's would also load resources and transfers, 50 ms at start-up."""
        from botocore.session import get_session

        return get_session()

    def sender(self, service: str) -> Any:
        """A new client that sends messages, with only one attempt per call.

        Such services have no idempotency token, so a retry could send twice.
        """
        retries = {"total_max_attempts": 1}
        return self._client(
            service, retries=retries, connect_timeout=2, read_timeout=10, max_pool_connections=16, **LEAN
        )

    def _client(self, service: str, **config: Any) -> Any:
        from botocore.config import Config

        return self._session.create_client(service, config=Config(**config))


@contextmanager
def translated() -> Iterator[None]:
    """Convert botocore's errors: ``Conflict`` for a failed condition, ``Unavailable`` for what may be temporary."""
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
        if code == "ValidationException" or "ValidationError" in reasons:  # invalid itself: a retry would fail too
            raise
        raise Unavailable(code) from error  # throttled, broken, or (a role, a table) for an operator to fix
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable(type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a service of AWS refused a call with: its code, its HTTP status and its text, which may be personal."""

    code: str
    status: int
    text: str


@contextmanager
def one_attempt(throttles: Collection[str], stops: Callable[[Refusal], str | None]) -> Iterator[None]:
    """Convert the errors of the one attempt to send a message. ``throttles``: the codes of a temporary refusal.

    ``stops``: why a refusal is of every message of the account, None if it is not.
    ``SendingStopped``, ``SendThrottled`` or ``SendRejected`` if it was definitely not sent, ``SendUnknown`` otherwise.
    """
    from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

    try:
        yield
    except ClientError as error:
        details = error.response.get("Error", {})
        code, status = details.get("Code", ""), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if reason := stops(Refusal(code, status, details.get("Message", ""))):
            raise SendingStopped(reason) from error
        if code in throttles:
            raise SendThrottled(code) from error
        if 400 <= status < 500:
            raise SendRejected(code) from error
        raise SendUnknown(code) from error
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        raise SendThrottled(type(error).__name__) from error  # there was no connection, so nothing was sent
    except Exception as error:  # an incomplete or damaged answer, whatever error the parser raises
        raise SendUnknown(type(error).__name__) from error
