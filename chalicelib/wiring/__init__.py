"""Connects all parts: ``Parts`` makes each on first use, and keeps it.

``outside`` (settings, journeys, clock, AWS) → ``stores`` → ``channels`` → ``services`` → ``parts``: each module adds
one layer.
"""

from chalicelib.wiring.outside import wall_clock
from chalicelib.wiring.parts import Parts

__all__ = ["Parts", "wall_clock"]
