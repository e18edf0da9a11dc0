"""``rekindle close-case``: on what a local run saved as on a stack, in words and as JSON."""

import pytest

from infra.saved.state import STATE
from infra.saved.stores import stores
from tests.commands.given import STACK, outside, rekindle, saved
from tests.journeys.shop import Open, Shop
from tests.journeys.surveys import answered
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    """Ann gave her order 3 of 10."""
    return answered(open_shop, 3)


def test_a_case_of_a_local_run_is_closed_and_saved(shop: Shop, capsys: Capture) -> None:
    saved(shop)

    said = rekindle(capsys, "close-case", shop.email("ann"), "order-1")

    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"Closed the case of {shop.email('ann')} about order order-1.\nThe local run has ended")
    answer = stores().parts.facts.of(shop.key("ann")).answers["order-1"]
    assert answer.case_closed_at == shop.now


def test_a_case_that_is_closed_already_is_named_and_nothing_changes(shop: Shop, capsys: Capture) -> None:
    saved(shop)
    rekindle(capsys, "close-case", shop.email("ann"), "order-1")
    before = STATE.read_bytes()

    said = rekindle(capsys, "close-case", shop.email("ann"), "order-1")

    assert (said.status, said.out) == (1, "")
    assert said.err == f"rekindle: customer '{shop.email('ann')}' has no open case about order 'order-1'\n"
    assert STATE.read_bytes() == before


def test_the_result_as_json(shop: Shop, capsys: Capture) -> None:
    said = outside(shop, capsys, "close-case", shop.email("ann"), "order-1", "--json", "--stack", STACK)

    assert said.json == {"customer": shop.key("ann"), "order": "order-1", "closed": True, "in": "the stack teashop"}
