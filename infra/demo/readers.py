"""The readers' reactions to each mail: open it, click, answer, order; the probabilities are invented.

A mail has a real effect here: a customer who clicks it is more likely to order than one without a mail. People and mail
gateways follow links through the API, with the tokens in the mail.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from urllib.parse import urlencode

from infra.demo.catalogue import LAUNCHES
from infra.demo.coupons import code_in, offered
from infra.demo.people import dice
from infra.demo.shoppers import Shopper
from infra.demo.world import World, awake
from infra.machine.inbox import AcceptedMail
from infra.machine.ses_simulator import Reaction

CLICKS = {"abandoned_cart": 0.45, "early_access": 0.5, "win_back": 0.4, "nps_survey": 0.55}
ORDERS = {"abandoned_cart": 0.5, "early_access": 0.35, "win_back": 0.45}
ANSWERS = 0.85
UNSUBSCRIBES, COMPLAINS = 0.012, 0.002
SCORES = (1, 1, 1, 2, 2, 4, 6, 12, 18, 22, 31)
"""How often each score from 0 to 10 is given, in percent."""
SENT: Reaction = (timedelta(0), "send", {})
DELIVERED: Reaction = (timedelta(seconds=2), "delivery", {})
COMMENTS = {
    "en": ("It came late.", "The box was damaged.", "Not what the pictures show."),
    "ko": ("배송이 늦었어요.", "상자가 찌그러져 왔어요.", "사진과 달라요."),
    "ja": ("届くのが遅かったです。", "箱がつぶれていました。", "写真と違いました。"),
}


@dataclass(frozen=True)
class Readers:
    """The mailboxes of all shoppers, by address. Mails to any other address are delivered and not read."""

    world: World
    shoppers: Mapping[str, Shopper]

    def __call__(self, mail: AcceptedMail) -> Iterable[Reaction]:
        """The events of a mail that was just accepted; the reader's reactions are scheduled."""
        shopper = self.shoppers.get(mail.to[0])
        if shopper is None:
            return [SENT, DELIVERED]
        if shopper.habits.has_dead_address:
            return [SENT, (timedelta(seconds=4), "bounce", {})]
        chance = dice(self.world.seed, "mail", mail.tags["send_id"])
        return [SENT, DELIVERED, *self._scanned(mail, shopper), *self._read(mail, shopper, chance)]

    def _scanned(self, mail: AcceptedMail, shopper: Shopper) -> Iterable[Reaction]:
        if not shopper.habits.is_scanned:
            return []
        for link in _own_links(mail, self.world.url):
            self.world.at(mail.at + timedelta(seconds=4), partial(self._get, link))
        return [(timedelta(seconds=3), "open", {}), (timedelta(seconds=4), "click", {})]

    def _read(self, mail: AcceptedMail, shopper: Shopper, chance: Random) -> list[Reaction]:
        if chance.random() >= shopper.habits.opens:
            return []
        home, journey = shopper.person.home, mail.tags["journey"]
        opened = awake(mail.at + timedelta(minutes=1 + chance.expovariate(1 / 150)), home)
        reactions: list[Reaction] = [(opened - mail.at, "open", {})]
        clicked = opened + timedelta(minutes=chance.uniform(0.2, 6))
        mood = chance.random()
        if "List-Unsubscribe" in mail.headers and mood < UNSUBSCRIBES + COMPLAINS:
            if mood < COMPLAINS:
                return [*reactions, (clicked - mail.at, "complaint", {})]
            self.world.at(clicked, lambda: self._unsubscribe(mail))
        elif chance.random() < CLICKS.get(journey, 0.3):
            reactions.append((clicked - mail.at, "click", {"link": f"{self.world.url}/shop"}))
            self.world.at(clicked, lambda: self._follow(mail, shopper, chance, clicked))
        return reactions

    def _get(self, link: str) -> None:
        self.world.visit(link)

    def _unsubscribe(self, mail: AcceptedMail) -> None:
        url = mail.headers["List-Unsubscribe"].strip("<>")
        self.world.visit(url, form="List-Unsubscribe=One-Click")

    def _follow(self, mail: AcceptedMail, shopper: Shopper, chance: Random, at: datetime) -> None:
        journey, step = mail.tags["journey"], mail.tags["step"]
        surveys = [link for link in _own_links(mail, self.world.url) if "/v1/surveys/" in link]
        if surveys:
            self._answer(surveys[0], shopper, chance, at)
            return
        code, offer = code_in(mail), offered(journey, step)
        launch = next((each for each in LAUNCHES if journey == "early_access" and each.name in mail.html), None)
        if chance.random() < ORDERS.get(journey, 0):
            coupon, percent = (code, offer[0]) if code and offer else (None, 0)
            later = at + timedelta(minutes=chance.uniform(2, 25))
            self.world.at(later, lambda: shopper.order_by_mail(coupon, percent, launch))

    def _answer(self, url: str, shopper: Shopper, chance: Random, at: datetime) -> None:
        score = chance.choices(range(11), SCORES)[0]
        link = f"{url}?score={score}"
        self.world.visit(link)
        if chance.random() < ANSWERS:
            comment = chance.choice(COMMENTS[shopper.person.language]) if score <= 6 and chance.random() < 0.7 else ""
            later = at + timedelta(minutes=chance.uniform(0.3, 2))
            self.world.at(later, lambda: self._post_answer(url, score, comment))

    def _post_answer(self, url: str, score: int, comment: str) -> None:
        self.world.visit(url, form=urlencode({"score": score, "comment": comment}))


def _own_links(mail: AcceptedMail, url: str) -> list[str]:
    """The links to the API in a mail, each once."""
    return list(dict.fromkeys(re.findall(re.escape(url) + r"/v1/[\w./-]+", mail.text)))
