"""Compares the answer to a step with the one that is expected."""

from collections.abc import Iterator

from infra.scenario.actions import Reply
from infra.scenario.mails import several
from infra.scenario.story import Answer


def differences(wanted: Answer, answer: Reply) -> Iterator[str]:
    """What differs, in lines; without a status any success is right."""
    if wanted.status is None and not answer.is_good:
        yield f"- status: {'0' if answer.is_command else 'any 2xx'}"
        yield f"+ status: {answer.status}  {answer.text}"
    elif wanted.status is not None and wanted.status != answer.status:
        yield f"- status: {wanted.status}"
        yield f"+ status: {answer.status}  {answer.text}"
    for text in several(wanted.contains):
        if text not in answer.text:
            yield f"- contains: {text}"
            yield f"+ {answer.text}"
    for text in several(wanted.lacks):
        if text in answer.text:
            yield f"- lacks: {text}"
            yield f"+ {answer.text}"
