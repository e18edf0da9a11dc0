"""The messages of the journeys, rendered for an invented recipient: for ``validate``, ``preview`` and pictures."""

from collections.abc import Iterator

import workflows
from chalicelib.adapters.templates import Message as Rendered
from chalicelib.adapters.templates import Templates
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.journeys.journey import Journey, Message, Send
from infra.messages.local import templates
from infra.terminal.problem import Problem
from workflows.samples import sample_context


def messages() -> Iterator[tuple[Journey, Message]]:
    """Every message of the journeys that enroll, once each."""
    for journey in workflows.current():
        yield from ((journey, message) for message in {each.template: each for each in journey.messages}.values())


def message_named(name: str) -> tuple[Journey, Message]:
    """The message ``journey/message``; raises ``Problem`` that lists the known ones."""
    known = {f"{journey.key}/{message.template}": (journey, message) for journey, message in messages()}
    if name not in known:
        raise Problem(f"there is no message {name!r}; the messages are {', '.join(sorted(known))}")
    return known[name]


def rendered(
    journey: Journey,
    message: Message,
    language: str,
    *,
    nameless: bool = False,
    made: Templates | None = None,
) -> Rendered:
    """A message with only the values that this journey's mail has: no cart if an order enrolls, no offer without one.

    ``nameless``: for a customer without a name. Raises ``TemplateError``.
    """
    context = sample_context(language)
    for name in ("cart", "order", "launch"):
        if journey.enroll.event.key_name != f"{name}_id":
            context[name] = None
    if not isinstance(message, Send) or message.offer is None:
        context["offer"] = None
    if nameless:
        context["customer"] = {"name": None, "first_name": ""}
    to_team = not isinstance(message, Send)
    purpose = Purpose.SERVICE if to_team else journey.purpose
    where = made or templates(workflows.FOLDER)
    return where.render(
        journey.key, message.template, language, context, purpose=purpose, channel=message.channel, to_team=to_team
    )
