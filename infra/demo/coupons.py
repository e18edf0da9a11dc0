"""The coupons in mails."""

import re
from datetime import timedelta

import workflows
from chalicelib.domain.journeys.journey import Send, every_step
from infra.machine.inbox import AcceptedMail

CODE = re.compile(r"(?<![A-Z0-9])[A-Z2-7]{10}(?![A-Z0-9])")


def code_in(mail: AcceptedMail) -> str | None:
    """The coupon code in a mail's text, if there is one."""
    found = CODE.search(mail.text)
    return found[0] if found else None


def offered(journey: str, step: str) -> tuple[int, timedelta] | None:
    """The discount of the coupon of a journey's step, in percent, and how long it is valid."""
    for definition in workflows.current():
        for each in every_step(definition.steps) if definition.key == journey else ():
            if isinstance(each, Send) and each.name == step and each.offer:
                return each.offer.percent, each.offer.valid
    return None
