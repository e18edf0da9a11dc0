"""Mails: at most one of each message, none after what forbids it, within the caps, and in the contact history."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.journey import Journey, Unknown
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.time import from_text
from infra.interleaving.journal import Call, Write
from infra.interleaving.schedule import CRASHES
from infra.invariants.seen import Seen, claimed, fact_of, is_run, run_of


def once(seen: Seen) -> Iterator[str]:
    """At most one accepted mail for a ``send_id``, and for a step of a run (one more, if its journey sends again).

    Two who turn out to be one person later may each have had one.
    """
    for send_id, number in Counter(call.tags["send_id"] for call in seen.sends).items():
        if number > 1:
            yield f"{number} mails with the send_id {send_id}"
    for call in seen.sends:
        run, step, person = run_of(call), call.tags["step"], _person_at_claim(seen, call)
        before = [each for each in seen.sends if each.number <= call.number and each.tags["customer"] in person]
        number = sum((run_of(each), each.tags["step"]) == (run, step) for each in before)
        if number > 1 + (_journey(seen, run).unknown is Unknown.RESEND):
            yield f"{number} mails for the step {step} of {run}"


def none_after_what_forbids_it(seen: Seen) -> Iterator[str]:
    """No mail whose claim was stored after an erasure, an unsubscription, a suppression, or an exit's fact."""
    for send in seen.sends:
        found = claim_of(seen, send)
        if found is None:
            yield f"the mail {_message(send)} was sent without a claim"
            continue
        claim, run = found
        person = seen.person(send.tags["customer"], before=claim.number)
        for call, write in seen.done():
            if call.number < claim.number and (why := _forbidden(seen, write, send, person, run)):
                if _is_taken_back(seen, write, claim.number, person):
                    continue
                yield f"the mail {_message(send)} (call {send.number}) was claimed (call {claim.number}) " + (
                    f"after {why} was stored (call {call.number})"
                )


def none_given_up_untried(seen: Seen) -> Iterator[str]:
    """A mail is given up as unknown only if its process died, or SES was asked to send it and did not answer."""
    for item in filter(is_run, seen.engagement):
        for name, outcome in items.enrollment_of(item).outcomes.items():
            if outcome.kind is Kind.ABANDONED and not _was_tried(
                seen, item["sk"], outcome.step, name.partition("#")[2]
            ):
                run = item["sk"].partition("#")[2]
                yield f"the mail {run}/{outcome.step} was given up, and nobody had tried to send it"


def _was_tried(seen: Seen, sk: str, step: str | None, send_id: str) -> bool:
    """Whether a process that had claimed the mail died or called SES."""
    claims = [call for call, write in seen.done() if write.sk == sk and (run := claimed(write)) and run.step == step]
    return any(
        call.invocation == claim.invocation and (call.mishap in CRASHES or call.tags.get("send_id") == send_id)
        for claim in claims
        for call in seen.journal.calls[claim.number :]
    )


def within_caps(seen: Seen) -> Iterator[str]:
    """At most so many advertising mails to one person, as they were known when each was claimed, in any window."""
    sent = [(call, mail) for call in seen.sends if _is_marketing(seen, call) and (mail := seen.mail_of(call))]
    for call, mail in sent:
        person = _person_at_claim(seen, call)
        before = [each for other, each in sent if other.number <= call.number and other.tags["customer"] in person]
        for cap in seen.parts.settings.policy.caps:
            near = [each for each in before if each.at > mail.at - cap.window]
            if len(near) > cap.limit:
                subjects = ", ".join(each.subject for each in near)
                yield f"{len(near)} mails to one customer within {cap.window}: {subjects}"


def within_caps_at_an_address(seen: Seen) -> Iterator[str]:
    """At most so many advertising mails to one address, whoever bears it; who was erased has left no history."""
    mails: dict[str, list[datetime]] = {}
    for call in seen.sends:
        if not _is_marketing(seen, call) or seen.person(call.tags["customer"]) & seen.erased:
            continue
        if (mail := seen.mail_of(call)) is None:
            continue
        before = mails.setdefault(seen.address(call), [])
        before.append(mail.at)
        for cap in seen.parts.settings.policy.caps:
            number = sum(at > mail.at - cap.window for at in before)
            if number > cap.limit:
                yield f"{number} mails to one address within {cap.window}, the last one {_message(call)}"


