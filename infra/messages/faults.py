"""A fault in a message's Markdown file, with the place where to mend it."""

from pathlib import Path

from chalicelib.domain.errors import TemplateError


def fault(path: Path, line: int, why: str) -> TemplateError:
    """The error that names a file, by its folder, and a line: ``abandoned_cart/messages/offer.ko.md:12: …``."""
    return TemplateError(f"{'/'.join(path.parts[-3:])}:{line}: {why}")
