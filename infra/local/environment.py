"""moto, the stack and the environment variables: everything around the functions, from start to stop."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.moto_api._internal import mock_random

from infra.local.fast_moto import fast_moto
from infra.local.packaged import Template
from infra.local.queues import virtual_time
from infra.local.stack import ACCOUNT_ID, REGION, Stack, deploy

ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "AWS_EC2_METADATA_DISABLED": "true",
    "MOTO_ACCOUNT_ID": ACCOUNT_ID,
    "POWERTOOLS_SERVICE_NAME": "rekindle",
    "POWERTOOLS_METRICS_NAMESPACE": "Rekindle",
    "POWERTOOLS_TRACE_DISABLED": "true",
}
ONE_BY_ONE = {"WORKERS": "1"}
"""Threads would only wait for each other here, and no two runs would be the same."""
PARAMETERS = {
    "Sender": "hello@shop.example",
    "TeamAddress": "team@shop.example",
    "ShopName": "The Example Shop",
    "ShopAddress": "1 Example Street, 12345 Example",
    "ShopUrl": "https://shop.example",
    "PublicUrl": "https://api.shop.example",
    "ShopZone": "UTC",
    "TokenKeys": "k2:" + "2b" * 32 + ",k1:" + "1a" * 32,
    "IdentityKey": "3c" * 32,
    "ApiKey": "4d" * 32,
}


@contextmanager
def start(
    template: Template, now: Callable[[], datetime], lanes: int, settings: Mapping[str, str], http: bool = False
) -> Iterator[Stack]:
    """Inside: moto with the deployed stack, a verified sender, and ``os.environ`` as the functions have it."""
    with patch.dict(os.environ, ACCOUNT), mock_aws(), virtual_time(now), fast_moto(http):
        mock_random.seed(0)
        stack = deploy(template, PARAMETERS | {"Lanes": str(lanes)})
        environment = dict(stack.environment) | ONE_BY_ONE | dict(settings)
        sesv2 = boto3.client("sesv2", region_name=REGION)
        for address in {environment["SENDER"], environment["TEAM_ADDRESS"]}:
            sesv2.create_email_identity(EmailIdentity=address)
        with patch.dict(os.environ, environment):
            yield stack
