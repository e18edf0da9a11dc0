"""The links in mails: a GET changes nothing, a POST does it, and no token at all brings the API down."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import app
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.journeys.run import Enrollment
from infra.machine.gateway import Gateway
from tests.api.conftest import NO_ONE, Api
from tests.builders import START, a_customer, an_enrollment, an_order
from workflows.nps_survey import NPS_SURVEY

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


def damaged(name: bytes) -> bytes:
    """A form whose field has a header that the standard library's parser fails on."""
    return b"--x\r\nContent-Disposition: form-data; " + name + b"\r\n\r\n3\r\n--x--\r\n"


def multipart(**fields: str) -> bytes:
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    return f"{parts}--x--\r\n".encode()


def customer(api: Api, key: str, language: str = "en") -> str:
    app.parts.facts.put(key, a_customer(key, language=language))
    app.parts.facts.put(key, an_order("o1"))
    app.parts.runs.create(asked(key))
    return key


def asked(key: str) -> Enrollment:
    """The run that asked the customer about their order."""
    return an_enrollment(NPS_SURVEY, customer=key, due_at=None, occurrence="o1", subject="o1")


def survey(key: str) -> str:
    return f"/v1/surveys/{app.parts.tokens.sign('survey', key, asked(key).id)}"


def unsubscribe(key: str, purpose: str = "marketing") -> str:
    parts = (key, "abandoned_cart#1", "reminder", purpose, app.parts.identity.address_hash("ann@example.com"))
    return f"/v1/unsubscribe/{app.parts.tokens.sign('unsubscribe', *parts)}"


def received(api: Api, at: datetime, path: str, score: int) -> Any:
    """The answer to a survey's answer that API Gateway received at that time."""
    return Gateway(app.app, api.machine.invoke, lambda: at).request("POST", path, {"score": score}).json()


def anonymous(api: Api, path: str, body: bytes, kind: str, **headers: str) -> Any:
    return api.post(path, body, key=NO_ONE, kind=kind, **headers)


@pytest.mark.parametrize(
    ("language", "word"), [("en", "lang=\"en\""), ("ko", "lang=\"ko\""), ("ja", "lang=\"ja\""), ("fr", "lang=\"en\"")]
)  # fmt: skip
@pytest.mark.parametrize("page", [survey, unsubscribe])
def test_a_page_speaks_the_customer_s_language(api: Api, page: Any, language: str, word: str) -> None:
    answer = api.get(page(customer(api, f"c-{language}", language)), key=NO_ONE)

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert word in answer.body


def test_a_scanner_that_gets_every_link_twice_changes_nothing(api: Api) -> None:
    key = customer(api, "scanned")
    paths = [survey(key), unsubscribe(key)]
    before = api.tables()

    for path in paths * 2:
        for query in (None, {"score": "3"}, {"score": "10"}):
            assert api.get(path, query, key=NO_ONE).status == 200

    assert api.tables() == before


@pytest.mark.parametrize("path", ["/v1/kpis", "/healthz"])
def test_a_get_changes_nothing(api: Api, path: str) -> None:
    before = api.tables()

    assert api.get(path).status == 200

    assert api.tables() == before


@pytest.mark.parametrize(("score", "checked"), [("7", True), ("11", False), ("-1", False), ("x", False), ("", False)])
def test_the_score_in_the_link_is_only_chosen_beforehand(api: Api, score: str, checked: bool) -> None:
    answer = api.get(survey(customer(api, "chosen")), {"score": score}, key=NO_ONE)

    assert (f'value="{score}" required checked' in answer.body) is checked
    assert answer.body.count(" checked>") == checked


@pytest.mark.parametrize(
    ("kind", "body"),
    [("Application/JSON", b'{"score": 3, "comment": "late"}'), (FORM, b"score=3&comment=late"),
     (MULTIPART, multipart(score="3", comment="late"))],
)  # fmt: skip
def test_an_answer_is_recorded_however_it_is_posted(api: Api, kind: str, body: bytes) -> None:
    key = customer(api, f"answers-{len(kind)}")

    answers = [anonymous(api, survey(key), body, kind).json() for _ in range(2)]

    assert answers == [{"recorded": True, "score": 3}, {"recorded": False, "score": 3}]
    stored = app.parts.facts.of(key).answers["o1"]
    assert (stored.score, stored.comment, stored.has_open_case) == (3, "late", True)


def test_the_last_answer_counts_and_the_answer_to_each_says_which(api: Api) -> None:
    key = customer(api, "twice")

    answers = [anonymous(api, survey(key), b'{"score": %d}' % score, "application/json").json() for score in (9, 1)]

    assert answers == [{"recorded": True, "score": 9}, {"recorded": True, "score": 1}]
    assert app.parts.facts.of(key).answers["o1"].score == 1


def test_of_two_answers_the_one_that_was_received_last_counts_whichever_is_handled_first(api: Api) -> None:
    key = customer(api, "overtaken")
    earlier = START - timedelta(milliseconds=1)

    handled = [received(api, at, survey(key), score) for at, score in ((START, 9), (earlier, 2))]

    assert handled == [{"recorded": True, "score": 9}, {"recorded": False, "score": 9}]
    assert app.parts.facts.of(key).answers["o1"].score == 9


def test_a_form_that_is_sent_again_after_another_answer_is_no_new_answer(api: Api) -> None:
    key = customer(api, "reloads")
    first = re.search('name="form" value="([^"]+)"', api.get(survey(key), key=NO_ONE).body)
    assert first
    forms = [{"score": 3, "form": first[1]}, {"score": 10, "form": "another"}, {"score": 3, "form": first[1]}]

    answers = [anonymous(api, survey(key), urlencode(form).encode(), FORM).json() for form in forms]

    assert [answer["recorded"] for answer in answers] == [True, True, False]
    assert app.parts.facts.of(key).answers["o1"].score == 10


