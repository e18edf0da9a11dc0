"""How what is expected is compared with what is found, and how a difference is shown."""

from infra.scenario.matching import difference, is_complete, is_included
from infra.scenario.outcomes import OutcomeLine, fits
from tests.builders import utc

Timed = tuple[int, str]


def same(wanted: str, found: Timed) -> bool:
    return wanted in ("any", found[1])


def time(found: Timed) -> int:
    return found[0]


def test_the_order_counts_except_at_one_time() -> None:
    found = [(1, "a"), (2, "b"), (2, "c")]

    assert is_complete(["a", "b", "c"], found, same, time)
    assert is_complete(["a", "c", "b"], found, same, time)
    assert not is_complete(["b", "a", "c"], found, same, time)
    assert not is_complete(["a", "b"], found, same, time)


def test_an_expectation_that_fits_several_leaves_the_others_theirs() -> None:
    found = [(1, "a"), (1, "b")]

    assert is_complete(["any", "a"], found, same, time)
    assert is_included(["any", "b"], found, same)
    assert not is_included(["a", "a"], found, same)


def test_many_that_are_alike_are_compared_at_once() -> None:
    found = [(1, "a")] * 300

    assert is_complete(["a"] * 300, found, same, time)
    assert not is_complete(["a"] * 299 + ["b"], found, same, time)


def test_a_difference_shows_what_is_missing_and_what_is_there_instead() -> None:
    lines = difference(["a", "b", "d"], [(1, "a"), (2, "c"), (3, "d")], same, str, lambda found: found[1])

    assert list(lines) == ["  a", "- b", "+ c", "  d"]


def test_an_outcome_is_compared_as_far_as_it_is_named() -> None:
    line = OutcomeLine(utc("2026-03-02 10:00"), "suppressed abandoned_cart/offer frequency_cap")

    assert fits("suppressed", line)
    assert fits("suppressed abandoned_cart", line)
    assert fits("suppressed abandoned_cart/offer frequency_cap", line)
    assert not fits("suppressed abandoned_cart/reminder", line)
    assert not fits("suppressed abandoned_cart/offer no_consent", line)
    assert not fits("suppressed abandoned_cart/offer frequency_cap again", line)
