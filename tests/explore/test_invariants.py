"""Each invariant fails for a state that breaks it, and all hold after a story without a fault."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.journeys.credits import Credit, credit_of
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.money import Money
from infra.interleaving.journal import Call, Journal, Write
from infra.invariants import ALWAYS, AT_REST, Seen, broken
from infra.scenario.files import StoryFile, read
from infra.scenario.player import opened
from tests.scenario.given import KNOWN, cart, order, run_command, written

pytestmark = pytest.mark.journeys("abandoned_cart")
MERGED = """\
  - fact: {type: customer, id: eve, at: now, email: eve@example.com, email_verified: true}
  - wait: 1m
  - fact: {type: customer, id: eva, at: now, email: eva@example.com}
  - fact: {type: customer, id: eva, at: now, email: eve@example.com, email_verified: true}
"""
NOTHING = "  - interleave: {steps: [{wait: 1m}]}\n"
Change = Callable[[Seen], Seen]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> StoryFile:
    """Ann gets a reminder and orders; Bob gets one and waits for the offer; Eva turns out to be Eve."""
    steps = f"{NOTHING}{KNOWN}{MERGED}{cart('ann')}{cart('bob')}  - wait: 25h\n{order('ann')}  - wait: 1h\n"
    (story,) = read(written(tmp_path_factory.mktemp("story"), steps))
    return story


@pytest.fixture(scope="module")
def seen(file: StoryFile) -> Iterator[Seen]:
    with opened(file, run_command) as player:
        player.play()
        yield player.seen()


def with_(seen: Seen, **found: Any) -> Seen:
    """The same, with other items or calls."""
    other = replace(seen, **{name: found.pop(name) for name in ("journal", "errors", "now") if name in found})
    vars(other).update({name: getattr(seen, name) for name in ("engagement", "commerce")} | found)
    return other


def linking(text: str) -> str:
    """A mail with a link whose payload is this text."""
    payload = urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"Content-Type: text/html; charset=utf-8\n\n<a href='https://x/v1/surveys/k1.{payload}.mac'>answer</a>\n"


def changed(seen: Seen, change: Callable[[dict[str, Any]], object]) -> Seen:
    """Bob's run is another: it has a mail, and waits for the next."""
    items = deepcopy(seen.engagement)
    change(next(item for item in items if item["sk"].startswith("ENROLLMENT") and "lane" in item))
    return with_(seen, engagement=items)


def called(seen: Seen, *more: Call) -> Seen:
    """More was called at the end."""
    journal = Journal()
    last = len(seen.journal.calls)
    journal.calls = [*seen.journal.calls, *(replace(call, number=last + n) for n, call in enumerate(more))]
    return with_(seen, journal=journal)


def stored(seen: Seen, pk: str, sk: str, fact: Mapping[str, Any]) -> Call:
    write = Write(seen.parts.settings.commerce_table, pk, sk, item={"fact": json.dumps(fact)})
    return Call(0, None, "app", 0, "dynamodb", "PutItem", "", writes=(write,))


def before_the_claim(seen: Seen) -> Seen:
    """An unsubscription of the first mail's customer was stored first of all."""
    pk = f"CUSTOMER#{seen.sends[0].tags['customer']}"
    journal = Journal()
    first = stored(seen, pk, "UNSUBSCRIPTION#marketing", {"purpose": "marketing", "at": seen.now.isoformat()})
    journal.calls = [first, *(replace(call, number=call.number + 1) for call in seen.journal.calls)]
    return with_(seen, journal=journal)


def without_claims(seen: Seen) -> Seen:
    journal = Journal()
    journal.calls = [replace(call, writes=()) for call in seen.journal.calls]
    return with_(seen, journal=journal)


def erased(seen: Seen) -> Seen:
    pk = f"CUSTOMER#{seen.sends[0].tags['customer']}"
    return called(seen, stored(seen, pk, "ERASURE", {}))


def uncounted(seen: Seen) -> Seen:
    """A shard has counted what no item tells of."""
    seen.parts.counters.apply("2026-03-02", "s", {"abandoned_cart|1|-|-|treated|enrolled": 1}, "1", "2", "now")
    return seen


def given_up(run: dict[str, Any]) -> None:
    outcome = {"id": "abandoned#s", "kind": "abandoned", "at": "2026-03-03T10:00:00Z", "step": "offer"}
    run["outcomes"]["abandoned#s"] = json.dumps(outcome)


def twice(run: dict[str, Any]) -> None:
    step = next(json.loads(value)["step"] for name, value in run["outcomes"].items() if name.startswith("sent#"))
    run["outcomes"]["again"] = json.dumps(
        {"id": "again", "kind": "withheld", "at": "2026-03-03T10:00:00Z", "step": step}
    )


def credited(seen: Seen, order: str) -> tuple[str, Credit]:
    """A credit of an order that Ann's run does not have."""
    customer, run = converted(seen)
    value = Money(123, "USD")
    return customer, credit_of(run, order, seen.now, value, is_ordered=True, is_attributed=False)


