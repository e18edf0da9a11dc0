"""A language is added by its templates and one setting; without them it is refused, by name, wherever it is set."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

import app
import workflows
from chalicelib.api.pages import texts
from chalicelib.domain.errors import InvalidJourney, InvalidSetting
from chalicelib.domain.journeys.registry import Journeys
from chalicelib.domain.messages.languages import chosen
from chalicelib.wiring import Parts
from infra.cli import main as cli
from infra.machine.clock import VirtualClock
from infra.machine.inbox import AcceptedMail
from infra.machine.machine import Machine
from infra.messages.local import templates
from tests.builders import START
from tests.faults.given import DAY, HOUR, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
NO_NIGHT = {"QUIET_HOURS": "00:00-00:00"}


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The journeys, with the English templates given once more as German ones; and the texts of the pages."""
    folder = tmp_path / "workflows"
    shutil.copytree(workflows.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (*folder.glob("*/messages/*.en.*"), *folder.glob("messages/*.en.*")):
        words = path.read_text("utf-8").replace("subject: ", "subject: Auf Deutsch: ")
        path.with_name(path.name.replace(".en.", ".de.")).write_text(words, "utf-8")
    pages = tmp_path / "pages"
    shutil.copytree(texts.FOLDER, pages)
    english = (pages / "en.toml").read_text("utf-8")
    (pages / "de.toml").write_text(english.replace('"Your opinion"', '"Ihre Meinung"'), "utf-8")
    monkeypatch.setattr(texts, "FOLDER", pages)
    texts.texts_in.cache_clear()
    return folder


def in_folder(folder: Path) -> object:
    def registered(languages: Sequence[str]) -> Journeys:
        return workflows.registered(languages, folder)

    return registered


def test_a_german_customer_gets_german_mails_once_there_are_templates(german: Path) -> None:
    with Machine(VirtualClock(START), settings={"LANGUAGES": "en,ko,ja,de", **NO_NIGHT}) as machine:
        app.parts = Parts(templates=templates, clock=machine.clock.now, journeys=in_folder(german))  # type: ignore[arg-type]
        shop = Shop(machine)
        shop.tell(shop.customer(language="de"), shop.cart())
        shop.wait(2 * DAY)

        (mail,) = machine.inbox
        assert mail.subject.startswith("Auf Deutsch: ")
        assert machine.failures == []


def test_a_page_is_shown_in_german_too(german: Path) -> None:
    language, words = texts.texts_in("de")

    assert (language, words["survey_title"]) == ("de", "Ihre Meinung")
    texts.check(("en", "de"))


def test_a_language_without_templates_is_refused_where_mails_are_sent() -> None:
    with Machine(VirtualClock(START), settings={"LANGUAGES": "en,ko,ja,xx"}):
        for part in ("templates", "due_queue"):
            with pytest.raises(InvalidSetting, match="for the language 'xx'"):
                getattr(app.parts, part)


def test_under_such_a_setting_all_goes_on_but_sending_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    with Machine(VirtualClock(START), settings={"LANGUAGES": "en,ko", **NO_NIGHT}) as machine:
        shop = Shop(machine)
        shop.tell(shop.customer("ann"), shop.cart("ann", "k1"))
        shop.wait(2 * DAY)
        (mail,) = machine.inbox

        monkeypatch.setenv("LANGUAGES", "en,xx")
        app.parts = Parts(journeys=app.journeys, templates=templates, clock=machine.clock.now)
        assert machine.request("GET", link(mail)).status == 200
        assert machine.request("POST", link(mail), "List-Unsubscribe=One-Click").status == 200
        shop.tell(shop.customer("ben"), shop.cart("ben", "k2"), shop.customer("cat"), shop.cart("cat", "k3"))
        app.parts.erase(app.parts.names.find("cat") or "")
        shop.wait(10 * HOUR)
        assert machine.failures == []

        shop.wait(17 * HOUR)
        assert [each.function for each in machine.failures if each.function != "dispatch"] == []
        assert "for the language 'xx'" in str(machine.failures[0].error)
        assert [each.to for each in machine.inbox] == [mail.to]

        monkeypatch.setenv("LANGUAGES", "en,ko")
        app.parts = Parts(journeys=app.journeys, templates=templates, clock=machine.clock.now)
        shop.wait(HOUR)
        assert shop.mails() == [
            ("ann@example.com", "abandoned_cart", "reminder"),
            ("ben@example.com", "abandoned_cart", "reminder"),
        ]


def link(mail: AcceptedMail) -> str:
    """The path of the mail's link to unsubscribe."""
    found = re.search(r"https?://[^/>]+([^>]*)", mail.headers["List-Unsubscribe"])
    assert found
    return found[1]


def test_a_customer_whose_language_nobody_reported_is_written_in_the_shops_first() -> None:
    with Machine(VirtualClock(START), settings={"LANGUAGES": "ja,en", **NO_NIGHT}) as machine:
        shop = Shop(machine)
        shop.tell(shop.customer(), shop.cart())
        shop.wait(2 * DAY)

        (mail,) = machine.inbox
        assert 'lang="ja"' in mail.html
        assert 'lang="ja"' in machine.request("GET", link(mail)).body


def test_a_language_without_texts_of_the_pages_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="the pages have no texts in 'xx'"):
        texts.check(("en", "xx"))


def test_validate_names_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate", "--languages", "en,xx"]) == 1

    said = capsys.readouterr().err
    assert "journey 'abandoned_cart': template 'reminder' lacks the language 'xx'" in said
    assert "the pages have no texts in 'xx'" in said


def test_validate_asks_for_no_language_that_the_shop_does_not_have(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANGUAGES", "en")

    assert cli.main(["validate"]) == 0
    assert capsys.readouterr().err == ""


def test_a_shop_with_one_language_needs_no_other(german: Path) -> None:
    for other in german.glob("*/messages/*.*.*"):
        if other.suffixes[0] in (".ko", ".ja", ".de"):
            other.unlink()

    assert workflows.registered(("en",), german).current
    with pytest.raises(InvalidJourney, match="lacks the language 'ja'"):
        workflows.registered(("en", "ja"), german)


@pytest.mark.parametrize(
    ("wanted", "supported", "expected"),
    [
        ("ko", ("en", "ko", "ja"), "ko"),
        ("ko-KR", ("en", "ko", "ja"), "ko"),
        ("KO_kr", ("en", "ko", "ja"), "ko"),
        ("fr", ("ko", "en"), "ko"),
        ("", ("ja", "en"), "ja"),
        (None, ("en",), "en"),
    ],
)
def test_an_unknown_language_falls_back_to_the_shops_first(
    wanted: str | None, supported: tuple[str, ...], expected: str
) -> None:
    assert chosen(wanted, supported) == expected
