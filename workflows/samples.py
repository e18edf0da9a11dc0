"""One invented recipient per language, with all values that a message may show: for ``rekindle validate`` and tests.

No person, shop or address here exists; the domains are reserved for examples (RFC 2606).
"""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.messages.formats import end_of_day
from chalicelib.domain.messages.names import first_name

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

_PEOPLE = {
    "en": {"name": "Jordan Ellis", "zone": "America/New_York", "currency": "USD", "comment": "It came late."},
    "ko": {"name": "김하늘", "zone": "Asia/Seoul", "currency": "KRW", "comment": "배송이 늦었어요."},
    "ja": {"name": "佐藤 葵", "zone": "Asia/Tokyo", "currency": "JPY", "comment": "届くのが遅かったです。"},
}
_LINES = {
    "en": (("Linen shirt, sand", 1, 6400), ("Wool socks", 2, 1250)),
    "ko": (("린넨 셔츠 (샌드)", 1, 64000), ("울 양말", 2, 12500)),
    "ja": (("リネンシャツ（サンド）", 1, 6400), ("ウールソックス", 2, 1250)),
}
_SHOPS = {
    "en": {"name": "Maple & Moss", "address": "12 Harbor Street, Springfield, NY 10000, USA"},
    "ko": {"name": "메이플앤모스", "address": "서울특별시 중구 예시로 12, 3층"},
    "ja": {"name": "メープル＆モス", "address": "東京都千代田区見本町1-2-3"},
}
_LAUNCHES = {"en": "The Winter Coat", "ko": "겨울 코트", "ja": "ウィンターコート"}


def sample_context(language: str) -> dict[str, object]:
    """All values for a template; a language without a sample gets the English ones."""
    known = language if language in _PEOPLE else "en"
    person = _PEOPLE[known]
    page = "https://shop.example.com/products"
    lines = [
        {"name": name, "quantity": quantity, "price": price, "url": f"{page}/{number}", "image": None}
        for number, (name, quantity, price) in enumerate(_LINES[known], 1)
    ]
    total = sum(quantity * price for _, quantity, price in _LINES[known])
    return {
        "customer": {"name": person["name"], "first_name": first_name(person["name"])},
        "customer_key": "c_7Qm2sample",
        "shop": {**_SHOPS[known], "url": "https://shop.example.com/", "contact": "help@shop.example.com"},
        "language": language,
        "zone": person["zone"],
        "unsubscribe_url": "https://links.example.com/u/k1.c2FtcGxl.c2lnbmF0dXJl",
        "survey_url": "https://links.example.com/s/k1.c2FtcGxl.c2lnbmF0dXJl",
        "cart": {
            "lines": lines,
            "total": total,
            "currency": person["currency"],
            "url": "https://shop.example.com/cart/1001",
        },
        "order": {
            "id": "1001",
            "placed_at": NOW - timedelta(days=14),
            "total": total,
            "currency": person["currency"],
        },
        "launch": {
            "name": _LAUNCHES[known],
            "url": "https://shop.example.com/launches/winter-coat",
            "early_at": NOW,
            "opens_at": NOW + timedelta(hours=48),
            "ends_at": NOW + timedelta(days=14),
        },
        "offer": {
            "percent": 10,
            "code": "BACK-7Q2M-X4TD",
            "expires_at": end_of_day(NOW + timedelta(days=14), person["zone"]),
        },
        "answer": {"score": 4, "former": 9, "comment": person["comment"]},
    }
