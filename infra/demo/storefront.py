"""A small shop in which one is the shopper oneself: sign in, leave a cart, let time pass, read the mail, order."""

from collections.abc import Mapping

import workflows
from chalicelib import wiring
from chalicelib.domain.journeys.experiment import Arm, assign_arm
from infra.demo.catalogue import CURRENCY, STOREFRONT
from infra.demo.coupons import code_in
from infra.demo.purchases import total
from infra.demo.simulation import Simulation
from infra.demo.visitors import ZONES, Visitor, newcomer
from infra.demo.web import page, redirect
from infra.web.server import Reply, Request

COOKIE = "shopper"
FIRST_VISITOR = 8001
LANGUAGES = {"en": "English", "ko": "한국어", "ja": "日本語"}


class Storefront:
    """The shop's pages for one browser's shopper or several; who it is stands in a cookie."""

    def __init__(self, shop: Simulation) -> None:
        self._shop = shop
        self._visitors: dict[str, Visitor] = {}

    def show(self, request: Request, shared: Mapping[str, object], **more: object) -> Reply:
        """The shop, for whoever is signed in, or the form to sign in with."""
        visitor = self._visitors.get(request.cookies.get(COOKIE, ""))
        said: dict[str, object] = {"problem": None, "form": {"language": "en", "zone": ""}, **more}
        if visitor is None:
            return page("signin", {**shared, **said, "languages": LANGUAGES, "zones": ZONES})
        goods = {"products": STOREFRONT, "currency": CURRENCY, "total": total(visitor.lines)}
        return page("shop", {**shared, **said, **goods, **self._story(visitor), "visitor": visitor})

    def act(self, request: Request, shared: Mapping[str, object], what: str) -> Reply | None:
        """Do what a form asks for; None when there is no such thing to do."""
        visitor = self._visitors.get(request.cookies.get(COOKIE, ""))
        problem = None
        match what:
            case "signin":
                answer = self._sign_in(request)
                if isinstance(answer, Reply):
                    return answer
                problem = answer
            case "signout":
                return redirect("/shop", _cookie(""))
            case "add" if visitor:
                visitor.add(request.form.get("product", ""))
            case "empty" if visitor:
                visitor.empty()
            case "order" if visitor:
                problem = visitor.order(request.form.get("coupon", ""))
            case "add" | "empty" | "order":
                return redirect("/shop")
            case _:
                return None
        if problem is None:
            return redirect("/shop")
        return self.show(request, {**shared, "now": self._shop.now}, problem=problem, form=request.form)

    def _sign_in(self, request: Request) -> Reply | str:
        form = request.form
        language = form.get("language", "")
        zone = form.get("zone") or ZONES.get(language, "")
        number = FIRST_VISITOR + len(self._visitors)
        who = newcomer(number, form.get("name", ""), form.get("email", ""), language, zone, self._shop.now)
        if isinstance(who, str):
            return who
        known = next((each for each in self._visitors.values() if each.person.email == who.email), None)
        if known is None:
            self._shop.world.tell([who.fact()])
            self._shop.machine.pump()
            key = self._shop.key_of(who)
            if key is None:
                raise RuntimeError("the engine does not know a customer it was just told of")
            known = self._visitors[who.id] = Visitor(self._shop.world, who, key)
            self._shop.visitors[who.id] = who
        return redirect("/shop", _cookie(known.person.id))

    def _story(self, visitor: Visitor) -> dict[str, object]:
        """How far the visitor has come on the way from a cart to a counted conversion."""
        runs = [run for run in wiring.engagement().customer(visitor.key).enrollments if run.journey == "abandoned_cart"]
        kinds = {outcome.kind.value for run in runs for outcome in run.outcomes.values()}
        mails = [
            (number, mail)
            for number, mail in enumerate(self._shop.machine.inbox)
            if mail.tags.get("customer") == visitor.key
        ]
        journey = next(each for each in workflows.current() if each.key == "abandoned_cart")
        return {
            "mails": mails[::-1],
            "kinds": kinds,
            "is_held_out": assign_arm(visitor.key, journey.key, journey.holdout) is Arm.HOLDOUT,
            "coupon": next((code for _, mail in mails[::-1] if (code := code_in(mail))), ""),
        }


def _cookie(who: str) -> str:
    return f"{COOKIE}={who}; Path=/; HttpOnly; SameSite=Lax" + ("" if who else "; Max-Age=0")
