"""Arms and variants: fair, stable, and independent of each other."""

import math
from collections import Counter

import pytest

from chalicelib.domain.journeys.experiment import Arm, assign_arm, assign_variant

CUSTOMERS = [f"customer-{number}" for number in range(20_000)]


def deviations(observed: int, share: float, trials: int = len(CUSTOMERS)) -> float:
    """How many standard deviations of a binomial count the observed one is off."""
    return abs(observed - share * trials) / math.sqrt(trials * share * (1 - share))


@pytest.mark.parametrize("holdout", [0.01, 0.1, 0.5])
def test_the_holdout_has_its_share_of_the_customers(holdout: float) -> None:
    held_out = sum(assign_arm(key, "abandoned_cart", holdout) == Arm.HOLDOUT for key in CUSTOMERS)

    assert deviations(held_out, holdout) < 4


def test_nobody_is_held_out_of_a_journey_without_a_holdout_and_everybody_of_a_full_one() -> None:
    assert {assign_arm(key, "win_back", 0.0) for key in CUSTOMERS} == {Arm.TREATED}
    assert {assign_arm(key, "win_back", 1.0) for key in CUSTOMERS} == {Arm.HOLDOUT}


def test_a_larger_holdout_keeps_everyone_the_smaller_one_held_out() -> None:
    small = {key for key in CUSTOMERS if assign_arm(key, "win_back", 0.1) == Arm.HOLDOUT}
    large = {key for key in CUSTOMERS if assign_arm(key, "win_back", 0.2) == Arm.HOLDOUT}

    assert small < large


def test_being_held_out_of_one_journey_says_nothing_about_another() -> None:
    held_out = [key for key in CUSTOMERS if assign_arm(key, "abandoned_cart", 0.5) == Arm.HOLDOUT]

    both = sum(assign_arm(key, "win_back", 0.5) == Arm.HOLDOUT for key in held_out)

    assert deviations(both, 0.5, len(held_out)) < 4


def test_the_arm_says_nothing_about_the_variant_nor_one_split_about_another() -> None:
    halves = {"a": 1.0, "b": 1.0}
    held_out = [key for key in CUSTOMERS if assign_arm(key, "win_back", 0.5) == Arm.HOLDOUT]
    in_a = [key for key in CUSTOMERS if assign_variant(key, "win_back", "subject", halves) == "a"]

    held_out_in_a = sum(assign_variant(key, "win_back", "subject", halves) == "a" for key in held_out)
    in_a_twice = sum(assign_variant(key, "win_back", "offer", halves) == "a" for key in in_a)

    assert deviations(held_out_in_a, 0.5, len(held_out)) < 4
    assert deviations(in_a_twice, 0.5, len(in_a)) < 4


def test_variants_have_their_shares_on_any_scale_of_weights() -> None:
    counts = Counter(assign_variant(key, "win_back", "subject", {"a": 5, "b": 3, "c": 2}) for key in CUSTOMERS)

    assert deviations(counts["a"], 0.5) < 4
    assert deviations(counts["b"], 0.3) < 4
    assert deviations(counts["c"], 0.2) < 4


def test_the_order_in_which_variants_are_written_changes_nothing() -> None:
    one, other = {"a": 0.3, "b": 0.7}, {"b": 0.7, "a": 0.3}

    assert all(
        assign_variant(key, "win_back", "subject", one) == assign_variant(key, "win_back", "subject", other)
        for key in CUSTOMERS[:1000]
    )


@pytest.mark.parametrize("none", ["a", "b", "c"])
def test_a_variant_of_weight_zero_is_never_drawn(none: str) -> None:
    weights = {name: 0.0 if name == none else 1.0 for name in "abc"}

    assert none not in {assign_variant(key, "win_back", "subject", weights) for key in CUSTOMERS}


@pytest.mark.parametrize("weights", [{}, {"a": 0.0, "b": 0.0}, {"a": 2.0, "b": -1.0}])
def test_weights_that_divide_nothing_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="subject"):
        assign_variant("customer", "win_back", "subject", weights)


def test_an_assignment_is_the_same_in_every_process_and_release() -> None:
    """By hand: ``printf 'arm\\x1fwin_back\\x1fcustomer-1' | sha256sum`` begins 6b8348b9, which is 0.41997 of 2**32."""
    below = assign_arm("customer-1", "win_back", 0.41996)
    above = assign_arm("customer-1", "win_back", 0.41998)

    assert (below, above) == (Arm.TREATED, Arm.HOLDOUT)
