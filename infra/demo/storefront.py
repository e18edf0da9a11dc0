"""A small shop in which you are the shopper: sign in, leave a cart, let time pass, read the mail, order."""

from collections.abc import Callable, Mapping

from werkzeug.wrappers import Request, Response

import app
import workflows
from chalicelib.domain.journeys.experiment import Arm, assign_arm
from infra.demo.catalogue import CURRENCY, STOREFRONT
from infra.demo.coupons import code_in
from infra.demo.purchases import total
from infra.demo.rendering import form_of, page, redirect
from infra.demo.simulation import Simulation
from infra.demo.visitors import ZONES, Visitor, newcomer

COOKIE = "shopper"
FIRST_VISITOR = 8001
LANGUAGES = {"en": "English", "ko": "한국어", "ja": "日本語"}
JOURNEY = "abandoned_cart"
Form = Mapping[str, str]
ACTIONS: Mapping[str, Callable[[Visitor, Form], str | None]] = {
    "add": lambda visitor, form: visitor.add(form.get("product", "")),
    "empty": lambda visitor, form: visitor.empty(),
    "order": lambda visitor, form: visitor.order(form.get("coupon", "")),
}
"""The actions of a signed-in visitor, by the last part of the path; each returns a problem, or None."""


class Storefront:
    """The shop's pages for one or several shoppers; a cookie identifies the shopper."""

    def __init__(self, shop: Simulation) -> None:
        self._shop = shop
        self._visitors: dict[str, Visitor] = {}

    def show(self, request: Request, shared: Mapping[str, object], **more: object) -> Response:
        """The shop for the visitor who is signed in, else the form to sign in with."""
        visitor = self._visitor(request)
        given: dict[str, object] = {"problem": None, "form": {"language": "en", "zone": ""}, **more}
        if visitor is None:
            return page("signin", {**shared, **given, "languages": LANGUAGES, "zones": ZONES})
        goods = {"products": STOREFRONT, "currency": CURRENCY, "total": total(visitor.lines)}
        return page("shop", {**shared, **given, **goods, **self._story(visitor), "visitor": visitor})

    def act(self, request: Request, shared: Mapping[str, object], what: str) -> Response | None:
        """Do a form's action; None if there is no such action."""
        form = form_of(request)
        if what == "signin":
            visitor = self._sign_in(form)
            return self._again(request, shared, visitor) if isinstance(visitor, str) else _signed_in(visitor)
        if what == "signout":
            return _signed_out()
        if what not in ACTIONS:
            return None
        known = self._visitor(request)
        problem = ACTIONS[what](known, form) if known else None
        return redirect("/shop") if problem is None else self._again(request, shared, problem)

    def _again(self, request: Request, shared: Mapping[str, object], problem: str) -> Response:
        """The same form, with its problem."""
        return self.show(request, {**shared, "now": self._shop.now}, problem=problem, form=form_of(request))

    def _visitor(self, request: Request) -> Visitor | None:
        return self._visitors.get(request.cookies.get(COOKIE, ""))

    def _sign_in(self, form: Form) -> Visitor | str:
        """The visitor with this address, new or known, or the form's problem."""
        language = form.get("language", "")
        zone = form.get("zone") or ZONES.get(language, "")
        number = FIRST_VISITOR + len(self._visitors)
        person = newcomer(number, form.get("name", ""), form.get("email", ""), language, zone, self._shop.now)
        if isinstance(person, str):
            return person
        known = next((each for each in self._visitors.values() if each.person.email == person.email), None)
        if known is not None:
            return known
        self._shop.world.send([person.fact()])
        self._shop.machine.pump()
        key = self._shop.key_of(person)
        if key is None:
            raise RuntimeError("the engine has no key for a customer whose profile it stored")
        self._shop.visitors[person.id] = person
        return self._visitors.setdefault(person.id, Visitor(self._shop.world, person, key))

    def _story(self, visitor: Visitor) -> dict[str, object]:
        """The visitor's progress from a cart to a counted conversion."""
        runs = [run for run in app.parts.engagement.of(visitor.key).enrollments if run.journey == JOURNEY]
        kinds = {outcome.kind.value for run in runs for outcome in run.outcomes.values()}
        mails = [
            (number, mail)
            for number, mail in enumerate(self._shop.machine.inbox)
            if mail.tags.get("customer") == visitor.key
        ]
        journey = next(each for each in workflows.current() if each.key == JOURNEY)
        return {
            "mails": mails[::-1],
            "kinds": kinds,
            "is_held_out": assign_arm(visitor.key, journey.key, journey.holdout) is Arm.HOLDOUT,
            "coupon": next((code for _, mail in mails[::-1] if (code := code_in(mail))), ""),
        }


def _signed_in(visitor: Visitor) -> Response:
    response = redirect("/shop")
    response.set_cookie(COOKIE, visitor.person.id, httponly=True, samesite="Lax")
    return response


def _signed_out() -> Response:
    response = redirect("/shop")
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response
