"""Every key, key prefix and index name of the three tables; no personal data is in any of them."""

import hashlib
from datetime import date

DUE_INDEX = "due"
SEGMENT_INDEX = "segment"

CUSTOMER = "CUSTOMER#"
ALIAS = "ALIAS"
NAMES = "NAMES#"
KNOWN = "KNOWN#"
LINK = "LINK#"
COUNT = "COUNT"
ABSORBS = "ABSORBS#"
COBEARERS = "COBEARER#"
APART = "APART#"

# Sort keys of decisions.
STANDING = "STANDING"
CONTACTS = "CONTACTS"
ENROLLMENT = "ENROLLMENT#"
MEMBER = "MEMBER#"
CREDITS = "CREDITS#"
CREDIT = "CREDIT#"
SUPPRESSION = "SUPPRESSION"
BOUNCES = "BOUNCES"
PAUSE = "PAUSE"
RESUMED = "RESUMED"
CIRCUIT = "CIRCUIT"

# Counters.
PERIOD = "PERIOD#"
SHARD = "SHARD#"
COUNTS = "COUNTS"
REDRIVEN = "REDRIVEN#"
"""Before a record's id, in place of a shard: what one record counts that was set aside and brought back."""
FOLDED = "FOLDED"
"""In place of a shard: the closed shards of a period, added up."""


def fact(kind: str, own_id: str = "") -> str:
    """The sort key of a fact: its kind, and a digest of its own id where a customer has several of the kind.

    A shop system may take an address or a telephone number for the id of a cart.
    """
    return f"{kind.upper()}#{hashlib.sha256(own_id.encode()).hexdigest()[:32]}" if own_id else kind.upper()


def kind_of(sk: str) -> str:
    """The kind of the fact with this sort key."""
    return sk.partition("#")[0].lower()


PROFILE = fact("customer")
MERGED = fact("merged")


def customer(key: str) -> str:
    """The partition of one customer, in ``commerce`` and in ``engagement``."""
    return CUSTOMER + key


def customer_of(pk: str) -> str:
    """The customer of this partition."""
    return pk.removeprefix(CUSTOMER)


def is_customer(pk: str) -> bool:
    """Whether this is a customer's partition."""
    return pk.startswith(CUSTOMER)


def enrollment(enrollment_id: str) -> str:
    """The sort key of an enrollment."""
    return ENROLLMENT + enrollment_id


def credits(customer: str) -> str:
    """The partition of the credits of one customer's orders."""
    return CREDITS + customer


def credits_of_order(order_digest: str) -> str:
    """The beginning of the sort keys of one order's credits."""
    return f"{CREDIT}{order_digest}#"


def credit(customer: str, order_digest: str, enrollment_id: str) -> dict[str, str]:
    """What an order brought to a run."""
    return {"pk": credits(customer), "sk": credits_of_order(order_digest) + enrollment_id}


def owner_of(pk: str) -> str:
    """The customer of this partition, be it their own or that of their credits."""
    return pk.removeprefix(CREDITS).removeprefix(CUSTOMER)


def member(segment: str) -> str:
    """The sort key of a customer's membership in a segment."""
    return MEMBER + segment


LAUNCH = "LAUNCH#"
ANNOUNCED = "ANNOUNCED"
"""The partition of the launches whose segments were enrolled."""


def announced(launch_id: str) -> dict[str, str]:
    """The key of a launch among those whose segments were enrolled."""
    return {"pk": ANNOUNCED, "sk": f"{LAUNCH}{launch_id}"}


def launch_of(sk: str) -> str:
    """The id of a launch among those."""
    return sk.removeprefix(LAUNCH)


def launch(launch_id: str) -> dict[str, str]:
    """A launch's own key."""
    return {"pk": f"{LAUNCH}{launch_id}", "sk": fact("launch")}


def alias(kind: str, digest: str) -> dict[str, str]:
    """The item that leads from an address, or from a source's own id, to its customer."""
    return {"pk": f"ALIAS#{kind}#{digest}", "sk": ALIAS}


