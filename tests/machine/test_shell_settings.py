"""What a shell has set for AWS's tools reaches neither a machine nor what a machine starts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from infra.machine.stack import REGION
from tests.machine.given import STREAM, Fake, Start, put

NOWHERE = "http://127.0.0.1:9"
SHELLS = (
    {"AWS_ENDPOINT_URL": NOWHERE},
    {"AWS_ENDPOINT_URL_DYNAMODB": NOWHERE, "AWS_ENDPOINT_URL_SQS": NOWHERE},
    {"AWS_PROFILE": "nonexistent"},
    {"AWS_DEFAULT_PROFILE": "nonexistent"},
    {"AWS_USE_FIPS_ENDPOINT": "true"},
    {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"AWS_CSM_ENABLED": "true"},
    {"AWS_CONFIG_FILE": "config"},
    {"AWS_SHARED_CREDENTIALS_FILE": "missing/credentials", "AWS_CA_BUNDLE": "missing.pem"},
)
CONFIG = f"[default]\nregion = eu-west-3\nendpoint_url = {NOWHERE}\nuse_fips_endpoint = true\n"
ENDPOINTS = """
import boto3, json
made = {name: boto3.client(name) for name in ("dynamodb", "sqs", "sesv2")}
print(json.dumps({name: client.meta.endpoint_url for name, client in made.items()}))
"""


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: next(iter(shell)))
def test_no_setting_of_the_shell_reaches_a_machine(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config").write_text(CONFIG, encoding="utf-8")
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    handler = Fake()

    machine = start(STREAM, handler)
    put(machine, "A")
    machine.pump()

    assert handler.batches == [["A"]]
    assert boto3.client("dynamodb").meta.endpoint_url == f"https://dynamodb.{REGION}.amazonaws.com"
    process = subprocess.run([sys.executable, "-c", ENDPOINTS], capture_output=True, text=True, check=True)
    assert all(url.endswith(f".{REGION}.amazonaws.com") for url in json.loads(process.stdout).values())
    machine.__exit__(None, None, None)
    assert {name: os.environ.get(name) for name in shell} == shell
