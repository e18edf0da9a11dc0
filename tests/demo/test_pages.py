"""The pages show what the engine knows, and looking at them changes nothing."""

import re
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import pytest

import app
from infra.demo.simulation import Simulation
from tests.demo.given import Browser, signed_in
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Shop = tuple[Simulation, int]


def everything() -> list[Any]:
    """All that the engine has stored of its customers' journeys."""
    return sorted(app.parts.engagement.everything(), key=repr)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "What happened so far"),
        ("/inbox", "newest first"),
        ("/inbox?journey=win_back&page=9999", "newest first"),
        ("/inbox/0", "List-Unsubscribe"),
        ("/inbox/0?as=text", "Maple &amp; Moss"),
        ("/inbox/0/html", "<!doctype html>"),
        ("/customers", "30 customers"),
        ("/customers?q=s1001", "1 customer"),
        ("/customers?q=nobody-at-all", "No customer matches"),
        ("/shop", "Become a shopper yourself"),
        ("/style.css", "body"),
        ("/healthz", "ok"),
    ],
)
def test_a_page_is_there(shop_at: Shop, path: str, words: str) -> None:
    browser = Browser(shop_at[1]).get(path)

    assert browser.status == 200
    assert words in browser.page


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/inbox/",
        "/inbox//0",
        "/inbox/999999",
        "/inbox/" + 5000 * "9",
        "/inbox/999999/html",
        "/click/0/999",
        "/click/999999/0",
        "/customers/nobody",
        "/customers/%2E%2E",
    ],
)
def test_a_path_without_a_page_is_missing(shop_at: Shop, path: str) -> None:
    browser = Browser(shop_at[1]).get(path)

    assert browser.status == 404
    assert "This page does not exist" in browser.page


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("POST", "/inbox", 405, {"GET", "HEAD"}),
        ("OPTIONS", "/", 405, {"GET", "HEAD"}),
        ("GET", "/clock", 405, {"POST"}),
        ("QUERY", "/shop/add", 405, {"GET", "HEAD", "POST"}),
        ("PUT", "/nope", 404, set()),
        ("HEAD", "/inbox", 200, set()),
        ("DELETE", "/healthz", 403, set()),
        ("POST", "/v1//facts", 403, set()),
    ],
)
def test_a_method_that_a_page_does_not_have_is_refused_with_those_it_has(
    shop_at: Shop, method: str, path: str, status: int, allowed: set[str]
) -> None:
    connection = HTTPConnection("127.0.0.1", shop_at[1], timeout=60)
    connection.request(method, path)
    answer = connection.getresponse()
    connection.close()

    assert answer.status == status
    assert {each.strip() for each in answer.getheader("Allow", "").split(",") if each} == allowed


def test_the_inbox_shows_the_shop_s_own_mail_only_if_it_is_asked_for(shop_at: Shop) -> None:
    shop, port = shop_at
    team, browser = app.parts.settings.shop.team, Browser(port)
    number = len(shop.machine.inbox)
    shop.machine.inbox.mails.append(replace(shop.machine.inbox[0], to=(team,)))
    mail = f'href="/inbox/{number}"'

    try:
        assert mail not in browser.get("/inbox").page
        assert mail in browser.get(f"/inbox?customer={quote(team)}").page
    finally:
        shop.machine.inbox.mails.pop()


def test_the_navigation_breaks_no_word_on_a_narrow_screen(shop_at: Shop) -> None:
    style = Browser(shop_at[1]).get("/style.css").page
    rules = dict(re.findall(r"(?m)^([^{\n]+?) \{([^}]*)\}", style))

    assert "overflow-wrap: anywhere" in rules["body"]  # long addresses and keys break
    assert "overflow-wrap: normal" in rules[".top nav"]
    assert "flex-wrap: wrap" in rules[".top nav"]


def test_every_customer_has_a_page(shop_at: Shop) -> None:
    browser = Browser(shop_at[1]).get("/customers")

    for path in re.findall(r'href="(/customers/\w+)"', browser.page):
        assert "Timeline" in browser.get(path).page


def test_looking_at_everything_changes_nothing(shop_at: Shop) -> None:
    shop, port = shop_at
    before, mails, browser = everything(), len(shop.machine.inbox), Browser(port)
    links = {link for mail in shop.machine.inbox for link in re.findall(rf"{shop.url}(/v1/[^\s]+)", mail.text)}

    for path in ["/", "/inbox", "/inbox/0", "/inbox/0/html", "/customers", "/shop", *sorted(links)]:
        browser.get(path)

    assert links, "the mails have links of their own"
    assert everything() == before
    assert len(shop.machine.inbox) == mails


def test_the_link_to_unsubscribe_works_and_is_no_click(shop_at: Shop) -> None:
    browser = signed_in(shop_at[1], "Uma").post("/shop/add", product="mug").post("/clock", by="day", next="/shop")
    browser.get(browser.link("Your cart at"))
    refusal = re.findall(r'href="http://localhost:\d+(/v1/unsubscribe/[^"]+)"', browser.page)[0]

    browser.post(refusal)
    key = app.parts.names.find(browser.cookie.partition("=")[2])
    assert key is not None
    browser.get(f"/customers/{key}")

    kinds = {outcome.kind for run in app.parts.engagement.of(key).enrollments for outcome in run.outcomes.values()}
    assert "unsubscribed" in kinds
    assert "clicked" not in kinds
    assert "refused on" in browser.page


def test_the_clock_moves_by_an_hour_and_goes_back_to_a_path_here_only(shop_at: Shop) -> None:
    shop, port = shop_at
    before, browser = shop.now, Browser(port)

    browser.post("/clock", by="hour", next="//elsewhere.example")
    here = browser.path
    browser.post("/clock", by="year", next="/inbox")

    assert (shop.now - before).total_seconds() == 3600
    assert here == "/"
    assert browser.path == "/inbox"


def test_a_mail_is_shown_in_a_frame_that_may_run_nothing(shop_at: Shop) -> None:
    browser = Browser(shop_at[1])

    frame = re.findall(r"<iframe[^>]*>", browser.get("/inbox/0").page)[0]
    policy = browser.get("/inbox/0/html").headers["content-security-policy"]

    assert 'sandbox="allow-top-navigation-by-user-activation"' in frame
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
