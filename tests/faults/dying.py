"""A process that dies right after SES has accepted a mail."""

from dataclasses import replace
from typing import Any

import pytest

import app
from chalicelib.domain.channel import Channel
from chalicelib.domain.messages.mail import Mail
from infra.machine.lambda_context import Crash


class Dies:
    """A mailer whose process dies right after SES has accepted, once."""

    def __init__(self, mailer: Any) -> None:
        self.mailer, self.lives = mailer, False

    def send(self, mail: Mail) -> str:
        answer = str(self.mailer.send(mail))
        if not self.lives:
            self.lives = True
            raise Crash
        return answer


def dies_after_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that sends the next mail dies after it."""
    email: Any = app.parts.carriers[Channel.EMAIL]
    monkeypatch.setitem(vars(app.parts), "carriers", {Channel.EMAIL: replace(email, mailer=Dies(email.mailer))})
