"""Jinja source whose lines are those of the Markdown that it was made from."""


class Lines:
    """Collects Jinja source. Line ends stand in comments only: they are not shown, but errors name the right line."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._line = 1

    def go_to(self, line: int) -> None:
        """What is added next comes from this line, or from a later one than what was added before."""
        if line > self._line:
            self._parts.append("{#" + "\n" * (line - self._line) + "#}")
            self._line = line

    def add(self, source: str) -> None:
        """Add source of a single line."""
        if "\n" in source:
            raise ValueError("expected a single line")
        self._parts.append(source)

    def __str__(self) -> str:
        return "".join(self._parts)
