"""A customer answers a survey through a mail's link; a detractor's answer opens a case until it is closed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.errors import InvalidFact, InvalidToken, Unavailable
from chalicelib.domain.facts.answer import Answer, form_digest
from chalicelib.domain.messages.languages import chosen
from chalicelib.domain.words import line
from chalicelib.services.compose import SURVEY
from chalicelib.services.ports import FactStore, RunStore, TokenReader

LONGEST_COMMENT = 2000
TURNS = 8


class Reception(StrEnum):
    """What became of an answer that was sent."""

    RECORDED = "recorded"
    CHANGED = "changed"
    KEPT = "kept"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer that counts after one was sent, and what became of the one that was sent."""

    answer: Answer
    reception: Reception

    @property
    def is_recorded(self) -> bool:
        """Whether the answer that was sent is the one that counts, and did not count before."""
        return self.reception in (Reception.RECORDED, Reception.CHANGED)


@dataclass(frozen=True, slots=True)
class Asked:
    """A survey to show: its language, and the answer that counts, if there is one; ``is_final``: it stays."""

    language: str
    answer: Answer | None
    is_final: bool


@dataclass(frozen=True)
class Survey:
    """Records answers. For a day after the first answer about an order, the last one counts."""

    store: FactStore
    runs: RunStore
    tokens: TokenReader
    clock: Callable[[], datetime]
    languages: Sequence[str]

    def asked(self, token: str) -> Asked:
        """The survey of this link. Raises ``InvalidToken``."""
        customer, order_id = self._read(token)
        facts = self.store.of(customer)
        answer = facts.answers.get(order_id)
        language = chosen(facts.customer.language, self.languages)
        return Asked(language, answer, answer is not None and self.clock() >= answer.final_at)

    def answer(
        self, token: str, score: int, comment: str = "", *, sent_at: datetime | None = None, form: str = ""
    ) -> Receipt:
        """Record an answer that was sent at ``sent_at`` (by default now); the last one that was sent counts.

        ``form`` names the form that was sent; the same form with the same answer again is no new answer. Raises
        ``InvalidToken``, or ``InvalidFact`` for a score.
        """
        customer, order_id = self._read(token)
        if not 0 <= score <= 10:
            raise InvalidFact("score", "expected a whole number from 0 to 10")
        now, comment = self.clock(), "\n".join(map(line, comment[:LONGEST_COMMENT].splitlines())).strip()
        at = min(sent_at or now, now)
        sent = Answer(order_id, at, score, comment, forms=form_digest(form, score, comment))
        for _ in range(TURNS):
            facts = self.store.of(customer)
            before = facts.answers.get(order_id)
            after = before.followed_by(sent) if before else sent
            if before == after:
                return Receipt(after, Reception.FINAL if at >= after.final_at else Reception.KEPT)
            if self.store.replace(facts.customer.key, after, before):
                return Receipt(after, Reception.CHANGED if before else Reception.RECORDED)
        raise Unavailable("an answer that keeps changing")

    def _read(self, token: str) -> tuple[str, str]:
        """The customer and the order that a link asks about: the shop's own id of the order stands in no link."""
        customer, enrollment = self.tokens.read(SURVEY, token)
        run = self.runs.wherever(customer, enrollment)
        if run is None:
            raise InvalidToken("the survey was erased")
        return customer, run.subject

    def close_case(self, customer: str, order_id: str) -> bool:
        """Record that the team has handled a detractor's case; False if there is no such open case."""
        for _ in range(TURNS):
            facts = self.store.of(customer)
            answer = facts.answers.get(order_id)
            if answer is None or not answer.has_open_case:
                return False
            if self.store.replace(facts.customer.key, answer.closed(self.clock()), answer):
                return True
        raise Unavailable("an answer that keeps changing")