def converted(seen: Seen) -> tuple[str, Enrollment]:
    """Ann's run, which led to an order."""
    return next(
        (who, item) for who, item in seen.everything if isinstance(item, Enrollment) and "converted" in item.outcomes
    )


def reported(seen: Seen) -> list[tuple[str, object]]:
    """Ann's run says that its order brought something else."""
    customer, run = converted(seen)
    wrong = replace(run.outcomes["converted"], value=Money(1, "USD"))
    return [(customer, replace(run, outcomes={**run.outcomes, "converted": wrong}))]


def forgotten(seen: Seen, name: str) -> list[tuple[str, object]]:
    """Ann's run without one of its outcomes."""
    customer, run = converted(seen)
    return [(customer, replace(run, outcomes={key: each for key, each in run.outcomes.items() if key != name}))]


def attributed(seen: Seen) -> list[tuple[str, object]]:
    """The credit of Ann's order, attributed to her run."""
    return [(who, replace(item, is_attributed=True)) for who, item in seen.everything if isinstance(item, Credit)]


BROKEN: dict[str, Change] = {
    "once": lambda seen: called(seen, seen.sends[0]),
    "none after what forbids it": before_the_claim,
    "none after what forbids it (no claim)": without_claims,
    "none given up untried": lambda seen: changed(seen, given_up),
    "within caps": lambda seen: called(seen, seen.sends[0]),
    "within caps at an address": lambda seen: called(
        seen, replace(seen.sends[0], tags={**seen.sends[0].tags, "customer": "another"})
    ),
    "in the history": lambda seen: with_(seen, engagement=[i for i in seen.engagement if i["sk"] != "CONTACTS"]),
    "in the index": lambda seen: changed(seen, lambda run: run.pop("lane", None)),
    "none lost": lambda seen: with_(seen, engagement=[i for i in seen.engagement if not i["sk"].startswith("ENROLL")]),
    "none forgotten": lambda seen: with_(seen, now=seen.now + timedelta(days=30)),
    "none forgotten (moving)": lambda seen: changed(seen, lambda run: run.update(moved_to="somebody")),
    "each decided once": lambda seen: changed(seen, twice),
    "bounded": lambda seen: changed(seen, lambda run: run.update(note="x" * 400_001)),
    "nothing left of the erased": erased,
    "no address in keys and links": lambda seen: with_(
        seen, commerce=[*seen.commerce, {"pk": "CUSTOMER#x", "sk": "CART#ann@example.com", "fact": "{}"}]
    ),
    "no address in keys and links (link)": lambda seen: replace(
        seen, mails=[*seen.mails, replace(seen.mails[0], raw=linking("ann@example.com"))]
    ),
    "everything with who they are now": lambda seen: with_(
        seen,
        commerce=[*seen.commerce, {"pk": f"CUSTOMER#{seen.merges[0][1]}", "sk": "CART#c9", "fact": "{}"}],
    ),
    "worth what orders bring": lambda seen: with_(seen, everything=[*seen.everything, credited(seen, "o-unknown")]),
    "worth what orders bring (value)": lambda seen: with_(seen, everything=[credited(seen, "o1")]),
    "worth what orders bring (outcome)": lambda seen: with_(seen, everything=reported(seen)),
    "totals of credits": lambda seen: with_(seen, everything=[*seen.everything, credited(seen, "o2")]),
    "totals of credits (no run)": lambda seen: with_(seen, everything=[credited(seen, "o1")]),
    "nothing left to credit": lambda seen: with_(seen, everything=forgotten(seen, "converted")),
    "nothing left to credit (credit)": lambda seen: with_(
        seen, everything=[each for each in seen.everything if not isinstance(each[1], Credit)]
    ),
    "nothing left to credit (attributed twice)": lambda seen: with_(
        seen, everything=[*seen.everything, *attributed(seen), *attributed(seen)]
    ),
    "no alarm": lambda seen: with_(seen, errors=["rekindle.nightly: counters differ from the recount"]),
    "no alarm (dead letters)": lambda seen: with_(seen, dead=1),
    "equal to a recount": uncounted,  # the last: it changes the tables
}


def test_all_invariants_hold_after_a_story_without_a_fault(seen: Seen) -> None:
    assert broken(seen) == []
    assert len(seen.sends) == 2
    assert len(seen.merges) == 1


@pytest.mark.parametrize("name", BROKEN)
def test_an_invariant_fails_where_it_is_broken(seen: Seen, name: str) -> None:
    found = {line.partition(":")[0] for line in broken(BROKEN[name](seen))}

    assert name.partition(" (")[0] in found


def test_each_invariant_is_broken_in_a_test() -> None:
    assert {name.partition(" (")[0] for name in BROKEN} == {
        each.__name__.replace("_", " ") for each in (*ALWAYS, *AT_REST)
    }
