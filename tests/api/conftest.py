"""``shop``: a machine whose API is asked, with one customer, one order and one mail; each test finds it as it was."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

import app
from infra.machine.clock import VirtualClock
from infra.machine.environment import login
from infra.machine.gateway import GatewayResponse
from infra.machine.machine import Machine
from tests.builders import START

NO_ONE = object()


@dataclass
class Api:
    """Asks the API, and shows what the tables hold."""

    machine: Machine

    def post(
        self, path: str, body: Any, *, key: object = None, kind: str = "application/json", **headers: str
    ) -> GatewayResponse:
        """POST a body: bytes as they are, else as JSON; with the API key, with another one, or with none."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {
            "Content-Type": kind,
            **authorization(key, path),
            **{name.replace("_", "-"): v for name, v in headers.items()},
        }
        return self.machine.request("POST", path, content, sent)

    def facts(self, *facts: Mapping[str, Any], **more: Any) -> GatewayResponse:
        """POST one fact, or several."""
        return self.post("/v1/facts", facts[0] if len(facts) == 1 else {"facts": facts}, **more)

    def get(
        self, path: str, query: Mapping[str, str] | None = None, *, key: object = None, **headers: str
    ) -> GatewayResponse:
        """GET a page, as a browser does, or what ``accept`` says."""
        return self.machine.request(
            "GET", path, None, {**authorization(key, path), "Accept": "text/html"} | headers, query
        )

    def tables(self) -> dict[str, list[Any]]:
        """All items of all tables."""
        client = boto3.client("dynamodb")
        return {
            name: sorted(client.scan(TableName=name)["Items"], key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
            for name in self.machine.stack.tables.values()
        }

    def customer(self, customer_id: str) -> str:
        """The key of the shop's customer."""
        key: str | None = app.parts.names.find(customer_id)
        assert key is not None
        return key


def authorization(key: object, path: str) -> dict[str, str]:
    if key is NO_ONE:
        return {}
    return login(path) if key is None else {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """The API on a machine of its own."""
    with Machine(VirtualClock(START)) as machine:
        yield Api(machine)
