"""Stories in the tests: written as files, and played."""

from collections.abc import Sequence
from pathlib import Path

from infra.cli import main as cli
from infra.scenario.files import read
from infra.scenario.player import Result, play

HEAD = """\
start: 2026-03-02T10:00:00Z
journeys: [abandoned_cart]
settings: {LANES: 1}
secrets: {shopify: s3cret, woocommerce: s3cret, segment: s3cret, events: whsec_YW4gZXhhbXBsZSBzZWNyZXQgb2YgMzI=}
steps:
"""
ANN = "{type: customer, id: ann, at: now, email: ann@example.com, consents: {marketing: {given: true, at: now}}}"
BOB = "{type: customer, id: bob, at: now, email: bob@example.com, consents: {marketing: {given: true, at: now}}}"
LINES = "[{product: tea, name: Green tea, quantity: 1, price: 1250}]"
KNOWN = f"  - facts: [{ANN}, {BOB}]\n"


def cart(who: str, at: str = "now") -> str:
    """The step in which somebody fills a cart."""
    fact = (
        f"{{type: cart, customer_id: {who}, id: cart-of-{who}, at: {at}, total: 1250, currency: USD, lines: {LINES}}}"
    )
    return f"  - fact: {fact}\n"


def order(who: str) -> str:
    """The step in which somebody orders what is in their cart."""
    fact = f"type: order, customer_id: {who}, id: order-of-{who}, placed_at: now, total: 1250, currency: USD"
    return f"  - fact: {{{fact}, cart_id: cart-of-{who}}}\n"


def written(folder: Path, steps: str, head: str = HEAD) -> Path:
    """A file with one story."""
    file = folder / "story.yaml"
    file.write_text(head + steps, "utf-8")
    return file


def run_command(arguments: Sequence[str]) -> int:
    """A command, as in the real one."""
    return cli.main(arguments)


def played(folder: Path, steps: str, head: str = HEAD) -> Result:
    """What came of a story."""
    (story,) = read(written(folder, steps, head))
    return play(story, run_command)
