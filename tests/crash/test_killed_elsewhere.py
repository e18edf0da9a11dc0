"""When ``feedback``, ``nightly``, ``sweep`` or ``audience`` dies at a write or loses its answer, all ends as ever."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from infra.cli import main as cli
from infra.scenario.files import read
from infra.scenario.player import Result, play
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
AT = "    # here the function is killed\n"
CUSTOMER = (
    "  - fact: {{type: customer, id: {0}, at: now, email: {0}@example.com, "
    "consents: {{marketing: {{given: true, at: now}}}}}}\n"
)
CART = (
    "  - fact: {{type: cart, customer_id: {0}, id: c-{0}, at: now, total: 900, currency: USD, "
    "lines: [{{product: tea, name: Tea, price: 900}}]}}\n"
)
ORDER = "  - fact: {{type: order, customer_id: {0}, id: o-{0}, placed_at: now, at: now, total: 2000, currency: USD}}\n"
STORIES = {
    "feedback": "start: 2026-03-02T10:00:00Z\njourneys: [abandoned_cart]\nsteps:\n"
    + "".join(part.format(name) for name in ("ann", "bob", "eve", "kim") for part in (CUSTOMER, CART))
    + "  - wait: 24h\n"
    + AT
    + "  - wait: 1h\n"
    "  - click: {mail: {to: ann@example.com}, link: 1}\n"
    "  - ses: {mail: {to: bob@example.com}, type: complaint}\n"
    "  - ses: {mail: {to: eve@example.com}, type: bounce, with: {bounceType: Permanent}}\n"
    "  - ses: {mail: {to: kim@example.com}, type: bounce, with: {bounceType: Transient, bounceSubType: MailboxFull}}\n"
    "  - wait: 4d\n",
    "nightly": "start: 2026-03-30T16:00:00Z\njourneys: [abandoned_cart]\nsteps:\n"
    + "".join(part.format(name) for name in ("ann", "bob") for part in (CUSTOMER, CART, ORDER))
    + "  - until: 2026-04-01T16:00:00Z\n  - set: {SHOP_ZONE: Asia/Seoul}\n"
    + AT
    + "  - wait: 4d\n",
    "sweep": "start: 2026-03-02T10:00:00Z\njourneys: [abandoned_cart]\nsettings: {LANES: 2}\nsteps:\n"
    + "".join(part.format(name) for name in ("ann", "bob") for part in (CUSTOMER, CART))
    + "  - wait: 23h\n"
    + AT
    + "  - fault: {call: sesv2.SendEmail, refuse: SendingPausedException, for: 90m}\n  - wait: 4d\n",
    "audience": "start: 2026-03-02T10:00:00Z\njourneys: [early_access]\nsteps:\n"
    + "".join(part.format(name) for name in ("ann", "bob", "eve") for part in (CUSTOMER, ORDER))
    + "  - wait: 1h\n"
    + AT
    + "  - fact: {type: launch, id: spring, at: now, name: Spring, products: [p], segment: everyone, opens_at: now+3d, "
    "ends_at: now+9d, early_by: {bronze: 1440, silver: 1440, gold: 1440}}\n  - wait: 10d\n",
}


def played(folder: Path, function: str, fault: str = "") -> Result:
    """The story of this function, with a fault."""
    file = folder / "story.yaml"
    text = STORIES[function].replace(
        AT, f"  - fault: {{call: dynamodb.write, function: {function}, {fault}}}\n" if fault else ""
    )
    file.write_text(text + "  - expect: {invariants: hold}\n")
    return play(read(file)[0], cli.main)


def sent(result: Result) -> list[tuple[object, object]]:
    """To whom which messages went."""
    return sorted((str(mail.tags.get("customer")), str(mail.tags.get("step"))) for mail in result.mails)


def faults(first: int) -> Iterator[str]:
    """A fault at each write: a crash after it, or a lost answer, in turns; ``first`` is which of them comes first."""
    hows = ("crash_after", "lose_answer")
    return (f"nth: {number}, do: {hows[(number + first) % 2]}" for number in count(1))


@pytest.mark.parametrize("function", STORIES)
def test_a_function_that_dies_at_any_write_is_made_up_for(tmp_path: Path, function: str) -> None:
    usual = played(tmp_path, function)
    assert usual.problem == []

    tried = 0
    for fault in faults(len(function)):
        result = played(tmp_path, function, fault)
        if any("never" in line for line in result.problem):
            break
        assert result.problem == [], fault
        assert sent(result) == sent(usual), fault
        tried += 1

    assert tried > 0
