"""Every key and index name of the three tables; no personal data is in any of them."""

DUE_INDEX = "due"
SEGMENT_INDEX = "segment"

STANDING = "STANDING"
CONTACTS = "CONTACTS"
ALIAS = "ALIAS"
ENROLLMENT = "ENROLLMENT#"
MEMBER = "MEMBER#"
MERGED = "MERGED"
ERASURE = "ERASURE"
KNOWN = "KNOWN#"
ABSORBS = "ABSORBS#"
LINK = "LINK#"


def customer(key: str) -> str:
    """The partition of one customer, in ``commerce`` and in ``engagement``."""
    return f"CUSTOMER#{key}"


def customer_of(pk: str) -> str:
    """The customer whose partition this is."""
    return pk.removeprefix("CUSTOMER#")


def enrollment(enrollment_id: str) -> str:
    """The sort key of an enrollment."""
    return ENROLLMENT + enrollment_id


def member(segment: str) -> str:
    """The sort key of a customer's membership in a segment."""
    return MEMBER + segment


def launch(launch_id: str) -> dict[str, str]:
    """A launch's own key."""
    return {"pk": f"LAUNCH#{launch_id}", "sk": "LAUNCH"}


def alias(kind: str, digest: str) -> dict[str, str]:
    """What remembers the customer behind an address or behind a source's own id."""
    return {"pk": f"ALIAS#{kind}#{digest}", "sk": ALIAS}


def known_by(customer: str, kind: str, digest: str) -> dict[str, str]:
    """What tells, in the customer's own partition, which names lead there."""
    return {"pk": f"CUSTOMER#{customer}", "sk": f"{KNOWN}{kind}#{digest}"}


def absorbs(customer: str, other: str) -> dict[str, str]:
    """What tells that another customer is being merged into this one."""
    return {"pk": f"CUSTOMER#{customer}", "sk": ABSORBS + other}


def visitor(digest: str) -> str:
    """The partition of a visitor whom nobody knows yet."""
    return f"VISITOR#{digest}"


def link(digest: str, other: str) -> dict[str, str]:
    """What tells by another name of a visitor's where is kept what they did."""
    return {"pk": visitor(digest), "sk": LINK + other}


def delivery(source: str, digest: str) -> dict[str, str]:
    """A webhook's delivery that was taken already."""
    return {"pk": f"DELIVERY#{source}#{digest}", "sk": "DELIVERY"}


def suppression(address_hash: str) -> dict[str, str]:
    """An address that must never be written to again."""
    return {"pk": f"ADDRESS#{address_hash}", "sk": "SUPPRESSION"}


def pause(journey: str) -> dict[str, str]:
    """A journey that is paused."""
    return {"pk": f"JOURNEY#{journey}", "sk": "PAUSE"}


def coupon(code: str) -> dict[str, str]:
    """A coupon's own key."""
    return {"pk": f"COUPON#{code}", "sk": "COUPON"}


LANES = {"pk": "LANES", "sk": "LANES"}
"""How many lanes there ever were."""


def counters(period: str, shard: str) -> dict[str, str]:
    """One stream shard's counters of one period (a day or a month)."""
    return {"pk": f"PERIOD#{period}", "sk": f"SHARD#{shard}"}


def erased(digest: str) -> dict[str, str]:
    """What an erased item had counted."""
    return {"pk": f"ERASED#{digest}", "sk": "COUNTS"}


REDRIVEN = "REDRIVEN#"
"""Before the id of a record, in place of a shard: what one record counts that was set aside and brought back."""

FOLDED = "FOLDED"
"""In place of a shard: the closed shards of a period, added up."""
