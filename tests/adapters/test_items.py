"""How values are stored as text: what says nothing is left out, and everything comes back."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from chalicelib.adapters.dynamodb.items import plain, read
from chalicelib.domain.facts.consent import Consent
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from tests.builders import START

OPENED = Outcome("opened#1", Kind.OPENED, START)


def test_what_is_none_or_off_by_default_is_not_stored() -> None:
    assert msgspec.json.decode(plain(OPENED)).keys() == {"id", "kind", "at"}


@pytest.mark.parametrize("flag", ["automated", "to_team"])
def test_a_flag_that_is_on_is_stored(flag: str) -> None:
    on: dict[str, Any] = {flag: True}
    marked = replace(OPENED, **on)

    assert msgspec.json.decode(plain(marked)).keys() == {"id", "kind", "at", flag}
    assert read(plain(marked), Outcome) == marked


def test_a_flag_without_a_default_is_stored_though_it_is_off() -> None:
    refused = Consent(given=False, at=START, source="shop")

    assert read(plain(refused), Consent) == refused
