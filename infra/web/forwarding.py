"""Forwards a client's request unchanged to the machine's API Gateway: path, headers, query and body."""

from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from infra.machine.gateway import GatewayResponse
from infra.machine.machine import Machine
from infra.web.server import SENT_HEADERS


def forward(machine: Machine, request: Request) -> GatewayResponse:
    """The API's answer; raises what the function raises."""
    headers, query = request.environ[SENT_HEADERS], list(request.args.items(multi=True))
    return machine.request(request.method, sent_path(request), request.get_data(), headers, query)


def as_response(answer: GatewayResponse) -> Response:
    """The API's answer as the server sends it."""
    return Response(answer.body, answer.status, answer.headers)


def sent_path(request: Request) -> str:
    """The path as it was sent, percent-encoded: API Gateway decodes no path."""
    target: str = request.environ["RAW_URI"].encode("latin-1").decode()
    return urlsplit(target).path
