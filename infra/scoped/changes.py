"""Changes for one block that are undone after it: an attribute of a class or module, environment variables."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_MISSING = object()


@contextmanager
def replaced(owner: object, name: str, value: object) -> Iterator[None]:
    """Inside, the attribute ``name`` of a class or module is ``value``. Raises AttributeError if there is none."""
    getattr(owner, name)
    own = vars(owner).get(name, _MISSING)  # a static method stays one: what is stored, not what is looked up
    setattr(owner, name, value)
    try:
        yield
    finally:
        if own is _MISSING:
            delattr(owner, name)
        else:
            setattr(owner, name, own)


@contextmanager
def environment(variables: Mapping[str, str], hidden: str | None = None) -> Iterator[None]:
    """Inside, the process has these environment variables too; after it, all have their old values.

    ``hidden``: inherited variables whose names begin with this are not there inside.
    """
    before = dict(os.environ)
    for name in before:
        if hidden is not None and name.startswith(hidden):
            del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)
