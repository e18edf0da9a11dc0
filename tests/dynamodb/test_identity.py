"""People joined and forgotten on AWS's own engine: the very tests of ``tests/identity``, on its tables and streams."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import utc
from tests.identity.test_erasing import test_every_item_goes_and_the_figures_stay
from tests.identity.test_erasing_meanwhile import (
    test_a_fact_on_its_way_at_that_moment_does_not_bring_the_person_back as test_a_late_fact_brings_nobody_back,
)
from tests.identity.test_merging import (
    test_a_guest_s_order_ends_the_account_s_cart_whichever_came_first,
    test_reports_of_mails_sent_before_find_the_run_where_it_moved,
    test_what_was_reminded_before_is_not_reminded_again_after_the_merging,
)
from tests.identity.test_visitors import (
    test_an_anonymous_cart_is_reminded_of_24_hours_after_it_was_left_once_its_visitor_is_known,
)
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
__all__ = [
    "test_a_guest_s_order_ends_the_account_s_cart_whichever_came_first",
    "test_a_late_fact_brings_nobody_back",
    "test_an_anonymous_cart_is_reminded_of_24_hours_after_it_was_left_once_its_visitor_is_known",
    "test_every_item_goes_and_the_figures_stay",
    "test_reports_of_mails_sent_before_find_the_run_where_it_moved",
    "test_what_was_reminded_before_is_not_reminded_again_after_the_merging",
]


@pytest.fixture
def open_shop(endpoint: str) -> Iterator[Open]:
    """Opens a shop whose tables are on DynamoDB Local."""
    with ExitStack() as machines:

        def open_at(text: str = "2026-03-02 10:00", **options: Any) -> Shop:
            machine = Machine(VirtualClock(utc(text)), dynamodb=endpoint, **options)
            return Shop(machines.enter_context(machine))

        yield open_at
