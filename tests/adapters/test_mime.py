"""Raw mails: parsed back they say what was put in, and no value becomes a header."""

import email
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.mail.mime import LONGEST_NAME, Mailbox, build_mime

DATE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SENDER = Mailbox("news@shop.example.com", "Maple & Moss")
RECIPIENT = Mailbox("jordan@example.com", "Jordan Ellis")
HEADERS = {"From", "To", "Subject", "Date", "MIME-Version", "Content-Type"}
ADVERTISING = {"List-Unsubscribe", "List-Unsubscribe-Post", "X-SES-CONFIGURATION-SET", "X-SES-MESSAGE-TAGS"}


def a_mail(**changes: object) -> bytes:
    values: dict[str, object] = {
        "sender": SENDER, "to": RECIPIENT, "subject": "Hello", "text": "Hello", "html": "<p>Hello</p>", "date": DATE,
    }  # fmt: skip
    return build_mime(**(values | changes))  # type: ignore[arg-type]


def an_advertisement(**changes: object) -> bytes:
    link = {"unsubscribe_url": "https://links.example.com/u/k1.abc.def", "configuration_set": "rekindle"}
    return a_mail(**(link | {"tags": {"send_id": "a" * 64, "journey": "win_back"}} | changes))


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n").removesuffix("\n")


def test_a_mail_has_its_addresses_subject_date_and_both_bodies() -> None:
    message = parsed(a_mail(subject="(광고) 오랜만에 인사드려요", text="안녕하세요", html="<p>안녕하세요 🙂</p>"))

    assert message["From"] == "Maple & Moss <news@shop.example.com>"
    assert message["To"].addresses[0].addr_spec == "jordan@example.com"
    assert message["Subject"] == "(광고) 오랜만에 인사드려요"
    assert message["Date"].datetime == DATE
    assert message.get_content_type() == "multipart/alternative"
    assert (body(message, "plain"), body(message, "html")) == ("안녕하세요", "<p>안녕하세요 🙂</p>")
    assert set(message.keys()) == HEADERS


def test_an_advertisement_can_be_refused_with_one_click_and_carries_its_tags() -> None:
    message = parsed(an_advertisement())

    assert message["List-Unsubscribe"] == "<https://links.example.com/u/k1.abc.def>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["X-SES-CONFIGURATION-SET"] == "rekindle"
    assert message["X-SES-MESSAGE-TAGS"] == f"send_id={'a' * 64}, journey=win_back"


def test_the_answer_goes_where_the_shop_wants_it() -> None:
    message = parsed(a_mail(reply_to=Mailbox("help@shop.example.com")))

    assert message["Reply-To"] == "help@shop.example.com"


@given(subject=st.text(), sender=st.text(), to=st.text(), text=st.text(), html=st.text())
def test_nothing_anyone_typed_becomes_a_header(subject: str, sender: str, to: str, text: str, html: str) -> None:
    raw = an_advertisement(
        subject=subject, sender=Mailbox("news@shop.example.com", sender), to=Mailbox("jordan@example.com", to),
        text=text, html=html,
    )  # fmt: skip

    message = email.message_from_bytes(raw, policy=SMTP)
    assert sorted(message.keys()) == sorted(HEADERS | ADVERTISING)
    assert [each.addr_spec for each in message["To"].addresses] == ["jordan@example.com"]
    assert [each.addr_spec for each in message["From"].addresses] == ["news@shop.example.com"]
    assert all(len(line) <= 998 and b"\n" not in line and b"\r" not in line for line in raw.split(b"\r\n"))


@pytest.mark.parametrize("evil", ["x\r\nBcc: thief@example.org", "x\nBcc: thief@example.org", "x\r\n\r\n<p>body"])
def test_a_line_end_in_a_name_or_subject_is_only_a_blank(evil: str) -> None:
    message = parsed(a_mail(subject=evil, to=Mailbox("jordan@example.com", evil)))

    assert message["Bcc"] is None
    assert message["Subject"] == " ".join(evil.split())


@pytest.mark.parametrize(
    "name", ['Ellis, "Jo" <jo@evil.example>', "김하늘 (VIP), <a@b.example>", "a\\", "=?utf-8?q?x?="]
)
def test_a_name_stays_a_name(name: str) -> None:
    message = parsed(a_mail(to=Mailbox("jordan@example.com", name)))

    assert [(each.display_name, each.addr_spec) for each in message["To"].addresses] == [(name, "jordan@example.com")]


def test_a_name_without_end_is_cut() -> None:
    message = parsed(a_mail(to=Mailbox("jordan@example.com", "x" * 5000)))

    assert len(message["To"].addresses[0].display_name) == LONGEST_NAME


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300))
def test_a_body_comes_back_as_it_was(text: str) -> None:
    message = parsed(a_mail(text=f"{text}\nFrom here\n.\n", html=f"<p>{text}</p>"))

    assert body(message, "plain") == f"{text}\nFrom here\n."
    assert body(message, "html") == f"<p>{text}</p>"


@pytest.mark.parametrize(
    "address",
    ["", "jordan", "jordan@", "@example.com", "a b@example.com", "a@b@example.com", "a@example.com\r\nBcc: x@a.org",
     "a@example.com, b@example.com", "<a@example.com>", "김@example.com", "a@exa mple.com", "a@.example.com",
     "a" * 65 + "@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        a_mail(to=Mailbox(address))

    assert not address or address not in str(caught.value)


def test_an_international_domain_is_written_in_ascii() -> None:
    message = parsed(a_mail(to=Mailbox("a@한국.example")))

    assert message["To"] == "a@xn--3e0b707e.example"


@pytest.mark.parametrize("value", ["", "a b", "a,b=c", "a\r\nBcc: x", "é", "a" * 257])
def test_a_tag_that_ses_would_not_take_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="tag"):
        a_mail(tags={"send_id": value})
    with pytest.raises(ValueError, match="tag name"):
        a_mail(tags={value: "x"})
    with pytest.raises(ValueError, match="configuration_set"):
        a_mail(configuration_set=value)


@pytest.mark.parametrize("url", ["", "http://links.example.com/u", "javascript:x", "https://a b", "https://a>, <b:x",
                                 "https://a\r\nBcc: x", "https://" + "a" * 1000])  # fmt: skip
def test_an_unsubscribe_link_must_be_a_plain_https_url(url: str) -> None:
    with pytest.raises(ValueError, match="unsubscribe_url"):
        a_mail(unsubscribe_url=url)


def test_on_one_machine_the_link_may_be_local() -> None:
    message = parsed(a_mail(unsubscribe_url="http://localhost:8000/u/k1.abc.def"))

    assert message["List-Unsubscribe"] == "<http://localhost:8000/u/k1.abc.def>"


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        a_mail(date=datetime(2026, 11, 20))  # noqa: DTZ001


def test_the_same_mail_is_the_same_bytes() -> None:
    assert an_advertisement() == an_advertisement()


def test_a_mail_is_made_in_a_few_milliseconds_at_most() -> None:
    """0.3 to 0.7 ms where it was measured; the bound here is loose, for busy machines."""
    html = "<p>장바구니에 담아 두신 상품이 기다리고 있어요</p>\n" * 120

    fastest = min(_seconds(html) for _ in range(20))

    assert fastest < 0.005


def _seconds(html: str) -> float:
    started = time.perf_counter()
    an_advertisement(subject="(광고) 장바구니에 담아 두신 상품이 기다리고 있어요", text=html, html=html)
    return time.perf_counter() - started
