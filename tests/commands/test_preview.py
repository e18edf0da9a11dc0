"""``rekindle preview``: a message is seen before it goes to anybody."""

import json
import os
import shutil
import struct
import webbrowser
from pathlib import Path

import pytest

from infra.cli import main as cli
from infra.messages.sampled import messages, rendered
from infra.terminal.chromium import chromium
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]
needs_chromium = pytest.mark.skipif(
    shutil.which("chromium") is None and not os.environ.get("CI"), reason="Chromium is not installed"
)


@pytest.fixture(autouse=True)
def languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop's."""
    monkeypatch.setenv("LANGUAGES", "en,ko,ja")


def shown(capsys: Capture, *words: str, status: int = 0) -> str:
    assert cli.main(["preview", *words]) == status
    said = capsys.readouterr()
    return said.err if status else said.out


def test_without_a_message_all_are_listed(capsys: Capture) -> None:
    listed = shown(capsys).split()

    assert {"abandoned_cart/offer", "nps_survey/detractor", "win_back/last_call"} <= set(listed)
    assert len(listed) == len(set(listed)) == 11


def test_a_message_is_shown_as_text_in_the_shops_first_language(capsys: Capture) -> None:
    text = shown(capsys, "win_back/miss_you")

    assert text.startswith("Subject: It's been a while\n\nWe'd love to see you again\n\nHi Jordan,\n")
    assert "Hi there," in shown(capsys, "win_back/miss_you", "--nameless")


def test_as_html_and_as_json(capsys: Capture) -> None:
    html = shown(capsys, "abandoned_cart/offer", "--lang", "ko", "--html")
    made = json.loads(shown(capsys, "abandoned_cart/offer", "--lang", "ko", "--json"))

    assert html.startswith("<!doctype html>")
    assert made.keys() == {"subject", "text", "html"}
    assert (made["html"], made["subject"][:4]) == (html.rstrip("\n"), "(광고)")


def test_it_is_opened_in_the_browser(monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path) -> None:
    opened: list[str] = []

    def open_in_browser(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(webbrowser, "open", open_in_browser)

    assert shown(capsys, "abandoned_cart/offer", "--lang", "ja", "--open") == ""

    (address,) = opened
    assert "クーポン" in Path(address.removeprefix("file://")).read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["nobody/offer"], "there is no message 'nobody/offer'; the messages are abandoned_cart/offer"),
        (["abandoned_cart/offer", "--lang", "fr"], "the shop has no language 'fr'; it has en, ko, ja"),
        (["abandoned_cart/offer", "--png", "nowhere/x.png"], "nowhere: there is no such folder"),
        (["abandoned_cart/offer", "--png", "x.png", "--width", "1"], "--width: expected 200 to 4000 pixels"),
    ],
)
def test_what_cannot_be_shown_is_said(capsys: Capture, words: list[str], problem: str) -> None:
    assert problem in shown(capsys, *words, status=1)


@needs_chromium
def test_a_picture_is_as_wide_as_is_wanted_and_as_high_as_the_mail(capsys: Capture, tmp_path: Path) -> None:
    sizes, pictures = [], []
    for options in (["--width", "375"], ["--width", "700"], ["--width", "375", "--dark"]):
        target = tmp_path / "mail.png"
        assert shown(capsys, "abandoned_cart/offer", "--png", str(target), *options).strip() == str(target)
        pictures.append(target.read_bytes())
        sizes.append(struct.unpack(">II", pictures[-1][16:24]))

    assert [width for width, _ in sizes] == [375, 700, 375]
    assert sizes[0][1] == sizes[2][1] > sizes[1][1] > 500  # a narrow mail is longer
    assert pictures[0] != pictures[2]


@needs_chromium
def test_a_mail_needs_no_more_room_than_a_phone_has() -> None:
    """A page that is wider than the window would be cut off, or scroll sideways."""
    with chromium() as browser:
        for journey, message in messages():
            width, height = browser.size(rendered(journey, message, "en").html, 375)
            assert (width, height > 500) == (375, True), f"{journey.key}/{message.template}"
