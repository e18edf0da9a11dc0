"""A customer answers a survey through a mail's link; a detractor's answer opens a case until the team closes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.messages.languages import chosen
from chalicelib.services.compose import SURVEY
from chalicelib.services.ports import FactStore, TokenReader

LONGEST_COMMENT = 2000


@dataclass(frozen=True)
class Survey:
    """Records answers. The first answer about an order counts; later answers change nothing."""

    store: FactStore
    tokens: TokenReader
    clock: Callable[[], datetime]
    languages: Sequence[str]

    def language(self, token: str) -> str:
        """The language to show the survey in. Raises ``InvalidToken``."""
        customer = self.store.of(self.tokens.read(SURVEY, token)[0]).customer
        return chosen(customer.language, self.languages)

    def answer(self, token: str, score: int, comment: str = "") -> bool:
        """Record an answer; returns whether it was first. Raises ``InvalidToken``, or ``InvalidFact`` for a score."""
        customer, _, order_id = self.tokens.read(SURVEY, token)
        if not 0 <= score <= 10:
            raise InvalidFact("score", "expected a whole number from 0 to 10")
        answer = Answer(order_id, self.clock(), score, comment[:LONGEST_COMMENT])
        return self.store.put_once(self.store.of(customer).customer.key, answer)

    def close_case(self, customer: str, order_id: str) -> bool:
        """Record that the team has handled a detractor's case; False if there is no such open case."""
        facts = self.store.of(customer)
        answer = facts.answers.get(order_id)
        if answer is None or not answer.has_open_case:
            return False
        now = self.clock()
        return self.store.put(facts.customer.key, replace(answer, case_closed_at=now), at=now)
