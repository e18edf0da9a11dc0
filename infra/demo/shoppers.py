"""A simulated shopper: visits sometimes, fills carts, leaves most of them, orders, and returns a few items."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from infra.demo.catalogue import PRODUCTS, DemoLaunch, on_sale
from infra.demo.people import DemoCustomer, Habits, dice
from infra.demo.purchases import Lines, Past, Purchase, cart_fact, some_lines
from infra.demo.world import World, awake

ONLY_LOOKS = 0.25
BUYS_AT_ONCE = 0.28
EMPTIES_AT_ONCE = 0.08
COMES_BACK_ALONE = 0.13
"""The probability that a customer orders a left cart within days without a reminder."""
ADDS_NEXT_DAY = 0.15
EMPTIES_LATER = 0.06


class Shopper:
    """One customer of the sample shop. Each action is a request to the API at its virtual time."""

    def __init__(self, world: World, person: DemoCustomer, habits: Habits, past: Past) -> None:
        self.person, self.habits, self.past = person, habits, past
        self._world = world
        self._chance = dice(world.seed, "shopper", person.number)
        self._orders = len(past.purchases)
        self._carts = 0
        self._lines: Lines = ()

    def history(self) -> list[Mapping[str, object]]:
        """The profile and the past orders, as facts."""
        return [self.person.fact(), *(purchase.fact() for purchase in self.past.purchases)]

    def begin(self) -> None:
        """Plan the deliveries of the past orders, and the first visit."""
        for purchase in self.past.purchases:
            if not purchase.fulfilled_at and not purchase.cancelled_at:
                self._plan_delivery(purchase)
        if not self.past.is_gone:
            self._plan_visit()

    def order_by_mail(self, coupon: str | None, percent: int, launch: DemoLaunch | None) -> None:
        """Order after a mail: the products in the cart, a product of the launch, or any other."""
        if launch:
            new = [product for product in PRODUCTS if product.launch == launch.id]
            if not launch.withdrawn or self._world.now < self._world.begin + launch.withdrawn:
                self._order(some_lines(self._chance, new, self.habits.spending)[:1], None, coupon, percent)
        elif self._lines:
            self._order(self._lines, self._cart, coupon, percent)
        else:
            usual = on_sale(self._world.now - self._world.begin)
            self._order(some_lines(self._chance, usual, self.habits.spending), None, coupon, percent)

    # Visits --------------------------------------------------------------------------------------------------------

    def _plan_visit(self) -> None:
        wait = timedelta(days=self._chance.expovariate(self.habits.visits_a_day))
        self._world.at(awake(self._world.now + wait, self.person.home), self._visit)

    def _visit(self) -> None:
        self._plan_visit()
        if self._chance.random() < ONLY_LOOKS:
            return
        at, changes = self._world.now, self._chance.choices((1, 2, 3), (5, 3, 2))[0]
        for change in range(changes):
            self._world.at(at + timedelta(minutes=4 * change), self._add)
        done = at + timedelta(minutes=4 * changes)
        fate = self._chance.random()
        if fate < BUYS_AT_ONCE:
            self._world.at(done, self._order_cart)
        elif fate < BUYS_AT_ONCE + EMPTIES_AT_ONCE:
            self._world.at(done, self._empty)
        else:
            self._leave(done)

    def _leave(self, at: datetime) -> None:
        later = self._chance.random()
        if later < COMES_BACK_ALONE:
            self._later(at + timedelta(hours=self._chance.uniform(3, 110)), self._cart_number, order=True)
        elif later < COMES_BACK_ALONE + ADDS_NEXT_DAY:
            self._world.at(awake(at + timedelta(hours=self._chance.uniform(8, 30)), self.person.home), self._add)
        elif later < COMES_BACK_ALONE + ADDS_NEXT_DAY + EMPTIES_LATER:
            self._later(at + timedelta(hours=self._chance.uniform(10, 80)), self._cart_number, order=False)

    def _later(self, at: datetime, number: int, order: bool) -> None:
        """Come back to a cart left today, if it is still the same one then."""

        def come_back() -> None:
            if self._cart_number == number:
                (self._order_cart if order else self._empty)()

        self._world.at(awake(at, self.person.home), come_back)

    # The cart ------------------------------------------------------------------------------------------------------

    @property
    def _cart_number(self) -> int:
        """The number of the current cart, or of the next one."""
        return self._carts if self._lines else self._carts + 1

    @property
    def _cart(self) -> str:
        return f"{self.person.id}-c{self._carts}"

    def _add(self) -> None:
        if not self._lines:
            self._carts += 1
        wanted = dict(self._lines)
        for product, pieces in some_lines(self._chance, on_sale(self._world.now - self._world.begin), 1)[:1]:
            wanted[product] = pieces
        self._change_to(tuple(wanted.items()))

    def _empty(self) -> None:
        if self._lines:
            self._change_to(())

    def _change_to(self, lines: Lines) -> None:
        self._lines = lines
        self._world.send([cart_fact(self.person.id, self._cart, self._world.now, lines)])

    # Orders --------------------------------------------------------------------------------------------------------

    def _order_cart(self) -> None:
        if self._lines:
            self._order(self._lines, self._cart, None, 0)

    def _order(self, lines: Lines, cart: str | None, coupon: str | None, percent: int) -> None:
        self._orders += 1
        number, now = f"{self.person.id}-{self._orders}", self._world.now
        order = Purchase(number, self.person.id, now, lines, now, cart, coupon, percent)
        self._world.send([order.fact()])
        if cart:
            self._lines = ()
        if self._chance.random() < 0.03:
            self._world.at(now + timedelta(hours=self._chance.uniform(1, 9)), lambda: self._cancel(order))
        else:
            self._plan_delivery(order)

    def _plan_delivery(self, order: Purchase) -> None:
        arrival = max(order.placed_at + timedelta(days=self._chance.uniform(2, 6)), self._world.now)

        def arrive() -> None:
            arrived = order.fulfilled(self._world.now)
            self._world.send([arrived.fact()])
            if self._chance.random() < 0.05:
                back = self._world.now + timedelta(days=self._chance.uniform(2, 9))
                self._world.at(back, lambda: self._world.send([arrived.returned(self._world.now).fact()]))

        self._world.at(arrival, arrive)

    def _cancel(self, order: Purchase) -> None:
        self._world.send([order.cancelled(self._world.now).fact()])
