"""moto, the stack and the environment variables: what the functions run in, from start to stop."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import boto3
from moto import mock_aws
from moto.moto_api._internal import mock_random

from chalicelib.adapters.secrets import of_api
from infra.machine.engines.dynamodb_local.tables import RemoteTables
from infra.machine.engines.moto.patches import patched_moto
from infra.machine.stack import ACCOUNT_ID, REGION, Stack, deploy
from infra.package.packaged import Template
from infra.scoped.changes import environment

SHELL = "AWS_"
"""How the variables that boto3 reads begin. Those of the shell are hidden while a machine runs: an endpoint, a profile
or FIPS would lead requests, with customers' data in them, elsewhere."""
ACCOUNT = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
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
HERE = {"WORKERS": "1", "METRICS": "off"}
"""More threads would only wait for each other, and runs would differ; nothing reads metrics here."""
PARAMETERS = {
    "Sender": "hello@shop.example",
    "TeamAddress": "team@shop.example",
    "ShopName": "The Example Shop",
    "ShopAddress": "1 Example Street, 12345 Example",
    "ShopUrl": "https://shop.example",
    "PublicUrl": "https://api.shop.example",
    "ShopZone": "UTC",
}
SECRETS = {
    "identity": "3c" * 32,
    "tokens": "k2:" + "2b" * 32 + "\nk1:" + "1a" * 32,
    "api/facts": "4d" * 32,
    "api/figures": "5e" * 32,
    "api/operate": "6f" * 32,
}
"""By their names below the path of the secrets."""
USES = {"/v1/kpis": "figures", "/v1/rejected": "operate"}
"""What the API key of a path is for; of any other it is for facts."""


def login(path: str) -> dict[str, str]:
    """The header with the machine's API key for this path."""
    return {"Authorization": f"Bearer {SECRETS[of_api(USES.get(path.partition('?')[0], 'facts'))]}"}


@contextmanager
def start(
    template: Template,
    now: Callable[[], datetime],
    lanes: int,
    settings: Mapping[str, str],
    http: bool = False,
    remote: RemoteTables | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Inside: moto with the deployed stack, a verified sender, and ``os.environ`` as the functions have it.

    ``remote``: the engine of the tables, if it is not moto. ``secrets``: by name, others than usual, and of webhooks.
    """
    with environment(ACCOUNT, hidden=SHELL), _moto(now, http, remote), _remote_tables(template, remote) as tables:
        mock_random.seed(0)
        stack = deploy(template, PARAMETERS | {"Lanes": str(lanes)}, tables)
        variables = dict(stack.environment) | HERE | dict(settings)
        sesv2 = boto3.client("sesv2", region_name=REGION)
        for address in {variables["SENDER"], variables["TEAM_ADDRESS"]}:
            sesv2.create_email_identity(EmailIdentity=address)
        put_secrets(variables["SECRETS"], secrets)
        with environment(variables):
            yield stack


def put_secrets(prefix: str, others: Mapping[str, str] | None = None) -> None:
    """Put the usual secrets and these others into the Parameter Store, as an operator does."""
    client = boto3.client("ssm", region_name=REGION)
    for name, secret in (SECRETS | dict(others or {})).items():
        client.put_parameter(Name=f"{prefix}/{name}", Value=secret, Type="SecureString")


@contextmanager
def _moto(now: Callable[[], datetime], http: bool, remote: RemoteTables | None) -> Iterator[None]:
    not_mocked = [] if remote is None else [re.escape(remote.endpoint)]
    elsewhere = () if remote is None else ("dynamodb",)
    with mock_aws(config={"core": {"passthrough": {"urls": not_mocked}}}), patched_moto(now, http, elsewhere):
        yield


@contextmanager
def _remote_tables(template: Template, remote: RemoteTables | None) -> Iterator[Mapping[str, str]]:
    """The names of the tables that are not on moto, by logical name."""
    if remote is None:
        yield {}
        return
    with environment(remote.environment), remote.created(template) as tables:
        yield tables
