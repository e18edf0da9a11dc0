"""The segments of a customer, from the standing."""

from chalicelib.domain.standing.standing import Standing, Tier

SEGMENT_NAMES = (
    "everyone", "bronze", "silver", "gold", "loyal", "true_friend", "butterfly", "barnacle", "stranger", "repeat",
)  # fmt: skip


def segments_of(standing: Standing) -> frozenset[str]:
    """The names of all segments the customer is in; none without an order."""
    if not standing.orders:
        return frozenset()
    names = {"everyone", standing.tier.value, standing.quadrant.value}
    if standing.tier != Tier.BRONZE:
        names.add("loyal")
    if standing.orders > 1:
        names.add("repeat")
    return frozenset(names)
