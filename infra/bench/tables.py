"""Tables in Markdown."""

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the first column is text, and the others are aligned right if they contain figures."""
    is_figure = [bool(rows) and all(_is_figure(row[column]) for row in rows) for column in range(len(head))]
    rule = ["--:" if figure else "---" for figure in is_figure]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def _is_figure(cell: str) -> bool:
    return cell.replace("*", "").lstrip("$≥≤<–-")[:1].isdigit() or cell in ("", "–")
