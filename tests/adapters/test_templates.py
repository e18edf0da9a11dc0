"""Templates: found by folder, rendered in a sandbox, held to what the law wants of an advertisement."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.adapters.templates import Message, Templates, local_time, money
from chalicelib.domain.errors import TemplateError
from chalicelib.domain.facts.consent import Purpose
from workflows import templates_of

SHOP = {"name": "Maple & Moss", "address": "12 Harbor Street", "contact": "help@shop.example.com"}
LINK = "https://links.example.com/u/x?a=1&b=2"
CONTEXT: dict[str, object] = {"shop": SHOP, "unsubscribe_url": LINK, "name": "Jordan", "zone": "Asia/Seoul"}
FOOTER = "{{ shop.name }} {{ shop.address }} {{ shop.contact }} {{ unsubscribe_url }}"


def templates(
    root: Path, subject: str = "Hello", html: str = FOOTER, text: str = FOOTER, language: str = "en"
) -> Templates:
    folder = root / "hello" / "templates" / language
    folder.mkdir(parents=True)
    for part, content in {"subject": subject, "html": html, "txt": text}.items():
        (folder / f"hi.{part}").write_text(content, encoding="utf-8")
    return Templates(root)


def rendered(made: Templates, language: str = "en", **options: object) -> Message:
    return made.render("hello", "hi", language, CONTEXT, **options)  # type: ignore[arg-type]


def test_what_exists_of_each_template_is_found_by_language_and_part(tmp_path: Path) -> None:
    templates(tmp_path)
    templates(tmp_path, language="ko")
    (tmp_path / "hello/templates/ko/hi.txt").unlink()

    assert templates_of(tmp_path / "hello") == {"hi": {"en": {"subject", "html", "txt"}, "ko": {"subject", "html"}}}
    assert templates_of(tmp_path / "nobody") == {}


def test_a_channel_of_text_alone_has_no_other_part(tmp_path: Path) -> None:
    made = templates(tmp_path)
    channel: Any = SimpleNamespace(parts=("txt",))
    for part in ("subject", "html"):
        (tmp_path / f"hello/templates/en/hi.{part}").unlink()

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

    with pytest.raises(TemplateError, match=r"'hi' of 'hello' in 'en'"):
        rendered(made)


@pytest.mark.parametrize("language", ["fr", "", "../en", "en/../en", "\0", "en\n"])
def test_a_language_that_is_not_there_is_a_template_error(tmp_path: Path, language: str) -> None:
    with pytest.raises(TemplateError, match="no file"):
        rendered(templates(tmp_path), language)


def test_templates_are_compiled_once(tmp_path: Path) -> None:
    made = templates(tmp_path)
    first = rendered(made)
    for file in (tmp_path / "hello/templates/en").iterdir():
        file.unlink()

    assert rendered(made) == first


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        (1250, "USD", "en", "$12.50"),
        (5, "USD", "ja", "$0.05"),
        (123456789, "USD", "en", "$1,234,567.89"),
        (-500, "EUR", "en", "-€5.00"),
        (15000, "KRW", "ko", "₩15,000"),
        (1500, "JPY", "ja", "￥1,500"),
        (1500, "JPY", "en", "¥1,500"),
        (1250, "CHF", "en", "CHF\u00a012.50"),
        (1250, "KWD", "en", "KWD\u00a01.250"),
        (0, "KRW", "en", "₩0"),
    ],
)
def test_money_is_shown_as_the_language_expects(amount: int, currency: str, language: str, shown: str) -> None:
    assert money(amount, currency, language) == shown


@pytest.mark.parametrize(
    ("zone", "language", "shown"),
    [
        ("Asia/Seoul", "ko", "11월 22일 18:00"),
        ("Asia/Tokyo", "ja", "11月22日 18:00"),
        ("Asia/Seoul", "en", "Nov 22, 18:00 KST"),
        ("America/New_York", "en", "Nov 22, 04:00 EST"),
        ("America/New_York", "ko", "11월 22일 04:00 (EST)"),
        ("Australia/Lord_Howe", "en", "Nov 22, 20:00 Lord Howe time"),
        ("UTC", "fr", "Nov 22, 09:00 UTC"),
    ],
)
def test_a_moment_is_shown_on_the_recipients_clock(zone: str, language: str, shown: str) -> None:
    assert local_time(datetime(2026, 11, 22, 9, 0, tzinfo=UTC), zone, language) == shown


def test_the_filters_know_the_messages_language_and_zone(tmp_path: Path) -> None:
    made = templates(tmp_path, subject="{{ 1500 | money('JPY') }}, {{ at | local_time }}", language="ja")
    context = CONTEXT | {"at": datetime(2026, 11, 22, 9, 0, tzinfo=UTC)}

    message = made.render("hello", "hi", "ja", context, purpose=Purpose.SERVICE)

    assert message.subject == "￥1,500, 11月22日 18:00 (KST)"


@pytest.mark.parametrize("zone", ["Nowhere/At_All", "", "../etc/passwd", "Asia"])
def test_a_zone_that_does_not_exist_is_a_template_error(tmp_path: Path, zone: str) -> None:
    made = templates(tmp_path, subject="{{ at | local_time(zone) }}")

    with pytest.raises(TemplateError):
        made.render("hello", "hi", "en", CONTEXT | {"at": datetime.now(UTC), "zone": zone or "/"})


def test_starting_up_does_not_import_jinja() -> None:
    program = "import sys, chalicelib.adapters.templates, chalicelib.api.pages; print('jinja2' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