def shares(customer: str, address_hash: str, other: str) -> dict[str, str]:
    """Another customer bears an address that this one bears: each has it, or claims to have it."""
    return {"pk": CUSTOMER + customer, "sk": f"{COBEARERS}{address_hash}#{other}"}


def shared(sk: str) -> tuple[str, str]:
    """The address hash and the other customer in a sort key that ``shares`` made."""
    address_hash, _, other = sk.removeprefix(COBEARERS).partition("#")
    return address_hash, other


def apart(customer: str, other: str) -> dict[str, str]:
    """Another customer was split off from this one, or this one from that: they are not one person."""
    return {"pk": CUSTOMER + customer, "sk": APART + other}


def known_by(customer: str, kind: str, digest: str) -> dict[str, str]:
    """Beside the customer's own partition, which is read often: a name that leads there."""
    return {"pk": names(customer), "sk": f"{KNOWN}{kind}#{digest}"}


def names(customer: str) -> str:
    """The partition of all names of one customer."""
    return NAMES + customer


def absorbs(customer: str, other: str) -> dict[str, str]:
    """Another customer is being merged into this one."""
    return {"pk": CUSTOMER + customer, "sk": ABSORBS + other}


def visitor(digest: str) -> str:
    """The partition of a visitor who is not known yet."""
    return f"VISITOR#{digest}"


def kept_count(digest: str) -> dict[str, str]:
    """How much of a visitor is kept."""
    return {"pk": visitor(digest), "sk": COUNT}


def link(digest: str, other: str) -> dict[str, str]:
    """By one name of a visitor: the other name under which their facts are kept."""
    return {"pk": visitor(digest), "sk": LINK + other}


def delivery(source: str, digest: str) -> dict[str, str]:
    """A webhook's delivery that was processed."""
    return {"pk": f"DELIVERY#{source}#{digest}", "sk": "DELIVERY"}


def rejections(day: date) -> str:
    """The partition of what was rejected on a day."""
    return f"REJECTED#{day:%Y-%m-%d}"


def rejection(day: date, digest: str) -> dict[str, str]:
    """One kind of problem on a day."""
    return {"pk": rejections(day), "sk": f"REJECTED#{digest}"}


def coupon(code: str) -> dict[str, str]:
    """A coupon's own key."""
    return {"pk": f"COUPON#{code}", "sk": "COUPON"}


def suppression(address_hash: str) -> dict[str, str]:
    """An address that must never be written to again."""
    return {"pk": f"ADDRESS#{address_hash}", "sk": SUPPRESSION}


def bounces(address_hash: str) -> dict[str, str]:
    """The latest mails to an address that bounced softly."""
    return {"pk": f"ADDRESS#{address_hash}", "sk": BOUNCES}


def suppressed_of(pk: str) -> str:
    """The address of this suppression."""
    return pk.removeprefix("ADDRESS#")


def pause(journey: str) -> dict[str, str]:
    """A paused journey."""
    return {"pk": f"JOURNEY#{journey}", "sk": PAUSE}


def resumed(journey: str) -> dict[str, str]:
    """When a journey was last resumed."""
    return {"pk": f"JOURNEY#{journey}", "sk": RESUMED}


def paused_of(pk: str) -> str:
    """The journey of this pause."""
    return pk.removeprefix("JOURNEY#")


def circuit(channel: str) -> dict[str, str]:
    """The open circuit of a channel."""
    return {"pk": f"CIRCUIT#{channel}", "sk": CIRCUIT}


def circuit_of(pk: str) -> str:
    """The channel of this circuit."""
    return pk.removeprefix("CIRCUIT#")


LANES = {"pk": "LANES", "sk": "LANES"}
"""The largest number of lanes ever configured."""


RECOUNT = {"pk": "RECOUNT", "sk": "RECOUNT"}
"""The counters that differed from the last recount."""


def counters(period: str, shard: str) -> dict[str, str]:
    """One stream shard's counters of one period (a day or a month)."""
    return {"pk": PERIOD + period, "sk": SHARD + shard}


def erased(digest: str) -> dict[str, str]:
    """What an erased item had counted."""
    return {"pk": f"ERASED#{digest}", "sk": COUNTS}