@pytest.mark.parametrize(
    ("kind", "body"),
    [("application/json", b'{"score": 11}'), ("application/json", b'{"score": -1}'), ("application/json", b"{}"),
     ("application/json", b'{"score": "9"}'), ("application/json", b'{"score": 9.5}'), ("application/json", b"\xff"),
     (FORM, b"score=11"), (FORM, b"comment=x"), (FORM, b""), (FORM, b"score=%ff"), (MULTIPART, multipart(score="x")),
     (MULTIPART, b"garbage"), ("multipart/form-data", b"--x"), (FORM, "score=٣".encode()), (FORM, b"&" * 50),
     (MULTIPART, damaged(b"name*=\"'")), (MULTIPART, damaged(b"name*=\0utf-8''score")),
     ('multipart/form-data; boundary="x"; y*', multipart(score="3"))],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_score_that_is_none_is_a_400_and_nothing_is_written(api: Api, kind: str, body: bytes, accept: str) -> None:
    path = survey(customer(api, "unclear"))
    before = api.tables()

    answer = anonymous(api, path, body, kind, accept=accept)

    assert answer.status == 400
    assert accept == "text/html" or "score" in answer.json()["error"]["field"] or answer.json()["error"]["field"] == "$"
    assert api.tables() == before


def test_a_comment_as_long_as_one_likes_is_cut_in_a_form(api: Api) -> None:
    key = customer(api, "talks")

    answer = anonymous(api, survey(key), urlencode({"score": 5, "comment": "x" * 5000}).encode(), FORM)

    assert answer.status == 200
    assert len(app.parts.facts.of(key).answers["o1"].comment) == 2000


@pytest.mark.parametrize(
    ("kind", "body"),
    [(FORM, b"List-Unsubscribe=One-Click"), (MULTIPART, multipart(**{"List-Unsubscribe": "One-Click"})), (FORM, b""),
     (MULTIPART, b"\xff\x00garbage"), ("application/json", b"not json"), ("text/plain", b"List-Unsubscribe=One-Click"),
     ("", b"")],
)  # fmt: skip
def test_one_click_unsubscribes_whatever_the_body_and_however_often(api: Api, kind: str, body: bytes) -> None:
    key = customer(api, f"leaves-{len(kind)}-{len(body)}")

    answers = [anonymous(api, unsubscribe(key), body, kind).status for _ in range(3)]

    assert answers == [200, 200, 200]
    refusal = app.parts.facts.of(key).unsubscriptions[Purpose.MARKETING]
    assert (refusal.enrollment, refusal.step) == ("abandoned_cart#1", "reminder")


def test_the_button_on_the_page_answers_with_a_page(api: Api) -> None:
    path = unsubscribe(customer(api, "presses", "ko"))

    answer = anonymous(api, path, b"", FORM, accept="text/html")

    assert answer.status == 200
    assert 'lang="ko"' in answer.body


def test_a_token_for_one_thing_is_good_for_no_other(api: Api) -> None:
    key = customer(api, "confused")
    before = api.tables()
    swapped = [survey(key).replace("surveys", "unsubscribe"), unsubscribe(key).replace("unsubscribe", "surveys")]

    statuses = {anonymous(api, path, b'{"score": 9}', "application/json").status for path in swapped}
    statuses |= {api.get(path, key=NO_ONE).status for path in swapped}

    assert statuses == {404}
    assert api.tables() == before


def test_pages_ask_for_nothing_from_elsewhere_and_are_kept_by_nobody(api: Api) -> None:
    headers = api.get(survey(customer(api, "private")), key=NO_ONE).headers

    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "path", ["/healthz", "/openapi.json", "/v1/kpis", "/v1/rejected", "/v1/unsubscribe/none", "survey"]
)
def test_every_answer_tells_browsers_to_keep_to_it(api: Api, path: str) -> None:
    headers = api.get(survey(customer(api, "framed")) if path == "survey" else path, key=NO_ONE).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"] == "max-age=63072000", "two years, and of this host alone"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@given(
    token=st.text(min_size=1, max_size=60).filter(lambda text: "/" not in text),
    topic=st.sampled_from(["surveys", "unsubscribe"]),
)
@settings(max_examples=60)
def test_no_token_at_all_brings_it_down(api: Api, token: str, topic: str) -> None:
    path = f"/v1/{topic}/{quote(token, safe='', errors='replace')}"

    statuses = {api.get(path, key=NO_ONE).status, anonymous(api, path, b'{"score": 9}', "application/json").status}

    assert statuses <= {403, 404}


@given(body=st.binary(max_size=200), kind=st.sampled_from(["application/json", FORM, MULTIPART, "multipart/form-data"]))
@settings(max_examples=80)
def test_no_body_at_all_brings_the_survey_down(api: Api, body: bytes, kind: str) -> None:
    assert anonymous(api, "/v1/surveys/x", body, kind).status in (400, 404)
    assert anonymous(api, "/v1/unsubscribe/x", body, kind).status == 404


@given(body=st.binary(max_size=200), kind=st.sampled_from(["application/json", FORM, MULTIPART, "multipart/form-data"]))
@settings(max_examples=60)
def test_no_body_at_all_brings_a_good_link_down(api: Api, body: bytes, kind: str) -> None:
    app.parts.facts.put("sturdy", a_customer("sturdy"))

    assert anonymous(api, survey("sturdy"), body, kind).status in (200, 400)
    assert anonymous(api, unsubscribe("sturdy"), body, kind).status == 200
