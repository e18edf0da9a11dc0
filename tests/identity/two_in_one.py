"""Ann and Bob, who read one mailbox and are one customer."""

import app
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.inbound import InboundFact, Name, Person
from chalicelib.domain.facts.order import Refund
from tests.identity.given import a_cart_of, a_profile, an_order_of, tell
from tests.journeys.shop import Shop

MAIL = "family@example.com"
ANN = Person("shop", "ann", MAIL, is_verified=True)
BOB = Person("shop", "bob", MAIL, is_verified=True)
BOX = Person("shop", email=MAIL)


def names(*people: Person) -> list[Name]:
    return [app.parts.identity.names(each).own[0] for each in people]


def facts(person: Person) -> Facts:
    """What is known of whom the first of these names leads to."""
    known: Facts = app.parts.facts.of(app.parts.names.known(names(person))[names(person)[0]].customer)
    return known


def one_customer(shop: Shop, ann: Person = ANN, bob: Person = BOB) -> None:
    """Ann and Bob have one mailbox, so they are one customer; each has an order and a cart."""
    for person in (ann, bob):
        tell(shop, a_profile(shop.now, person, name="Somebody"))
        shop.after(minutes=1)
        known = Person("shop", person.id, visitors=(f"order#order-{person.id}", f"cart-{person.id}"))
        tell(shop, an_order_of(known, shop.now, f"order-{person.id}"))
        tell(shop, a_cart_of(known, shop.now, f"cart-{person.id}"))
    tell(shop, a_refund(shop, bob, "r1", 100))
    shop.after(minutes=1)
    assert facts(ann) == facts(bob)
    assert set(facts(ann).orders) == {f"order-{ann.id}", f"order-{bob.id}"}


def a_refund(shop: Shop, person: Person, own_id: str, amount: int) -> InboundFact:
    """A refund of a person's order, as a source tells it that names only the order."""
    order = f"order-{person.id}"
    return InboundFact(Refund(order, own_id, shop.now, amount), Person("shop", visitors=(f"order#{order}",)))


def are_two(ann: Person = ANN, bob: Person = BOB) -> bool:
    """Whether each of them has what they told, with its refunds, and no profile."""
    has_own = all(
        (set(facts(each).orders), set(facts(each).carts)) == ({f"order-{each.id}"}, {f"cart-{each.id}"})
        for each in (ann, bob)
    )
    is_refunded = facts(bob).orders[f"order-{bob.id}"].refunded == 100
    return has_own and is_refunded and facts(ann).customer.name is facts(bob).customer.name is None
