"""The customers of the sample shop: invented people in three countries, the same for the same seed.

Names are combined at random; addresses have domains reserved for examples (RFC 2606).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

_FAMILY = {
    "KR": ("김 Kim", "이 Lee", "박 Park", "최 Choi", "정 Jung", "강 Kang", "조 Cho", "윤 Yoon", "장 Jang", "임 Lim"),
    "US": ("Ellis", "Moreno", "Walker", "Nguyen", "Brooks", "Patel", "Reed", "Hayes", "Sullivan", "Carter"),
    "JP": ("佐藤 Sato", "鈴木 Suzuki", "高橋 Takahashi", "田中 Tanaka", "伊藤 Ito", "渡辺 Watanabe", "山本 Yamamoto"),
}
_GIVEN = {
    "KR": ("하늘 Haneul", "서연 Seoyeon", "민준 Minjun", "지우 Jiwoo", "도윤 Doyun", "수아 Sua", "예준 Yejun"),
    "US": ("Jordan", "Avery", "Riley", "Morgan", "Quinn", "Casey", "Rowan", "Emerson", "Hayden", "Parker"),
    "JP": ("葵 Aoi", "蓮 Ren", "陽菜 Hina", "湊 Minato", "結衣 Yui", "大翔 Hiroto", "凛 Rin", "悠真 Yuma"),
}  # fmt: skip
_LANGUAGE = {"KR": "ko", "US": "en", "JP": "ja"}
_DOMAINS = ("mail.example.com", "post.example.org", "inbox.example.net")
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """A customer as the shop knows them, and where they live (``home``, an IANA zone).

    ``zone`` is None if the shop does not know it; ``consent`` to marketing is None if the shop never asked.
    """

    number: int
    name: str
    email: str
    country: str
    language: str
    home: str
    zone: str | None
    consent: bool | None
    since: datetime

    @property
    def id(self) -> str:
        """The shop's own number for this customer."""
        return f"S{1000 + self.number}"

    def fact(self) -> dict[str, object]:
        """The profile as a body for ``POST /v1/facts``."""
        at = self.since.isoformat()
        return {
            "type": "customer",
            "id": self.id,
            "at": at,
            "email": self.email,
            "email_verified": True,
            "name": self.name,
            "language": self.language,
            "country": self.country,
            **({"time_zone": self.zone} if self.zone else {}),
            "consents": {} if self.consent is None else {"marketing": {"given": self.consent, "at": at}},
        }


@dataclass(frozen=True, slots=True)
class Habits:
    """A customer's habits, which the shop does not know: how often they shop, how much they spend, how they read mails.

    ``has_dead_address``: mails bounce. ``is_scanned``: a gateway follows every link before the customer gets the mail.
    """

    visits_a_day: float
    spending: float
    orders_a_year: float
    opens: float
    has_dead_address: bool
    is_scanned: bool


def dice(seed: int, *names: object) -> Random:
    """A separate random generator for each decision, so that the order of events changes no other decision."""
    return Random("/".join(map(str, (seed, *names))))  # noqa: S311 - the same story for the same seed


def person(seed: int, number: int, now: datetime) -> DemoCustomer:
    """The customer with this number, who came some time in the year before ``now``."""
    chance = dice(seed, "person", number)
    country = chance.choices(("KR", "US", "JP"), (35, 40, 25))[0]
    family, given = chance.choice(_FAMILY[country]), chance.choice(_GIVEN[country])
    home = {"KR": "Asia/Seoul", "JP": "Asia/Tokyo"}.get(country) or chance.choices(
        ("America/New_York", "America/Los_Angeles"), (3, 2)
    )[0]
    return DemoCustomer(
        number=number,
        name=_name(country, family.split()[0], given.split()[0]),
        email=f"{given.split()[-1]}.{family.split()[-1]}{number}@{chance.choice(_DOMAINS)}".lower(),
        country=country,
        language=_LANGUAGE[country],
        home=home,
        zone=home if chance.random() < 0.94 else None,
        consent=chance.choices((True, None, False), (86, 10, 4))[0],
        since=now - YEAR * chance.uniform(0.01, 1),
    )


def habits(seed: int, number: int) -> Habits:
    """The habits of the customer with this number."""
    chance = dice(seed, "habits", number)
    orders_a_year = 0.8 + chance.gammavariate(1.1, 2.0)
    return Habits(
        visits_a_day=min(orders_a_year, 9) * 6 / 365,
        spending=chance.lognormvariate(-0.1, 0.4),
        orders_a_year=orders_a_year,
        opens=chance.uniform(0.2, 0.75),
        has_dead_address=chance.random() < 0.015,
        is_scanned=chance.random() < 0.04,
    )


def _name(country: str, family: str, given: str) -> str:
    return {"KR": f"{family}{given}", "US": f"{given} {family}", "JP": f"{family} {given}"}[country]