def in_the_history(seen: Seen) -> Iterator[str]:
    """Each advertising mail that a cap looks at is in the customer's contact history."""
    policy = seen.parts.settings.policy
    longest = max((cap.window for cap in policy.caps), default=timedelta(0))
    most = max((cap.limit for cap in policy.caps), default=0)
    stored = {
        keys.customer_of(item["pk"]): items.read(item["contacts"], Contacts)
        for item in seen.engagement
        if item["sk"] == keys.CONTACTS
    }
    by_person: dict[frozenset[str], list[Call]] = {}
    for call in seen.sends:
        if _is_marketing(seen, call) and (mail := seen.mail_of(call)) and mail.at > seen.now - longest:
            by_person.setdefault(seen.person(call.tags["customer"]), []).append(call)
    for person, calls in by_person.items():
        known = {each.send_id for key in person if key in stored for each in stored[key].contacts}
        for call in calls[-most:] if most else ():
            if call.tags["send_id"] not in known and not person & seen.erased:
                yield f"the mail {_message(call)} is not in the contact history"


def _person_at_claim(seen: Seen, send: Call) -> frozenset[str]:
    """All keys of the mail's person, as they were known when it was claimed."""
    found = claim_of(seen, send)
    return seen.person(send.tags["customer"], before=found[0].number if found else None)


def claim_of(seen: Seen, send: Call) -> tuple[Call, Enrollment] | None:
    """The last claim of the mail's run by the invocation that sent it, and the run's state in it."""
    for call in reversed(seen.journal.calls[: send.number]):
        if call.invocation == send.invocation and call.is_done:
            for write in call.writes:
                if write.sk == keys.enrollment(run_of(send)) and (run := claimed(write)):
                    return call, run
    return None


def _forbidden(seen: Seen, write: Write, send: Call, person: frozenset[str], run: Enrollment) -> str | None:
    """Why this write forbids the mail, if it does."""
    if write.sk == keys.SUPPRESSION and write.pk == keys.suppression(seen.address(send))["pk"]:
        reason = (write.item or {}).get("reason") or (write.values or {}).get(":reason")
        return f"the suppression ({reason})" if reason else None
    if write.item is None or keys.customer_of(write.pk) not in person:
        return None
    kind, fact, entered = keys.kind_of(write.sk), fact_of(write), run.entered_at
    match kind:
        case "erasure":
            return "the erasure"
        case "unsubscription" if _is_marketing(seen, send) and fact["purpose"] == Purpose.MARKETING:
            return "the unsubscription"
        case "order" if send.tags["journey"] == "abandoned_cart" and from_text(fact["placed_at"]) > entered:
            return None if _is_another_s(seen, write, send) else "an order"
        case "cart" if fact["id"] == run.subject and not fact.get("lines") and from_text(fact["at"]) > entered:
            return "the emptied cart"
    return None


def _is_taken_back(seen: Seen, write: Write, claimed_by: int, person: frozenset[str]) -> bool:
    """Whether the person agreed again after an unsubscription, before the claim, or a suppression was lifted."""
    refused_at = fact_of(write).get("at", "")
    if write.sk == keys.SUPPRESSION:
        return any(item["pk"] == write.pk and "lifting" in item for item in seen.engagement)
    for call, later in seen.done():
        if call.number >= claimed_by:  # before the refusal was stored, too: a merge stores it again
            continue
        if keys.kind_of(write.sk) == "unsubscription" and later.sk == keys.PROFILE:
            consent = fact_of(later).get("consents", {}).get(Purpose.MARKETING, {})
            is_theirs = keys.customer_of(later.pk) in person
            if is_theirs and consent.get("given") and not consent.get("undated") and consent["at"] > refused_at:
                return True
    return False


def _is_another_s(seen: Seen, write: Write, send: Call) -> bool:
    """Whether the order turned out to be another person's: it was removed, and is stored at none of this one's keys."""
    person = seen.person(send.tags["customer"])
    has_left = any(later.pk == write.pk and later.sk == write.sk and later.is_removal for _, later in seen.done())
    return has_left and not any(
        item["sk"] == write.sk and keys.customer_of(item["pk"]) in person for item in seen.commerce
    )


def _is_marketing(seen: Seen, call: Call) -> bool:
    return _journey(seen, run_of(call)).purpose is Purpose.MARKETING


def _journey(seen: Seen, run: str) -> Journey:
    key = run.partition("#")[0]
    return next(each for each in seen.parts.journeys.versions.values() if each.key == key)


def _message(call: Call) -> str:
    return f"{call.tags['journey']}/{call.tags['step']}"
