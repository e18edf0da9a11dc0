"""``endpoint``: DynamoDB Local, which ``make test-dynamodb`` starts for these tests and for ``tests/contract``."""

import os

import pytest

from infra.machine.engines.dynamodb_local.process import VARIABLE


@pytest.fixture(scope="session")
def endpoint() -> str:
    """The URL of AWS's own engine."""
    url = os.environ.get(VARIABLE)
    if url is None:
        pytest.skip("runs on DynamoDB Local, which make test-dynamodb starts")
    return url
