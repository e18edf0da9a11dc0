"""The tags that a message takes to its provider and a delivery report returns: they identify the run only."""

from collections.abc import Mapping
from typing import NamedTuple

NAMES = ("send_id", "customer", "journey", "occurrence", "step")
TEAM = "team"


class SendTags(NamedTuple):
    """The run that a message is from: ``run`` is the enrollment's id, ``step`` the step that sent it.

    ``to_team``: it is a notice to the shop's team.
    """

    send_id: str
    customer: str
    run: str
    step: str
    to_team: bool = False

    @property
    def as_mapping(self) -> dict[str, str]:
        """The tags in a provider's form: letters, digits, ``_`` and ``-`` only."""
        journey, _, occurrence = self.run.partition("#")
        values = (self.send_id, self.customer, journey, occurrence, self.step)
        return dict(zip(NAMES, values, strict=True)) | ({"to": TEAM} if self.to_team else {})

    @classmethod
    def read(cls, tags: Mapping[str, str]) -> "SendTags | None":
        """The tags in a report; None if the message was not ours."""
        if not tags.keys() >= set(NAMES):
            return None
        run = f"{tags['journey']}#{tags['occurrence']}"
        return cls(tags["send_id"], tags["customer"], run, tags["step"], tags.get("to") == TEAM)
