"""A mail service in memory."""

from dataclasses import dataclass, field

from chalicelib.domain.messages.mail import Mail


@dataclass
class FakeMailer:
    """Keeps what was ``sent``; raises its ``errors`` first, one a call."""

    sent: list[Mail] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    calls: int = 0

    def send(self, mail: Mail) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(mail)
        return f"message-{len(self.sent)}"
