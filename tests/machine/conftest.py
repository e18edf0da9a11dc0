"""The one fixture of these tests; builders are in ``given.py``."""

from tests.machine.given import start

__all__ = ["start"]
