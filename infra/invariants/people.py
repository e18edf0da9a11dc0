"""People: nothing is left of who was erased, and everything of who was merged is with who they are now."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator

from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.facts.inbound import BEARER_NAME
from infra.invariants.seen import Item, Seen, fact_of

_TOKEN = re.compile(r"/v1/(?:unsubscribe|surveys)/[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.")
"""The payload of a signed link."""
BEARS = f"#{BEARER_NAME}#"
STAYS = (keys.STANDING, keys.CONTACTS)
"""What may stay at a merged customer's key in the table of decisions: an empty standing, a history that was copied."""


def nothing_left_of_the_erased(seen: Seen) -> Iterator[str]:
    """No item of an erased person, nor one that leads to them, nor their address; others may claim that, too."""
    aliases = [item for item in seen.commerce if item["sk"] == keys.ALIAS and "customer" in item]
    living = {item["pk"].rpartition("#")[2] for item in aliases if item["customer"] not in seen.erased}
    addresses = {
        str(fact["email"])
        for _, write in seen.done()
        if keys.customer_of(write.pk) in seen.erased and (fact := fact_of(write)).get("email")
    }
    addresses = {each for each in addresses if seen.parts.identity.address_hash(each) not in living}
    erased = seen.erased - living  # an address by which one was known first may be another's by now
    for table in (seen.commerce, seen.engagement):
        for item in table:
            if keys.customer_of(item["pk"]) in seen.erased:
                yield f"the item {item['sk']} of an erased person is left"
                continue
            told = _without_claims(item)
            if _names(told, erased) or any(address in repr(told) for address in addresses):
                yield f"the item {item['pk'].partition('#')[0]} {item['sk']} names an erased person"


def no_address_in_keys_and_links(seen: Seen) -> Iterator[str]:
    """No key of an item, and no signed link in a mail, has an address in it, whatever a shop takes for an id."""
    for table in (seen.commerce, seen.engagement):
        for item in table:
            if "@" in item["pk"] or "@" in item["sk"]:
                yield f"an address is in the key {item['pk'].partition('#')[0]} {item['sk'].partition('#')[0]}"
    for mail in seen.mails:
        for payload in _TOKEN.findall(mail.html):
            if b"@" in urlsafe_b64decode(payload + "=" * (-len(payload) % 4)):
                yield f"an address is in a link of the mail {mail.subject}"


def everything_with_who_they_are_now(seen: Seen) -> Iterator[str]:
    """A merged customer has no facts, no segments and no runs of their own any more."""
    merged = {one for _, one, _ in seen.merges} - seen.erased
    for item in seen.commerce:
        if keys.customer_of(item["pk"]) in merged and "fact" in item and item["sk"] != keys.MERGED:
            yield f"the fact {item['sk']} is left at a merged customer"
    for item in seen.engagement:
        if keys.customer_of(item["pk"]) in merged and item["sk"] not in STAYS and "moved_to" not in item:
            yield f"the item {item['sk']} is left at a merged customer"


def _without_claims(item: Item) -> Item:
    """What is in an item but for another customer's word that they have an address: that is not about whose it is."""
    if BEARS in item["sk"] or BEARS in item["pk"]:
        return {"pk": "", "sk": ""}
    if keys.is_customer(item["pk"]) and item["sk"] == keys.PROFILE:
        return {**item, "fact": json.dumps({**json.loads(item["fact"]), "claimed_email": None}, ensure_ascii=False)}
    if item["sk"].startswith(keys.COBEARERS):  # with the hash of the address, which a guest's key is, too
        return {"pk": item["pk"], "sk": keys.COBEARERS + keys.shared(item["sk"])[1]}
    return item


def _names(item: Item, customers: frozenset[str]) -> bool:
    return item["sk"] not in (keys.SUPPRESSION, keys.COUNTS) and any(each in repr(item) for each in customers)
