"""Stories that are played on the real handlers: what steps do, what is compared, what is said of a difference."""

from pathlib import Path

import pytest

from infra.scenario.files import StoryFault
from infra.scenario.story import ACTIONS
from tests.scenario.given import ANN, KNOWN, cart, order, played

pytestmark = pytest.mark.journeys("abandoned_cart", "nps_survey")
REFUSED = "  - fact: {type: customer, id: zoe}\n    answer: {status: 400}\n"
REMINDED = KNOWN + cart("ann") + "  - wait: 25h\n"


def test_a_whole_story_is_as_expected(tmp_path: Path) -> None:
    steps = f"""{REMINDED}
  - expect:
      mails: [{{to: ANN@example.com, message: abandoned_cart/reminder, at: 2026-03-03T10:00:00Z, contains: Green tea}}]
      outcomes: {{ann: [enrolled, sent abandoned_cart/reminder, delivered abandoned_cart], bob: []}}
      figures: {{shop.orders: 0, journeys.abandoned_cart.sent: 1, journeys.abandoned_cart.click_rate: 0}}
  - open: {{}}
  - click: {{mail: last, link: 1}}
{order("ann")}
  - expect:
      mails: []
      outcomes_include: {{ann@example.com: [opened, clicked, exited abandoned_cart order_placed, attributed]}}
      figures: {{shop.revenue_usd: 1250, journeys.abandoned_cart.attributed_usd: 1250, shop.nps: null}}
"""
    result = played(tmp_path, steps)

    assert result.problem == []
    assert [mail.to for mail in result.mails] == [("ann@example.com",)]
    assert result.outcomes["bob"] == []
    assert result.figures["shop.orders"] == 1


def test_a_difference_names_step_and_line_and_shows_both(tmp_path: Path) -> None:
    wrong = "  - expect:\n      mails: [{to: bob@example.com}]\n      figures: {journeys.abandoned_cart.sent: 2}\n"
    result = played(tmp_path, REMINDED + wrong)

    assert result.failed == (4, 9, "expect")
    heading, missing, found, *figures = result.problem
    assert heading == "mails since the last expectation:"
    assert missing == "- to: bob@example.com"
    assert found.startswith("+ to: ann@example.com  message: abandoned_cart/reminder  at: 2026-03-03T10:00:00")
    assert figures == ["figures:", "- journeys.abandoned_cart.sent: 2", "+ journeys.abandoned_cart.sent: 1"]


def test_mails_are_those_since_the_last_expectation_of_any_kind(tmp_path: Path) -> None:
    steps = REMINDED + "  - expect: {figures: {shop.orders: 0}}\n  - expect: {mails: []}\n"

    assert played(tmp_path, steps).problem == []


def test_expectations_that_are_not_complete_compare_only_what_they_name(tmp_path: Path) -> None:
    steps = REMINDED + "  - expect: {mails_include: [], outcomes_include: {ann: [sent]}}\n"
    missing = steps + "  - expect: {outcomes_include: {ann: [clicked]}}\n"

    assert played(tmp_path, steps).problem == []
    assert "- clicked" in played(tmp_path, missing).problem


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("  - fact: {type: customer, id: ann}\n", "- status: any 2xx"),
        (f"  - fact: {ANN}\n    answer: {{status: 400}}\n", "- status: 400"),
        (f"  - fact: {ANN}\n    answer: {{contains: refused}}\n", "- contains: refused"),
        (f"  - fact: {ANN}\n    answer: {{lacks: stored}}\n", "- lacks: stored"),
        ("  - command: [show, nobody]\n", "- status: 0"),
        ("  - click: {mail: last}\n", "no mail was accepted so far"),
        ("  - open: {mail: {to: ann@example.com}}\n", "there is no mail 1 of to ann@example.com: 0 were accepted"),
        (f"{REFUSED}  - expect: {{outcomes: {{zoe: [enrolled]}}}}\n", "nobody is known as zoe"),
    ],
)
def test_an_answer_or_a_mail_that_is_missing_fails_the_story(tmp_path: Path, step: str, problem: str) -> None:
    assert problem in played(tmp_path, step).problem


def test_webhooks_of_every_source_are_signed(tmp_path: Path) -> None:
    event = "{type: order, customer_id: ann, id: o1, placed_at: '{now-1h}', total: 900, currency: USD}"
    steps = f"""
  - webhook: {{source: events, body: {event}}}
    answer: {{contains: '"stored":1'}}
  - webhook: {{source: shopify, topic: products/update, body: {{}}}}
  - webhook: {{source: woocommerce, topic: product.updated, body: {{}}}}
  - webhook: {{source: segment, body: {{type: page, messageId: m1}}}}
  - webhook: {{source: shopify, topic: products/update, body: {{}}, headers: {{x-shopify-hmac-sha256: forged}}}}
    answer: {{status: 401}}
  - expect: {{figures: {{shop.orders: 1}}}}
"""
    assert played(tmp_path, steps).problem == []


