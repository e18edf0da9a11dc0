"""Who is in which arm and variant, from the hash itself: the same in every release, and exactly at the borders."""

import hashlib

import pytest

from chalicelib.domain.journeys.experiment import Arm, assign_arm, assign_variant

CUSTOMERS = [f"customer-{number}" for number in range(40)]


def point(*parts: str) -> float:
    """The first 53 bits of the SHA-256 of the parts, separated by the unit separator, as a share of all."""
    return (int(hashlib.sha256("\x1f".join(parts).encode()).hexdigest(), 16) >> (256 - 53)) / 2**53


@pytest.mark.parametrize("customer", CUSTOMERS)
def test_the_holdout_is_everyone_whose_point_is_below_its_share(customer: str) -> None:
    own = point("arm", "win_back", customer)

    assert assign_arm(customer, "win_back", own) is Arm.TREATED
    assert assign_arm(customer, "win_back", own + 2**-53) is Arm.HOLDOUT


@pytest.mark.parametrize("customer", CUSTOMERS)
def test_a_variant_begins_exactly_where_the_one_before_ends(customer: str) -> None:
    own = point("split", "win_back", "subject", customer)

    assert assign_variant(customer, "win_back", "subject", {"a": own, "b": 1 - own}) == "b"
    assert assign_variant(customer, "win_back", "subject", {"a": own + 2**-53, "b": 1 - own - 2**-53}) == "a"
