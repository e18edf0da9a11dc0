"""The names of settings and journeys that a story may use."""

from functools import cache


@cache
def settings() -> frozenset[str]:
    """The environment variables of the Lambdas."""
    from infra.package.packaged import merge_template

    return frozenset(merge_template()["Globals"]["Function"]["Environment"]["Variables"])


def journeys() -> frozenset[str]:
    """The keys of all journeys."""
    import workflows

    return frozenset(journey.key for journey in workflows.current())
