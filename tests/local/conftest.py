"""The one fixture of these tests; builders are in ``given.py``."""

from tests.local.given import start

__all__ = ["start"]
