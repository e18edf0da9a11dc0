"""Two accounts of a person who each had a mail before they were merged: what is judged is who was known to be who."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.adapters.dynamodb import keys
from infra.interleaving.journal import Call, Journal
from infra.invariants import Seen, broken
from infra.invariants.sends import claim_of
from infra.scenario.files import read
from infra.scenario.player import opened
from tests.scenario.given import run_command, written

pytestmark = pytest.mark.journeys("early_access")
HEAD = "start: 2026-03-02T10:00:00Z\njourneys: [early_access]\nsteps:\n"
LAUNCH = """\
  - fact:
      {type: launch, id: l1, at: now, name: Spring, segment: everyone, products: [tea], opens_at: 2026-03-09T10:00:00Z,
       ends_at: 2026-03-25T10:00:00Z, early_by: {gold: 72, silver: 72, bronze: 72}}
"""
MERGED = "  - fact: {type: customer, id: new, at: now, email: old@example.com, email_verified: true}\n"
STORY = f"  - wait: 1h\n{LAUNCH}  - wait: 4d12h\n{MERGED}  - wait: 20d\n  - expect: {{invariants: hold}}\n"


def account(name: str) -> str:
    """Steps that tell of an account with three large orders."""
    consents = "consents: {marketing: {given: true, at: now}}"
    customer = f"type: customer, id: {name}, at: now, email: {name}@example.com, email_verified: true, {consents}"
    order = (
        "type: order, customer_id: {0}, id: {0}-{1}, placed_at: now-{1}d, at: now-{1}d, total: 900000, currency: USD"
    )
    orders = "".join(f"  - fact: {{{order.format(name, days)}}}\n" for days in (9, 8, 7))
    return f"  - wait: 1m\n  - fact: {{{customer}}}\n{orders}"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    steps = account("old") + account("new") + STORY
    (story,) = read(written(tmp_path_factory.mktemp("story"), steps, HEAD))
    with opened(story, run_command) as player:
        assert player.play().problem == []
        yield player.seen()


def merged_before(seen: Seen, later: Call) -> Seen:
    """The same, but the merge was recorded before this call."""
    merge = next(call for call in seen.journal.calls if any(write.sk == keys.MERGED for write in call.writes))
    others = [call for call in seen.journal.calls if call is not merge]
    place, journal = others.index(later), Journal()
    journal.calls = [replace(call, number=n) for n, call in enumerate([*others[:place], merge, *others[place:]])]
    return replace(seen, journal=journal)


def second_claim(seen: Seen) -> Call:
    """The claim of the later invitation."""
    _, later = (call for call in seen.sends if call.tags["step"] == "invitation")
    found = claim_of(seen, later)
    assert found
    return found[0]


def test_each_account_may_have_had_the_mail_before_they_were_one(seen: Seen) -> None:
    assert {call.to for call in seen.sends} == {("old@example.com",), ("new@example.com",)}
    assert len({call.tags["occurrence"] for call in seen.sends}) == 1
    assert broken(seen) == []


def test_a_second_mail_that_is_claimed_after_the_merge_is_a_breach(seen: Seen) -> None:
    found = broken(merged_before(seen, second_claim(seen)))

    assert any(line.startswith("once: 2 mails for the step invitation") for line in found)
    assert any(line.startswith("each decided once: ") and "2 decisions on invitation" in line for line in found)


def test_a_merge_right_after_the_second_claim_is_none(seen: Seen) -> None:
    after = seen.journal.calls[second_claim(seen).number + 1]

    found = broken(merged_before(seen, after))

    assert [line for line in found if line.startswith(("once", "each decided once"))] == []
