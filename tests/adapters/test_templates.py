"""Templates: found by folder, rendered in a sandbox, held to what the law wants of an advertisement."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import workflows
from chalicelib.adapters.templates import Message, Templates
from chalicelib.domain.errors import TemplateError
from chalicelib.domain.facts.consent import Purpose
from workflows import messages_of

SHOP = {"name": "Maple & Moss", "address": "12 Harbor Street", "contact": "help@shop.example.com"}
LINK = "https://links.example.com/u/x?a=1&b=2"
CONTEXT: dict[str, object] = {"shop": SHOP, "unsubscribe_url": LINK, "name": "Jordan", "zone": "Asia/Seoul"}
FOOTER = "{{ shop.name }} {{ shop.address }} {{ shop.contact }} {{ unsubscribe_url }}"


def templates(
    root: Path, subject: str = "Hello", html: str = FOOTER, text: str = FOOTER, language: str = "en"
) -> Templates:
    folder = root / "hello" / "messages"
    folder.mkdir(parents=True, exist_ok=True)
    for part, content in {"subject": subject, "html": html, "txt": text}.items():
        (folder / f"hi.{language}.{part}").write_text(content, encoding="utf-8")
    shutil.copyfile(workflows.FOLDER / "brand.toml", root / "brand.toml")
    return Templates(root)


def rendered(made: Templates, language: str = "en", **options: object) -> Message:
    return made.render("hello", "hi", language, CONTEXT, **options)  # type: ignore[arg-type]


def test_the_messages_of_a_journey_are_found_with_their_languages(tmp_path: Path) -> None:
    folder = tmp_path / "hello" / "messages"
    folder.mkdir(parents=True)
    for name in ("hi.en.md", "hi.ko.md", "bye.pt-br.md", "hi.en.html", "notes.md"):
        (folder / name).touch()

    assert messages_of(tmp_path / "hello") == {"hi": {"en", "ko"}, "bye": {"pt-br"}}
    assert messages_of(tmp_path / "nobody") == {}


def test_a_channel_of_text_alone_has_no_other_part(tmp_path: Path) -> None:
    made = templates(tmp_path)
    channel: Any = SimpleNamespace(parts=("txt",))
    for part in ("subject", "html"):
        (tmp_path / f"hello/messages/hi.en.{part}").unlink()

    assert rendered(made, channel=channel) == Message(
        "", "", f"Maple & Moss 12 Harbor Street help@shop.example.com {LINK}"
    )
    assert rendered(made, channel=channel, country="KR").text.startswith("(광고) Maple & Moss")
    assert rendered(made, channel=channel, country="KR", purpose=Purpose.SERVICE).text.startswith("Maple & Moss")
    with pytest.raises(TemplateError, match="address"):
        made.render("hello", "hi", "en", CONTEXT | {"shop": SHOP | {"address": ""}}, channel=channel)


def test_only_html_is_escaped(tmp_path: Path) -> None:
    message = rendered(templates(tmp_path))

    assert message.html == f"Maple &amp; Moss 12 Harbor Street help@shop.example.com {LINK.replace('&', '&amp;')}"
    assert message.text == f"Maple & Moss 12 Harbor Street help@shop.example.com {LINK}"


def test_a_subject_is_one_line(tmp_path: Path) -> None:
    message = rendered(templates(tmp_path, subject="Hello\r\nBcc: {{ name }}\n\u2028 there\n"))

    assert message.subject == "Hello Bcc: Jordan there"


@pytest.mark.parametrize(
    ("language", "purpose", "country", "subject"),
    [
        ("ko", Purpose.MARKETING, None, "(광고) Hello"),
        ("ko", Purpose.MARKETING, "US", "(광고) Hello"),
        ("en", Purpose.MARKETING, "KR", "(광고) Hello"),
        ("en", Purpose.MARKETING, None, "Hello"),
        ("ja", Purpose.MARKETING, "JP", "Hello"),
        ("ko", Purpose.SERVICE, "KR", "Hello"),
    ],
)
def test_korean_advertising_is_labelled_whatever_its_wording(
    tmp_path: Path, language: str, purpose: Purpose, country: str | None, subject: str
) -> None:
    made = templates(tmp_path, language=language)

    assert rendered(made, language, purpose=purpose, country=country).subject == subject


def test_the_label_is_not_put_twice(tmp_path: Path) -> None:
    assert rendered(templates(tmp_path, subject="(광고)Hello", language="ko"), "ko").subject == "(광고) Hello"


@pytest.mark.parametrize("left_out", ["shop.name", "shop.address", "shop.contact", "unsubscribe_url"])
@pytest.mark.parametrize("part", ["html", "text"])
def test_an_advertisement_without_sender_or_opt_out_is_refused(tmp_path: Path, part: str, left_out: str) -> None:
    made = templates(tmp_path, **{part: FOOTER.replace(f"{{{{ {left_out} }}}}", "")})

    with pytest.raises(TemplateError, match=left_out.removeprefix("shop.")):
        rendered(made)
    assert rendered(made, purpose=Purpose.SERVICE).subject == "Hello"


def test_an_advertisement_of_a_shop_without_an_address_is_refused(tmp_path: Path) -> None:
    made = templates(tmp_path)

    with pytest.raises(TemplateError, match="address"):
        made.render("hello", "hi", "en", CONTEXT | {"shop": SHOP | {"address": ""}})


@pytest.mark.parametrize(
    "broken",
    ["{{ nobody }}", "{{ name.nothing }}", "{% if %}", "{{ 1 / 0 }}", "{{ ''.__class__.__mro__ }}", "{{ name + 1 }}",
     "{{ 1.5 | money('USD') }}", "{{ name | local_time }}", "{% include 'nothing.txt' %}", "", " \n "],
)  # fmt: skip
def test_what_cannot_be_rendered_is_a_template_error_with_its_name_and_language(tmp_path: Path, broken: str) -> None:
    made = templates(tmp_path, subject=broken)

    with pytest.raises(TemplateError, match=r"^hello/messages/hi\.en\.(md|subject)"):
        rendered(made)


@pytest.mark.parametrize("language", ["fr", "", "../en", "en/../en", "\0", "en\n"])
def test_a_language_that_is_not_there_is_a_template_error(tmp_path: Path, language: str) -> None:
    with pytest.raises(TemplateError, match="there is no"):
        rendered(templates(tmp_path), language)


def test_templates_are_compiled_once(tmp_path: Path) -> None:
    made = templates(tmp_path)
    first = rendered(made)
    for file in (tmp_path / "hello/messages").iterdir():
        file.unlink()

    assert rendered(made) == first


def test_the_filters_know_the_messages_language_and_zone(tmp_path: Path) -> None:
    made = templates(tmp_path, subject="{{ 1500 | money('JPY') }}, {{ at | local_time }}", language="ja")
    context = CONTEXT | {"at": datetime(2026, 11, 22, 9, 0, tzinfo=UTC)}

    message = made.render("hello", "hi", "ja", context, purpose=Purpose.SERVICE)

    assert message.subject == "1,500円, 11月22日（日）18:00 (KST)"


@pytest.mark.parametrize("zone", ["Nowhere/At_All", "", "../etc/passwd", "Asia"])
def test_a_zone_that_does_not_exist_is_a_template_error(tmp_path: Path, zone: str) -> None:
    made = templates(tmp_path, subject="{{ at | local_time(zone) }}")

    with pytest.raises(TemplateError):
        made.render("hello", "hi", "en", CONTEXT | {"at": datetime.now(UTC), "zone": zone or "/"})


def test_starting_up_does_not_import_jinja() -> None:
    program = "import sys, chalicelib.adapters.templates, chalicelib.api.pages; print('jinja2' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
