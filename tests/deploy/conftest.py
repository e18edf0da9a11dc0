"""The package, built once for this machine's own processor, and deployed on moto's server.

It is built for Lambda's version of Python where there is one here, else for the version that runs the tests: what is
compiled for one does not run on another. ``.ci/run`` says which it was.
"""

import logging
import os
import platform
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import boto3
import pytest
from moto.server import ThreadedMotoServer

from infra.machine.environment import ACCOUNT, PARAMETERS, put_secrets
from infra.machine.stack import REGION, deploy
from infra.package.__main__ import build
from infra.package.interpreters import runnable
from infra.package.packaged import Template
from infra.package.template import deployable_template, runtime
from infra.package.wheels import PLATFORMS
from tests.adopt.given import example
from tests.deploy.deployed import Deployed, make_read_only
from tests.naming import FOUR

ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}


def leave_out(reason: str) -> NoReturn:
    """Skip what cannot run here; on a CI machine (``CI=true``) that is a failure."""
    is_ci = os.environ.get("CI", "false").lower() not in ("", "0", "false")
    (pytest.fail if is_ci else pytest.skip)(reason)


@pytest.fixture(scope="session")
def template() -> Template:
    """What would be deployed, with the example's own tables: then there are all functions."""
    return deployable_template(tables=example())


@pytest.fixture(scope="session")
def runs_on(template: Template) -> tuple[str, str]:
    """The runtime that the package is built for, and an interpreter of it."""
    return runnable(runtime(template))


@pytest.fixture(scope="session")
def python(runs_on: tuple[str, str]) -> str:
    """An interpreter that runs the package."""
    return runs_on[1]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory, runs_on: tuple[str, str]) -> Path:
    """The folder with ``sam.json`` and ``deployment.zip``, built for this machine."""
    architecture = ARCHITECTURES.get(platform.machine())
    if not sys.platform.startswith("linux") or architecture not in PLATFORMS:
        leave_out(f"libraries compiled for Lambda's Linux do not run on {sys.platform} {platform.machine()}")
    folder = tmp_path_factory.mktemp("package")
    build(folder, architecture, example(), runs_on[0])
    return folder


@pytest.fixture(scope="session")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip as Lambda unpacks it, with the four journeys only: nothing can be written there."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(package / "deployment.zip") as archive:
        archive.extractall(folder)
    for journey in (folder / "workflows").glob("*/__init__.py"):
        if journey.parent.name not in FOUR:
            shutil.rmtree(journey.parent)
    make_read_only(folder)
    return folder


@pytest.fixture(scope="module")
def deployed(
    template: Template, unpacked: Path, python: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    """The package beside the tables and queues of its template."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ACCOUNT.items():
            patch.setenv(name, value)
        server.start()
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        try:
            stack = deploy(template, PARAMETERS)
            put_secrets(stack.environment["SECRETS"])
            ses = boto3.client("sesv2", region_name=REGION)
            ses.create_email_identity(EmailIdentity=PARAMETERS["Sender"])
            yield Deployed(unpacked, template, stack, endpoint, python, tmp_path_factory.mktemp("scratch"))
        finally:
            server.stop()
