"""A visitor: a person who signs in at the storefront, with their own cart and orders."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.domain.time import is_zone
from infra.demo.catalogue import STOREFRONT, DemoProduct
from infra.demo.coupons import code_in, offered
from infra.demo.people import DemoCustomer
from infra.demo.purchases import Lines, Purchase, cart_fact
from infra.demo.world import World

EMAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]+\.[^@\s<>]+")
COUNTRIES = {"en": "US", "ko": "KR", "ja": "JP"}
ZONES = {"en": "America/New_York", "ko": "Asia/Seoul", "ja": "Asia/Tokyo"}
MOST_PIECES = 99


def newcomer(number: int, name: str, email: str, language: str, zone: str, now: datetime) -> DemoCustomer | str:
    """A customer with consent to marketing, or one sentence about the form's problem."""
    if not name or len(name) > 80 or not name.isprintable():
        return "Please enter a name of at most 80 characters."
    if len(email) > 200 or not EMAIL.fullmatch(email) or not email.isprintable():
        return "Please enter an e-mail address. No mail is sent to it: all mails are in the inbox here."
    if language not in COUNTRIES:
        return "Please choose a language."
    if not is_zone(zone):
        return "Please enter a time zone such as Asia/Seoul."
    return DemoCustomer(number, name, email.lower(), COUNTRIES[language], language, zone, zone, True, now)


@dataclass
class Visitor:
    """A customer at the storefront. Everything they do is a request to the API and takes a minute."""

    world: World
    person: DemoCustomer
    key: str
    lines: Lines = ()
    orders: list[Purchase] = field(default_factory=list)
    _carts: int = 0
    _used: set[str] = field(default_factory=set)

    @property
    def _cart(self) -> str:
        return f"{self.person.id}-c{self._carts}"

    def add(self, product_id: str) -> None:
        """Add one piece of a product to the cart."""
        product = next((each for each in STOREFRONT if each.id == product_id), None)
        if product is None:
            return
        if not self.lines:
            self._carts += 1
        pieces: dict[DemoProduct, int] = dict(self.lines)
        pieces[product] = min(pieces.get(product, 0) + 1, MOST_PIECES)
        self._change_to(tuple(pieces.items()))

    def empty(self) -> None:
        """Empty the cart."""
        if self.lines:
            self._change_to(())

    def order(self, coupon: str) -> str | None:
        """Order the products in the cart; returns a problem, or None."""
        if not self.lines:
            return "The cart is empty."
        code = coupon.strip().upper()
        percent = self._percent(code) if code else 0
        if code and not percent:
            return "This code is not valid: it was used, it has expired, or it belongs to another customer."
        now = self.world.now
        number = f"{self.person.id}-{len(self.orders) + 1}"
        order = Purchase(number, self.person.id, now, self.lines, now, self._cart, code or None, percent)
        self.world.send([order.fact()])
        self.orders.append(order)
        self._used.add(code)
        self.lines = ()
        self._pass_a_minute()
        return None

    def _change_to(self, lines: Lines) -> None:
        self.lines = lines
        self.world.send([cart_fact(self.person.id, self._cart, self.world.now, lines)])
        self._pass_a_minute()

    def _pass_a_minute(self) -> None:
        self.world.machine.advance_to(self.world.now + timedelta(minutes=1))

    def _percent(self, code: str) -> int:
        """The discount of a code from one of the visitor's own mails; 0 if the code is not valid."""
        if code in self._used:
            return 0
        for mail in self.world.machine.inbox.to(self.person.email):
            if code == code_in(mail):
                coupon = offered(mail.tags["journey"], mail.tags["step"])
                return coupon[0] if coupon and self.world.now < mail.at + coupon[1] else 0
        return 0
