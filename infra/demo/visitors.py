"""Whoever plays the shopper: someone who signs in at the storefront, with a cart and orders of their own."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.domain.time import is_zone
from infra.demo.catalogue import STOREFRONT, Product
from infra.demo.coupons import code_in, offered
from infra.demo.people import Person
from infra.demo.purchases import Lines, Purchase, cart_fact
from infra.demo.world import World

EMAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]+\.[^@\s<>]+")
COUNTRIES = {"en": "US", "ko": "KR", "ja": "JP"}
ZONES = {"en": "America/New_York", "ko": "Asia/Seoul", "ja": "Asia/Tokyo"}
MOST_PIECES = 99


def newcomer(number: int, name: str, email: str, language: str, zone: str, now: datetime) -> Person | str:
    """A person with consent to marketing, or one sentence on what is wrong with the form."""
    if not name or len(name) > 80 or not name.isprintable():
        return "Please enter a name of at most 80 characters."
    if len(email) > 200 or not EMAIL.fullmatch(email) or not email.isprintable():
        return "Please enter an e-mail address. Nothing is ever sent to it: the inbox is on this page."
    if language not in COUNTRIES:
        return "Please choose a language."
    if not is_zone(zone):
        return "Please enter a time zone such as Asia/Seoul."
    return Person(number, name, email.lower(), COUNTRIES[language], language, zone, zone, True, now)


@dataclass
class Visitor:
    """A person at the storefront. Everything they do goes in through the API and takes a minute."""

    world: World
    person: Person
    key: str
    lines: Lines = ()
    orders: list[Purchase] = field(default_factory=list)
    _carts: int = 0
    _used: set[str] = field(default_factory=set)

    @property
    def _cart(self) -> str:
        return f"{self.person.id}-c{self._carts}"

    def add(self, product_id: str) -> None:
        """One piece more of a product."""
        product = next((each for each in STOREFRONT if each.id == product_id), None)
        if product is None:
            return
        if not self.lines:
            self._carts += 1
        pieces: dict[Product, int] = dict(self.lines)
        pieces[product] = min(pieces.get(product, 0) + 1, MOST_PIECES)
        self._keep(tuple(pieces.items()))

    def empty(self) -> None:
        """Take everything out."""
        if self.lines:
            self._keep(())

    def order(self, coupon: str) -> str | None:
        """Order what is in the cart; tells what is wrong, if anything."""
        if not self.lines:
            return "The cart is empty."
        code = coupon.strip().upper()
        percent = self._percent(code) if code else 0
        if code and not percent:
            return "This code is not valid: it is used, too old, or somebody else's."
        now = self.world.now
        number = f"{self.person.id}-{len(self.orders) + 1}"
        order = Purchase(number, self.person.id, now, self.lines, now, self._cart, code or None, percent)
        self.world.tell([order.fact()])
        self.orders.append(order)
        self._used.add(code)
        self.lines = ()
        self._pass_a_minute()
        return None

    def _keep(self, lines: Lines) -> None:
        self.lines = lines
        self.world.tell([cart_fact(self.person.id, self._cart, self.world.now, lines)])
        self._pass_a_minute()

    def _pass_a_minute(self) -> None:
        self.world.machine.advance_to(self.world.now + timedelta(minutes=1))

    def _percent(self, code: str) -> int:
        """What a code from one of the visitor's own mails takes off; 0 when it is not good."""
        if code in self._used:
            return 0
        for mail in self.world.machine.inbox.to(self.person.email):
            if code == code_in(mail):
                coupon = offered(mail.tags["journey"], mail.tags["step"])
                return coupon[0] if coupon and self.world.now < mail.at + coupon[1] else 0
        return 0
