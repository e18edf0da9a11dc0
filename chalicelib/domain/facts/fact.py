"""Any fact: what a shop's systems say, of one customer or (a launch) of many."""

from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.consent import Unsubscription
from chalicelib.domain.facts.customer import Customer, Erasure, Merged
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Cancellation, Order, Refund

Fact = Customer | Cart | Order | Refund | Cancellation | Answer | Unsubscription | Launch | Merged | Erasure