def test_a_delivery_with_the_same_id_is_the_same_delivery_again(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text(
        '{"type": "order", "customer_id": "ann", "id": "o1", "placed_at": "{now|%Y-%m-%dT%H:%M:%SZ}",'
        ' "total": 900, "currency": "USD"}'
    )
    sent = "  - webhook: {source: events, body_file: order.json, id: same}\n"
    steps = f"{sent}    answer: {{contains: '\"stored\":1'}}\n{sent}    answer: {{contains: '\"stored\":0'}}\n"

    assert played(tmp_path, steps).problem == []


def test_a_mails_links_are_followed(tmp_path: Path) -> None:
    head = "start: 2026-03-02T10:00:00Z\njourneys: [nps_survey, abandoned_cart]\nsteps:\n"
    steps = f"""{KNOWN}{cart("bob")}{order("ann")}
  - wait: 15d
  - request: {{mail: {{message: nps_survey/survey}}, page: survey}}
    answer: {{contains: "<form"}}
  - reply: {{mail: {{message: nps_survey/survey, nth: -1}}, score: 3, comment: Too late}}
  - wait: 5m
  - unsubscribe: {{mail: {{to: bob@example.com, message: abandoned_cart/reminder}}}}
  - request: {{path: /v1/kpis, headers: {{Authorization: "Bearer {{api_key}}"}}}}
    answer: {{contains: answered}}
  - ses: {{mail: {{to: bob@example.com}}, type: bounce, with: {{bounceType: Permanent}}}}
  - expect:
      mails_include: [{{to: team@shop.example, message: nps_survey/tell_team, contains: Too late}}]
      outcomes_include: {{ann: [answered nps_survey], bob: [unsubscribed abandoned_cart/reminder, bounced]}}
"""
    assert played(tmp_path, steps, head).problem == []


def test_commands_imports_erasures_and_settings_are_steps_too(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "customer_id,id,placed_at,total,currency\nann,o9,2026-01-02T03:04:05Z,9.00,USD\n"
    )
    steps = f"""{KNOWN}{cart("ann")}
  - import: {{kind: orders, file: orders.csv}}
  - command: [pause, abandoned_cart]
    answer: {{contains: is paused}}
  - wait: 25h
  - expect: {{mails: [], figures: {{shop.orders: 1}}}}
  - command: [resume, abandoned_cart]
  - set: {{LANES: 8}}
  - until: 2026-03-03T16:00:00Z
  - expect: {{mails: [{{message: abandoned_cart/reminder}}]}}
  - erase: ann@example.com
  - expect: {{outcomes: {{ann: []}}}}
  - fact: {ANN}
    answer: {{contains: '"stored":0'}}
"""
    assert played(tmp_path, steps).problem == []
    assert not (Path.cwd() / ".rekindle" / "import").exists()


def test_a_stream_that_lags_is_read_when_the_lag_ends(tmp_path: Path) -> None:
    steps = f"""{KNOWN}
  - lag: {{stream: commerce, for: 30m}}
{cart("ann")}
  - wait: 29m
  - expect: {{outcomes: {{ann: []}}}}
  - wait: 1m
  - expect: {{outcomes: {{ann: [enrolled]}}}}
  - lag: {{queue: feedback, for: 3d}}
  - wait: 25h
  - expect: {{outcomes: {{ann: [enrolled, sent]}}}}
"""
    assert played(tmp_path, steps).problem == []


@pytest.mark.parametrize(
    "step",
    [
        "  - set: {LANES: none}\n",
        "  - interleave: {steps: [[{wait: 2900000d}, {fact: {type: customer, id: ann, at: now+900000d}}]]}\n",
        "  - fault: {call: dynamodb.write, refuse: X, customer: zoe}\n",
    ],
)
def test_what_turns_out_to_be_wrong_with_the_file_is_told_as_a_fault_of_it(tmp_path: Path, step: str) -> None:
    with pytest.raises(StoryFault, match=r"story\.yaml:6: "):
        played(tmp_path, step)


def test_an_id_that_several_customers_have_is_a_fault_of_the_story(tmp_path: Path) -> None:
    other = "  - webhook: {source: woocommerce, topic: customer.created, body: {id: 7, email: zoe@example.com,"
    times = " date_created_gmt: '2026-03-02T09:00:00', date_modified_gmt: '2026-03-02T09:00:00'}}\n"
    same = "  - fact: {type: customer, id: '7', at: now, email: yan@example.com}\n"

    with pytest.raises(StoryFault, match=r"story\.yaml:8: steps\[2\]\.expect: '7' is the id of several customers"):
        played(tmp_path, f"{other}{times}{same}  - expect: {{outcomes: {{'7': []}}}}\n")


def test_the_example_in_the_documentation_names_every_kind_of_step() -> None:
    page = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text("utf-8")

    assert [name for name in ACTIONS if f"`{name}`" not in page] == []
