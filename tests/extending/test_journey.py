"""A journey is added by adding one folder: found, checked, and run by the deployed handlers."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

import app
import workflows
from chalicelib.domain.errors import InvalidJourney
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.wiring import Parts
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.messages.local import templates
from tests.builders import START
from tests.faults.given import Shop

pytestmark = pytest.mark.every_journey
JOURNEY = '''
"""Thank for an order, an hour after it was placed."""

from chalicelib.domain.journeys.journey import SERVICE, Journey, On, OrderPlaced, Send, Wait, hours

JOURNEYS = (
    Journey(
        key="thanks",
        version=1,
        purpose=SERVICE,
        enroll=On(OrderPlaced, key="order_id"),
        steps=(Wait("an_hour", hours(1)), Send("thanks", template="thanks")),
    ),
)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one journey, and its message in English."""
    messages = tmp_path / "thanks" / "messages"
    messages.mkdir(parents=True)
    (tmp_path / "thanks" / "__init__.py").write_text(JOURNEY)
    words = "Thank you for order {{ order.id }}"
    (messages / "thanks.en.md").write_text(f"---\nsubject: {words}\npreview: {words}\n---\n{words}\n")
    shutil.copytree(workflows.FOLDER / "messages", tmp_path / "messages")
    shutil.copyfile(workflows.FOLDER / "brand.toml", tmp_path / "brand.toml")
    return tmp_path


def test_its_folder_is_all_it_needs(folder: Path) -> None:
    with Machine(VirtualClock(START), settings={"LANGUAGES": "en", "QUIET_HOURS": "00:00-00:00"}) as machine:
        parts = Parts(
            templates=templates,
            clock=machine.clock.now,
            journeys=lambda languages: workflows.registered(languages, folder),
        )
        app.parts = parts
        shop = Shop(machine)
        shop.tell(shop.customer(), shop.order("c1"))
        shop.wait(timedelta(hours=2))

        (mail,) = machine.inbox
        (run,) = parts.engagement.of(parts.names.find("c1") or "").enrollments
        assert mail.subject.startswith("Thank you for order ")
        assert (run.journey, [outcome.kind for outcome in run.outcomes.values()][:2]) == (
            "thanks",
            [Kind.ENROLLED, Kind.SENT],
        )
        assert machine.failures == []


def test_a_key_other_than_the_folders_name_is_refused(folder: Path) -> None:
    (folder / "thanks").rename(folder / "other")

    with pytest.raises(InvalidJourney, match="its key must be its folder's name, 'other'"):
        workflows.registered(("en",), folder)


def test_a_version_that_is_there_twice_is_refused(folder: Path) -> None:
    init = folder / "thanks" / "__init__.py"
    init.write_text(init.read_text() + "\nJOURNEYS = JOURNEYS * 2\n")

    with pytest.raises(InvalidJourney, match="version 1 is defined twice"):
        workflows.registered(("en",), folder)
