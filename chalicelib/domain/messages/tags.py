"""What a message carries to its provider and a delivery report brings back: it finds the run, and is not personal."""

from collections.abc import Mapping
from typing import NamedTuple

NAMES = ("send_id", "customer", "journey", "occurrence", "step")


class SendTags(NamedTuple):
    """The run that a message is from: ``run`` is the enrollment's id, ``step`` the step that sent it."""

    send_id: str
    customer: str
    run: str
    step: str

    @property
    def as_mapping(self) -> dict[str, str]:
        """Tags as a provider takes them: letters, digits, ``_`` and ``-`` only."""
        journey, _, occurrence = self.run.partition("#")
        return dict(zip(NAMES, (self.send_id, self.customer, journey, occurrence, self.step), strict=True))

    @classmethod
    def read(cls, tags: Mapping[str, str]) -> "SendTags | None":
        """The tags that a report brought back; None where the message was not ours."""
        if not tags.keys() >= set(NAMES):
            return None
        return cls(tags["send_id"], tags["customer"], f"{tags['journey']}#{tags['occurrence']}", tags["step"])
