"""The functions' policies: one file each in ``infra/policies/``, which may contain CloudFormation's functions.

A resource with ``{secret}`` is replaced by one resource per shop system: the secret that the system declares.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chalicelib.sources.registry import sources
from infra.terminal.problem import PackagingProblem

SECRET = "{secret}"  # noqa: S105 - a placeholder


def policy(path: Path) -> dict[str, Any]:
    """The policy in a file. Raises ``PackagingProblem`` if that is missing or not JSON."""
    try:
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise PackagingProblem(f"infra/policies/{path.name}: {error}") from error
    for statement in document["Statement"]:
        resource = statement["Resource"]
        if SECRET in json.dumps(resource):
            resources = resource if isinstance(resource, list) else [resource]
            statement["Resource"] = [each for one in resources for each in _expanded(one)]
    return document


def _expanded(resource: Any) -> Iterator[Any]:
    text = json.dumps(resource)
    if SECRET not in text:
        yield resource
        return
    for source in sources().values():
        yield json.loads(text.replace(SECRET, source.secret))
