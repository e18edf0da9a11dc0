"""What every store of facts does, in memory and in DynamoDB."""

from datetime import timedelta
from itertools import permutations

import pytest

from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import Cart, Line, LineChange
from chalicelib.domain.facts.cart_changes import changed
from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.order import Order
from tests.builders import START, a_cart, a_customer, a_launch, an_answer, an_order, facts
from tests.contract.engines import Stores

HOUR = timedelta(hours=1)


class TestCommerce:
    def test_all_facts_of_a_customer_come_back_as_they_were_told(self, stores: Stores) -> None:
        arrived: list[Customer | Cart | Order | Answer | Unsubscription] = [
            a_customer("c1", name="김하늘", language="ko", country="KR", zone="Asia/Seoul"),
            a_cart("k1", lines=2),
            an_order("o1", total=15000, products=("p1", "p2"), cart_id="k1", coupon="BACK", fulfilled_at=START + HOUR),
            an_answer("o1", score=3, comment="늦었어요"),
            Unsubscription(Purpose.MARKETING, START, "abandoned_cart#1", "reminder"),
        ]

        for fact in arrived:
            assert stores.facts.put("c1", fact)

        assert stores.facts.of("c1") == facts(*arrived)
        assert stores.facts.of("c2").orders == {}
        assert stores.facts.of("c2").customer.email is None

    def test_a_newer_version_replaces_an_older_one(self, stores: Stores) -> None:
        stores.facts.put("c1", a_cart("k1", START, lines=1))

        assert stores.facts.put("c1", a_cart("k1", START + HOUR, lines=3))

        assert len(stores.facts.of("c1").carts["k1"].lines) == 3

    def test_an_older_version_never_wins(self, stores: Stores) -> None:
        stores.facts.put("c1", a_cart("k1", START + timedelta(milliseconds=1), lines=3))

        assert not stores.facts.put("c1", a_cart("k1", START, lines=1))

        assert len(stores.facts.of("c1").carts["k1"].lines) == 3

    def test_the_same_time_again_is_stored(self, stores: Stores) -> None:
        stores.facts.put("c1", an_order("o1", refunded=0))

        assert stores.facts.put("c1", an_order("o1", refunded=500))

        assert stores.facts.of("c1").orders["o1"].refunded == 500

    @pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
    def test_a_cart_told_in_parts_is_the_same_in_any_order(self, stores: Stores, order: tuple[int, ...]) -> None:
        words = [
            changed("k1", LineChange("m1", START + number * HOUR, Line("tea-0", "Tea", pieces, 1250), "USD"))
            for number, pieces in ((0, 5), (2, 2), (3, -1))
        ]
        arrived = [*words, a_cart("k1", START + HOUR)]

        news = [stores.facts.put("c1", arrived[index]) for index in [*order, *order]]

        cart = stores.facts.of("c1").carts["k1"]
        assert ([line.quantity for line in cart.lines], cart.total.amount, cart.at) == ([2], 2500, START + 3 * HOUR)
        assert not any(news[4:])

    def test_of_an_order_that_its_page_tells_again_the_first_word_holds(self, stores: Stores) -> None:
        words = [an_order("o1", START + number * HOUR, repeats=True) for number in (1, 0, 2)]

        assert [stores.facts.put("c1", word) for word in words] == [True, True, False]

        assert stores.facts.of("c1").orders["o1"].placed_at == START

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_what_a_page_tells_again_is_nothing_beside_an_order_told_whole(
        self, stores: Stores, order: tuple[int, int]
    ) -> None:
        arrived = [an_order("o1", START, total=2000), an_order("o1", START + HOUR, total=1900, repeats=True)]

        for index in order:
            stores.facts.put("c1", arrived[index])

        assert stores.facts.of("c1").orders["o1"].total.amount == 2000

    def test_times_are_compared_as_times_whatever_their_offset(self, stores: Stores) -> None:
        from zoneinfo import ZoneInfo

        in_seoul = (START + HOUR).astimezone(ZoneInfo("Asia/Seoul"))
        stores.facts.put("c1", a_cart("k1", in_seoul, lines=3))

        assert not stores.facts.put("c1", a_cart("k1", START, lines=1))
        assert stores.facts.put("c1", a_cart("k1", START + 2 * HOUR, lines=2))

    def test_of_two_first_answers_one_is_stored(self, stores: Stores) -> None:
        first = stores.facts.replace("c1", an_answer("o1", score=9), None)
        again = stores.facts.replace("c1", an_answer("o1", START + HOUR, score=1), None)

        assert (first, again) == (True, False)
        assert stores.facts.of("c1").answers["o1"].score == 9

    def test_of_two_who_change_one_version_one_does(self, stores: Stores) -> None:
        read, mine, theirs = (an_answer("o1", START + number * HOUR, score=number) for number in (1, 2, 3))
        stores.facts.put("c1", read)

        changed = [stores.facts.replace("c1", each, read) for each in (mine, theirs)]

        assert changed == [True, False]
        assert stores.facts.of("c1").answers["o1"] == mine

    def test_a_version_may_have_a_time_of_its_own(self, stores: Stores) -> None:
        stores.facts.put("c1", an_answer("o1", START, score=2))

        closed = an_answer("o1", START, score=2, case_closed_at=START + HOUR)
        assert stores.facts.put("c1", closed)
        assert not stores.facts.put("c1", an_answer("o1", START, score=2))
        assert not stores.facts.put("c1", an_answer("o1", START + HOUR / 2, score=2, comment="a longer text"))

        assert stores.facts.of("c1").answers["o1"] == closed

    def test_an_answer_about_another_order_is_another_answer(self, stores: Stores) -> None:
        stores.facts.replace("c1", an_answer("o1"), None)

        assert stores.facts.replace("c1", an_answer("o2"), None)

    def test_launches_are_found_by_id_and_only_those_asked_for(self, stores: Stores) -> None:
        stores.facts.put("", a_launch("spring"))
        stores.facts.put("", a_launch("autumn"))

        assert stores.facts.launches(["spring", "winter"]) == {"spring": a_launch("spring")}
        assert stores.facts.launches([]) == {}

    def test_a_withdrawn_launch_stays_withdrawn_when_the_old_one_is_told_again(self, stores: Stores) -> None:
        stores.facts.put("", a_launch("spring", at=START + HOUR, withdrawn=True))

        assert not stores.facts.put("", a_launch("spring", at=START))

        assert stores.facts.launches(["spring"])["spring"].withdrawn


class TestCoupons:
    def test_a_code_is_issued_once_and_keeps_its_first_terms(self, stores: Stores) -> None:
        stores.coupons.issue("BACK", "c1", 10, START)
        stores.coupons.issue("BACK", "c2", 90, START + HOUR)

        assert stores.coupons.redeem("BACK", "o1")

    @pytest.mark.parametrize("order", ["o1", "o2"])
    def test_a_code_is_good_for_one_order_however_often_that_is_told(self, stores: Stores, order: str) -> None:
        stores.coupons.issue("BACK", "c1", 10, START)
        stores.coupons.redeem("BACK", "o1")
        stores.coupons.issue("BACK", "c1", 10, START)

        assert stores.coupons.redeem("BACK", order) is (order == "o1")

    def test_an_unknown_code_is_not_redeemed_nor_made(self, stores: Stores) -> None:
        assert not stores.coupons.redeem("GUESS", "o1")
        assert not stores.coupons.redeem("GUESS", "o1")
